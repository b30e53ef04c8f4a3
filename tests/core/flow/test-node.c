/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

#define DEADLINE 100

#define assert_taken(fixture, queue, expected)                                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *taken = flow_fixture_take_all (fixture, queue);                               \
    g_assert_cmpstr (taken, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

static WeirStageStatus
run (FlowFixture *fixture, WeirNode *node, gboolean from_queue, GError **error)
{
  WeirStageStatus status = weir_node_run (node, fixture->flow, from_queue, error);

  g_assert_true (weir_ledger_is_balanced (&node->ledger));
  return status;
}

/* Late policies ---------------------------------------------------------------------------------
 */

/* A node that is given records, of which the first two are late when it runs. */
static WeirNode *
add_late (FlowFixture *fixture, gpointer stage, WeirLatePolicy policy)
{
  WeirNode *node = flow_fixture_add_node (fixture, stage);
  WeirBatch *batch;

  fixture->flow->deadline = DEADLINE;
  fixture->flow->late = policy;
  batch = flow_fixture_make_batch (fixture, "l0 l1 t2 t3");
  weir_batch_record (batch, 2)->deadline++;
  weir_batch_record (batch, 3)->deadline++;
  weir_node_give (node, batch);
  flow_fixture_advance (fixture, DEADLINE + 1);
  return node;
}

static void
test_deliver_passes_late_records_on_and_counts_them_missed (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = add_late (fixture, sink, WEIR_LATE_DELIVER);

  run (fixture, node, TRUE, NULL);
  g_assert_cmpstr (sink->seen->str, ==, "l0 l1 t2 t3 ");
  g_assert_cmpuint (node->ledger.out, ==, 4);
  g_assert_cmpuint (fixture->flow->met, ==, 2);
  g_assert_cmpuint (fixture->flow->missed, ==, 2);
}

static void
test_drop_ends_late_records_at_a_queue (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = add_late (fixture, flow_map_new (1), WEIR_LATE_DROP);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  run (fixture, node, TRUE, NULL);
  assert_taken (fixture, out, "t2 t3");
  g_assert_cmpuint (node->ledger.late, ==, 2);
  g_assert_cmpuint (fixture->flow->missed, ==, 2);
}

static void
test_drop_ends_late_records_at_a_sink (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = add_late (fixture, sink, WEIR_LATE_DROP);

  run (fixture, node, FALSE, NULL);
  g_assert_cmpstr (sink->seen->str, ==, "t2 t3 ");
  g_assert_cmpuint (node->ledger.late, ==, 2);
  g_assert_cmpuint (fixture->flow->met, ==, 2);
}

static void
test_inside_a_segment_nothing_is_checked_before_the_sink (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = add_late (fixture, flow_map_new (1), WEIR_LATE_DROP);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  run (fixture, node, FALSE, NULL);
  assert_taken (fixture, out, "l0 l1 t2 t3");
}

static void
test_dead_letter_writes_late_records_there (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  WeirNode *node;

  fixture->flow->dead_letters.queue = letters;
  node = add_late (fixture, flow_sink_new (), WEIR_LATE_DEAD_LETTER);
  run (fixture, node, TRUE, NULL);
  assert_taken (fixture, letters, "FlowSink:l0:- FlowSink:l1:-");
  g_assert_cmpuint (node->ledger.late, ==, 2);
  g_assert_cmpuint (node->ledger.out, ==, 2);
}

static void
test_a_late_port_that_is_read_comes_before_the_policy (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = add_late (fixture, flow_map_new (1), WEIR_LATE_DROP);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *late = flow_fixture_read (fixture, node, WEIR_PORT_LATE);

  run (fixture, node, FALSE, NULL);
  assert_taken (fixture, out, "t2 t3");
  assert_taken (fixture, late, "l0 l1");
  g_assert_cmpuint (node->ledger.late, ==, 0);
  g_assert_cmpuint (node->ledger.out, ==, 4);
}

static void
test_what_left_by_a_late_port_is_not_checked_again (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = add_late (fixture, sink, WEIR_LATE_DROP);

  weir_batch_record (node->input, 0)->flags |= WEIR_RECORD_LATE_ROUTED;
  run (fixture, node, TRUE, NULL);
  g_assert_cmpstr (sink->seen->str, ==, "l0 t2 t3 ");
  g_assert_cmpuint (fixture->flow->missed, ==, 2);
}

static void
test_a_batch_that_is_all_late_never_reaches_the_stage (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = add_late (fixture, sink, WEIR_LATE_DROP);

  sink->stalled = TRUE;
  flow_fixture_advance (fixture, 1);
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (sink->n_waits, ==, 0);
  g_assert_cmpuint (node->ledger.late, ==, 4);
  g_assert_null (node->input);
}

static void
test_a_record_is_in_time_at_its_very_deadline (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_sink_new ());

  fixture->flow->deadline = DEADLINE;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a"));
  flow_fixture_advance (fixture, DEADLINE);
  run (fixture, node, TRUE, NULL);
  g_assert_cmpuint (fixture->flow->met, ==, 1);
}

