/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-pace-private.h"

#include <math.h>

static void
add_uniform (WeirPace *pace, GRand *random, guint n, double most)
{
  for (guint i = 0; i < n; i++)
    weir_pace_add (pace, (gint64)g_rand_double_range (random, 0, most));
}

static void
assert_about (gint64 value, double expected, double share)
{
  g_assert_cmpfloat (fabs ((double)value - expected), <=, expected * share);
}

static void
test_the_first_value_is_the_first_estimate (void)
{
  WeirPace pace = { 0 };

  weir_pace_add (&pace, 1000);
  assert_about (weir_pace_get_mean (&pace), 1000, 0.01);
  assert_about (weir_pace_get_p90 (&pace), 1000, 0.01);
}

static void
test_nine_of_ten_values_stay_within_the_quantile (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  WeirPace pace = { 0 };

  add_uniform (&pace, random, 5000, 1e6);
  assert_about (weir_pace_get_mean (&pace), 5e5, 0.4);
  assert_about (weir_pace_get_p90 (&pace), 9e5, 0.15);
}

static void
test_it_follows_a_change (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  WeirPace pace = { 0 };

  add_uniform (&pace, random, 1000, 1e6);
  add_uniform (&pace, random, 300, 1e7);
  g_assert_cmpint (weir_pace_get_p90 (&pace), >, 5000000);
  add_uniform (&pace, random, 3000, 1e6);
  g_assert_cmpint (weir_pace_get_p90 (&pace), <, 2000000);
}

static void
test_a_first_value_that_strays_is_soon_made_up_for (void)
{
  WeirPace pace = { 0 };

  weir_pace_add (&pace, 100000000);
  for (guint i = 0; i < 30; i++)
    weir_pace_add (&pace, 100000);
  g_assert_cmpint (weir_pace_get_p90 (&pace), <, 5000000);
}

static void
test_nothing_is_never_negative (void)
{
  WeirPace pace = { 0 };

  for (guint i = 0; i < 1000; i++)
    weir_pace_add (&pace, 0);
  g_assert_cmpint (weir_pace_get_mean (&pace), >=, 0);
  g_assert_cmpint (weir_pace_get_p90 (&pace), >=, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/pace/the first value is the first estimate",
                   test_the_first_value_is_the_first_estimate);
  g_test_add_func ("/time/pace/nine of ten values stay within the quantile",
                   test_nine_of_ten_values_stay_within_the_quantile);
  g_test_add_func ("/time/pace/it follows a change", test_it_follows_a_change);
  g_test_add_func ("/time/pace/a first value that strays is soon made up for",
                   test_a_first_value_that_strays_is_soon_made_up_for);
  g_test_add_func ("/time/pace/nothing is never negative", test_nothing_is_never_negative);
  return g_test_run ();
}
