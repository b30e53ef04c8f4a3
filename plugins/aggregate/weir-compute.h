/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_COMPUTE_COUNT,
  WEIR_COMPUTE_SUM,
  WEIR_COMPUTE_MIN,
  WEIR_COMPUTE_MAX,
  WEIR_COMPUTE_MEAN,
} WeirComputeFunction;

/* A function over the records of a group: `count()`, `sum(EXPR)`, … */
typedef struct
{
  WeirComputeFunction function;
  WeirExpression *expression; /* NULL: count */
} WeirCompute;

/* The state of one function in one group, all zero at first; value is a sum, a minimum or a
 * maximum. */
typedef struct
{
  guint64 n;
  double value;
  double correction;
} WeirComputeCell;

/* Reads "NAME(EXPR)". Returns what is wrong, or NULL. */
char *weir_compute_init (WeirCompute *compute, const char *text) G_GNUC_WARN_UNUSED_RESULT;
void weir_compute_clear (WeirCompute *compute);

/* @number: NaN for null, which only count() counts. */
void weir_compute_add (const WeirCompute *compute, WeirComputeCell *cell, double number);
void weir_compute_append_result (const WeirCompute *compute, const WeirComputeCell *cell,
                                 GString *json);

G_END_DECLS
