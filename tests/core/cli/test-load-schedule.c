/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-schedule-private.h"

#include <math.h>

#define SECOND (G_GINT64_CONSTANT (1000000000))

static void
test_constant_arrivals_are_evenly_spaced_and_do_not_drift (void)
{
  WeirLoadSchedule schedule;

  weir_load_schedule_init (&schedule, WEIR_ARRIVALS_CONSTANT, 3, 1);
  g_assert_cmpint (weir_load_schedule_next (&schedule), ==, 0);
  g_assert_cmpint (weir_load_schedule_next (&schedule), ==, 333333333);
  for (guint i = 2; i < 3000; i++)
    weir_load_schedule_next (&schedule);
  g_assert_cmpint (weir_load_schedule_next (&schedule), ==, 1000 * SECOND);
}

static void
test_poisson_arrivals_have_the_rate_and_exponential_gaps (void)
{
  WeirLoadSchedule schedule;
  double squares = 0;
  gint64 last = 0;

  weir_load_schedule_init (&schedule, WEIR_ARRIVALS_POISSON, 1000, 7);
  for (guint i = 0; i < 100000; i++)
    {
      gint64 next = weir_load_schedule_next (&schedule);
      double gap = (double)(next - last) / 1e6; /* the mean is 1 */

      g_assert_cmpint (next, >=, last);
      squares += (gap - 1) * (gap - 1);
      last = next;
    }
  g_assert_cmpfloat (fabs ((double)last / SECOND - 100), <, 1.5);
  g_assert_cmpfloat (fabs (squares / 100000 - 1), <, 0.05);
}

static void
test_the_same_seed_gives_the_same_times_and_another_does_not (void)
{
  WeirLoadSchedule first;
  WeirLoadSchedule second;
  WeirLoadSchedule other;
  guint n_same = 0;

  weir_load_schedule_init (&first, WEIR_ARRIVALS_POISSON, 1000, 1);
  weir_load_schedule_init (&second, WEIR_ARRIVALS_POISSON, 1000, 1);
  weir_load_schedule_init (&other, WEIR_ARRIVALS_POISSON, 1000, 2);
  for (guint i = 0; i < 1000; i++)
    {
      gint64 time = weir_load_schedule_next (&first);

      g_assert_cmpint (time, ==, weir_load_schedule_next (&second));
      n_same += time == weir_load_schedule_next (&other);
    }
  g_assert_cmpuint (n_same, <, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/load-schedule/constant arrivals are evenly spaced and do not drift",
                   test_constant_arrivals_are_evenly_spaced_and_do_not_drift);
  g_test_add_func ("/cli/load-schedule/poisson arrivals have the rate and exponential gaps",
                   test_poisson_arrivals_have_the_rate_and_exponential_gaps);
  g_test_add_func ("/cli/load-schedule/the same seed gives the same times and another does not",
                   test_the_same_seed_gives_the_same_times_and_another_does_not);
  return g_test_run ();
}
