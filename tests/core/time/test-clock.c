/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-clock.h>

static void
test_the_system_clock_is_one_object (void)
{
  g_assert_true (weir_clock_get_system () == weir_clock_get_system ());
  g_assert_false (weir_clock_is_virtual (weir_clock_get_system ()));
}

static void
test_time_never_goes_back (void)
{
  gint64 before = weir_clock_get_time (weir_clock_get_system ());

  for (guint i = 0; i < 1000; i++)
    {
      gint64 now = weir_clock_get_time (weir_clock_get_system ());

      g_assert_cmpint (now, >=, before);
      before = now;
    }
}

static void
test_time_is_what_poll_counts_by (void)
{
  gint64 before = g_get_monotonic_time ();
  gint64 now = weir_clock_get_time (weir_clock_get_system ());
  gint64 after = g_get_monotonic_time ();

  g_assert_cmpint (now / 1000, >=, before);
  g_assert_cmpint (now / 1000, <=, after);
}

static void
test_real_time_counts_nanoseconds_since_1970 (void)
{
  gint64 before = g_get_real_time ();
  gint64 now = weir_clock_get_real_time (weir_clock_get_system ());

  g_assert_cmpint (now / 1000, >=, before);
  g_assert_cmpint (now / 1000, <, before + 60 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/clock/the system clock is one object",
                   test_the_system_clock_is_one_object);
  g_test_add_func ("/time/clock/time never goes back", test_time_never_goes_back);
  g_test_add_func ("/time/clock/time is what poll counts by", test_time_is_what_poll_counts_by);
  g_test_add_func ("/time/clock/real time counts nanoseconds since 1970",
                   test_real_time_counts_nanoseconds_since_1970);
  return g_test_run ();
}
