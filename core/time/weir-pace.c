/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-pace-private.h"

/* Values that the mean looks back on, and that the quantile does. */
#define MEAN_WINDOW 16
#define MOST_GAIN   100

static gint64
count (WeirPace *pace)
{
  gint64 n = MIN (__atomic_load_n (&pace->n, __ATOMIC_RELAXED) + 1, MOST_GAIN);

  __atomic_store_n (&pace->n, n, __ATOMIC_RELAXED);
  return n;
}

/* The first values count for more: one that strays is soon made up for. */
void
weir_pace_add (WeirPace *pace, gint64 value)
{
  gint64 mean = weir_pace_get_mean (pace);
  gint64 p90 = weir_pace_get_p90 (pace);
  gint64 n = count (pace);
  gint64 step = MAX (1, p90 / n);

  mean += (value - mean) / MIN (n, MEAN_WINDOW);
  if (n == 1)
    p90 = value;
  else if (value > p90)
    p90 = MIN (p90 + 9 * step, value);
  else
    p90 = MAX (p90 - step, value);
  __atomic_store_n (&pace->mean, MAX (0, mean), __ATOMIC_RELAXED);
  __atomic_store_n (&pace->p90, MAX (1, p90), __ATOMIC_RELAXED);
}
