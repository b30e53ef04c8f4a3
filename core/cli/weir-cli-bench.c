/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-kinds-private.h"

#define DEFAULT_RECORDS 200000
#define DEFAULT_REPEAT  5
#define MAX_THREADS     256
#define DURATION        "5s"
#define DEADLINE        "50ms"

#define TO_NULL " ! sink.file id=null path=/dev/null"
#define FILTER  "filter.match where='.status >= 500'"
#define PARSE   "transform.parse format=combined"
#define PROJECT "transform.map to='{ip: .remote_addr, path, status, ms: (.request_time * 1000)}'"
#define GROUP                                                                                      \
  "aggregate.group by='{\"country\": \".geo.country\"}' "                                          \
  "compute='{\"n\": \"count()\", \"bytes\": \"sum(.bytes)\", \"time\": \"mean(.request_time)\"}'"

#define JOB_MODES                                                                                  \
  {                                                                                                \
    { "in-process", weir_bench_job_in_process }, { "end-to-end", weir_bench_job_end_to_end },      \
  }
#define SPAWN_MODES                                                                                \
  {                                                                                                \
    { "posix_spawn", weir_bench_posix_spawn }, { "guard", weir_bench_guard },                      \
        { "guard-4GiB", weir_bench_guard_large }, { "g_spawn_sync", weir_bench_g_spawn_sync },     \
        { "GSubprocess", weir_bench_g_subprocess },                                                \
  }
#define WORKER_MODES                                                                               \
  {                                                                                                \
    { "lines", weir_bench_workers_lines }, { "lines-one", weir_bench_workers_lines_one },          \
        { "frames-c", weir_bench_workers_frames_c },                                               \
        { "frames-python", weir_bench_workers_frames_python },                                     \
        { "memory-one", weir_bench_workers_memory_one },                                           \
  }
#define MEMORY_MODES                                                                               \
  {                                                                                                \
    { "pool", weir_bench_memory_pool }, { "malloc", weir_bench_memory_malloc },                    \
  }

static const WeirBenchmark benchmarks[] = {
  { "j1", "pass access records through", "records", "sink.file id=null path=/dev/null",
    WEIR_BENCH_JSON, JOB_MODES },
  { "j2", "filter .status >= 500", "records", FILTER TO_NULL, WEIR_BENCH_JSON, JOB_MODES },
  { "j3", "project four fields and compute one", "records", PROJECT TO_NULL, WEIR_BENCH_JSON,
    JOB_MODES },
  { "j4", "filter .status >= 500, then project", "records", FILTER " ! " PROJECT TO_NULL,
    WEIR_BENCH_JSON, JOB_MODES },
  { "j5", "count, sum and mean by .geo.country", "records", GROUP TO_NULL, WEIR_BENCH_JSON,
    JOB_MODES },
  { "j6", "combined log to JSON, status >= 500", "records", PARSE " ! " FILTER TO_NULL,
    WEIR_BENCH_LOG, JOB_MODES },
  { "spawn", "start /bin/true and wait for it", "starts", NULL, 0, SPAWN_MODES },
  { "workers",
    "to a worker process and back, 300 bytes each; \"one\" at a time: a twentieth as many",
    "records", NULL, 0, WORKER_MODES, weir_bench_workers_find },
  { "memory", "room for the text of a record, 300 bytes, in a batch of 1024", "records", NULL, 0,
    MEMORY_MODES },
  { "latency", "latency against load, over TCP and in process; minutes, so only when named",
    .run = weir_bench_latency },
};

static const WeirBenchmark *
find_benchmark (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    if (strcmp (benchmarks[i].name, name) == 0)
      return &benchmarks[i];
  return NULL;
}

static gboolean
run_modes (WeirBench *bench, const WeirBenchmark *benchmark, JsonBuilder *builder, GError **error)
{
  g_autoptr (WeirBenchResult) result = weir_bench_measure (bench, benchmark, error);

  if (!result)
    return FALSE;
  if (builder)
    weir_bench_build (bench, result, builder);
  else
    weir_bench_print (bench, result);
  return TRUE;
}

static gboolean
run_benchmark (WeirBench *bench, const WeirBenchmark *benchmark, JsonBuilder *builder)
{
  g_autoptr (GError) error = NULL;
  gboolean done = benchmark->run ? benchmark->run (bench, builder, &error)
                                 : run_modes (bench, benchmark, builder, &error);

  if (!done)
    weir_complain ("bench %s: %s", benchmark->name, error->message);
  fflush (stdout);
  return done;
}

/* FALSE, and says so: it is left out. */
static gboolean
has_what_it_needs (WeirBench *bench, const WeirBenchmark *benchmark, JsonBuilder *builder)
{
  g_autoptr (GError) error = NULL;

  if (!benchmark->find || benchmark->find (bench, &error))
    return TRUE;
  if (!builder)
    printf ("%s: left out: %s\n", benchmark->name, error->message);
  return FALSE;
}

