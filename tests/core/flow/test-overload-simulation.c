/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include <weir/weir-testing.h>

#include "flow/weir-overload-private.h"
#include "flow/weir-ready-queue-private.h"
#include "time/weir-pace-private.h"

/* Two servers under more load than they can bear, on the test clock: records arrive as a Poisson
 * process, with exponential service times, half of them with a tight deadline, at four priorities.
 * What decides is what decides in a run: the gate, the order by start deadline, the running
 * estimates; and what is taken from the queue too late is not begun. */
#define N_SEEDS    20
#define N_RECORDS  20000
#define N_SERVERS  2
#define SERVICE    1e7 /* nanoseconds, on average */
#define TIGHT      (6 * G_GINT64_CONSTANT (10000000))
#define LOOSE      (60 * G_GINT64_CONSTANT (10000000))
#define N_PRIORITY 4
#define TOP        (N_PRIORITY - 1)

typedef enum
{
  IN_ORDER,      /* first in, first out; nothing is turned away */
  BY_DEADLINE,   /* the earliest deadline first; nothing is turned away */
  WITH_THE_GATE, /* as weir does */
} Policy;

typedef struct
{
  gint64 arrival;
  gint64 deadline;
  gint64 service;
  gint64 end; /* 0: not begun */
  guint priority;
} Job;

typedef struct
{
  Policy policy;
  WeirClock *clock;
  WeirOverload *overload;
  WeirReadyQueue *queue;
  WeirPace pace;
  Job *jobs;
  GArray *waiting; /* gint64: deadlines, in order */
  Job *running[N_SERVERS];
  guint n_running;
  guint next; /* to arrive */

  guint n_met;
  guint n_top;
  guint n_top_met;
  double met_work;
  double work;
} Simulation;

/* Shares of what the bars are about. */
typedef struct
{
  double missed;
  double goodput; /* of capacity */
  double wasted;  /* of the work done */
  double top_missed;
} Outcome;

static double
draw_exponential (GRand *random, double mean)
{
  return -mean * log (1.0 - g_rand_double (random));
}

static Job *
make_jobs (guint32 seed, double load)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Job *jobs = g_new0 (Job, N_RECORDS);
  double time = 0;

  for (guint i = 0; i < N_RECORDS; i++)
    {
      time += draw_exponential (random, SERVICE / N_SERVERS / load);
      jobs[i].arrival = (gint64)time;
      jobs[i].deadline = jobs[i].arrival + (g_rand_boolean (random) ? TIGHT : LOOSE);
      jobs[i].priority = g_rand_int_range (random, 0, N_PRIORITY);
      jobs[i].service = MAX (1, (gint64)draw_exponential (random, SERVICE));
    }
  return jobs;
}

static gint64
now (const Simulation *self)
{
  return weir_clock_get_time (self->clock);
}

/* How many of those that wait come before that deadline. */
static guint
count_before (const Simulation *self, gint64 deadline)
{
  guint from = 0, to = self->waiting->len;

  while (from < to)
    {
      guint middle = (from + to) / 2;

      if (g_array_index (self->waiting, gint64, middle) < deadline)
        from = middle + 1;
      else
        to = middle;
    }
  return from;
}

static void
start (Simulation *self, Job *job)
{
  job->end = now (self) + job->service;
  self->running[self->n_running++] = job;
}

static void
serve (Simulation *self)
{
  Job *job;

  while (self->n_running < N_SERVERS && (job = weir_ready_queue_take (self->queue)) != NULL)
    {
      g_array_remove_index (self->waiting, count_before (self, job->deadline));
      if (now (self) > job->deadline && self->policy != IN_ORDER)
        weir_overload_add_late (self->overload, 1);
      else
        start (self, job);
    }
}

static void
arrive (Simulation *self, Job *job)
{
  guint before = count_before (self, job->deadline);
  gint64 each = weir_pace_get_mean (&self->pace) / N_SERVERS;
  double stray = (double)weir_pace_get_stray (&self->pace);
  WeirOutlook outlook = { .each = each, .work = weir_pace_get_p90 (&self->pace) };

  if (self->n_running == N_SERVERS)
    outlook.wait = (gint64)((before + 1) * (double)each
                            + hypot (sqrt (before + 1) * stray / N_SERVERS, stray) - stray);
  self->n_top += job->priority == TOP;
  if (self->policy == WITH_THE_GATE
      && !weir_overload_admit (self->overload, job->priority, job->deadline - now (self), &outlook))
    return;
  g_array_insert_val (self->waiting, before, job->deadline);
  weir_ready_queue_push (self->queue, job,
                         self->policy == IN_ORDER ? job->arrival : job->deadline - outlook.work,
                         job->priority);
}

static void
end (Simulation *self, guint server)
{
  Job *job = self->running[server];
  gboolean met = now (self) <= job->deadline;

  self->running[server] = self->running[--self->n_running];
  weir_pace_add (&self->pace, job->service);
  self->work += (double)job->service;
  if (!met)
    {
      weir_overload_add_late (self->overload, 1);
      return;
    }
  self->n_met++;
  self->n_top_met += job->priority == TOP;
  self->met_work += (double)job->service;
}