/* Sinks -----------------------------------------------------------------------------------------
 */

static void
test_latency_runs_from_ingest_to_acceptance (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_sink_new ());

  weir_node_give (node, flow_fixture_make_batch (fixture, "a b"));
  flow_fixture_advance (fixture, 60);
  run (fixture, node, TRUE, NULL);
  g_assert_cmpuint (fixture->flow->latency->total, ==, 2);
  g_assert_cmpuint (weir_histogram_get_quantile (fixture->flow->latency, 1.0), ==, 60);
  g_assert_cmpuint (fixture->flow->met + fixture->flow->missed, ==, 0);
}

static void
test_what_a_sink_accepts_has_a_result_at_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = flow_fixture_add_node (fixture, sink);

  fixture->flow->results.queue = results;
  sink->capacity = 2;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a b c"));
  run (fixture, node, TRUE, NULL);
  assert_taken (fixture, results, "a:FlowSink:0 b:FlowSink:0 c:FlowSink:6");
}

static void
test_a_sink_that_waits_keeps_its_batch_in_flight (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = flow_fixture_add_node (fixture, sink);

  sink->stalled = TRUE;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a b c"));
  g_assert_cmpuint (node->held, ==, 3);
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_WAIT);
  g_assert_cmpuint (node->ledger.in_flight, ==, 3);
  g_assert_cmpuint (node->held, ==, 0);
  sink->stalled = FALSE;
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (node->ledger.in_flight, ==, 0);
  g_assert_cmpuint (node->ledger.in, ==, 3);
  g_assert_cmpstr (sink->seen->str, ==, "a b c ");
}

static void
test_when_a_sink_breaks_the_rest_fails (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  g_autoptr (GError) error = NULL;
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = flow_fixture_add_node (fixture, sink);

  sink->capacity = 2;
  fixture->flow->dead_letters.queue = letters;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a b c d"));
  g_assert_cmpint (run (fixture, node, TRUE, &error), ==, WEIR_STAGE_DONE);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT);
  g_assert_cmpuint (node->ledger.out, ==, 2);
  g_assert_cmpuint (node->ledger.failed, ==, 2);
  assert_taken (fixture, letters, "FlowSink:c:no space FlowSink:d:no space");
}

static void
test_what_comes_to_a_broken_sink_fails_without_another_error (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = flow_fixture_add_node (fixture, sink);

  sink->capacity = 0;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a"));
  run (fixture, node, TRUE, &first);
  g_assert_nonnull (first);
  sink->capacity = 100;
  weir_node_give (node, flow_fixture_make_batch (fixture, "b c"));
  run (fixture, node, TRUE, &second);
  g_assert_no_error (second);
  g_assert_cmpuint (node->ledger.failed, ==, 3);
  g_assert_cmpint (weir_node_finish (node, fixture->flow, &second), ==, WEIR_STAGE_DONE);
}

/* Transforms, aggregates, sources ---------------------------------------------------------------
 */

static void
test_a_map_to_none_filters (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_map_new (0));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  weir_node_give (node, flow_fixture_make_batch (fixture, "a b"));
  run (fixture, node, TRUE, NULL);
  g_assert_cmpuint (node->ledger.filtered, ==, 2);
  assert_taken (fixture, out, "");
}

