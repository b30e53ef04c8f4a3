/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

static const char *const verdicts = "pass else absorbed invalid late shed failed pass";

#define assert_taken(fixture, queue, expected)                                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *taken = flow_fixture_take_all (fixture, queue);                               \
    g_assert_cmpstr (taken, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

static void
run (FlowFixture *fixture, WeirNode *node, const char *words)
{
  weir_node_give (node, flow_fixture_make_batch (fixture, words));
  g_assert_cmpint (weir_node_run (node, fixture->flow, TRUE, NULL), ==, WEIR_STAGE_DONE);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

static void
test_ports_have_names (void)
{
  static const char *const names[] = { "out", "else", "invalid", "late", "shed", "failed" };
  WeirPort port;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (weir_port_parse (names[i], &port));
      g_assert_cmpint (port, ==, i);
    }
  g_assert_false (weir_port_parse ("in", &port));
}

static void
test_each_verdict_goes_to_the_reader_of_its_port (void)
{
  static const char *const expected[]
      = { "pass pass", "else", "invalid", "late", "shed", "failed" };
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *queues[WEIR_N_PORTS];

  for (guint i = 0; i < WEIR_N_PORTS; i++)
    queues[i] = flow_fixture_read (fixture, node, i);
  run (fixture, node, verdicts);
  for (guint i = 0; i < WEIR_N_PORTS; i++)
    assert_taken (fixture, queues[i], expected[i]);
  g_assert_cmpuint (node->ledger.out, ==, 7);
  g_assert_cmpuint (node->ledger.absorbed, ==, 1);
}

static void
test_each_verdict_that_nobody_reads_is_counted_by_name (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  const WeirLedger expected = {
    .in = 8, .out = 2, .filtered = 1, .absorbed = 1, .invalid = 1, .late = 1, .shed = 1, .failed = 1
  };

  run (fixture, node, verdicts);
  assert_taken (fixture, out, "pass pass");
  g_assert_cmpmem (&node->ledger, sizeof node->ledger, &expected, sizeof expected);
}

static void
test_what_leaves_by_out_unread_is_filtered (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());

  run (fixture, node, "pass pass");
  g_assert_cmpuint (node->ledger.filtered, ==, 2);
}

static void
test_two_readers_get_every_record_and_create_copies (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_even_new ());
  WeirQueue *first = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *second = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *other = flow_fixture_read (fixture, node, WEIR_PORT_ELSE);
  WeirQueue *another = flow_fixture_read (fixture, node, WEIR_PORT_ELSE);

  run (fixture, node, "0 1 2 3 4");
  assert_taken (fixture, first, "0 2 4");
  assert_taken (fixture, second, "0 2 4");
  assert_taken (fixture, other, "1 3");
  assert_taken (fixture, another, "1 3");
  g_assert_cmpuint (node->ledger.out, ==, 10);
  g_assert_cmpuint (node->ledger.created, ==, 5);
}

static void
test_dead_letters_tell_stage_record_and_reason (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->dead_letters.queue = letters;
  run (fixture, node, verdicts);
  assert_taken (fixture, letters,
                "FlowJudge:invalid:told so FlowJudge:shed:told so FlowJudge:failed:told so");
  fixture->flow->late = WEIR_LATE_DEAD_LETTER;
  run (fixture, node, "late else");
  assert_taken (fixture, letters, "FlowJudge:late:told so");
}

static void
test_what_a_port_has_a_reader_for_is_no_dead_letter (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *failed = flow_fixture_read (fixture, node, WEIR_PORT_FAILED);
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->dead_letters.queue = letters;
  run (fixture, node, "failed");
  assert_taken (fixture, failed, "failed");
  assert_taken (fixture, letters, "");
  g_assert_cmpuint (node->ledger.failed, ==, 0);
}

static void
test_each_end_has_a_result (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->results.queue = results;
  flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  flow_fixture_read (fixture, node, WEIR_PORT_INVALID);
  run (fixture, node, verdicts); /* what passes or is invalid goes on */
  g_assert_cmpuint (results->n_batches, ==, 1);
  assert_taken (fixture, results,
                "else:FlowJudge:1 absorbed:FlowJudge:2 late:FlowJudge:4 shed:FlowJudge:5 "
                "failed:FlowJudge:6");
}

