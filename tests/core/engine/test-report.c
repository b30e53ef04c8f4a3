/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-report-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

static void
add_stage (WeirReport *report, const char *id, const char *type, WeirLedger records)
{
  WeirStageReport *stage = g_new0 (WeirStageReport, 1);

  stage->id = g_strdup (id);
  stage->type = g_strdup (type);
  stage->records = records;
  stage->busy_seconds = 0.25;
  stage->process_us_p50 = 1.5;
  g_ptr_array_add (report->stages, stage);
}

static WeirReport *
make_report (void)
{
  WeirReport *report = weir_report_new ("a \"name\"");

  report->seconds = 1.5;
  report->records = (WeirLedger){ .in = 1000, .out = 900, .failed = 100 };
  report->balanced = TRUE;
  report->dead_letters_written = 100;
  report->bytes_in = G_GUINT64_CONSTANT (12345678901);
  report->deadline_met = 899;
  report->deadline_missed = 1;
  report->latency_us[0] = 10.25;
  report->latency_us[2] = 2500;
  report->latency_us[4] = 3e6;
  add_stage (report, "in", "source.stdin", (WeirLedger){ .in = 1000, .out = 1000 });
  add_stage (report, "out", "sink.null", (WeirLedger){ .in = 1000, .out = 900, .failed = 100 });
  return report;
}

static void
test_json_has_every_number_in_its_place (void)
{
  static const char expected[]
      = "{\"pipeline\":\"a \\\"name\\\"\",\"seconds\":1.5,\"records\":{\"in\":1000,\"created\":0,"
        "\"out\":900,\"filtered\":0,\"absorbed\":0,\"invalid\":0,\"late\":0,\"shed\":0,"
        "\"failed\":100,\"in_flight\":0},\"balanced\":true,"
        "\"dead_letters\":{\"written\":100,\"lost\":0},"
        "\"results\":{\"written\":0,\"lost\":0},\"bytes\":{\"in\":12345678901,\"out\":0},"
        "\"deadline\":{\"met\":899,\"missed\":1},"
        "\"latency_us\":{\"p50\":10.25,\"p90\":0,\"p99\":2500,\"p999\":0,\"max\":3000000},"
        "\"stages\":[{\"id\":\"in\",\"type\":\"source.stdin\",";
  g_autoptr (WeirReport) report = make_report ();
  g_autofree char *json = weir_report_to_json (report);

  g_assert_cmpmem (json, MIN (strlen (json), sizeof expected - 1), expected, sizeof expected - 1);
  g_assert_nonnull (
      strstr (json, "\"busy_seconds\":0.25,\"process_us\":{\"p50\":1.5,\"p99\":0}}]}\n"));
}

static void
test_json_is_json_on_one_line (void)
{
  g_autoptr (WeirReport) report = make_report ();
  g_autofree char *json = weir_report_to_json (report);
  g_autoptr (JsonNode) root = json_from_string (json, NULL);

  g_assert_nonnull (root);
  g_assert_true (strchr (json, '\n') == json + strlen (json) - 1);
}

static void
test_an_empty_report_is_json (void)
{
  g_autoptr (WeirReport) report = weir_report_new ("empty");
  g_autofree char *json = weir_report_to_json (report);
  g_autoptr (JsonNode) root = json_from_string (json, NULL);

  g_assert_nonnull (root);
  g_assert_nonnull (strstr (json, "\"balanced\":false"));
  g_assert_nonnull (strstr (json, "\"stages\":[]}"));
}

static void
test_the_table_leaves_out_columns_of_zeros (void)
{
  g_autoptr (WeirReport) report = make_report ();
  g_autofree char *text = weir_report_to_text (report);

  g_assert_true (g_str_has_prefix (text, "       in   out  failed\n"
                                         "in   1000  1000       0\n"
                                         "out  1000   900     100\n"
                                         "all  1000   900     100\n"));
}

static void
test_the_table_tells_deadlines_letters_and_latency (void)
{
  g_autoptr (WeirReport) report = make_report ();
  g_autofree char *text = weir_report_to_text (report);

  g_assert_nonnull (strstr (text, "\ndeadline  met 899  missed 1\n"
                                  "dead letters  written 100  lost 0\n"
                                  "latency  p50 10 us  p99 2.5 ms  max 3.00 s\n"
                                  "a \"name\" in 1.500 s: the ledger balances\n"));
}

static void
test_the_table_says_loudly_when_it_does_not_balance (void)
{
  g_autoptr (WeirReport) report = weir_report_new ("x");
  g_autofree char *text = weir_report_to_text (report);

  g_assert_nonnull (strstr (text, "the ledger DOES NOT BALANCE"));
  g_assert_null (strstr (text, "deadline"));
  g_assert_null (strstr (text, "dead letters"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/report/JSON has every number in its place",
                   test_json_has_every_number_in_its_place);
  g_test_add_func ("/engine/report/JSON is JSON on one line", test_json_is_json_on_one_line);
  g_test_add_func ("/engine/report/an empty report is JSON", test_an_empty_report_is_json);
  g_test_add_func ("/engine/report/the table leaves out columns of zeros",
                   test_the_table_leaves_out_columns_of_zeros);
  g_test_add_func ("/engine/report/the table tells deadlines, letters and latency",
                   test_the_table_tells_deadlines_letters_and_latency);
  g_test_add_func ("/engine/report/the table says loudly when it does not balance",
                   test_the_table_says_loudly_when_it_does_not_balance);
  return g_test_run ();
}