static void
test_a_map_to_many_creates (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_map_new (3));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  weir_node_give (node, flow_fixture_make_batch (fixture, "a b"));
  run (fixture, node, TRUE, NULL);
  assert_taken (fixture, out, "a.0 a.1 a.2 b.0 b.1 b.2");
  g_assert_cmpuint (node->ledger.created, ==, 4);
  g_assert_cmpuint (node->ledger.out, ==, 6);
}

static void
test_a_map_to_many_stops_when_full_and_comes_again (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_map_new (WEIR_BATCH_FULL));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  weir_node_give (node, flow_fixture_make_batch (fixture, "a b c"));
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_AGAIN);
  g_assert_cmpuint (node->ledger.in_flight, ==, 2);
  g_assert_cmpuint (out->n_records, ==, WEIR_BATCH_FULL);
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_AGAIN);
  g_assert_cmpuint (node->ledger.in_flight, ==, 1);
  g_assert_cmpint (run (fixture, node, TRUE, NULL), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (node->ledger.in, ==, 3);
  g_assert_cmpuint (out->sent, ==, 3 * WEIR_BATCH_FULL);
  g_assert_cmpuint (node->ledger.created, ==, 3 * (WEIR_BATCH_FULL - 1));
}

static void
test_what_is_given_on_uncopied_outlives_the_input (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_map_new (1));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a b");
  WeirBlock *block = batch->blocks[0];
  g_autoptr (WeirBatch) given = NULL;
  g_autofree char *text = NULL;

  weir_node_give (node, batch);
  run (fixture, node, TRUE, NULL);
  given = flow_fixture_take (out);
  g_assert_true (given->blocks[0] == block);
  g_assert_false (weir_block_is_shared (block));
  text = flow_batch_to_text (given);
  g_assert_cmpstr (text, ==, "a b");
}

static void
test_an_aggregate_absorbs_and_creates_results (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_count_new ());
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  g_autoptr (WeirBatch) results = NULL;

  fixture->flow->deadline = DEADLINE;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a b c"));
  run (fixture, node, TRUE, NULL);
  g_assert_cmpuint (node->ledger.absorbed, ==, 3);
  flow_fixture_advance (fixture, 10);
  g_assert_cmpint (weir_node_finish (node, fixture->flow, NULL), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (node->ledger.created, ==, 1);
  results = flow_fixture_take (out);
  g_assert_cmpint (results->records[0].deadline, ==, fixture->flow->now + DEADLINE);
  g_assert_cmpmem (results->records[0].text, results->records[0].length, "count=3", 7);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

static void
test_an_alarm_gives_results_and_is_over (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_count_new ());
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  node->alarm = 1;
  weir_node_ring (node, fixture->flow);
  assert_taken (fixture, out, "count=0");
  g_assert_cmpint (node->alarm, ==, WEIR_TIME_NEVER);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

static void
test_a_source_takes_in_and_numbers_its_records (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *first = flow_fixture_add_node (fixture, flow_source_new (4, 2));
  WeirNode *second = flow_fixture_add_node (fixture, flow_source_new (2, 2));
  WeirQueue *out = flow_fixture_read (fixture, first, WEIR_PORT_OUT);
  g_autoptr (WeirBatch) batch = NULL;

  g_assert_cmpint (weir_node_fill (first, fixture->flow, NULL, NULL), ==, WEIR_SOURCE_MORE);
  g_assert_cmpint (weir_node_fill (second, fixture->flow, NULL, NULL), ==, WEIR_SOURCE_END);
  g_assert_cmpint (weir_node_fill (first, fixture->flow, NULL, NULL), ==, WEIR_SOURCE_END);
  weir_flow_release_batch (fixture->flow, flow_fixture_take (out));
  batch = flow_fixture_take (out);
  g_assert_cmpuint (batch->records[1].offset, ==, 3);
  g_assert_cmpmem (batch->records[1].text, batch->records[1].length, "r3", 2);
  g_assert_cmpuint (first->ledger.in, ==, 4);
  g_assert_cmpuint (first->ledger.out, ==, 4);
  g_assert_cmpuint (fixture->flow->bytes_in, ==, 4 * 3 + 2 * 3);
}

static void
test_a_source_that_breaks_off_has_an_error_in_any_case (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (GError) error = NULL;
  FlowSource *source = flow_source_new (1, 1);
  WeirNode *node = flow_fixture_add_node (fixture, source);

  source->breaks = TRUE;
  g_assert_cmpint (weir_node_fill (node, fixture->flow, NULL, &error), ==, WEIR_SOURCE_BROKEN);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
}

static void
test_records_get_the_priority_of_the_pipeline (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_source_new (1, 1));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  g_autoptr (WeirBatch) batch = NULL;

  fixture->flow->priority = 8;
  weir_node_fill (node, fixture->flow, NULL, NULL);
  batch = flow_fixture_take (out);
  g_assert_cmpuint (batch->records[0].priority, ==, 8);
}

