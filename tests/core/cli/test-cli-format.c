/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-format-private.h"

static void
assert_text (char *text, const char *expected)
{
  g_autofree char *owned = text;

  g_assert_cmpstr (owned, ==, expected);
}

static void
test_counts_have_three_digits (void)
{
  assert_text (weir_format_count (0), "0");
  assert_text (weir_format_count (950), "950");
  assert_text (weir_format_count (2.5), "2.50");
  assert_text (weir_format_count (1234), "1.23k");
  assert_text (weir_format_count (12345), "12.3k");
  assert_text (weir_format_count (123456), "123k");
  assert_text (weir_format_count (7.5e15), "7500T");
}

static void
test_a_count_that_rounds_up_takes_the_next_unit (void)
{
  assert_text (weir_format_count (999), "999");
  assert_text (weir_format_count (999.7), "1.00k");
  assert_text (weir_format_count (9996), "10.0k");
  assert_text (weir_format_count (99960), "100k");
  assert_text (weir_format_count (999600), "1.00M");
}

static void
test_times_have_the_unit_that_fits (void)
{
  assert_text (weir_format_microseconds (0), "0ns");
  assert_text (weir_format_microseconds (0.85), "850ns");
  assert_text (weir_format_microseconds (12.34), "12.3us");
  assert_text (weir_format_microseconds (1250), "1.25ms");
  assert_text (weir_format_microseconds (42e6), "42.0s");
}

static void
test_elapsed_time_shows_hours_when_there_are_any (void)
{
  assert_text (weir_format_elapsed (0.9), "0:00");
  assert_text (weir_format_elapsed (67), "1:07");
  assert_text (weir_format_elapsed (3723), "1:02:03");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/format/counts have three digits", test_counts_have_three_digits);
  g_test_add_func ("/cli/format/a count that rounds up takes the next unit",
                   test_a_count_that_rounds_up_takes_the_next_unit);
  g_test_add_func ("/cli/format/times have the unit that fits", test_times_have_the_unit_that_fits);
  g_test_add_func ("/cli/format/elapsed time shows hours when there are any",
                   test_elapsed_time_shows_hours_when_there_are_any);
  return g_test_run ();
}
