/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-format-private.h"
#include "cli/weir-cli-kinds-private.h"
#include "engine/weir-pipeline-private.h"

#define MAX_REPEAT 1000

/* A benchmark runs a pipeline in this process on generated records that lie in memory, several
 * times, and tells the median run with the slowest and the fastest beside it. */
typedef struct
{
  const char *name;
  const char *summary;
  const char *input;  /* a launch line without its sink; %lld: number of records */
  const char *stages; /* from behind the source to the sink */
} WeirBenchmark;

static const WeirBenchmark benchmarks[] = {
  { "j2", "filter .status >= 500 on access records, in process",
    "source.generate count=%" G_GINT64_FORMAT " seed=1",
    "filter.match where='.status >= 500' ! sink.null" },
};

typedef struct
{
  double records_per_second;
  double bytes_per_second;
  double latency_us[5];
} WeirBenchRun;

typedef struct
{
  gint64 n_records;
  int n_repeats;
} WeirBenchOptions;

static WeirReport *
run_line (const char *line, GError **error)
{
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_launch (line, error);

  if (!pipeline || !weir_pipeline_run (pipeline, NULL, error))
    return NULL;

  return weir_pipeline_snapshot (pipeline);
}

/* The records go to a file without a name, in memory. */
static int
make_input (const WeirBenchmark *benchmark, gint64 n_records, GError **error)
{
  int fd = memfd_create ("weir-bench", MFD_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "no memory file: %s",
                   g_strerror (errno));
      return -1;
    }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *source = g_strdup_printf (benchmark->input, n_records);
#pragma GCC diagnostic pop
  g_autofree char *line = g_strdup_printf ("%s ! sink.file path=/proc/self/fd/%d", source, fd);
  g_autoptr (WeirReport) report = run_line (line, error);
  if (report)
    return fd;

  close (fd);
  return -1;
}

static int
compare_runs (gconstpointer a, gconstpointer b)
{
  const WeirBenchRun *first = a;
  const WeirBenchRun *second = b;

  return (first->records_per_second > second->records_per_second)
         - (first->records_per_second < second->records_per_second);
}

/* Runs of the benchmark from the slowest to the fastest, after one that is not counted. */
static GArray *
measure (const WeirBenchmark *benchmark, const WeirBenchOptions *options, int fd, GError **error)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (WeirBenchRun));
  g_autofree char *line
      = g_strdup_printf ("source.file path=/proc/self/fd/%d ! %s", fd, benchmark->stages);

  for (int i = 0; i <= options->n_repeats; i++)
    {
      g_autoptr (WeirReport) report = run_line (line, error);
      if (!report)
        return NULL;

      double seconds = MAX (report->seconds, 1e-9);
      WeirBenchRun run = { report->records.in / seconds, report->bytes_in / seconds, { 0 } };
      memcpy (run.latency_us, report->latency_us, sizeof run.latency_us);
      if (i > 0)
        g_array_append_val (runs, run);
    }

  g_array_sort (runs, compare_runs);
  return g_steal_pointer (&runs);
}

static void
print_text (const WeirBenchmark *benchmark, const WeirBenchOptions *options, const GArray *runs)
{
  const WeirBenchRun *low = &g_array_index (runs, WeirBenchRun, 0);
  const WeirBenchRun *middle = &g_array_index (runs, WeirBenchRun, runs->len / 2);
  const WeirBenchRun *high = &g_array_index (runs, WeirBenchRun, runs->len - 1);
  g_autofree char *records = weir_format_count (middle->records_per_second);
  g_autofree char *records_low = weir_format_count (low->records_per_second);
  g_autofree char *records_high = weir_format_count (high->records_per_second);
  g_autofree char *p50 = weir_format_microseconds (middle->latency_us[0]);
  g_autofree char *p99 = weir_format_microseconds (middle->latency_us[2]);
  g_autofree char *p999 = weir_format_microseconds (middle->latency_us[3]);

  printf ("%s: %s\n", benchmark->name, benchmark->summary);
  printf ("  %" G_GINT64_FORMAT " records, %d runs: median (slowest to fastest)\n",
          options->n_records, options->n_repeats);
  printf ("  records/s  %s (%s to %s)\n", records, records_low, records_high);
  printf ("  MB/s       %.1f (%.1f to %.1f)\n", middle->bytes_per_second / 1e6,
          low->bytes_per_second / 1e6, high->bytes_per_second / 1e6);
  printf ("  latency    p50 %s  p99 %s  p99.9 %s\n", p50, p99, p999);
}

