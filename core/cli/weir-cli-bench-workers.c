/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <string.h>

#include "engine/weir-pipeline-private.h"

#define RECORD_BYTES 300 /* its newline included */
/* A record that is waited for costs about as much as so many that are not. */
#define ONE_AT_A_TIME 20

/* What stands behind command=, but for the folder of the workers. */
typedef struct
{
  const char *command;
  const char *options;
  guint64 divisor; /* of the records */
} WeirBenchWorker;

/* The folder `examples/workers` of the build that this program is of. */
static char *
find_workers (GError **error)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", error);

  if (!program)
    return NULL;

  g_autofree char *folder = g_path_get_dirname (program);
  return g_build_filename (folder, "examples", "workers", NULL);
}

gboolean
weir_bench_workers_find (WeirBench *bench, GError **error)
{
  static const char *const names[] = { "echo-frames", "echo-frames.py", "echo-shared-memory" };

  if (!bench->workers)
    bench->workers = find_workers (error);
  if (!bench->workers)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (bench->workers, names[i], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "there is no %s: the example workers are elsewhere (see --workers)", path);
      return FALSE;
    }
  return TRUE;
}

/* A string of JSON between the quotes of a launch line. */
static char *
quote (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return json_to_string (node, FALSE);
}

static WeirGraph *
make_graph (const WeirBench *bench, const WeirBenchWorker *worker, guint64 n_records,
            GError **error)
{
  g_autofree char *folder = quote (bench->workers);
  g_autofree char *pad = g_strnfill (RECORD_BYTES - strlen ("{\"pad\":\"\"}\n"), 'x');
  g_autofree char *escaped = g_strndup (folder + 1, strlen (folder) - 2);
  g_auto (GStrv) parts = g_strsplit (worker->command, "@", -1);
  g_autofree char *command = g_strjoinv (escaped, parts);
  g_autofree char *line = g_strdup_printf (
      "source.generate count=%" G_GUINT64_FORMAT " record='{\"pad\":\"%s\"}' ! "
      "transform.exec command='%s' workers=1 %s ! sink.file id=null path=/dev/null",
      n_records, pad, command, worker->options);

  return weir_graph_new_from_launch (line, NULL, error);
}

static gboolean
run_worker (WeirBench *bench, const WeirBenchWorker *worker, WeirBenchRun *run, GError **error)
{
  guint64 n_records = MAX ((guint64)bench->n_records / worker->divisor, 1);
  g_autoptr (WeirGraph) graph = NULL;

  if (!weir_bench_workers_find (bench, error))
    return FALSE;
  graph = make_graph (bench, worker, n_records, error);
  if (!graph)
    return FALSE;

  graph->n_threads = bench->n_threads;
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_graph (graph);
  if (!weir_pipeline_run (pipeline, NULL, error))
    return FALSE;

  g_autoptr (WeirReport) report = weir_pipeline_snapshot (pipeline);
  run->seconds = report->seconds;
  run->records = report->records.out;
  if (run->records == n_records)
    return TRUE;

  g_set_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN,
               "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " records came back", run->records,
               n_records);
  return FALSE;
}

gboolean
weir_bench_workers_lines_one (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                              GError **error)
{
  const WeirBenchWorker worker = { "[\"cat\"]", "batch-size=1 in-flight=1", ONE_AT_A_TIME };

  return run_worker (bench, &worker, run, error);
}

gboolean
weir_bench_workers_lines (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                          GError **error)
{
  const WeirBenchWorker worker = { "[\"cat\"]", "", 1 };

  return run_worker (bench, &worker, run, error);
}

gboolean
weir_bench_workers_frames_c (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                             GError **error)
{
  const WeirBenchWorker worker = { "[\"@/echo-frames\"]", "framing=frames batch-size=100", 1 };

  return run_worker (bench, &worker, run, error);
}

gboolean
weir_bench_workers_frames_python (WeirBench *bench, const WeirBenchmark *benchmark,
                                  WeirBenchRun *run, GError **error)
{
  const WeirBenchWorker worker
      = { "[\"python3\",\"@/echo-frames.py\"]", "framing=frames batch-size=100", 1 };

  return run_worker (bench, &worker, run, error);
}

gboolean
weir_bench_workers_memory_one (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                               GError **error)
{
  const WeirBenchWorker worker
      = { "[\"@/echo-shared-memory\"]", "framing=shared-memory batch-size=1 in-flight=1",
          ONE_AT_A_TIME };

  return run_worker (bench, &worker, run, error);
}
