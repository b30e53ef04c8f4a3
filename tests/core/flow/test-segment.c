/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

/* Segments stepped by hand. */

static WeirStep
step (FlowFixture *fixture, WeirSegment *segment)
{
  WeirNode *worked = NULL;
  WeirStep result = weir_segment_step (segment, fixture->flow, &worked, NULL);

  flow_fixture_assert_balanced (fixture);
  return result;
}

static gint64
get_start_deadline (FlowFixture *fixture, const WeirSegment *segment)
{
  return weir_segment_get_start_deadline (segment, fixture->flow, fixture->flow->now);
}

static void
test_a_step_works_on_one_node (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segment
      = flow_fixture_add_segment (fixture, 1, flow_source_new (4, 2), flow_map_new (1), sink, NULL);

  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_PROGRESS); /* fill */
  g_assert_nonnull (segment->nodes[1]->input);
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_PROGRESS); /* map */
  g_assert_null (segment->nodes[1]->input);
  g_assert_cmpuint (sink->n_seen, ==, 0);
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_PROGRESS); /* sink */
  g_assert_cmpstr (sink->seen->str, ==, "r0 r1 ");
}

static void
test_the_deepest_node_goes_first (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowMap *map = flow_map_new (WEIR_BATCH_FULL);
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, map, sink, NULL);

  flow_fixture_put (fixture, segment, "a b");
  step (fixture, segment); /* takes the batch */
  step (fixture, segment); /* the map is half done */
  g_assert_cmpint (get_start_deadline (fixture, segment), ==, G_MININT64);
  step (fixture, segment);
  g_assert_cmpuint (sink->n_seen, ==, WEIR_BATCH_FULL);
  step (fixture, segment);
  step (fixture, segment);
  g_assert_cmpuint (sink->n_seen, ==, 2 * WEIR_BATCH_FULL);
  g_assert_cmpint (get_start_deadline (fixture, segment), ==, WEIR_TIME_NEVER);
}

static void
test_without_input_it_is_idle (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, flow_sink_new (), NULL);

  weir_queue_add_writer (segment->input, segment);
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_IDLE);
  g_assert_false (weir_segment_is_source (segment));
}

static void
test_it_is_as_urgent_as_the_batch_it_would_take (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 2, flow_sink_new (), NULL);
  gint64 deadline;

  g_assert_cmpint (get_start_deadline (fixture, segment), ==, WEIR_TIME_NEVER);
  fixture->flow->deadline = 7000;
  flow_fixture_put (fixture, segment, "a");
  deadline = (fixture->flow->now + 7000) & WEIR_URGENCY_MASK;
  g_assert_cmpint (get_start_deadline (fixture, segment) & WEIR_URGENCY_MASK, ==, deadline);
  segment->way.work = 1600;
  g_assert_cmpint (get_start_deadline (fixture, segment) & WEIR_URGENCY_MASK, ==, deadline - 1600);
}

static void
test_what_has_no_deadline_ages (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 2, flow_sink_new (), NULL);

  flow_fixture_put (fixture, segment, "a");
  fixture->flow->deadline = 7000;
  g_assert_cmpint (weir_segment_get_start_deadline (segment, fixture->flow, 100), ==, 7100);
  g_assert_cmpint (weir_segment_get_start_deadline (segment, fixture->flow, 200), ==, 7200);
}

static void
test_a_full_queue_behind_blocks_it (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  WeirSegment *first = flow_fixture_add_segment (fixture, 1, source, NULL);
  WeirSegment *second = flow_fixture_add_segment (fixture, 1, flow_sink_new (), NULL);

  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, second);
  g_assert_cmpint (step (fixture, first), ==, WEIR_STEP_PROGRESS);
  g_assert_cmpint (step (fixture, first), ==, WEIR_STEP_BLOCKED);
  g_assert_cmpuint (source->n_fills, ==, 1);
  step (fixture, second);
  g_assert_cmpint (step (fixture, first), ==, WEIR_STEP_PROGRESS);
}

static void
test_at_the_end_nodes_finish_in_order_and_queues_close (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowCount *count = flow_count_new ();
  FlowMap *map = flow_map_new (1);
  WeirSegment *first = flow_fixture_add_segment (fixture, 1, count, map, NULL);
  WeirSegment *second = flow_fixture_add_segment (fixture, 1, flow_sink_new (), NULL);

  flow_fixture_connect (fixture, map, WEIR_PORT_OUT, second);
  flow_fixture_put (fixture, first, "a b");
  step (fixture, first); /* takes the batch */
  step (fixture, first); /* works on it */
  step (fixture, first); /* the count finishes */
  g_assert_cmpuint (first->finishing, ==, 1);
  step (fixture, first); /* its result goes through the map */
  g_assert_cmpuint (second->input->n_records, ==, 1);
  g_assert_cmpuint (second->input->n_open, ==, 1);
  weir_flow_release_batch (fixture->flow, flow_fixture_take (second->input));
  second->input->taken = second->input->sent = 0;
  step (fixture, first); /* the map finishes */
  g_assert_true (first->finished);
  g_assert_cmpuint (second->input->n_open, ==, 0);
  g_assert_cmpint (step (fixture, first), ==, WEIR_STEP_FINISHED);
}

