/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

static void
test_lines_of_a_step_are_sent_as_one_batch (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirAside *aside = &fixture->flow->dead_letters;
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a b");
  g_autofree char *text = NULL;

  aside->queue = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  weir_aside_tell (aside, fixture->flow, "x", weir_batch_record (batch, 0), "why");
  weir_aside_tell (aside, fixture->flow, "x", weir_batch_record (batch, 1), NULL);
  weir_flow_release_batch (fixture->flow, batch);
  weir_aside_send (aside, fixture->flow);
  weir_aside_send (aside, fixture->flow); /* nothing left */
  g_assert_cmpuint (aside->queue->n_batches, ==, 1);
  text = flow_fixture_take_all (fixture, aside->queue);
  g_assert_cmpstr (text, ==, "x:a:why x:b:-");
}

static void
test_lines_pass_and_have_no_deadline (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirAside *aside = &fixture->flow->dead_letters;
  WeirBatch *batch;

  fixture->flow->deadline = 100;
  batch = flow_fixture_make_batch (fixture, "a");
  weir_record_fail (weir_batch_record (batch, 0), "why");
  weir_aside_tell (aside, fixture->flow, "x", weir_batch_record (batch, 0), "why");
  g_assert_cmpint (aside->lines->records[0].deadline, ==, WEIR_TIME_NEVER);
  g_assert_cmpint (aside->lines->records[0].verdict, ==, WEIR_VERDICT_PASS);
  weir_flow_release_batch (fixture->flow, batch);
}

static void
test_where_there_is_no_sink_is_always_room (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirAside *aside = &fixture->flow->results;

  g_assert_false (weir_aside_is_open (aside));
  g_assert_true (weir_flow_has_room_aside (fixture->flow));
  aside->queue = flow_fixture_make_queue (fixture, 1, G_MAXSIZE);
  g_assert_true (weir_flow_has_room_aside (fixture->flow));
  weir_queue_put (aside->queue, flow_fixture_make_batch (fixture, "a"));
  g_assert_false (weir_flow_has_room_aside (fixture->flow));
}

static void
test_another_worker_writes_to_the_same_sinks (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a");
  WeirFlow *flow = fixture->flow;
  g_autoptr (WeirFlow) other = NULL;

  flow->results.queue = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  weir_aside_tell (&flow->results, flow, "x", weir_batch_record (batch, 0), NULL);
  weir_flow_release_batch (flow, batch);
  other = weir_flow_new_like (flow);
  g_assert_true (other->results.queue == flow->results.queue);
  g_assert_true (other->results.write == flow->results.write);
  g_assert_null (other->results.lines);
}

#define ADD(name, func) g_test_add_func ("/flow/aside/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines of a step are sent as one batch", test_lines_of_a_step_are_sent_as_one_batch);
  ADD ("lines pass and have no deadline", test_lines_pass_and_have_no_deadline);
  ADD ("where there is no sink is always room", test_where_there_is_no_sink_is_always_room);
  ADD ("another worker writes to the same sinks", test_another_worker_writes_to_the_same_sinks);
  return g_test_run ();
}
