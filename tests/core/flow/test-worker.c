/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

/* Two instances of a map, which read what a source gives and put to a sink. */
typedef struct
{
  FlowFixture *fixture;
  WeirGate *gate;
  FlowSink *sink;
} Twins;

static WeirSegment *
add_twin (Twins *twins, WeirSegment *first, FlowMap *map)
{
  WeirSegment *twin = weir_segment_new (1);

  twin->nodes[0] = weir_node_new (WEIR_STAGE (map), "map");
  twin->input = first->input;
  weir_queue_add_reader (twin->input, twin);
  weir_executor_add_segment (twins->fixture->executor, twin);
  return twin;
}

static Twins
make_twins (FlowFixture *fixture, guint64 n_records)
{
  Twins twins = { fixture, g_new0 (WeirGate, 1), flow_sink_new () };
  FlowSource *source = flow_source_new (n_records, 1);
  FlowMap *map = flow_map_new (1);
  WeirSegment *both[2], *last;

  flow_fixture_add_segment (fixture, 4, source, NULL);
  both[0] = flow_fixture_add_segment (fixture, 4, map, NULL);
  both[1] = add_twin (&twins, both[0], map);
  last = flow_fixture_add_segment (fixture, 1, twins.sink, NULL);
  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, both[0]);
  twins.gate->instances = g_ptr_array_new ();
  weir_executor_add_gate (fixture->executor, twins.gate);
  for (guint i = 0; i < 2; i++)
    {
      both[i]->gate = twins.gate;
      g_ptr_array_add (twins.gate->instances, both[i]);
      weir_node_add_reader (both[i]->nodes[0], WEIR_PORT_OUT, last->input);
      weir_queue_add_writer (last->input, both[i]);
    }
  return twins;
}

static void
test_all_instances_learn_of_the_end (void)
{
  for (guint64 n = 1; n < 10; n++)
    {
      g_autoptr (FlowFixture) fixture = flow_fixture_new ();
      Twins twins = make_twins (fixture, n);

      flow_fixture_attach (fixture);
      flow_fixture_settle (fixture);
      g_assert_true (fixture->finished);
      g_assert_cmpuint (twins.sink->n_seen, ==, n);
    }
}

static void
test_instances_that_cannot_finish_let_the_worker_sleep (void)
{
  for (guint64 n = 1; n < 10; n++)
    {
      g_autoptr (FlowFixture) fixture = flow_fixture_new ();
      Twins twins = make_twins (fixture, n);

      twins.sink->stalled = TRUE;
      flow_fixture_attach (fixture);
      flow_fixture_settle (fixture);
      g_assert_false (g_main_context_pending (fixture->context));
      twins.sink->stalled = FALSE;
      weir_stage_wake (WEIR_STAGE (twins.sink));
      flow_fixture_settle (fixture);
      g_assert_true (fixture->finished);
      g_assert_cmpuint (twins.sink->n_seen, ==, n);
    }
}

static void
test_what_was_notified_before_the_start_runs_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (1, 1);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  weir_executor_notify (fixture->executor, flow_fixture_segment (fixture, 0));
  weir_stage_wake (WEIR_STAGE (source));
  flow_fixture_attach (fixture);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
}

static void
test_an_abort_before_the_start_ends_the_run_at_its_start (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (0, 1);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  weir_executor_abort (fixture->executor);
  flow_fixture_attach (fixture);
  flow_fixture_settle (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (source->n_fills, ==, 0);
}

#define ADD(name, func) g_test_add_func ("/flow/worker/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("all instances learn of the end", test_all_instances_learn_of_the_end);
  ADD ("instances that cannot finish let the worker sleep",
       test_instances_that_cannot_finish_let_the_worker_sleep);
  ADD ("what was notified before the start runs once",
       test_what_was_notified_before_the_start_runs_once);
  ADD ("an abort before the start ends the run at its start",
       test_an_abort_before_the_start_ends_the_run_at_its_start);
  return g_test_run ();
}
