/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-run.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

/* Sinks that stall, threads that wake and push: nothing is lost, memory stays bounded. */

#define STALLED                                                                                    \
  "{\"id\":\"in\",\"type\":\"source.stress\",\"count\":%u,\"per-fill\":1000},"                     \
  "{\"type\":\"filter.stress-some\"},{\"type\":\"transform.stress-three\"},"                       \
  "{\"type\":\"transform.stress-serial\"},{\"id\":\"out\",\"type\":\"sink.stress\"}"

#define MAX_USED ((gsize)64 * 1024 * 1024)

static double
get_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Stall --------------------------------------------------------------------------------------- */

#define MAX_WINDOWS 200

typedef struct
{
  StressSink *sink;
  gsize used;
  gboolean rested; /* nothing ran any more while it was stalled */
} Stall;

static gboolean
comes_to_rest (void)
{
  for (guint i = 0; i < MAX_WINDOWS; i++)
    {
      double before = get_cpu_seconds ();

      g_usleep (50000);
      if (get_cpu_seconds () - before < 0.005)
        return TRUE;
    }
  return FALSE;
}

static gpointer
watch_stall (gpointer data)
{
  Stall *stall = data;
  WeirBufferPool *pool;

  STRESS_WAIT ((pool = __atomic_load_n (&stall->sink->pool, __ATOMIC_ACQUIRE)) != NULL);
  stall->rested = comes_to_rest ();
  stall->used = weir_buffer_pool_get_used (pool);
  stress_sink_set_stalled (stall->sink, FALSE);
  return NULL;
}

static void
run_stalled (guint threads, guint n_records)
{
  g_autofree char *stages = g_strdup_printf (STALLED, n_records);
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, stages);
  Stall stall = { stress_get (pipeline, "out") };
  pthread_t thread;

  stall.sink->stalled = TRUE;
  g_assert_cmpint (pthread_create (&thread, NULL, watch_stall, &stall), ==, 0);
  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  pthread_join (thread, NULL);
  g_assert_cmpuint (stall.used, <, MAX_USED);
  g_assert_true (stall.rested);
  g_assert_cmpuint (stall.sink->n_seen, ==, 3 * (n_records - (n_records + 2) / 3));
}

static void
test_a_stalled_sink_stops_all_in_bounded_memory (void)
{
  for (guint t = 1; t < G_N_ELEMENTS (stress_threads); t++)
    run_stalled (stress_threads[t], STRESS_TIMES (2000000));
}

static void
test_a_sink_that_stalls_at_the_end_lets_all_sleep (void)
{
  for (guint t = 1; t < G_N_ELEMENTS (stress_threads); t++)
    for (guint n = 1; n <= 64; n *= 4)
      run_stalled (stress_threads[t], n * 1000);
}

/* Wakes --------------------------------------------------------------------------------------- */

typedef struct
{
  WeirPipeline *pipeline;
  gint done; /* atomic */
  guint seed;
} Storm;

static gpointer
wake_and_stall (gpointer data)
{
  Storm *storm = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (storm->seed);
  StressSink *sink = stress_get (storm->pipeline, "out");

  while (!__atomic_load_n (&storm->done, __ATOMIC_ACQUIRE))
    switch (g_rand_int_range (rand, 0, 8))
      {
      case 0:
        stress_sink_set_stalled (sink, TRUE);
        break;
      case 1:
        weir_stage_wake (stress_get (storm->pipeline, "in"));
        break;
      case 2:
        sched_yield ();
        break;
      default:
        stress_sink_set_stalled (sink, FALSE);
      }
  stress_sink_set_stalled (sink, FALSE);
  return NULL;
}

