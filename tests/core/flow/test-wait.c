/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

/* A clock that goes on by one with each look at it: what is not due at one moment is at the next.
 */
typedef struct
{
  WeirClock parent;
  gint64 time;
} TickingClock;
typedef WeirClockClass TickingClockClass;
GType ticking_clock_get_type (void);
G_DEFINE_TYPE (TickingClock, ticking_clock, WEIR_TYPE_CLOCK)

static gint64
tick (WeirClock *clock)
{
  return ++((TickingClock *)clock)->time;
}

static void
ticking_clock_class_init (TickingClockClass *klass)
{
  klass->get_time = tick;
  klass->get_real_time = tick;
}

static void
ticking_clock_init (TickingClock *clock)
{
  clock->time = 1000;
}

static void
settle (FlowFixture *fixture)
{
  flow_fixture_attach (fixture);
  flow_fixture_settle (fixture);
}

static void
test_an_alarm_that_comes_due_in_a_dispatch_rings (void)
{
  for (guint i = 1; i < 100; i++)
    {
      g_autoptr (FlowFixture) fixture
          = flow_fixture_new_with_clock (g_object_new (ticking_clock_get_type (), NULL));
      FlowSource *source = flow_source_new (3, 1);
      FlowCount *count = flow_count_new ();
      WeirSegment *segment;

      flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
      segment = flow_fixture_add_segment (fixture, 1, count, flow_sink_new (), NULL);
      weir_queue_add_writer (segment->input, segment); /* nothing comes, nothing ends */
      weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + i);
      settle (fixture);
      g_assert_cmpuint (count->n_alarms, ==, 1);
    }
}

static void
test_a_wait_for_a_time_that_comes_at_once_ends (void)
{
  for (guint i = 1; i < 100; i++)
    {
      g_autoptr (FlowFixture) fixture
          = flow_fixture_new_with_clock (g_object_new (ticking_clock_get_type (), NULL));
      FlowSource *source = flow_source_new (1, 1);

      flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
      source->not_before = fixture->flow->now + i;
      settle (fixture);
      g_assert_true (fixture->finished);
    }
}

/* Waits until a time that is over. */
typedef struct
{
  WeirSource parent;
  guint n_fills;
} LateSource;
typedef WeirSourceClass LateSourceClass;
GType late_source_get_type (void);
G_DEFINE_TYPE (LateSource, late_source, WEIR_TYPE_SOURCE)

static WeirSourceStatus
late_source_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  if (((LateSource *)source)->n_fills++ == 3)
    return WEIR_SOURCE_END;
  weir_stage_wait_until (WEIR_STAGE (source), 1);
  return WEIR_SOURCE_WAIT;
}

static void
late_source_class_init (LateSourceClass *klass)
{
  klass->fill = late_source_fill;
}

static void
late_source_init (LateSource *source)
{
}

static void
test_a_wait_for_a_time_that_is_over_is_none (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  LateSource *source = g_object_new (late_source_get_type (), NULL);

  flow_fixture_add_segment (fixture, 1, source, flow_sink_new (), NULL);
  settle (fixture);
  g_assert_true (fixture->finished);
  g_assert_cmpuint (source->n_fills, ==, 4);
}

static void
test_what_is_due_and_cannot_run_lets_the_worker_sleep (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowCount *count = flow_count_new ();
  FlowSink *sink = flow_sink_new ();

  flow_fixture_add_segment (fixture, 1, flow_source_new (0, 1), count, sink, NULL);
  sink->stalled = TRUE;
  weir_stage_set_alarm (WEIR_STAGE (count), fixture->flow->now + 10);
  settle (fixture);
  flow_fixture_advance (fixture, 10);
  flow_fixture_settle (fixture);
  flow_fixture_advance (fixture, 10); /* the alarm waits for the sink */
  flow_fixture_settle (fixture);
  g_assert_false (g_main_context_pending (fixture->context));
}

#define ADD(name, func) g_test_add_func ("/flow/wait/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("an alarm that comes due in a dispatch rings",
       test_an_alarm_that_comes_due_in_a_dispatch_rings);
  ADD ("a wait for a time that comes at once ends", test_a_wait_for_a_time_that_comes_at_once_ends);
  ADD ("a wait for a time that is over is none", test_a_wait_for_a_time_that_is_over_is_none);
  ADD ("what is due and cannot run lets the worker sleep",
       test_what_is_due_and_cannot_run_lets_the_worker_sleep);
  return g_test_run ();
}
