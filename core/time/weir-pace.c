/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-pace-private.h"

/* The share of a value in the mean, and the part of the mean that a step of the quantile is. */
#define SHARE 16
#define STEP  200

void
weir_pace_add (WeirPace *pace, gint64 value)
{
  gint64 mean = pace->mean;
  gint64 p90 = pace->p90;
  gint64 step;

  if (mean == 0 && p90 == 0)
    mean = p90 = MAX (1, value);
  mean += (value - mean) / SHARE;
  step = MAX (1, mean / STEP);
  p90 += value > p90 ? 9 * step : -step;
  __atomic_store_n (&pace->mean, MAX (0, mean), __ATOMIC_RELAXED);
  __atomic_store_n (&pace->p90, MAX (1, p90), __ATOMIC_RELAXED);
}
