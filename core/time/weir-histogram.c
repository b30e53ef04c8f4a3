/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-histogram-private.h"

#define SUB_BUCKETS (G_GUINT64_CONSTANT (1) << WEIR_HISTOGRAM_SUB_BITS)

/* Values below 64 have a bucket each; above, each power of two has 64 buckets. */
static guint
bucket_of (guint64 value)
{
  guint shift;

  if (value < SUB_BUCKETS)
    return value;
  shift = 63 - __builtin_clzll (value) - WEIR_HISTOGRAM_SUB_BITS;
  return ((shift + 1) << WEIR_HISTOGRAM_SUB_BITS) + (guint)((value >> shift) - SUB_BUCKETS);
}

/* The largest value of a bucket. */
static guint64
value_of (guint bucket)
{
  guint shift = bucket >> WEIR_HISTOGRAM_SUB_BITS;
  guint64 sub = bucket & (SUB_BUCKETS - 1);

  if (shift == 0)
    return sub;
  return ((SUB_BUCKETS + sub + 1) << (shift - 1)) - 1;
}

WeirHistogram *
weir_histogram_new (void)
{
  return g_new0 (WeirHistogram, 1);
}

void
weir_histogram_free (WeirHistogram *histogram)
{
  g_free (histogram);
}

static void
store (guint64 *counter, guint64 value)
{
  __atomic_store_n (counter, value, __ATOMIC_RELAXED);
}

static guint64
load (const guint64 *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

void
weir_histogram_add (WeirHistogram *histogram, guint64 value, guint64 times)
{
  guint64 *count = &histogram->counts[bucket_of (value)];

  store (count, *count + times);
  store (&histogram->total, histogram->total + times);
  if (value > histogram->maximum)
    store (&histogram->maximum, value);
}

void
weir_histogram_merge (WeirHistogram *histogram, const WeirHistogram *other)
{
  for (guint i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++)
    histogram->counts[i] += load (&other->counts[i]);
  histogram->total += load (&other->total);
  histogram->maximum = MAX (histogram->maximum, load (&other->maximum));
}

/* The smallest value that a share `quantile` (0 to 1) of the values does not exceed; 0 when there
 * are none. */
guint64
weir_histogram_get_quantile (const WeirHistogram *histogram, double quantile)
{
  guint64 total = load (&histogram->total);
  guint64 wanted = MAX (1, (guint64)(quantile * (double)total + 0.5));
  guint64 seen = 0;

  if (total == 0)
    return 0;
  for (guint i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++)
    {
      seen += load (&histogram->counts[i]);
      if (seen >= wanted)
        return MIN (value_of (i), load (&histogram->maximum));
    }
  return load (&histogram->maximum);
}
