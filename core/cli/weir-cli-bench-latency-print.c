/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-latency-private.h"

#include <math.h>
#include <stdio.h>

#include "cli/weir-cli-format-private.h"
#include "cli/weir-plot-private.h"
#include "stage/weir-option-private.h"

#define MEMBER(name) json_builder_set_member_name (builder, name)

static const char *
get_arrivals (const WeirLoad *load)
{
  return load->arrivals == WEIR_ARRIVALS_POISSON ? "poisson" : "constant";
}

/* Text ----------------------------------------------------------------------------------------- */

void
weir_bench_latency_print_head (const WeirLoad *load)
{
  g_autofree char *duration = weir_duration_format ((guint64)load->duration);
  g_autofree char *deadline = weir_duration_format ((guint64)load->deadline);

  printf ("latency: from the time at which a record was meant to be sent to its arrival\n"
          "  300 bytes, %s arrivals, each rate for %s, deadline %s, threads: %d\n",
          get_arrivals (load), duration, deadline, load->n_threads);
}

void
weir_bench_latency_print_curve (const WeirBenchCurve *curve)
{
  printf ("%s: %s%s\n", curve->name,
          curve->points ? "" : "left out, its stages are not there: ", curve->summary);
  if (curve->points)
    printf ("  %-10s%-11s%-8s%-8s%-8s%-8s%-8s%-11s%-9s%-11s%s\n", "offered/s", "achieved/s", "p50",
            "p90", "p99", "p99.9", "max", "met", "missed", "goodput/s", "sender's lag");
  fflush (stdout);
}

static void
print_cell (int width, char *text)
{
  printf ("%-*s", width, text);
  g_free (text);
}

void
weir_bench_latency_print_point (const WeirLoadPoint *point)
{
  g_autofree char *lag = weir_format_microseconds (point->sender_lag_us);

  printf ("  ");
  print_cell (10, weir_format_count ((double)point->offered / point->seconds));
  print_cell (11, weir_format_count (point->achieved));
  for (guint i = 0; i < WEIR_LOAD_N_QUANTILES; i++)
    print_cell (8, weir_format_microseconds (point->latency_us[i]));
  print_cell (11, weir_format_count ((double)point->met));
  print_cell (9, weir_format_count ((double)(point->offered - point->met)));
  print_cell (11, weir_format_count (point->goodput));
  puts (lag);
  fflush (stdout);
}

/* JSON ----------------------------------------------------------------------------------------- */

static void
build_string (JsonBuilder *builder, const char *name, const char *text)
{
  MEMBER (name);
  json_builder_add_string_value (builder, text);
}

static void
build_number (JsonBuilder *builder, const char *name, double number)
{
  MEMBER (name);
  json_builder_add_double_value (builder, number);
}

static void
build_count (JsonBuilder *builder, const char *name, guint64 count)
{
  MEMBER (name);
  json_builder_add_int_value (builder, (gint64)count);
}

static void
build_latency (JsonBuilder *builder, const WeirLoadPoint *point)
{
  static const char *const names[WEIR_LOAD_N_QUANTILES] = { "p50", "p90", "p99", "p999", "max" };

  MEMBER ("latency_us");
  json_builder_begin_object (builder);
  for (guint i = 0; i < WEIR_LOAD_N_QUANTILES; i++)
    build_number (builder, names[i], point->latency_us[i]);
  json_builder_end_object (builder);
}

static void
build_point (JsonBuilder *builder, const WeirLoad *load, const char *mode,
             const WeirLoadPoint *point)
{
  json_builder_begin_object (builder);
  build_string (builder, "name", "latency");
  build_string (builder, "mode", mode);
  build_string (builder, "arrivals", get_arrivals (load));
  build_count (builder, "threads", (guint64)load->n_threads);
  build_number (builder, "rate", point->rate);
  build_number (builder, "seconds", point->seconds);
  build_number (builder, "deadline_us", (double)load->deadline / 1e3);
  if (point->cost_us > 0)
    build_number (builder, "cost_us", point->cost_us);
  build_count (builder, "records", point->offered);
  build_count (builder, "arrived", point->arrived);
  build_count (builder, "met", point->met);
  build_count (builder, "missed", point->offered - point->met);
  build_number (builder, "achieved", point->achieved);
  build_number (builder, "goodput", point->goodput);
  build_latency (builder, point);
  build_number (builder, "sender_lag_us", point->sender_lag_us);
  json_builder_end_object (builder);
}

void
weir_bench_latency_build (const WeirLoad *load, const WeirBenchCurve *curve, JsonBuilder *builder)
{
  for (guint i = 0; curve->points && i < curve->points->len; i++)
    build_point (builder, load, curve->name, &g_array_index (curve->points, WeirLoadPoint, i));
}

/* Picture -------------------------------------------------------------------------------------- */

static char *
format_scaled (double value, const char *const units[], guint n_units)
{
  guint unit = 0;

  while (value >= 999.5 && unit + 1 < n_units)
    {
      value /= 1000;
      unit++;
    }
  return g_strdup_printf ("%.3g%s", value, units[unit]);
}

static char *
format_rate (double rate)
{
  static const char *const units[] = { "", "k", "M" };

  return format_scaled (rate, units, G_N_ELEMENTS (units));
}

static char *
format_time (double microseconds)
{
  static const char *const units[] = { " ns", " \302\265s", " ms", " s" };

  return format_scaled (microseconds * 1000, units, G_N_ELEMENTS (units));
}

static void
draw_line (WeirPlot *plot, const WeirBenchCurve *curve, const char *name, guint quantile)
{
  weir_plot_add_line (plot, name);
  for (guint i = 0; i < curve->points->len; i++)
    {
      const WeirLoadPoint *point = &g_array_index (curve->points, WeirLoadPoint, i);

      weir_plot_add_point (plot, point->rate, point->latency_us[quantile]);
    }
}

char *
weir_bench_latency_draw (const WeirBench *bench, const WeirBenchCurve curves[WEIR_BENCH_N_WAYS])
{
  static const char *const names[WEIR_LOAD_N_QUANTILES] = { "p50", "p90", "p99", "p99.9", "max" };
  g_autofree char *model = weir_bench_read_cpu_model ();
  g_autofree char *subtitle = g_strdup_printf ("weir %s  \302\267  %s, %u CPUs", bench->command,
                                               model, g_get_num_processors ());
  g_autoptr (WeirPlot) plot = weir_plot_new ("Latency against load", subtitle);

  weir_plot_set_axes (plot, "records offered in a second", format_rate, "latency", format_time);
  for (guint i = 0; i < WEIR_BENCH_N_WAYS; i++)
    {
      if (!curves[i].points)
        continue;
      g_autofree char *title = g_strdup_printf ("%s: %s", curves[i].name, curves[i].summary);
      weir_plot_add_panel (plot, title);
      for (guint j = 0; j < WEIR_LOAD_N_QUANTILES; j++)
        draw_line (plot, &curves[i], names[j], j);
    }
  return weir_plot_to_svg (plot);
}