static void
test_a_waiting_sink_holds_what_is_before_it (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 2);
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, source, sink, NULL);

  sink->stalled = TRUE;
  step (fixture, segment);
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_WAITING);
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_WAITING);
  g_assert_cmpuint (sink->n_waits, ==, 1);
  g_assert_cmpuint (source->n_fills, ==, 1);
  sink->stalled = FALSE;
  segment->nodes[1]->waits = FALSE;
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_PROGRESS);
  g_assert_cmpstr (sink->seen->str, ==, "r0 r1 ");
}

static void
test_an_alarm_rings_before_new_input_is_taken (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowCount *count = flow_count_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, count, flow_sink_new (), NULL);

  flow_fixture_put (fixture, segment, "a");
  weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + 10);
  flow_fixture_advance (fixture, 9);
  g_assert_null (segment->nodes[0]->input);
  flow_fixture_advance (fixture, 1);
  step (fixture, segment);
  g_assert_cmpuint (count->n_alarms, ==, 1);
  g_assert_cmpuint (count->count, ==, 0);
  step (fixture, segment); /* its result */
  step (fixture, segment); /* takes the batch */
  step (fixture, segment);
  g_assert_cmpuint (count->count, ==, 1);
}

static void
test_a_halting_source_that_would_wait_has_ended (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);

  source->held = TRUE;
  weir_source_set_halting (WEIR_SOURCE (source));
  g_assert_cmpint (step (fixture, segment), ==, WEIR_STEP_PROGRESS);
  g_assert_true (segment->source_ended);
}

/* Two instances of a map that read one queue, behind one gate. */
static void
add_instances (FlowFixture *fixture, WeirSegment **instances, WeirQueue *out)
{
  FlowMap *map = flow_map_new (1);
  WeirGate *gate = g_new0 (WeirGate, 1);

  gate->instances = g_ptr_array_new ();
  weir_executor_add_gate (fixture->executor, gate);
  instances[0] = flow_fixture_add_segment (fixture, 4, map, NULL);
  instances[1] = weir_segment_new (1);
  instances[1]->nodes[0] = weir_node_new (WEIR_STAGE (map), "map");
  instances[1]->input = instances[0]->input;
  weir_executor_add_segment (fixture->executor, instances[1]);
  for (guint i = 0; i < 2; i++)
    {
      instances[i]->gate = gate;
      g_ptr_array_add (gate->instances, instances[i]);
      weir_node_add_reader (instances[i]->nodes[0], WEIR_PORT_OUT, out);
    }
}

static WeirStep
step_instance (FlowFixture *fixture, WeirSegment *instance)
{
  WeirNode *worked = NULL;

  return weir_segment_step (instance, fixture->flow, &worked, NULL);
}

static void
test_instances_give_out_in_the_order_in_which_they_took (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *out = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  WeirSegment *instances[2];
  g_autofree char *text = NULL;

  add_instances (fixture, instances, out);
  flow_fixture_put (fixture, instances[0], "a b");
  flow_fixture_put (fixture, instances[0], "c");
  step_instance (fixture, instances[0]); /* takes the first batch */
  step_instance (fixture, instances[1]); /* takes the second, */
  step_instance (fixture, instances[1]); /* and is done with it first */
  g_assert_cmpint (step_instance (fixture, instances[1]), ==, WEIR_STEP_BLOCKED);
  g_assert_cmpuint (instances[1]->n_outbox, ==, 1);
  g_assert_cmpuint (out->sent, ==, 0);
  for (guint i = 0; i < 3; i++)
    step_instance (fixture, instances[0]);
  step_instance (fixture, instances[1]);
  text = flow_fixture_take_all (fixture, out);
  g_assert_cmpstr (text, ==, "a b c");
}

#define ADD(name, func) g_test_add_func ("/flow/segment/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a step works on one node", test_a_step_works_on_one_node);
  ADD ("the deepest node goes first", test_the_deepest_node_goes_first);
  ADD ("without input it is idle", test_without_input_it_is_idle);
  ADD ("it is as urgent as the batch it would take",
       test_it_is_as_urgent_as_the_batch_it_would_take);
  ADD ("what has no deadline ages", test_what_has_no_deadline_ages);
  ADD ("a full queue behind blocks it", test_a_full_queue_behind_blocks_it);
  ADD ("at the end nodes finish in order and queues close",
       test_at_the_end_nodes_finish_in_order_and_queues_close);
  ADD ("a waiting sink holds what is before it", test_a_waiting_sink_holds_what_is_before_it);
  ADD ("an alarm rings before new input is taken", test_an_alarm_rings_before_new_input_is_taken);
  ADD ("a halting source that would wait has ended",
       test_a_halting_source_that_would_wait_has_ended);
  ADD ("instances give out in the order in which they took",
       test_instances_give_out_in_the_order_in_which_they_took);
  return g_test_run ();
}
