/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-live-line-private.h"

static void
test_the_line_says_time_records_rate_p99_late_and_lag (void)
{
  const WeirReport report = { .seconds = 67,
                              .records = { .in = 1234567, .in_flight = 12 },
                              .deadline_missed = 3,
                              .latency_us = { 0, 0, 1250, 0, 0 } };
  g_autofree char *line = weir_live_line_format (&report, 350000);

  g_assert_cmpstr (line, ==, "1:07  in 1.23M  350k/s  p99 1.25ms  late 3  lag 12");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/live-line/the line says time, records, rate, p99, late and lag",
                   test_the_line_says_time_records_rate_p99_late_and_lag);
  return g_test_run ();
}
