/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-tally-private.h"

#include <string.h>

#include "cli/weir-load-record-private.h"

#define MS (G_GINT64_CONSTANT (1000000))

static void
add (WeirLoadTally *tally, gint64 intended, gint64 now)
{
  char text[WEIR_LOAD_RECORD_BYTES];

  weir_load_record_write (text, intended, 0);
  weir_load_tally_add (tally, text, sizeof text, now);
}

static void
test_latency_counts_from_the_intended_time (void)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (10 * MS);

  add (tally, 100 * MS, 105 * MS);
  add (tally, 100 * MS, 110 * MS);
  add (tally, 100 * MS, 111 * MS);
  g_assert_cmpuint (tally->n_measured, ==, 3);
  g_assert_cmpuint (tally->n_met, ==, 2);
  g_assert_cmpuint (tally->latency.maximum, ==, 11 * MS);
  g_assert_cmpint (tally->last, ==, 111 * MS);
}

static void
test_what_warms_up_arrives_but_is_not_measured (void)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (10 * MS);

  tally->from = 50 * MS;
  add (tally, 49 * MS, 99 * MS);
  add (tally, 50 * MS, 51 * MS);
  g_assert_cmpuint (tally->n_arrived, ==, 2);
  g_assert_cmpuint (tally->n_measured, ==, 1);
  g_assert_cmpuint (tally->latency.total, ==, 1);
}

static void
test_whole_lines_are_taken_and_the_rest_is_left (void)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (10 * MS);
  char text[2 * WEIR_LOAD_RECORD_BYTES];

  weir_load_record_write (text, 1 * MS, 0);
  weir_load_record_write (text + WEIR_LOAD_RECORD_BYTES, 2 * MS, 1);
  g_assert_cmpuint (weir_load_tally_add_lines (tally, text, sizeof text - 1, 3 * MS), ==,
                    WEIR_LOAD_RECORD_BYTES);
  g_assert_cmpuint (weir_load_tally_add_lines (tally, text, sizeof text, 3 * MS), ==, sizeof text);
  g_assert_cmpuint (weir_load_tally_add_lines (tally, text, 5, 3 * MS), ==, 0);
  g_assert_cmpuint (tally->n_arrived, ==, 3);
}

static void
test_a_line_that_is_no_record_is_strange (void)
{
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (10 * MS);

  weir_load_tally_add_lines (tally, "hello\n\n", 7, 3 * MS);
  g_assert_cmpuint (tally->n_strange, ==, 2);
  g_assert_cmpuint (tally->n_arrived, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/load-tally/latency counts from the intended time",
                   test_latency_counts_from_the_intended_time);
  g_test_add_func ("/cli/load-tally/what warms up arrives but is not measured",
                   test_what_warms_up_arrives_but_is_not_measured);
  g_test_add_func ("/cli/load-tally/whole lines are taken and the rest is left",
                   test_whole_lines_are_taken_and_the_rest_is_left);
  g_test_add_func ("/cli/load-tally/a line that is no record is strange",
                   test_a_line_that_is_no_record_is_strange);
  return g_test_run ();
}
