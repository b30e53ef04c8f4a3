/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

#include <fcntl.h>
#include <unistd.h>

/* The executor on a main context of the test's own, with a clock that the test turns. */

static void
attach (FlowFixture *fixture)
{
  flow_fixture_attach (fixture);
  flow_fixture_settle (fixture);
}

static void
resume (FlowFixture *fixture, FlowSink *sink)
{
  sink->stalled = FALSE;
  weir_stage_wake (WEIR_STAGE (sink));
  flow_fixture_settle (fixture);
}

static char *
expect_numbers (guint n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "r%u ", i);
  return g_string_free (text, FALSE);
}

static guint64
count_in_flight (FlowFixture *fixture)
{
  GPtrArray *segments = weir_executor_get_segments (fixture->executor);
  guint64 n = 0;

  for (guint i = 0; i < segments->len; i++)
    {
      const WeirSegment *segment = g_ptr_array_index (segments, i);

      n += segment->input == NULL ? 0 : segment->input->n_records;
      for (guint k = 0; k < segment->n_nodes; k++)
        n += segment->nodes[k]->held + segment->nodes[k]->ledger.in_flight;
    }
  return n;
}

/* Backpressure ----------------------------------------------------------------------------------
 */

/* [source ─ map] ──queue of 1──> [sink, stalled] */
static FlowSink *
add_stalled_pair (FlowFixture *fixture, FlowSource *source)
{
  FlowMap *map = flow_map_new (1);
  FlowSink *sink = flow_sink_new ();
  WeirSegment *second;

  flow_fixture_add_segment (fixture, 1, source, map, NULL);
  second = flow_fixture_add_segment (fixture, 1, sink, NULL);
  flow_fixture_connect (fixture, map, WEIR_PORT_OUT, second);
  sink->stalled = TRUE;
  return sink;
}

static void
test_a_stalled_sink_stops_the_source (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (100, 2);
  FlowSink *sink = add_stalled_pair (fixture, source);
  const WeirSegment *second = flow_fixture_segment (fixture, 1);

  attach (fixture);
  /* One batch at the sink, one in the queue, and one that waits for room behind the source. */
  g_assert_cmpuint (flow_fixture_node (fixture, sink)->ledger.in_flight, ==, 2);
  g_assert_false (weir_queue_has_room (second->input));
  g_assert_cmpuint (source->n_fills, ==, 3);
  for (guint i = 0; i < 10; i++)
    {
      flow_fixture_advance (fixture, 1000000);
      flow_fixture_settle (fixture);
    }
  g_assert_cmpuint (source->n_fills, ==, 3);
  g_assert_cmpuint (sink->n_waits, ==, 1);
  g_assert_cmpuint (count_in_flight (fixture), ==, 6);
  flow_fixture_assert_balanced (fixture);
}

static void
test_after_the_stall_everything_arrives_exactly_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (100, 2);
  FlowSink *sink = add_stalled_pair (fixture, source);
  g_autofree char *expected = expect_numbers (100);

  attach (fixture);
  g_assert_false (fixture->finished);
  resume (fixture, sink);
  g_assert_true (fixture->finished);
  g_assert_cmpstr (sink->seen->str, ==, expected);
  g_assert_cmpuint (flow_fixture_node (fixture, source)->ledger.in, ==, 100);
  g_assert_cmpuint (flow_fixture_node (fixture, sink)->ledger.out, ==, 100);
  g_assert_cmpuint (count_in_flight (fixture), ==, 0);
  flow_fixture_assert_balanced (fixture);
}

static void
test_a_sink_that_stalls_again_stops_the_source_again (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  FlowSink *sink = add_stalled_pair (fixture, source);

  attach (fixture);
  for (guint i = 0; i < 5; i++)
    {
      guint n_fills = source->n_fills;

      weir_stage_wake (WEIR_STAGE (sink)); /* it is still stalled */
      flow_fixture_settle (fixture);
      g_assert_cmpuint (source->n_fills, ==, n_fills);
      g_assert_cmpuint (sink->n_waits, ==, i + 2);
    }
  flow_fixture_assert_balanced (fixture);
}

