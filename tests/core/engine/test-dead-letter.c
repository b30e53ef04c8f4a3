/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-dead-letter-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  WeirClock *clock;
  WeirFlow *flow;
  GString *json;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = weir_test_clock_new ();
  fixture->flow = weir_flow_new (fixture->clock);
  fixture->json = g_string_new (NULL);
  weir_flow_read_clock (fixture->flow);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_string_free (fixture->json, TRUE);
  weir_flow_free (fixture->flow);
  g_object_unref (fixture->clock);
}

/* A letter written 2.5 ms after the record came, about a record with 10 ms time. */
static const char *
write_letter (Fixture *fixture, WeirVerdict verdict, const char *text, gssize length,
              const char *message)
{
  g_autoptr (WeirRecord) record = weir_record_new (text, length);

  record->verdict = verdict;
  record->ingest = fixture->flow->now;
  record->deadline = record->ingest + 10 * MS;
  weir_test_clock_advance (WEIR_TEST_CLOCK (fixture->clock), 5 * MS / 2);
  weir_flow_read_clock (fixture->flow);
  g_string_truncate (fixture->json, 0);
  weir_dead_letter_write (fixture->json, fixture->flow, "stage", record, message);
  return fixture->json->str;
}

static void
test_it_says_all_that_is_known (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpstr (write_letter (fixture, WEIR_VERDICT_FAILED, "{\"a\": 1}", -1, "no \"b\""), ==,
                   "{\"reason\":\"failed\",\"stage\":\"stage\",\"message\":\"no \\\"b\\\"\","
                   "\"latency_ms\":2.5,\"deadline_ms\":10,\"attempts\":1,"
                   "\"time\":\"2026-01-01T00:00:01.002Z\",\"record\":{\"a\": 1}}");
}

static void
test_the_reason_is_the_name_of_the_end (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    WeirVerdict verdict;
    const char *start;
  } reasons[] = {
    { WEIR_VERDICT_INVALID, "{\"reason\":\"invalid\"" },
    { WEIR_VERDICT_LATE, "{\"reason\":\"late\"" },
    { WEIR_VERDICT_SHED, "{\"reason\":\"shed\"" },
    { WEIR_VERDICT_FAILED, "{\"reason\":\"failed\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    g_assert_true (g_str_has_prefix (write_letter (fixture, reasons[i].verdict, "1", -1, "x"),
                                     reasons[i].start));
}

static void
test_text_that_is_no_json_is_a_string (Fixture *fixture, gconstpointer data)
{
  g_assert_true (
      g_str_has_suffix (write_letter (fixture, WEIR_VERDICT_FAILED, "{\"a\": \"é", -1, "x"),
                        "\"record\":\"{\\\"a\\\": \\\"é\"}"));
}

static void
test_text_that_is_not_utf8_is_base64 (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_str_has_suffix (write_letter (fixture, WEIR_VERDICT_FAILED, "\xff\xfe", 2, "x"),
                                   "\"record\":\"//4=\",\"encoding\":\"base64\"}"));
  g_assert_true (g_str_has_suffix (write_letter (fixture, WEIR_VERDICT_FAILED, "a\0\xff", 3, "x"),
                                   "\"record\":\"YQD/\",\"encoding\":\"base64\"}"));
  g_assert_true (g_str_has_suffix (write_letter (fixture, WEIR_VERDICT_FAILED, "a\0b", 3, "x"),
                                   "\"record\":\"a\\u0000b\"}"));
}

static void
test_without_a_deadline_it_is_null (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirRecord) record = weir_record_new ("1", -1);

  weir_dead_letter_write (fixture->json, fixture->flow, "s", record, NULL);
  g_assert_nonnull (strstr (fixture->json->str, "\"deadline_ms\":null,"));
  g_assert_nonnull (strstr (fixture->json->str, "\"message\":\"\","));
}

static void
test_a_late_record_says_by_how_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirRecord) record = weir_record_new ("1", -1);

  record->verdict = WEIR_VERDICT_LATE;
  record->deadline = fixture->flow->now - 1500000;
  weir_dead_letter_write (fixture->json, fixture->flow, "s", record, NULL);
  g_assert_nonnull (strstr (fixture->json->str, "\"message\":\"late by 1.500 ms\""));
}

static void
test_what_is_late_or_shed_says_where_and_how_long (Fixture *fixture, gconstpointer data)
{
  static const char rest[] = "\"latency_ms\":2.5,\"deadline_ms\":10,";
  const char *shed = write_letter (fixture, WEIR_VERDICT_SHED, "1", -1, "80.1 ms to the sink");

  g_assert_true (g_str_has_prefix (shed, "{\"reason\":\"shed\",\"stage\":\"stage\","
                                         "\"message\":\"80.1 ms to the sink\","));
  g_assert_nonnull (strstr (shed, rest));
  g_assert_nonnull (strstr (write_letter (fixture, WEIR_VERDICT_LATE, "1", -1, NULL), rest));
}

static void
test_it_is_one_line_of_json_whatever_the_record (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "\"", "\n", "{\n}", "[1,\r\n2]", "\t", "nul", "\x7f" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *json = write_letter (fixture, WEIR_VERDICT_FAILED, texts[i], -1, "a\nb");
      g_autoptr (JsonNode) root = json_from_string (json, NULL);

      g_assert_nonnull (root);
      g_assert_null (strchr (json, '\n'));
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/dead-letter/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it says all that is known", test_it_says_all_that_is_known);
  ADD ("the reason is the name of the end", test_the_reason_is_the_name_of_the_end);
  ADD ("text that is no JSON is a string", test_text_that_is_no_json_is_a_string);
  ADD ("text that is not UTF-8 is base64", test_text_that_is_not_utf8_is_base64);
  ADD ("without a deadline it is null", test_without_a_deadline_it_is_null);
  ADD ("a late record says by how much", test_a_late_record_says_by_how_much);
  ADD ("what is late or shed says where and how long",
       test_what_is_late_or_shed_says_where_and_how_long);
  ADD ("it is one line of JSON whatever the record",
       test_it_is_one_line_of_json_whatever_the_record);
  return g_test_run ();
}
