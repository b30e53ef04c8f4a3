/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/weir-cli-bench-private.h"
#include "cli/weir-load-private.h"

G_BEGIN_DECLS

#define WEIR_BENCH_N_WAYS 5

/* What was measured in one way, from the lowest rate to the highest. */
typedef struct
{
  const char *name;
  const char *summary;
  GArray *points; /* WeirLoadPoint; NULL: it was not asked for, or left out */
} WeirBenchCurve;

void weir_bench_latency_print_head (const WeirLoad *load);
void weir_bench_latency_print_curve (const WeirBenchCurve *curve);
void weir_bench_latency_print_point (const WeirLoadPoint *point);

/* Members of the array that @builder has open. */
void weir_bench_latency_build (const WeirLoad *load, const WeirBenchCurve *curve,
                               JsonBuilder *builder);

/* An SVG picture. */
char *
weir_bench_latency_draw (const WeirBench *bench,
                         const WeirBenchCurve curves[WEIR_BENCH_N_WAYS]) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
