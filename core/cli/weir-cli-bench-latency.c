/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-latency-private.h"

#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "stage/weir-option-private.h"
#include "stage/weir-registry-private.h"

#define SEED          1
#define MOST_RATE     1e7
#define LEAST_RATE    1.0
#define MOST_DURATION ((guint64)3600 * 1000000000)
#define MOST_DEADLINE ((guint64)60 * 1000000000)

/* A sweep ends where this is no longer held, at so many rates in a row: one alone may be the doing
 * of the machine. They are told as well. */
#define SWEEP_P99_US  10000.0
#define SWEEP_GOODPUT 0.95
#define SWEEP_BEYOND  2

static const double sweep[]
    = { 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, MOST_RATE };

/* Of overload: what a record costs, so 5000 in a second, and the loads beside that. */
#define COST (G_GINT64_CONSTANT (200000))
static const double loads[] = { 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2 };

/* The machine's own share comes first: the others are to be read beside it. */
static const struct
{
  const char *name;
  const char *summary;
  WeirLoadWay measure;
  const char *types[2]; /* that it cannot do without */
  gint64 cost;          /* it is a way of overload */
  gboolean sheds;
} ways[WEIR_BENCH_N_WAYS] = {
  { "relay", "over TCP to a thread that reads and writes, and back: the machine's own share",
    weir_load_over_relay },
  { "tcp",
    "over TCP to weir, a process of its own: source.tcp, filter, map, sink.tcp",
    weir_load_over_tcp,
    { "source.tcp", "sink.tcp" } },
  { "in-process", "through the pipeline of an application: source.app, filter, map, sink.app",
    weir_load_in_process },
  { "shed", "a stage of 200us for each record; what cannot be in time is turned away",
    weir_load_in_process, .cost = COST, .sheds = TRUE },
  { "block", "the same, and nothing is turned away", weir_load_in_process, .cost = COST },
};

static gboolean
parse_arrivals (const char *text, WeirArrivals *arrivals)
{
  *arrivals
      = text && strcmp (text, "poisson") == 0 ? WEIR_ARRIVALS_POISSON : WEIR_ARRIVALS_CONSTANT;
  return !text || *arrivals == WEIR_ARRIVALS_POISSON || strcmp (text, "constant") == 0;
}

static gboolean
parse_duration (const char *text, guint64 most, gint64 *duration)
{
  guint64 value = 0;

  if (!weir_duration_parse (text, &value) || value < 1 || value > most)
    return FALSE;
  *duration = (gint64)value;
  return TRUE;
}

/* The option that is wrong; NULL: none. */
static const char *
read_load (const WeirBench *bench, WeirLoad *load)
{
  const WeirBenchLatency *options = &bench->latency;

  *load = (WeirLoad){ .rate = options->rate,
                      .seed = SEED,
                      .n_threads = bench->n_threads,
                      .plugin_paths = bench->plugin_paths };
  if (options->rate != 0 && !(options->rate >= LEAST_RATE && options->rate <= MOST_RATE))
    return "--rate must be in the range 1 to 10000000";
  if (!parse_duration (options->duration, MOST_DURATION, &load->duration))
    return "--duration must be in the range 1ns to 1h, such as 5s";
  if (!parse_duration (options->deadline, MOST_DEADLINE, &load->deadline))
    return "--deadline must be in the range 1ns to 60s, such as 50ms";
  if (!parse_arrivals (options->arrivals, &load->arrivals))
    return "--arrivals must be constant or poisson";
  return NULL;
}

gboolean
weir_bench_latency_check (const WeirBench *bench)
{
  WeirLoad load;
  const char *mistake = read_load (bench, &load);

  if (mistake)
    weir_complain ("bench: %s", mistake);
  return !mistake;
}

static gboolean
has_types (guint way)
{
  for (guint i = 0; i < G_N_ELEMENTS (ways[way].types); i++)
    if (ways[way].types[i] && !weir_registry_get_info (ways[way].types[i]))
      return FALSE;
  return TRUE;
}

