/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-clock.h>

#define SECOND G_GINT64_CONSTANT (1000000000)

static void
test_it_stands_still_until_it_is_turned (void)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();

  g_assert_true (weir_clock_is_virtual (clock));
  g_assert_cmpint (weir_clock_get_time (clock), ==, SECOND);
  g_assert_cmpint (weir_clock_get_time (clock), ==, SECOND);
  weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 5);
  g_assert_cmpint (weir_clock_get_time (clock), ==, SECOND + 5);
}

static void
test_real_time_goes_with_it (void)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *text = NULL;

  weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 59 * SECOND);
  date = g_date_time_new_from_unix_utc (weir_clock_get_real_time (clock) / SECOND);
  text = g_date_time_format_iso8601 (date);
  g_assert_cmpstr (text, ==, "2026-01-01T00:01:00Z");
}

static void
count (gpointer data)
{
  (*(guint *)data)++;
}

static void
test_each_turn_is_told (void)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  guint n_turns = 0;

  g_signal_connect_swapped (clock, "turned", G_CALLBACK (count), &n_turns);
  weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 1);
  weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 0);
  g_assert_cmpuint (n_turns, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/test-clock/it stands still until it is turned",
                   test_it_stands_still_until_it_is_turned);
  g_test_add_func ("/time/test-clock/real time goes with it", test_real_time_goes_with_it);
  g_test_add_func ("/time/test-clock/each turn is told", test_each_turn_is_told);
  return g_test_run ();
}
