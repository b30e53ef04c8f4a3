/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long something takes that is done again and again, as of late: the mean, and the time that 9
 * of 10 stay within. Both follow a change within some dozens of values, and take no memory of the
 * values: the mean is an exponential average, the quantile a stochastic approximation (H. Robbins
 * and S. Monro, "A Stochastic Approximation Method", 1951) that goes up by nine steps for a value
 * above it and down by one for a value below. Any thread may read; of two that
 * write at once one may be lost.
 *
 * Nanoseconds. 0: there was no value yet. */
typedef struct
{
  gint64 mean; /* atomic, as the next */
  gint64 p90;
  gint64 n; /* values so far, up to as many as matter */
} WeirPace;

void weir_pace_add (WeirPace *pace, gint64 value);

static inline gint64
weir_pace_get_mean (const WeirPace *pace)
{
  return __atomic_load_n (&pace->mean, __ATOMIC_RELAXED);
}

static inline gint64
weir_pace_get_p90 (const WeirPace *pace)
{
  return __atomic_load_n (&pace->p90, __ATOMIC_RELAXED);
}

/* By how much more than the mean the tenth value takes. */
static inline gint64
weir_pace_get_stray (const WeirPace *pace)
{
  gint64 stray = weir_pace_get_p90 (pace) - weir_pace_get_mean (pace);

  return MAX (0, stray);
}

G_END_DECLS