/* The rates of a sweep, from the lowest. */
static GArray *
list_rates (guint way, const WeirLoad *load)
{
  GArray *rates = g_array_new (FALSE, FALSE, sizeof (double));
  double capacity
      = ways[way].cost > 0 ? MAX (load->n_threads, 1) * 1e9 / (double)ways[way].cost : 0;

  if (load->rate > 0)
    g_array_append_val (rates, load->rate);
  else if (ways[way].cost == 0)
    g_array_append_vals (rates, sweep, G_N_ELEMENTS (sweep));
  else
    for (guint i = 0; i < G_N_ELEMENTS (loads); i++)
      {
        double rate = loads[i] * capacity;

        g_array_append_val (rates, rate);
      }
  return rates;
}

static gboolean
is_beyond (const WeirLoadPoint *point)
{
  double offered = (double)point->offered / point->seconds;

  return point->latency_us[2] > SWEEP_P99_US || point->goodput < SWEEP_GOODPUT * offered;
}

static gboolean
measure_point (guint way, const WeirLoad *load, WeirBenchCurve *curve, gboolean print,
               GError **error)
{
  WeirLoadPoint point;

  if (!ways[way].measure (load, &point, error))
    {
      g_prefix_error (error, "%s, %.0f records/s: ", ways[way].name, load->rate);
      return FALSE;
    }
  g_array_append_val (curve->points, point);
  if (print)
    weir_bench_latency_print_point (&point);
  return TRUE;
}

/* A sweep of overload goes to its end. */
static gboolean
measure_curve (guint way, const WeirLoad *load, WeirBenchCurve *curve, gboolean print,
               GError **error)
{
  g_autoptr (GArray) rates = list_rates (way, load);
  WeirLoad step = *load;
  guint n_beyond = 0;

  step.cost = ways[way].cost;
  step.sheds = ways[way].sheds;
  for (guint i = 0; i < rates->len && n_beyond < SWEEP_BEYOND; i++)
    {
      step.rate = g_array_index (rates, double, i);
      if (!measure_point (way, &step, curve, print, error))
        return FALSE;
      if (step.cost == 0 && is_beyond (&g_array_index (curve->points, WeirLoadPoint, i)))
        n_beyond++;
      else
        n_beyond = 0;
    }
  return TRUE;
}

static gboolean
measure_curves (const WeirBench *bench, const WeirLoad *load,
                WeirBenchCurve curves[WEIR_BENCH_N_WAYS], gboolean print, GError **error)
{
  if (print)
    weir_bench_latency_print_head (load);
  for (guint i = 0; i < WEIR_BENCH_N_WAYS; i++)
    {
      curves[i] = (WeirBenchCurve){ ways[i].name, ways[i].summary };
      if ((ways[i].cost > 0) != bench->latency.overload)
        continue;
      if (has_types (i))
        curves[i].points = g_array_new (FALSE, FALSE, sizeof (WeirLoadPoint));
      if (print)
        weir_bench_latency_print_curve (&curves[i]);
      if (curves[i].points && !measure_curve (i, load, &curves[i], print, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
tell (const WeirBench *bench, const WeirLoad *load, const WeirBenchCurve curves[WEIR_BENCH_N_WAYS],
      JsonBuilder *builder, GError **error)
{
  for (guint i = 0; builder && i < WEIR_BENCH_N_WAYS; i++)
    weir_bench_latency_build (load, &curves[i], builder);
  if (!bench->latency.plot)
    return TRUE;

  g_autofree char *svg = weir_bench_latency_draw (bench, curves);
  return g_file_set_contents (bench->latency.plot, svg, -1, error);
}

gboolean
weir_bench_latency (WeirBench *bench, JsonBuilder *builder, GError **error)
{
  WeirBenchCurve curves[WEIR_BENCH_N_WAYS] = { 0 };
  WeirLoad load;

  /* The measuring takes minutes: whether the picture can be written is known before. */
  if (bench->latency.plot && !g_file_set_contents (bench->latency.plot, "", 0, error))
    return FALSE;

  (void)read_load (bench, &load);
  gboolean done = measure_curves (bench, &load, curves, builder == NULL, error)
                  && tell (bench, &load, curves, builder, error);
  for (guint i = 0; i < WEIR_BENCH_N_WAYS; i++)
    g_clear_pointer (&curves[i].points, g_array_unref);
  return done;
}
