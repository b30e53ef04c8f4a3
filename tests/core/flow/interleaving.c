/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleaving.h"

#include <pthread.h>

typedef struct
{
  pthread_t thread;
  pthread_cond_t turn;
  const gint *waits_for; /* it cannot go on while that is set; or NULL */
  gboolean ended;
} Thread;

#define NOBODY G_MAXUINT

static struct
{
  pthread_mutex_t lock; /* held by the thread that runs, but while it is between two steps */
  pthread_cond_t over;
  const Interleaving *interleaving;
  gpointer data;

  Thread threads[INTERLEAVING_MAX_THREADS];
  guint running; /* NOBODY: the run is over */
  guint time;
  guint n_preemptions;

  guint8 choices[INTERLEAVING_MAX_STEPS];
  guint8 n_options[INTERLEAVING_MAX_STEPS];
  guint n_choices; /* made in this run */
} run = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

static __thread guint self;
static __thread gboolean is_one; /* of the threads of a run */

static gboolean
can_go_on (guint i)
{
  const Thread *thread = &run.threads[i];

  return !thread->ended && (thread->waits_for == NULL || *thread->waits_for == 0);
}

/* The thread that ran comes first, so the first run of all is the one without preemptions. */
static guint
list_options (guint *options)
{
  guint n = 0;

  if (run.running != NOBODY && can_go_on (run.running))
    {
      options[n++] = run.running;
      if (run.n_preemptions == run.interleaving->max_preemptions)
        return n;
    }
  for (guint i = 0; i < run.interleaving->n_threads; i++)
    if (i != run.running && can_go_on (i))
      options[n++] = i;
  return n;
}

static guint
choose (void)
{
  guint options[INTERLEAVING_MAX_THREADS];
  guint n = list_options (options);
  guint choice;

  if (n == 0)
    return NOBODY;
  g_assert_cmpuint (run.n_choices, <, INTERLEAVING_MAX_STEPS);
  run.n_options[run.n_choices] = n;
  choice = options[run.choices[run.n_choices++]];
  if (options[0] == run.running && choice != run.running)
    run.n_preemptions++;
  return choice;
}

static void
hand_over (void)
{
  run.running = choose ();
  if (run.running == NOBODY)
    pthread_cond_signal (&run.over);
  else
    pthread_cond_signal (&run.threads[run.running].turn);
}

static void
wait_for_turn (void)
{
  while (run.running != self)
    pthread_cond_wait (&run.threads[self].turn, &run.lock);
}

void
interleaving_step (void)
{
  if (!is_one)
    return;
  run.time++;
  hand_over ();
  wait_for_turn ();
}

void
interleaving_yield (void)
{
  static const gint never = TRUE;
  gboolean is_alone = TRUE;

  for (guint i = 0; i < run.interleaving->n_threads; i++)
    is_alone &= i == self || !can_go_on (i);
  run.threads[self].waits_for = is_alone ? NULL : &never;
  run.time++;
  hand_over ();
  run.threads[self].waits_for = NULL;
  wait_for_turn ();
}

guint
interleaving_get_time (void)
{
  return run.time;
}

void
interleaving_lock (gint *lock)
{
  run.threads[self].waits_for = lock;
  interleaving_step ();
  run.threads[self].waits_for = NULL;
  g_assert_cmpint (*lock, ==, 0);
  *lock = TRUE;
}

gboolean
interleaving_try_lock (gint *lock)
{
  interleaving_step ();
  if (*lock)
    return FALSE;
  *lock = TRUE;
  return TRUE;
}

void
interleaving_unlock (gint *lock)
{
  interleaving_step ();
  *lock = FALSE;
}

static gpointer
run_thread (gpointer number)
{
  pthread_mutex_lock (&run.lock);
  self = GPOINTER_TO_UINT (number);
  is_one = TRUE;
  wait_for_turn ();
  run.interleaving->thread (run.data, self);
  run.threads[self].ended = TRUE;
  hand_over ();
  pthread_mutex_unlock (&run.lock);
  return NULL;
}

static void
start_thread (guint i)
{
  run.threads[i] = (Thread){ .turn = PTHREAD_COND_INITIALIZER };
  g_assert_cmpint (pthread_create (&run.threads[i].thread, NULL, run_thread, GUINT_TO_POINTER (i)),
                   ==, 0);
}

static void
run_once (void)
{
  run.running = NOBODY;
  run.time = run.n_preemptions = run.n_choices = 0;
  run.interleaving->begin (run.data);
  pthread_mutex_lock (&run.lock);
  for (guint i = 0; i < run.interleaving->n_threads; i++)
    start_thread (i);
  hand_over ();
  while (run.running != NOBODY)
    pthread_cond_wait (&run.over, &run.lock);
  pthread_mutex_unlock (&run.lock);
  for (guint i = 0; i < run.interleaving->n_threads; i++)
    {
      pthread_join (run.threads[i].thread, NULL);
      g_assert_true (run.threads[i].ended);
    }
  run.interleaving->check (run.data);
}

/* The next row of choices; FALSE after the last one. */
static gboolean
count_on (void)
{
  guint i = run.n_choices;

  while (i > 0 && run.choices[i - 1] + 1 == run.n_options[i - 1])
    run.choices[--i] = 0;
  if (i == 0)
    return FALSE;
  run.choices[i - 1]++;
  return TRUE;
}

guint
interleaving_run_all (const Interleaving *interleaving, gpointer data)
{
  guint n = 0;

  g_assert_cmpuint (interleaving->n_threads, <=, INTERLEAVING_MAX_THREADS);
  run.interleaving = interleaving;
  run.data = data;
  memset (run.choices, 0, sizeof run.choices);
  do
    {
      run_once ();
      n++;
    }
  while (count_on ());
  return n;
}
