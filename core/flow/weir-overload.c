/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-overload-private.h"

#include <pthread.h>

#define N_PRIORITIES 10
#define N_PARTS      16 /* levels of a priority */
#define N_LEVELS     (N_PRIORITIES * N_PARTS)

/* Arrivals of a window, and how many of them may go wrong. */
#define WINDOW   200
#define MOST_BAD (WINDOW / 20)

/* A closed window lets in at most this share of what came in before. */
#define SHRINK 0.95

/* What the gate is opened by: the share of the time left that is spent waiting, and what comes in
 * then, against before. */
#define SHORT_WAIT 0.25
#define LONG_WAIT  0.5
#define OPEN_FAST  1.1
#define OPEN_SLOW  1.02
#define OPEN_LEAST 4.0

/* The way is almost free when no more than this share of the time left is spent waiting. */
#define FREE_WAIT 0.05

struct _WeirOverload
{
  pthread_mutex_t lock;
  double arrivals[N_LEVELS]; /* older windows count half */
  guint gate;                /* levels from here on are open */
  guint n_arrived;           /* in this window, as below */
  guint n_admitted;
  guint n_bad;
  double pressure; /* the share of its time that the last arrival would wait */
  guint32 random;
  guint n_late; /* atomic: since the window began */
};

WeirOverload *
weir_overload_new (void)
{
  WeirOverload *overload = g_new0 (WeirOverload, 1);

  pthread_mutex_init (&overload->lock, NULL);
  overload->random = 1;
  return overload;
}

void
weir_overload_free (WeirOverload *overload)
{
  pthread_mutex_destroy (&overload->lock);
  g_free (overload);
}

/* The lowest level above which no more than @wanted records of a window come. */
static guint
find_gate (const WeirOverload *overload, double wanted)
{
  double sum = 0;
  double above = 0;
  guint gate = N_LEVELS;

  for (guint i = 0; i < N_LEVELS; i++)
    sum += overload->arrivals[i];
  while (gate > 0 && above + overload->arrivals[gate - 1] <= wanted * sum / WINDOW)
    above += overload->arrivals[--gate];
  return gate;
}

static void
move_gate (WeirOverload *overload)
{
  guint bad = overload->n_bad + __atomic_exchange_n (&overload->n_late, 0, __ATOMIC_RELAXED);
  double wished = overload->n_admitted + overload->n_bad;
  double factor = overload->pressure < SHORT_WAIT ? OPEN_FAST : OPEN_SLOW;

  if (bad > MOST_BAD)
    overload->gate = find_gate (overload, MIN (SHRINK * wished, wished - bad));
  else if (overload->gate > 0 && overload->pressure < LONG_WAIT)
    overload->gate = find_gate (overload, MAX (factor * wished, wished + OPEN_LEAST));
}

static void
end_window (WeirOverload *overload)
{
  move_gate (overload);
  overload->n_arrived = overload->n_admitted = overload->n_bad = 0;
  for (guint i = 0; i < N_LEVELS; i++)
    overload->arrivals[i] /= 2;
}

/* Which part of its priority a record belongs to is drawn by lot (a linear congruential generator;
 * its high bits). */
static guint
draw_level (WeirOverload *overload, guint priority)
{
  overload->random = overload->random * 1664525u + 1013904223u;
  return MIN (priority, N_PRIORITIES - 1) * N_PARTS + (overload->random >> 28) % N_PARTS;
}

/* Where nothing waits the record keeps nobody out, and what becomes of it tells how long it takes
 * now: an estimate that was wrong once would never be put right without. */
static gboolean
can_be_in_time (gint64 remaining, const WeirOutlook *outlook)
{
  return outlook != NULL && (outlook->wait == 0 || outlook->wait + outlook->work <= remaining);
}

static gboolean
admit (WeirOverload *overload, guint priority, gint64 remaining, const WeirOutlook *outlook)
{
  guint level = draw_level (overload, priority);
  gboolean in_time = can_be_in_time (remaining, outlook);
  double pressure = in_time ? (double)outlook->wait / (double)MAX (1, remaining) : 1.0;
  gboolean open = level >= overload->gate || pressure <= FREE_WAIT;

  overload->pressure = pressure;
  overload->arrivals[level]++;
  overload->n_admitted += open && in_time;
  overload->n_bad += open && !in_time;
  if (++overload->n_arrived == WINDOW)
    end_window (overload);
  return open && in_time;
}

gboolean
weir_overload_admit (WeirOverload *overload, guint priority, gint64 remaining,
                     const WeirOutlook *outlook)
{
  gboolean admitted;

  pthread_mutex_lock (&overload->lock);
  admitted = admit (overload, priority, remaining, outlook);
  pthread_mutex_unlock (&overload->lock);
  return admitted;
}

void
weir_overload_add_late (WeirOverload *overload, guint n_records)
{
  __atomic_fetch_add (&overload->n_late, n_records, __ATOMIC_RELAXED);
}

guint
weir_overload_get_gate (WeirOverload *overload)
{
  guint gate;

  pthread_mutex_lock (&overload->lock);
  gate = (overload->gate + N_PARTS - 1) / N_PARTS;
  pthread_mutex_unlock (&overload->lock);
  return gate;
}

static void
shed_first (WeirRecord *record, gint64 now, const WeirOutlook *outlook)
{
  g_autofree char *text = NULL;

  if (outlook == NULL)
    text = g_strdup ("turned away under overload: the queue behind the source is full");
  else
    text = g_strdup_printf ("turned away under overload: about %.1f ms to the sink, %.1f ms left",
                            (double)(outlook->wait + outlook->work) / 1e6,
                            (double)(record->deadline - now) / 1e6);
  weir_record_set_verdict (record, WEIR_VERDICT_SHED, text);
}

/* Why is the same for all of a batch, so its text is there once. */
static void
shed (WeirBatch *batch, WeirRecord *record, WeirRecord **first, gint64 now,
      const WeirOutlook *outlook)
{
  if (*first == NULL)
    {
      shed_first (record, now, outlook);
      *first = record;
      return;
    }
  record->verdict = WEIR_VERDICT_SHED;
  batch->messages[record - batch->records] = batch->messages[*first - batch->records];
}

gboolean
weir_overload_sieve (WeirOverload *overload, WeirBatch *batch, guint from, gint64 now,
                     const WeirOutlook *outlook)
{
  WeirRecord *first = NULL;
  WeirOutlook ahead = outlook != NULL ? *outlook : (WeirOutlook){ 0 };

  pthread_mutex_lock (&overload->lock);
  for (guint i = from; i < batch->n_records; i++)
    {
      WeirRecord *record = &batch->records[i];

      if (record->verdict != WEIR_VERDICT_PASS || record->deadline == WEIR_TIME_NEVER)
        continue;
      if (admit (overload, record->priority, record->deadline - now,
                 outlook != NULL ? &ahead : NULL))
        ahead.wait += ahead.each;
      else
        shed (batch, record, &first, now, outlook != NULL ? &ahead : NULL);
    }
  pthread_mutex_unlock (&overload->lock);
  return first != NULL;
}