static void
test_dead_letters_press_back_as_well (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  FlowSink *broken = flow_sink_new ();
  FlowSink *letters = flow_sink_new ();
  WeirSegment *aside;

  flow_fixture_add_segment (fixture, 1, source, broken, NULL);
  aside = flow_fixture_add_segment (fixture, 1, letters, NULL);
  aside->nodes[0]->aside = TRUE;
  weir_queue_add_writer (aside->input, flow_fixture_segment (fixture, 0));
  weir_queue_add_writer (aside->input, flow_fixture_segment (fixture, 0));
  fixture->flow->dead_letters.queue = aside->input;
  broken->capacity = 0;
  letters->stalled = TRUE;
  attach (fixture);
  g_assert_cmpuint (source->n_fills, <=, 3);
  g_assert_cmpuint (fixture->n_broken, ==, 1);
  weir_executor_stop (fixture->executor);
  resume (fixture, letters);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (letters->n_seen, ==, source->made);
  flow_fixture_assert_balanced (fixture);
}

static void
test_results_press_back_as_well (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  FlowSink *results = flow_sink_new ();
  WeirSegment *aside;

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  aside = flow_fixture_add_segment (fixture, 1, results, NULL);
  aside->nodes[0]->aside = TRUE;
  weir_queue_add_writer (aside->input, flow_fixture_segment (fixture, 0));
  weir_queue_add_writer (aside->input, flow_fixture_segment (fixture, 0));
  fixture->flow->results.queue = aside->input;
  results->stalled = TRUE;
  attach (fixture);
  g_assert_cmpuint (source->n_fills, <=, 3);
  weir_executor_stop (fixture->executor);
  resume (fixture, results);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (results->n_seen, ==, source->made);
  flow_fixture_assert_balanced (fixture);
}

/* Waiting ---------------------------------------------------------------------------------------
 */

static void
test_a_wake_before_the_wait_counts (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = add_stalled_pair (fixture, flow_source_new (10, 1));

  sink->wakes = TRUE; /* itself, before it says that it waits */
  attach (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (sink->n_seen, ==, 10);
  g_assert_cmpuint (sink->n_waits, ==, 1);
}

static void
test_a_time_ends_a_wait (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (1, 1);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  source->not_before = fixture->flow->now + 100;
  attach (fixture);
  flow_fixture_advance (fixture, 99);
  flow_fixture_settle (fixture);
  g_assert_cmpuint (source->n_fills, ==, 1);
  flow_fixture_advance (fixture, 1);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
}

static void
test_a_descriptor_that_is_ready_ends_a_wait (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (2, 1);
  FlowSink *sink = flow_sink_new ();
  int fds[2];

  flow_fixture_add_segment (fixture, 1, source, sink, NULL);
  g_assert_no_errno (pipe2 (fds, O_CLOEXEC | O_NONBLOCK));
  source->fd = fds[0];
  attach (fixture);
  g_assert_cmpuint (sink->n_seen, ==, 0);
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  flow_fixture_settle (fixture);
  g_assert_cmpuint (sink->n_seen, ==, 1);
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (source->n_fills, <=, 4);
  close (fds[0]);
  close (fds[1]);
}

static void
test_a_wake_lets_go_of_the_descriptor (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  int fds[2];

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  g_assert_no_errno (pipe2 (fds, O_CLOEXEC | O_NONBLOCK));
  source->fd = fds[0];
  attach (fixture);
  g_assert_nonnull (flow_fixture_node (fixture, source)->fd_tag);
  source->held = TRUE; /* from now on it waits for wakes alone */
  weir_stage_wake (WEIR_STAGE (source));
  flow_fixture_settle (fixture);
  g_assert_null (flow_fixture_node (fixture, source)->fd_tag);
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  g_assert_false (g_main_context_pending (fixture->context));
  close (fds[0]);
  close (fds[1]);
}

/* Alarms ----------------------------------------------------------------------------------------
 */

static void
test_an_alarm_rings_on_the_test_clock (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowCount *count = flow_count_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 1, count, flow_sink_new (), NULL);

  weir_queue_add_writer (segment->input, segment); /* nothing comes, nothing ends */
  weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + 1000);
  attach (fixture);
  flow_fixture_advance (fixture, 999);
  flow_fixture_settle (fixture);
  g_assert_cmpuint (count->n_alarms, ==, 0);
  flow_fixture_advance (fixture, 1);
  flow_fixture_settle (fixture);
  flow_fixture_advance (fixture, 5000);
  flow_fixture_settle (fixture);
  g_assert_cmpuint (count->n_alarms, ==, 1);
}