static void
test_what_leaves_by_out_unread_has_a_result (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_even_new ());
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  WeirQueue *other = flow_fixture_read (fixture, node, WEIR_PORT_ELSE);

  fixture->flow->results.queue = results;
  run (fixture, node, "r0 r1 r2");
  assert_taken (fixture, results, "r0:FlowEven:1 r2:FlowEven:1");
  assert_taken (fixture, other, "r1");
  g_assert_cmpuint (node->ledger.filtered, ==, 2);
}

static void
test_what_is_made_at_the_end_and_unread_has_a_result (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_count_new ());
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->results.queue = results;
  weir_node_ring (node, fixture->flow);
  assert_taken (fixture, results, "count=0:FlowCount:1");
  weir_node_finish (node, fixture->flow, NULL);
  assert_taken (fixture, results, "count=0:FlowCount:1");
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

static void
test_a_sink_aside_has_no_results (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirNode *node = flow_fixture_add_node (fixture, sink);
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->results.queue = fixture->flow->dead_letters.queue = results;
  node->aside = TRUE;
  sink->capacity = 1;
  weir_node_give (node, flow_fixture_make_batch (fixture, "a b"));
  weir_node_run (node, fixture->flow, TRUE, NULL);
  g_assert_cmpuint (node->ledger.out, ==, 1);
  g_assert_cmpuint (node->ledger.failed, ==, 1);
  assert_taken (fixture, results, "");
}

static void
test_what_goes_aside_passes_at_its_reader (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_judge_new ());
  WeirQueue *late = flow_fixture_read (fixture, node, WEIR_PORT_LATE);
  g_autoptr (WeirBatch) batch = NULL;

  run (fixture, node, "late");
  batch = flow_fixture_take (late);
  g_assert_cmpint (batch->records[0].verdict, ==, WEIR_VERDICT_PASS);
  g_assert_cmpint (batch->records[0].flags & WEIR_RECORD_LATE_ROUTED, !=, 0);
  g_assert_true (batch->records[0].batch == batch);
}

static void
test_room_is_needed_in_every_queue (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, flow_even_new ());
  WeirQueue *other;
  WeirQueue *letters = flow_fixture_make_queue (fixture, 1, G_MAXSIZE);

  flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  other = flow_fixture_read (fixture, node, WEIR_PORT_ELSE);
  g_assert_true (weir_node_has_room (node, fixture->flow));
  other->max_batches = 1;
  weir_queue_put (other, flow_fixture_make_batch (fixture, "a"));
  g_assert_false (weir_node_has_room (node, fixture->flow));
  weir_flow_release_batch (fixture->flow, flow_fixture_take (other));
  fixture->flow->dead_letters.queue = letters;
  weir_queue_put (letters, flow_fixture_make_batch (fixture, "a"));
  g_assert_false (weir_node_has_room (node, fixture->flow));
  node->aside = TRUE; /* who writes the letters reads that queue */
  g_assert_true (weir_node_has_room (node, fixture->flow));
}

#define ADD(name, func) g_test_add_func ("/flow/router/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("ports have names", test_ports_have_names);
  ADD ("each verdict goes to the reader of its port",
       test_each_verdict_goes_to_the_reader_of_its_port);
  ADD ("each verdict that nobody reads is counted by name",
       test_each_verdict_that_nobody_reads_is_counted_by_name);
  ADD ("what leaves by out unread is filtered", test_what_leaves_by_out_unread_is_filtered);
  ADD ("two readers get every record and create copies",
       test_two_readers_get_every_record_and_create_copies);
  ADD ("dead letters tell stage, record and reason",
       test_dead_letters_tell_stage_record_and_reason);
  ADD ("what a port has a reader for is no dead letter",
       test_what_a_port_has_a_reader_for_is_no_dead_letter);
  ADD ("each end has a result", test_each_end_has_a_result);
  ADD ("what leaves by out unread has a result", test_what_leaves_by_out_unread_has_a_result);
  ADD ("what is made at the end and unread has a result",
       test_what_is_made_at_the_end_and_unread_has_a_result);
  ADD ("a sink aside has no results", test_a_sink_aside_has_no_results);
  ADD ("what goes aside passes at its reader", test_what_goes_aside_passes_at_its_reader);
  ADD ("room is needed in every queue", test_room_is_needed_in_every_queue);
  return g_test_run ();
}