static gboolean
run_all (WeirBench *bench, JsonBuilder *builder)
{
  gboolean good = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    if (!benchmarks[i].run && has_what_it_needs (bench, &benchmarks[i], builder))
      good &= run_benchmark (bench, &benchmarks[i], builder);
  return good;
}

static gboolean
run_named (WeirBench *bench, char **names, JsonBuilder *builder)
{
  gboolean good = TRUE;

  for (char **name = names; *name; name++)
    good &= run_benchmark (bench, find_benchmark (*name), builder);
  return good;
}

static int
run_as_text (WeirBench *bench, char **names)
{
  gboolean good = *names ? run_named (bench, names, NULL) : run_all (bench, NULL);

  return good ? WEIR_EXIT_DONE : WEIR_EXIT_FAILED;
}

static int
run_as_json (WeirBench *bench, char **names)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "benchmarks");
  json_builder_begin_array (builder);
  gboolean good = *names ? run_named (bench, names, builder) : run_all (bench, builder);
  json_builder_end_array (builder);
  weir_bench_build_machine (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, WEIR_VERSION);
  json_builder_end_object (builder);
  weir_kinds_print_json (builder);
  return good ? WEIR_EXIT_DONE : WEIR_EXIT_FAILED;
}

static int
print_list (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    printf ("%-8s  %s\n", benchmarks[i].name, benchmarks[i].summary);
  return WEIR_EXIT_DONE;
}

static gboolean
check_names (char **names)
{
  for (char **name = names; *name; name++)
    if (!find_benchmark (*name))
      {
        weir_complain ("bench: unknown benchmark \"%s\" (see 'weir bench --list')", *name);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_options (const WeirBench *bench)
{
  if (bench->n_records < 1)
    weir_complain ("bench: --records must be at least 1");
  else if (bench->n_repeats < 1 || bench->n_repeats > WEIR_BENCH_MAX_REPEAT)
    weir_complain ("bench: --repeat must be in the range 1 to %d", WEIR_BENCH_MAX_REPEAT);
  else if (bench->n_threads < 0 || bench->n_threads > MAX_THREADS)
    weir_complain ("bench: --threads must be in the range 0 to %d", MAX_THREADS);
  else
    return weir_bench_latency_check (bench);
  return FALSE;
}

int
weir_command_bench (const WeirCliCommand *command, char **argv)
{
  int status;
  gboolean list = FALSE;
  gboolean json = FALSE;
  WeirBench bench = { .n_records = DEFAULT_RECORDS,
                      .n_repeats = DEFAULT_REPEAT,
                      .n_threads = 1,
                      .latency = { .duration = DURATION, .deadline = DEADLINE },
                      .data = { { -1 }, { -1 } } };
  const GOptionEntry entries[]
      = { { "list", 0, 0, G_OPTION_ARG_NONE, &list, "List the benchmarks", NULL },
          { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL },
          { "records", 0, 0, G_OPTION_ARG_INT64, &bench.n_records,
            "Records of each run (default: 200000); a process is started for each thousand", "N" },
          { "repeat", 0, 0, G_OPTION_ARG_INT, &bench.n_repeats, "Runs (default: 5)", "N" },
          { "threads", 0, 0, G_OPTION_ARG_INT, &bench.n_threads,
            "Worker threads of the jobs; 0: all on the main loop (default: 1)", "N" },
          { "workers", 0, 0, G_OPTION_ARG_FILENAME, &bench.workers,
            "The folder of the built example workers (default: the one of this build)", "DIR" },
          { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &bench.latency.rate,
            "latency: records in a second (default: a sweep upwards)", "N" },
          { "duration", 0, 0, G_OPTION_ARG_STRING, &bench.latency.duration,
            "latency: of each rate (default: " DURATION ")", "DURATION" },
          { "deadline", 0, 0, G_OPTION_ARG_STRING, &bench.latency.deadline,
            "latency: in which a record must arrive (default: " DEADLINE ")", "DURATION" },
          { "arrivals", 0, 0, G_OPTION_ARG_STRING, &bench.latency.arrivals,
            "latency: constant (default) or poisson", "KIND" },
          { "overload", 0, 0, G_OPTION_ARG_NONE, &bench.latency.overload,
            "latency: up to twice what a stage of known cost can do", NULL },
          { "plot", 0, 0, G_OPTION_ARG_FILENAME, &bench.latency.plot,
            "latency: write a picture of latency against load, as SVG", "FILE" },
          { NULL } };
  g_autofree char *command_line = g_strjoinv (" ", argv);
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_PLAIN, entries, &status);

  if (!arguments)
    return status;
  if (!check_names (arguments->rest) || !check_options (&bench))
    return WEIR_EXIT_USAGE;
  if (list)
    return print_list ();

  bench.plugin_paths = arguments->plugin_paths;
  bench.command = command_line;
  status = json ? run_as_json (&bench, arguments->rest) : run_as_text (&bench, arguments->rest);
  for (guint i = 0; i < WEIR_BENCH_N_FORMATS; i++)
    weir_bench_data_clear (&bench.data[i]);
  return status;
}