static void
run_storm (guint threads)
{
  g_autofree char *stages = g_strdup_printf (STALLED, STRESS_TIMES (60000));
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, stages);
  const StressSink *sink = stress_get (pipeline, "out");
  Storm storms[4];
  pthread_t wakers[4];

  for (guint i = 0; i < G_N_ELEMENTS (wakers); i++)
    {
      storms[i] = (Storm){ pipeline, FALSE, i };
      g_assert_cmpint (pthread_create (&wakers[i], NULL, wake_and_stall, &storms[i]), ==, 0);
    }
  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (wakers); i++)
    {
      __atomic_store_n (&storms[i].done, TRUE, __ATOMIC_RELEASE);
      pthread_join (wakers[i], NULL);
    }
  g_assert_cmpuint (sink->n_seen, ==, 3 * (STRESS_TIMES (60000) - (STRESS_TIMES (60000) + 2) / 3));
}

static void
test_a_storm_of_wakes_loses_nothing (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
    run_storm (stress_threads[t]);
}

/* An application ------------------------------------------------------------------------------ */

#define N_PUSHERS 4
#define N_PUSHES  (guint) STRESS_TIMES (20000)

typedef struct
{
  WeirAppSource *source;
  guint number;
  guint *n_pushing; /* atomic */
} Pusher;

static gpointer
push_all (gpointer data)
{
  Pusher *pusher = data;

  for (guint i = 0; i < N_PUSHES; i++)
    {
      char text[64];

      g_snprintf (text, sizeof text, "[%u,%u,0]", pusher->number, i);
      while (!weir_app_source_push (pusher->source, text, -1))
        sched_yield ();
    }
  if (__atomic_sub_fetch (pusher->n_pushing, 1, __ATOMIC_ACQ_REL) == 0)
    weir_app_source_end (pusher->source);
  return NULL;
}

static gpointer
pull_all (gpointer data)
{
  guint next[N_PUSHERS] = { 0 };
  WeirRecord *record;

  while ((record = weir_app_sink_pull (data)) != NULL)
    {
      g_autofree char *text = weir_record_get_text (record);
      guint number, i;

      g_assert_cmpint (sscanf (text, "[%u,%u", &number, &i), ==, 2);
      g_assert_cmpuint (i, ==, next[number]++);
      weir_record_free (record);
    }
  for (guint i = 0; i < N_PUSHERS; i++)
    g_assert_cmpuint (next[i], ==, N_PUSHES);
  return NULL;
}

static void
run_application (guint threads)
{
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (
      threads, "{\"id\":\"in\",\"type\":\"source.app\",\"capacity\":100},"
               "{\"type\":\"transform.stress-same\"},{\"type\":\"transform.stress-serial\"},"
               "{\"id\":\"out\",\"type\":\"sink.app\",\"capacity\":10}");
  pthread_t pullers, threads_of[N_PUSHERS];
  Pusher pushers[N_PUSHERS];
  guint n_pushing = N_PUSHERS;

  g_assert_cmpint (pthread_create (&pullers, NULL, pull_all, stress_get (pipeline, "out")), ==, 0);
  for (guint i = 0; i < N_PUSHERS; i++)
    {
      pushers[i] = (Pusher){ stress_get (pipeline, "in"), i, &n_pushing };
      g_assert_cmpint (pthread_create (&threads_of[i], NULL, push_all, &pushers[i]), ==, 0);
    }
  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  for (guint i = 0; i < N_PUSHERS; i++)
    pthread_join (threads_of[i], NULL);
  pthread_join (pullers, NULL);
}

static void
test_four_threads_push_while_workers_run (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
    run_application (stress_threads[t]);
  run_application (4);
}

#define ADD(name, func) g_test_add_func ("/stress/pressure/" name, func)

int
main (int argc, char **argv)
{
  stress_init (&argc, &argv);
  ADD ("a stalled sink stops all in bounded memory",
       test_a_stalled_sink_stops_all_in_bounded_memory);
  ADD ("a sink that stalls at the end lets all sleep",
       test_a_sink_that_stalls_at_the_end_lets_all_sleep);
  ADD ("a storm of wakes loses nothing", test_a_storm_of_wakes_loses_nothing);
  ADD ("four threads push while workers run", test_four_threads_push_while_workers_run);
  return g_test_run ();
}