static void
test_an_alarm_rings_while_the_source_waits (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);
  FlowCount *count = flow_count_new ();
  FlowSink *sink = flow_sink_new ();

  flow_fixture_add_segment (fixture, 1, source, count, sink, NULL);
  weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + 1000);
  source->held = TRUE;
  attach (fixture);
  flow_fixture_advance (fixture, 1000);
  flow_fixture_settle (fixture);
  g_assert_cmpstr (sink->seen->str, ==, "count=0 ");
  g_assert_cmpuint (source->n_fills, ==, 1);
}

static void
test_source_and_sink_may_wait_at_the_same_time (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (1, 1);
  FlowCount *count = flow_count_new ();
  FlowSink *sink = flow_sink_new ();

  flow_fixture_add_segment (fixture, 1, source, count, sink, NULL);
  weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + 10);
  source->held = sink->stalled = TRUE;
  attach (fixture);
  flow_fixture_advance (fixture, 10);
  flow_fixture_settle (fixture);
  g_assert_cmpuint (sink->n_waits, ==, 1);
  source->held = FALSE;
  weir_stage_wake (WEIR_STAGE (source));
  flow_fixture_settle (fixture);
  g_assert_cmpuint (source->n_fills, ==, 1); /* the sink holds it back */
  resume (fixture, sink);
  g_assert_true (fixture->finished);
  g_assert_cmpstr (sink->seen->str, ==, "count=0 count=1 ");
}

/* Order and end ---------------------------------------------------------------------------------
 */

static void
test_work_with_the_earliest_deadline_goes_first (void)
{
  static const gint64 deadlines[] = { 300, 100, 200 };
  static const char *const names[] = { "third", "first", "second" };
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (deadlines); i++)
    {
      FlowSink *sink = flow_sink_new ();
      WeirSegment *segment = flow_fixture_add_segment (fixture, 4, sink, NULL);

      sink->order = order;
      fixture->flow->deadline = deadlines[i];
      flow_fixture_put (fixture, segment, names[i]);
    }
  attach (fixture);
  g_assert_cmpstr (order->str, ==, "first second third ");
}

static void
test_queues_go_before_sources (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (5, 1);
  FlowSink *sink = add_stalled_pair (fixture, source);
  const WeirSegment *second = flow_fixture_segment (fixture, 1);

  sink->stalled = FALSE;
  flow_fixture_attach (fixture);
  while (g_main_context_iteration (fixture->context, FALSE))
    g_assert_cmpuint (second->input->n_batches, <=, 1);
  g_assert_cmpuint (sink->n_seen, ==, 5);
}

static void
test_sources_take_turns (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *first = flow_source_new (0, 1);
  FlowSource *second = flow_source_new (0, 1);

  flow_fixture_add_segment (fixture, 1, first, flow_sink_new (), NULL);
  flow_fixture_add_segment (fixture, 1, second, flow_sink_new (), NULL);
  attach (fixture);
  g_assert_cmpuint (first->n_fills, >, 100);
  g_assert_cmpuint (ABS ((gint)first->n_fills - (gint)second->n_fills), <=, 1);
}

static void
test_a_dispatch_is_bounded (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  flow_fixture_attach (fixture);
  g_main_context_iteration (fixture->context, FALSE);
  g_assert_cmpuint (source->n_fills, >, 0);
  g_assert_cmpuint (source->n_fills, <=, 32);
}

static void
test_stop_ends_a_source_without_end (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 3);
  FlowSink *sink = flow_sink_new ();

  flow_fixture_add_segment (fixture, 1, source, sink, NULL);
  attach (fixture);
  g_assert_false (fixture->finished);
  weir_executor_stop (fixture->executor);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (sink->n_seen, ==, source->made);
  g_assert_cmpuint (count_in_flight (fixture), ==, 0);
  flow_fixture_assert_balanced (fixture);
}

static void
test_stop_ends_a_source_that_waits (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 3);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  source->held = TRUE;
  attach (fixture);
  weir_executor_stop (fixture->executor);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
}

