/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-format-private.h"

#define MEGA         1e6
#define FIGURE_WIDTH 26
#define EACH_WIDTH   34

/* One figure of a run, such as records in a second. */
typedef double (*Figure) (const WeirBenchRun *run);

static double
get_rate (const WeirBenchRun *run)
{
  return (double)run->records / run->seconds;
}

static double
get_megabytes (const WeirBenchRun *run)
{
  return (double)run->bytes / run->seconds / MEGA;
}

static double
get_seconds (const WeirBenchRun *run)
{
  return run->seconds;
}

static double
get_nanoseconds_each (const WeirBenchRun *run)
{
  return run->seconds * 1e9 / (double)run->records;
}

static const WeirBenchRun *
get_median (const GArray *runs)
{
  return &g_array_index (runs, WeirBenchRun, runs->len / 2);
}

/* Text ----------------------------------------------------------------------------------------- */

static char *
format_megabytes (double megabytes)
{
  return g_strdup_printf ("%.0f", megabytes);
}

static char *
format_nanoseconds (double nanoseconds)
{
  return weir_format_microseconds (nanoseconds / 1e3);
}

/* "median (slowest to fastest)", as wide as @width */
static void
print_figure (const GArray *runs, Figure figure, char *(*format) (double number), int width)
{
  g_autofree char *middle = format (figure (get_median (runs)));
  g_autofree char *low = format (figure (&g_array_index (runs, WeirBenchRun, 0)));
  g_autofree char *high = format (figure (&g_array_index (runs, WeirBenchRun, runs->len - 1)));
  g_autofree char *cell = g_strdup_printf ("%s (%s to %s)", middle, low, high);

  printf ("%-*s", width, cell);
}

static void
print_latency (const WeirBenchRun *run)
{
  g_autofree char *p50 = weir_format_microseconds (run->latency_us[0]);
  g_autofree char *p99 = weir_format_microseconds (run->latency_us[2]);
  g_autofree char *p999 = weir_format_microseconds (run->latency_us[3]);

  printf ("p50 %s  p99 %s  p99.9 %s", p50, p99, p999);
}

/* Beside the first mode, whose rate is what the others are measured by. */
static void
print_ratio (const WeirBenchResult *result, guint mode)
{
  double first = get_rate (get_median (result->runs[0]));

  print_figure (result->runs[mode], get_nanoseconds_each, format_nanoseconds,
                mode > 0 ? EACH_WIDTH : 0);
  if (mode > 0)
    printf ("%.2f of %s", get_rate (get_median (result->runs[mode])) / first,
            result->benchmark->modes[0].name);
}

static void
print_mode (const WeirBenchResult *result, guint mode)
{
  const GArray *runs = result->runs[mode];
  const WeirBenchRun *median = get_median (runs);

  printf ("  %-14s", result->benchmark->modes[mode].name);
  print_figure (runs, get_rate, weir_format_count, FIGURE_WIDTH);
  if (median->bytes > 0)
    print_figure (runs, get_megabytes, format_megabytes, FIGURE_WIDTH);
  if (median->has_latency)
    print_latency (median);
  else
    print_ratio (result, mode);
  putchar ('\n');
}

static void
print_head (const WeirBench *bench, const WeirBenchResult *result)
{
  const WeirBenchmark *benchmark = result->benchmark;
  const WeirBenchRun *run = get_median (result->runs[0]);
  g_autofree char *rate = g_strconcat (benchmark->unit, "/s", NULL);

  printf ("%s: %s\n  %" G_GUINT64_FORMAT " %s", benchmark->name, benchmark->summary, run->records,
          benchmark->unit);
  if (run->bytes > 0)
    printf (", %.1f MB", (double)run->bytes / MEGA);
  if (benchmark->stages)
    printf (", threads: %d", bench->n_threads);
  printf (", %d runs: median (slowest to fastest)\n", bench->n_repeats);
  printf ("  %-14s%-*s", "", FIGURE_WIDTH, rate);
  if (run->bytes > 0)
    printf ("%-*s", FIGURE_WIDTH, "MB/s");
  puts (run->has_latency ? "latency" : "each");
}

void
weir_bench_print (const WeirBench *bench, const WeirBenchResult *result)
{
  print_head (bench, result);
  for (guint i = 0; i < result->n_modes; i++)
    print_mode (result, i);
}

/* JSON ----------------------------------------------------------------------------------------- */

static void
build_number (JsonBuilder *builder, const char *name, double number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, number);
}

static void
build_count (JsonBuilder *builder, const char *name, guint64 count)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)count);
}

static void
build_string (JsonBuilder *builder, const char *name, const char *string)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, string);
}

static void
build_figure (JsonBuilder *builder, const char *name, const GArray *runs, Figure figure)
{
  double first = figure (&g_array_index (runs, WeirBenchRun, 0));
  double last = figure (&g_array_index (runs, WeirBenchRun, runs->len - 1));

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  build_number (builder, "median", figure (get_median (runs)));
  build_number (builder, "min", MIN (first, last));
  build_number (builder, "max", MAX (first, last));
  json_builder_end_object (builder);
}

static void
build_latency (JsonBuilder *builder, const WeirBenchRun *run)
{
  static const char *const names[] = { "p50", "p90", "p99", "p999", "max" };

  json_builder_set_member_name (builder, "latency_us");
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    build_number (builder, names[i], run->latency_us[i]);
  json_builder_end_object (builder);
}

static void
build_mode (const WeirBench *bench, const WeirBenchResult *result, guint mode, JsonBuilder *builder)
{
  const GArray *runs = result->runs[mode];
  const WeirBenchRun *median = get_median (runs);

  json_builder_begin_object (builder);
  build_string (builder, "name", result->benchmark->name);
  build_string (builder, "mode", result->benchmark->modes[mode].name);
  build_count (builder, "records", median->records);
  build_count (builder, "bytes", median->bytes);
  build_count (builder, "repeat", runs->len);
  if (result->benchmark->stages)
    build_count (builder, "threads", (guint64)bench->n_threads);
  build_figure (builder, "seconds", runs, get_seconds);
  build_figure (builder, "records_per_second", runs, get_rate);
  if (median->bytes > 0)
    build_figure (builder, "megabytes_per_second", runs, get_megabytes);
  if (median->has_latency)
    build_latency (builder, median);
  else
    build_figure (builder, "nanoseconds_each", runs, get_nanoseconds_each);
  json_builder_end_object (builder);
}

void
weir_bench_build (const WeirBench *bench, const WeirBenchResult *result, JsonBuilder *builder)
{
  for (guint i = 0; i < result->n_modes; i++)
    build_mode (bench, result, i, builder);
}

/* Some machines have no name for it. */
char *
weir_bench_read_cpu_model (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    return g_strdup ("unknown");
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      const char *colon = strchr (*line, ':');

      if (colon && g_str_has_prefix (*line, "model name"))
        return g_strstrip (g_strdup (colon + 1));
    }
  return g_strdup ("unknown");
}

void
weir_bench_build_machine (JsonBuilder *builder)
{
  g_autofree char *model = weir_bench_read_cpu_model ();

  json_builder_set_member_name (builder, "machine");
  json_builder_begin_object (builder);
  build_string (builder, "cpu", model);
  build_count (builder, "cpus", g_get_num_processors ());
  json_builder_end_object (builder);
}
