/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-result-private.h"

#include <json-glib/json-glib.h>

#define MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  WeirClock *clock;
  WeirFlow *flow;
  WeirBatch *batch;
  WeirRecord *record;
  GString *json;
} Fixture;

/* A record with 10 ms time, which stages worked 1.25 ms on, of 2.5 ms that have passed. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = weir_test_clock_new ();
  fixture->flow = weir_flow_new (fixture->clock);
  fixture->flow->makers = g_ptr_array_new ();
  g_ptr_array_add (fixture->flow->makers, (gpointer) "in");
  g_ptr_array_add (fixture->flow->makers, (gpointer) "sum");
  fixture->json = g_string_new (NULL);
  fixture->batch = weir_flow_take_batch (fixture->flow);
  fixture->batch->worked = 5 * MS / 4;
  fixture->record = weir_batch_append (fixture->batch);
  *fixture->record = (WeirRecord){ .batch = fixture->batch, .text = "1", .length = 1 };
  fixture->record->offset = 42;
  fixture->record->ingest = weir_flow_read_clock (fixture->flow);
  fixture->record->deadline = fixture->record->ingest + 10 * MS;
  weir_test_clock_advance (WEIR_TEST_CLOCK (fixture->clock), 5 * MS / 2);
  weir_flow_read_clock (fixture->flow);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_string_free (fixture->json, TRUE);
  weir_batch_free (fixture->batch);
  weir_flow_free (fixture->flow);
  g_object_unref (fixture->clock);
}

static const char *
write_result (Fixture *fixture, WeirVerdict verdict, const char *message)
{
  fixture->record->verdict = verdict;
  g_string_truncate (fixture->json, 0);
  weir_result_write (fixture->json, fixture->flow, "to", fixture->record, message);
  return fixture->json->str;
}

static JsonObject *
parse_result (Fixture *fixture, WeirVerdict verdict, const char *message)
{
  g_autoptr (JsonNode) root = json_from_string (write_result (fixture, verdict, message), NULL);

  g_assert_nonnull (root);
  return json_object_ref (json_node_get_object (root));
}

static void
test_it_says_all_that_is_known (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpstr (write_result (fixture, WEIR_VERDICT_FAILED, "no \"b\""), ==,
                   "{\"id\":\"in:42\",\"stage\":\"to\",\"success\":false,\"outcome\":\"failed\","
                   "\"processing_us\":1250.000,\"latency_us\":2500.000,\"deadline_met\":true,"
                   "\"error\":\"no \\\"b\\\"\"}");
}

static void
test_each_end_has_a_name_and_is_a_success_or_not (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *outcome;
    gboolean success;
    gboolean met;
  } ends[] = {
    [WEIR_VERDICT_PASS] = { "out", TRUE, TRUE },
    [WEIR_VERDICT_ELSE] = { "filtered", TRUE, TRUE },
    [WEIR_VERDICT_ABSORBED] = { "absorbed", TRUE, TRUE },
    [WEIR_VERDICT_INVALID] = { "invalid", FALSE, TRUE },
    [WEIR_VERDICT_LATE] = { "late", FALSE, FALSE },
    [WEIR_VERDICT_SHED] = { "shed", FALSE, FALSE },
    [WEIR_VERDICT_FAILED] = { "failed", FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autoptr (JsonObject) end = parse_result (fixture, i, "x");

      g_assert_cmpstr (json_object_get_string_member (end, "outcome"), ==, ends[i].outcome);
      g_assert_true (json_object_get_boolean_member (end, "success") == ends[i].success);
      g_assert_true (json_object_get_boolean_member (end, "deadline_met") == ends[i].met);
    }
}

static void
test_what_is_delivered_late_has_missed_its_deadline (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) in_time = NULL;
  g_autoptr (JsonObject) late = NULL;

  fixture->record->deadline = fixture->flow->now;
  in_time = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_true (json_object_get_boolean_member (in_time, "deadline_met"));
  fixture->record->deadline--;
  late = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_false (json_object_get_boolean_member (late, "deadline_met"));
  g_assert_true (json_object_get_boolean_member (late, "success"));
  g_assert_true (json_object_get_null_member (late, "error"));
}

static void
test_without_a_deadline_none_is_met (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) end = NULL;

  fixture->record->deadline = WEIR_TIME_NEVER;
  end = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_true (json_object_get_null_member (end, "deadline_met"));
}

static void
test_a_late_record_says_by_how_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) end = NULL;

  fixture->record->deadline = fixture->flow->now - 1500000;
  end = parse_result (fixture, WEIR_VERDICT_LATE, NULL);
  g_assert_cmpstr (json_object_get_string_member (end, "error"), ==, "late by 1.500 ms");
}

static void
test_the_id_names_the_stage_that_made_it_and_the_output (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) result = NULL;
  g_autoptr (JsonObject) output = NULL;

  fixture->record->source = 1;
  result = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_cmpstr (json_object_get_string_member (result, "id"), ==, "sum:42");
  fixture->record->output = 3;
  output = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_cmpstr (json_object_get_string_member (output, "id"), ==, "sum:42.3");
}

static void
test_a_clock_that_went_back_makes_no_negative_time (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) end = NULL;

  fixture->record->ingest = fixture->flow->now + MS;
  end = parse_result (fixture, WEIR_VERDICT_PASS, NULL);
  g_assert_cmpfloat (json_object_get_double_member (end, "latency_us"), ==, 0);
}

#define ADD(name, func) g_test_add ("/engine/result/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it says all that is known", test_it_says_all_that_is_known);
  ADD ("each end has a name and is a success or not",
       test_each_end_has_a_name_and_is_a_success_or_not);
  ADD ("what is delivered late has missed its deadline",
       test_what_is_delivered_late_has_missed_its_deadline);
  ADD ("without a deadline none is met", test_without_a_deadline_none_is_met);
  ADD ("a late record says by how much", test_a_late_record_says_by_how_much);
  ADD ("the id names the stage that made it and the output",
       test_the_id_names_the_stage_that_made_it_and_the_output);
  ADD ("a clock that went back makes no negative time",
       test_a_clock_that_went_back_makes_no_negative_time);
  return g_test_run ();
}