static void
test_abort_leaves_what_is_in_flight_counted (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 2);
  FlowSink *sink = add_stalled_pair (fixture, source);

  attach (fixture);
  weir_executor_abort (fixture->executor);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (sink->n_seen, ==, 0);
  g_assert_cmpuint (count_in_flight (fixture), ==, flow_fixture_node (fixture, source)->ledger.in);
  g_assert_cmpuint (count_in_flight (fixture), >, 0);
  flow_fixture_assert_balanced (fixture);
}

static void
test_a_broken_sink_is_told_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (10, 2);
  FlowSink *sink = flow_sink_new ();
  const WeirLedger *ledger;

  flow_fixture_add_segment (fixture, 1, source, sink, NULL);
  sink->capacity = 3;
  attach (fixture);
  ledger = &flow_fixture_node (fixture, sink)->ledger;
  g_assert_true (fixture->finished);
  g_assert_cmpuint (fixture->n_broken, ==, 1);
  g_assert_error (fixture->error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT);
  g_assert_cmpuint (ledger->out, ==, 3);
  g_assert_cmpuint (ledger->failed, ==, 7);
  flow_fixture_assert_balanced (fixture);
}

static void
test_a_diamond_brings_every_record_twice (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (50, 7);
  FlowMap *left = flow_map_new (1);
  FlowEven *right = flow_even_new ();
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segments[3];

  flow_fixture_add_segment (fixture, 1, source, NULL);
  segments[0] = flow_fixture_add_segment (fixture, 1, left, NULL);
  segments[1] = flow_fixture_add_segment (fixture, 1, right, NULL);
  segments[2] = flow_fixture_add_segment (fixture, 1, sink, NULL);
  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, segments[0]);
  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, segments[1]);
  flow_fixture_connect (fixture, left, WEIR_PORT_OUT, segments[2]);
  flow_fixture_connect (fixture, right, WEIR_PORT_OUT, segments[2]);
  flow_fixture_connect (fixture, right, WEIR_PORT_ELSE, segments[2]);
  attach (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (sink->n_seen, ==, 100);
  g_assert_cmpuint (flow_fixture_node (fixture, source)->ledger.created, ==, 50);
  flow_fixture_assert_balanced (fixture);
}

#define ADD(name, func) g_test_add_func ("/flow/executor/" name, func)

static void
add_pressure_tests (void)
{
  ADD ("a stalled sink stops the source", test_a_stalled_sink_stops_the_source);
  ADD ("after the stall everything arrives exactly once",
       test_after_the_stall_everything_arrives_exactly_once);
  ADD ("a sink that stalls again stops the source again",
       test_a_sink_that_stalls_again_stops_the_source_again);
  ADD ("dead letters press back as well", test_dead_letters_press_back_as_well);
  ADD ("results press back as well", test_results_press_back_as_well);
}

static void
add_waiting_tests (void)
{
  ADD ("a wake before the wait counts", test_a_wake_before_the_wait_counts);
  ADD ("a time ends a wait", test_a_time_ends_a_wait);
  ADD ("a descriptor that is ready ends a wait", test_a_descriptor_that_is_ready_ends_a_wait);
  ADD ("a wake lets go of the descriptor", test_a_wake_lets_go_of_the_descriptor);
  ADD ("an alarm rings on the test clock", test_an_alarm_rings_on_the_test_clock);
  ADD ("an alarm rings while the source waits", test_an_alarm_rings_while_the_source_waits);
  ADD ("source and sink may wait at the same time", test_source_and_sink_may_wait_at_the_same_time);
}

static void
add_order_tests (void)
{
  ADD ("work with the earliest deadline goes first",
       test_work_with_the_earliest_deadline_goes_first);
  ADD ("queues go before sources", test_queues_go_before_sources);
  ADD ("sources take turns", test_sources_take_turns);
  ADD ("a dispatch is bounded", test_a_dispatch_is_bounded);
  ADD ("stop ends a source without end", test_stop_ends_a_source_without_end);
  ADD ("stop ends a source that waits", test_stop_ends_a_source_that_waits);
  ADD ("abort leaves what is in flight counted", test_abort_leaves_what_is_in_flight_counted);
  ADD ("a broken sink is told once", test_a_broken_sink_is_told_once);
  ADD ("a diamond brings every record twice", test_a_diamond_brings_every_record_twice);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_pressure_tests ();
  add_waiting_tests ();
  add_order_tests ();
  return g_test_run ();
}