static void
build_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
build_spread (JsonBuilder *builder, const char *name, double low, double middle, double high)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  build_number (builder, "median", middle);
  build_number (builder, "min", low);
  build_number (builder, "max", high);
  json_builder_end_object (builder);
}

static void
build_result (JsonBuilder *builder, const WeirBenchmark *benchmark, const WeirBenchOptions *options,
              const GArray *runs)
{
  const WeirBenchRun *low = &g_array_index (runs, WeirBenchRun, 0);
  const WeirBenchRun *middle = &g_array_index (runs, WeirBenchRun, runs->len / 2);
  const WeirBenchRun *high = &g_array_index (runs, WeirBenchRun, runs->len - 1);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, benchmark->name);
  json_builder_set_member_name (builder, "records");
  json_builder_add_int_value (builder, options->n_records);
  json_builder_set_member_name (builder, "repeat");
  json_builder_add_int_value (builder, options->n_repeats);
  build_spread (builder, "records_per_second", low->records_per_second, middle->records_per_second,
                high->records_per_second);
  build_spread (builder, "mb_per_second", low->bytes_per_second / 1e6,
                middle->bytes_per_second / 1e6, high->bytes_per_second / 1e6);
  json_builder_set_member_name (builder, "latency_us");
  json_builder_begin_object (builder);
  build_number (builder, "p50", middle->latency_us[0]);
  build_number (builder, "p99", middle->latency_us[2]);
  build_number (builder, "p999", middle->latency_us[3]);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static int
run_benchmark (const WeirBenchmark *benchmark, const WeirBenchOptions *options,
               JsonBuilder *builder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) runs = NULL;
  int fd = make_input (benchmark, options->n_records, &error);

  if (fd >= 0)
    {
      runs = measure (benchmark, options, fd, &error);
      close (fd);
    }
  if (!runs)
    {
      weir_complain ("bench %s: %s", benchmark->name, error->message);
      return WEIR_EXIT_FAILED;
    }

  if (builder)
    build_result (builder, benchmark, options, runs);
  else
    print_text (benchmark, options, runs);
  return WEIR_EXIT_DONE;
}

static int
run_benchmarks (const char *name, const WeirBenchOptions *options, gboolean json)
{
  g_autoptr (JsonBuilder) builder = json ? json_builder_new () : NULL;
  int status = WEIR_EXIT_DONE;

  if (json)
    json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    if ((!name || strcmp (benchmarks[i].name, name) == 0)
        && run_benchmark (&benchmarks[i], options, builder) != WEIR_EXIT_DONE)
      status = WEIR_EXIT_FAILED;
  if (json)
    {
      json_builder_end_array (builder);
      weir_kinds_print_json (builder);
    }
  return status;
}

static int
print_list (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    printf ("%-8s  %s\n", benchmarks[i].name, benchmarks[i].summary);
  return WEIR_EXIT_DONE;
}

static gboolean
check_usage (const char *name, const WeirBenchOptions *options)
{
  gboolean known = !name;

  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    known |= name && strcmp (benchmarks[i].name, name) == 0;
  if (!known)
    weir_complain ("bench: unknown benchmark \"%s\" (see 'weir bench --list')", name);
  else if (options->n_records < 1)
    weir_complain ("bench: --records must be at least 1");
  else if (options->n_repeats < 1 || options->n_repeats > MAX_REPEAT)
    weir_complain ("bench: --repeat must be in the range 1 to %d", MAX_REPEAT);
  else
    return TRUE;

  return FALSE;
}

int
weir_command_bench (const WeirCommand *command, char **argv)
{
  int status;
  gboolean list = FALSE;
  gboolean json = FALSE;
  WeirBenchOptions options = { 200000, 5 };
  const GOptionEntry entries[]
      = { { "list", 0, 0, G_OPTION_ARG_NONE, &list, "List the benchmarks", NULL },
          { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL },
          { "records", 0, 0, G_OPTION_ARG_INT64, &options.n_records,
            "Records of each run (default: 200000)", "N" },
          { "repeat", 0, 0, G_OPTION_ARG_INT, &options.n_repeats, "Runs (default: 5)", "N" },
          { NULL } };
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_PLAIN, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 0, 1) || !check_usage (arguments->rest[0], &options))
    return WEIR_EXIT_USAGE;

  return list ? print_list () : run_benchmarks (arguments->rest[0], &options, json);
}
