/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-histogram-private.h"

#include <math.h>
#include <stdlib.h>

#define N 10000

static int
compare (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *)a;
  guint64 y = *(const guint64 *)b;

  return (x > y) - (x < y);
}

static void
assert_close (guint64 found, guint64 exact)
{
  g_assert_cmpuint (found, >=, exact);
  g_assert_cmpfloat ((double)(found - exact), <=, 0.016 * (double)exact);
}

static void
test_an_empty_histogram_gives_0 (void)
{
  g_autoptr (WeirHistogram) histogram = weir_histogram_new ();

  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.5), ==, 0);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 1.0), ==, 0);
}

static void
test_small_values_are_exact (void)
{
  g_autoptr (WeirHistogram) histogram = weir_histogram_new ();

  for (guint i = 1; i <= 100; i++)
    weir_histogram_add (histogram, i, 1);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.0), ==, 1);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.5), ==, 50);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.99), ==, 99);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 1.0), ==, 100);
}

static void
test_quantiles_are_within_one_and_a_half_percent (void)
{
  static const double quantiles[] = { 0.01, 0.1, 0.5, 0.9, 0.99, 0.999 };
  g_autoptr (WeirHistogram) histogram = weir_histogram_new ();
  g_autofree guint64 *values = g_new (guint64, N);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < N; i++)
    {
      values[i] = (guint64)exp (g_rand_double_range (rand, 0, 40));
      weir_histogram_add (histogram, values[i], 1);
    }
  qsort (values, N, sizeof *values, compare);
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    assert_close (weir_histogram_get_quantile (histogram, quantiles[i]),
                  values[(guint)(quantiles[i] * N + 0.5) - 1]);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 1.0), ==, values[N - 1]);
}

static void
test_the_edges_of_buckets_are_in_them (void)
{
  for (guint bit = 0; bit < 64; bit++)
    for (gint delta = -1; delta <= 1; delta++)
      {
        g_autoptr (WeirHistogram) histogram = weir_histogram_new ();
        guint64 value = (G_GUINT64_CONSTANT (1) << bit) + delta;

        weir_histogram_add (histogram, value, 1);
        weir_histogram_add (histogram, G_MAXUINT64, 1);
        assert_close (weir_histogram_get_quantile (histogram, 0.5), value);
      }
}

static void
test_values_may_be_added_many_at_a_time (void)
{
  g_autoptr (WeirHistogram) histogram = weir_histogram_new ();

  weir_histogram_add (histogram, 10, 90);
  weir_histogram_add (histogram, 20, 10);
  g_assert_cmpuint (histogram->total, ==, 100);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.9), ==, 10);
  g_assert_cmpuint (weir_histogram_get_quantile (histogram, 0.91), ==, 20);
}

static void
test_merging_adds_the_counts (void)
{
  g_autoptr (WeirHistogram) a = weir_histogram_new ();
  g_autoptr (WeirHistogram) b = weir_histogram_new ();

  weir_histogram_add (a, 10, 1);
  weir_histogram_add (b, 10, 2);
  weir_histogram_add (b, 5000, 3);
  weir_histogram_merge (a, b);
  g_assert_cmpuint (a->total, ==, 6);
  g_assert_cmpuint (a->maximum, ==, 5000);
  g_assert_cmpuint (weir_histogram_get_quantile (a, 0.5), ==, 10);
  g_assert_cmpuint (weir_histogram_get_quantile (a, 0.6), ==, 5000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/histogram/an empty histogram gives 0", test_an_empty_histogram_gives_0);
  g_test_add_func ("/time/histogram/small values are exact", test_small_values_are_exact);
  g_test_add_func ("/time/histogram/quantiles are within one and a half percent",
                   test_quantiles_are_within_one_and_a_half_percent);
  g_test_add_func ("/time/histogram/the edges of buckets are in them",
                   test_the_edges_of_buckets_are_in_them);
  g_test_add_func ("/time/histogram/values may be added many at a time",
                   test_values_may_be_added_many_at_a_time);
  g_test_add_func ("/time/histogram/merging adds the counts", test_merging_adds_the_counts);
  return g_test_run ();
}