/* The server that is done first; N_SERVERS: none is before @time. */
static guint
find_first_done (const Simulation *self, gint64 time)
{
  guint first = N_SERVERS;

  for (guint i = 0; i < self->n_running; i++)
    if (self->running[i]->end <= time
        && (first == N_SERVERS || self->running[i]->end < self->running[first]->end))
      first = i;
  return first;
}

static gboolean
step (Simulation *self)
{
  gint64 arrival = self->next < N_RECORDS ? self->jobs[self->next].arrival : G_MAXINT64;
  guint server = find_first_done (self, arrival);
  gint64 time = server < N_SERVERS ? self->running[server]->end : arrival;

  if (time == G_MAXINT64)
    return FALSE;
  weir_test_clock_advance (WEIR_TEST_CLOCK (self->clock), time - now (self));
  if (server < N_SERVERS)
    end (self, server);
  else
    arrive (self, &self->jobs[self->next++]);
  serve (self);
  return TRUE;
}

static Outcome
run (guint32 seed, double load, Policy policy)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();
  g_autoptr (GArray) waiting = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree Job *jobs = make_jobs (seed, load);
  Simulation self = { .policy = policy,
                      .clock = clock,
                      .overload = overload,
                      .queue = queue,
                      .jobs = jobs,
                      .waiting = waiting };
  gint64 began = now (&self);

  for (guint i = 0; i < N_RECORDS; i++)
    {
      jobs[i].arrival += began;
      jobs[i].deadline += began;
    }
  while (step (&self))
    ;
  return (Outcome){ .missed = 1.0 - (double)self.n_met / N_RECORDS,
                    .goodput = self.n_met * SERVICE / N_SERVERS / (double)(now (&self) - began),
                    .wasted = 1.0 - self.met_work / self.work,
                    .top_missed = 1.0 - (double)self.n_top_met / self.n_top };
}

/* The mean over the seeds. */
static Outcome
simulate (double load, Policy policy)
{
  static const char *const names[] = { "in order", "by deadline", "with the gate" };
  Outcome sum = { 0 };

  for (guint32 seed = 1; seed <= N_SEEDS; seed++)
    {
      Outcome outcome = run (seed, load, policy);

      sum.missed += outcome.missed / N_SEEDS;
      sum.goodput += outcome.goodput / N_SEEDS;
      sum.wasted += outcome.wasted / N_SEEDS;
      sum.top_missed += outcome.top_missed / N_SEEDS;
    }
  g_test_message (
      "%s, load %.1f: missed %.1f %%, goodput %.1f %%, wasted %.1f %%, top missed %.1f %%",
      names[policy], load, 100 * sum.missed, 100 * sum.goodput, 100 * sum.wasted,
      100 * sum.top_missed);
  return sum;
}

static void
test_below_capacity_few_records_miss (void)
{
  Outcome outcome = simulate (0.9, WITH_THE_GATE);

  g_assert_cmpfloat (outcome.missed, <=, 0.02);
}

static void
test_just_above_capacity_little_more_is_lost_than_must_be (void)
{
  Outcome outcome = simulate (1.1, WITH_THE_GATE);

  g_assert_cmpfloat (outcome.missed, <=, 0.14);
}

static void
test_at_twice_the_capacity_the_work_done_arrives_in_time (void)
{
  Outcome outcome = simulate (2.0, WITH_THE_GATE);

  g_assert_cmpfloat (outcome.missed, <=, 0.54);
  g_assert_cmpfloat (outcome.goodput, >=, 0.88);
  g_assert_cmpfloat (outcome.wasted, <=, 0.10);
  g_assert_cmpfloat (outcome.top_missed, <=, 0.12);
}

static void
test_without_the_gate_it_collapses (void)
{
  static const double loads[] = { 0.9, 1.1, 2.0 };

  for (guint i = 0; i < G_N_ELEMENTS (loads); i++)
    {
      Outcome in_order = simulate (loads[i], IN_ORDER);
      Outcome by_deadline = simulate (loads[i], BY_DEADLINE);

      g_assert_cmpfloat (in_order.missed, >, i == 0 ? 0.1 : 0.9);
      g_assert_cmpfloat (by_deadline.missed, >, i == 0 ? 0 : 0.2);
    }
}

#define ADD(name, func) g_test_add_func ("/flow/overload-simulation/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("below capacity few records miss", test_below_capacity_few_records_miss);
  ADD ("just above capacity little more is lost than must be",
       test_just_above_capacity_little_more_is_lost_than_must_be);
  ADD ("at twice the capacity the work done arrives in time",
       test_at_twice_the_capacity_the_work_done_arrives_in_time);
  ADD ("without the gate it collapses", test_without_the_gate_it_collapses);
  return g_test_run ();
}