static void
test_a_record_without_a_priority_fails (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_source_new (2, 2));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  fixture->flow->priority_expression = weir_expression_new (".p", NULL);
  weir_node_fill (node, fixture->flow, NULL, NULL); /* "r0" is no JSON */
  assert_taken (fixture, out, "");
  g_assert_cmpuint (node->ledger.failed, ==, 2);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

#define ADD(name, func) g_test_add_func ("/flow/node/" name, func)

static void
add_late_tests (void)
{
  ADD ("deliver passes late records on and counts them missed",
       test_deliver_passes_late_records_on_and_counts_them_missed);
  ADD ("drop ends late records at a queue", test_drop_ends_late_records_at_a_queue);
  ADD ("drop ends late records at a sink", test_drop_ends_late_records_at_a_sink);
  ADD ("inside a segment nothing is checked before the sink",
       test_inside_a_segment_nothing_is_checked_before_the_sink);
  ADD ("dead-letter writes late records there", test_dead_letter_writes_late_records_there);
  ADD ("a late port that is read comes before the policy",
       test_a_late_port_that_is_read_comes_before_the_policy);
  ADD ("what left by a late port is not checked again",
       test_what_left_by_a_late_port_is_not_checked_again);
  ADD ("a batch that is all late never reaches the stage",
       test_a_batch_that_is_all_late_never_reaches_the_stage);
  ADD ("a record is in time at its very deadline", test_a_record_is_in_time_at_its_very_deadline);
}

static void
add_sink_tests (void)
{
  ADD ("latency runs from ingest to acceptance", test_latency_runs_from_ingest_to_acceptance);
  ADD ("what a sink accepts has a result at once", test_what_a_sink_accepts_has_a_result_at_once);
  ADD ("a sink that waits keeps its batch in flight",
       test_a_sink_that_waits_keeps_its_batch_in_flight);
  ADD ("when a sink breaks the rest fails", test_when_a_sink_breaks_the_rest_fails);
  ADD ("what comes to a broken sink fails without another error",
       test_what_comes_to_a_broken_sink_fails_without_another_error);
}

static void
add_emitting_tests (void)
{
  ADD ("a map to none filters", test_a_map_to_none_filters);
  ADD ("a map to many creates", test_a_map_to_many_creates);
  ADD ("a map to many stops when full and comes again",
       test_a_map_to_many_stops_when_full_and_comes_again);
  ADD ("what is given on uncopied outlives the input",
       test_what_is_given_on_uncopied_outlives_the_input);
  ADD ("an aggregate absorbs and creates results", test_an_aggregate_absorbs_and_creates_results);
  ADD ("an alarm gives results and is over", test_an_alarm_gives_results_and_is_over);
  ADD ("a source takes in and numbers its records", test_a_source_takes_in_and_numbers_its_records);
  ADD ("a source that breaks off has an error in any case",
       test_a_source_that_breaks_off_has_an_error_in_any_case);
  ADD ("records get the priority of the pipeline", test_records_get_the_priority_of_the_pipeline);
  ADD ("a record without a priority fails", test_a_record_without_a_priority_fails);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_late_tests ();
  add_sink_tests ();
  add_emitting_tests ();
  return g_test_run ();
}
