/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-run.h"

#include <malloc.h>
#include <pthread.h>

/* However and whenever a run ends: the ledger balances, and nothing is left behind. */

#define ENDLESS                                                                                    \
  "{\"id\":\"in\",\"type\":\"source.stress\",\"per-fill\":50},"                                    \
  "{\"type\":\"filter.stress-some\"},{\"type\":\"transform.stress-burst\"},"                       \
  "{\"type\":\"transform.stress-serial\"},{\"type\":\"filter.stress-blocks\"},"                    \
  "{\"id\":\"out\",\"type\":\"sink.stress\"}"

typedef struct
{
  WeirPipeline *pipeline;
  void (*end) (WeirPipeline *pipeline);
  gulong delay; /* microseconds */
  gint done;    /* atomic */
} Ender;

static gpointer
end_it (gpointer data)
{
  Ender *ender = data;
  StressSource *source = stress_get (ender->pipeline, "in");

  STRESS_WAIT (__atomic_load_n (&source->begun, __ATOMIC_ACQUIRE));
  g_usleep (ender->delay);
  ender->end (ender->pipeline);
  return NULL;
}

static guint64
run_and_end (guint threads, void (*end) (WeirPipeline *), gulong delay)
{
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, ENDLESS);
  Ender ender = { pipeline, end, delay };
  const StressSink *sink = stress_get (pipeline, "out");
  pthread_t thread;
  guint64 in_flight;

  g_assert_cmpint (pthread_create (&thread, NULL, end_it, &ender), ==, 0);
  in_flight = stress_run (pipeline);
  pthread_join (thread, NULL);
  for (guint i = 1; i < sink->keys[0]->len; i++)
    g_assert_cmpuint (g_array_index (sink->keys[0], guint64, i), >,
                      g_array_index (sink->keys[0], guint64, i - 1));
  return in_flight;
}

static void
test_an_abort_at_any_moment_leaves_a_ledger_that_balances (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < STRESS_TIMES (50); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      run_and_end (stress_threads[t], weir_pipeline_abort, g_rand_int_range (rand, 0, 4000));
}

static void
test_a_stop_at_any_moment_works_off_what_was_read (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);

  for (guint i = 0; i < STRESS_TIMES (50); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      g_assert_cmpuint (
          run_and_end (stress_threads[t], weir_pipeline_stop, g_rand_int_range (rand, 0, 2000)), ==,
          0);
}

static void
stop_and_abort (WeirPipeline *pipeline)
{
  weir_pipeline_stop (pipeline);
  weir_pipeline_abort (pipeline);
  weir_pipeline_stop (pipeline);
}

static void
test_stop_and_abort_may_come_together (void)
{
  for (guint i = 0; i < STRESS_TIMES (20); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      run_and_end (stress_threads[t], stop_and_abort, 100 * i);
}

/* The start ----------------------------------------------------------------------------------- */

#define SOURCE(id)  "{\"id\":\"" id "\",\"type\":\"source.stress\",\"count\":500,\"per-fill\":250}"
#define SOURCES     SOURCE ("a") "," SOURCE ("b") "," SOURCE ("c") "," SOURCE ("in")
#define SINK_OF_ALL "{\"id\":\"out\",\"type\":\"sink.stress\",\"from\":[\"a\",\"b\",\"c\",\"in\"]}"

static gpointer
wake_all_along (gpointer data)
{
  Ender *ender = data;
  WeirStage *stage = stress_get (ender->pipeline, "in");

  while (!__atomic_load_n (&ender->done, __ATOMIC_ACQUIRE))
    weir_stage_wake (stage);
  return NULL;
}

static void
start_under_wakes (guint threads)
{
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, SOURCES "," SINK_OF_ALL);
  Ender wakers[2] = { { pipeline }, { pipeline } };
  pthread_t thread[2];

  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (pthread_create (&thread[i], NULL, wake_all_along, &wakers[i]), ==, 0);
  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      __atomic_store_n (&wakers[i].done, TRUE, __ATOMIC_RELEASE);
      pthread_join (thread[i], NULL);
    }
}

static void
test_wakes_while_it_starts_run_no_stage_twice (void)
{
  for (guint i = 0; i < STRESS_TIMES (100); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      start_under_wakes (stress_threads[t]);
}

/* What a run may leave behind ----------------------------------------------------------------- */

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
run_briefly (guint times)
{
  for (guint i = 0; i < times; i++)
    {
      g_autoptr (WeirPipeline) pipeline
          = stress_pipeline_new (stress_threads[i % G_N_ELEMENTS (stress_threads)],
                                 "{\"type\":\"source.stress\",\"count\":300},"
                                 "{\"type\":\"filter.stress-some\"},"
                                 "{\"id\":\"out\",\"type\":\"sink.stress\"}");

      g_assert_cmpuint (stress_run (pipeline), ==, 0);
    }
}

static void
test_many_runs_leave_no_descriptor_thread_or_memory (void)
{
  guint n_fds, n_threads;
  gsize n_bytes;

  run_briefly (50);
  n_fds = count_entries ("/proc/self/fd");
  n_threads = count_entries ("/proc/self/task");
  n_bytes = mallinfo2 ().uordblks;
  run_briefly (STRESS_TIMES (500));
  g_assert_cmpuint (count_entries ("/proc/self/fd"), ==, n_fds);
  STRESS_WAIT (count_entries ("/proc/self/task") <= n_threads);
  if (!STRESS_IS_SANITIZED)
    g_assert_cmpuint (mallinfo2 ().uordblks, <, n_bytes + 100 * 1024);
}

#define ADD(name, func) g_test_add_func ("/stress/ends/" name, func)

int
main (int argc, char **argv)
{
  stress_init (&argc, &argv);
  ADD ("an abort at any moment leaves a ledger that balances",
       test_an_abort_at_any_moment_leaves_a_ledger_that_balances);
  ADD ("a stop at any moment works off what was read",
       test_a_stop_at_any_moment_works_off_what_was_read);
  ADD ("stop and abort may come together", test_stop_and_abort_may_come_together);
  ADD ("wakes while it starts run no stage twice", test_wakes_while_it_starts_run_no_stage_twice);
  ADD ("many runs leave no descriptor, thread or memory",
       test_many_runs_leave_no_descriptor_thread_or_memory);
  return g_test_run ();
}
