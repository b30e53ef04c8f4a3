/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <stdio.h>
#include <unistd.h>

#define ERASE_LINE "\r\033[K"

void
weir_bench_result_free (WeirBenchResult *result)
{
  for (guint i = 0; i < result->n_modes; i++)
    g_array_unref (result->runs[i]);
  g_free (result);
}

static WeirBenchResult *
make_result (const WeirBenchmark *benchmark)
{
  WeirBenchResult *result = g_new0 (WeirBenchResult, 1);

  result->benchmark = benchmark;
  while (result->n_modes < WEIR_BENCH_MAX_MODES && benchmark->modes[result->n_modes].name)
    result->runs[result->n_modes++] = g_array_new (FALSE, FALSE, sizeof (WeirBenchRun));
  return result;
}

static void
show_progress (const WeirBench *bench, const char *name, const char *mode, int round)
{
  if (!isatty (STDERR_FILENO))
    return;
  if (!name)
    fputs (ERASE_LINE, stderr);
  else if (round == 0)
    fprintf (stderr, ERASE_LINE "%s %s: warm-up", name, mode);
  else
    fprintf (stderr, ERASE_LINE "%s %s: run %d of %d", name, mode, round, bench->n_repeats);
}

static gboolean
measure_round (WeirBench *bench, WeirBenchResult *result, int round, GError **error)
{
  const WeirBenchmark *benchmark = result->benchmark;

  for (guint i = 0; i < result->n_modes; i++)
    {
      WeirBenchRun run = { 0 };

      show_progress (bench, benchmark->name, benchmark->modes[i].name, round);
      if (!benchmark->modes[i].measure (bench, benchmark, &run, error))
        return FALSE;
      run.seconds = MAX (run.seconds, 1e-9);
      if (round > 0)
        g_array_append_val (result->runs[i], run);
    }
  return TRUE;
}

static int
compare_runs (gconstpointer a, gconstpointer b)
{
  const WeirBenchRun *first = a;
  const WeirBenchRun *second = b;

  return (first->seconds < second->seconds) - (first->seconds > second->seconds);
}

WeirBenchResult *
weir_bench_measure (WeirBench *bench, const WeirBenchmark *benchmark, GError **error)
{
  g_autoptr (WeirBenchResult) result = make_result (benchmark);
  gboolean good = TRUE;

  for (int round = 0; good && round <= bench->n_repeats; round++)
    good = measure_round (bench, result, round, error);
  show_progress (bench, NULL, NULL, 0);
  if (!good)
    return NULL;

  for (guint i = 0; i < result->n_modes; i++)
    g_array_sort (result->runs[i], compare_runs);
  return g_steal_pointer (&result);
}
