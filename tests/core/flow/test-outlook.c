/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"
#include "flow/weir-outlook-private.h"

#define US G_GINT64_CONSTANT (1000)
#define MS (1000 * US)

static WeirOutlook
look (FlowFixture *fixture, const WeirSegment *segment)
{
  weir_outlook_update (fixture->executor->segments, 1);
  return weir_outlook_get (segment);
}

static void
set_pace (FlowFixture *fixture, gpointer stage, gint64 each, gint64 turn)
{
  WeirNode *node = flow_fixture_node (fixture, stage);

  node->each = (WeirPace){ each, each };
  node->turn = (WeirPace){ turn, turn };
}

static void
test_what_was_never_run_takes_no_time (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 4, flow_sink_new (), NULL);
  WeirOutlook outlook;

  flow_fixture_put (fixture, segment, "a b c");
  outlook = look (fixture, segment);
  g_assert_cmpint (outlook.wait, ==, 0);
  g_assert_cmpint (outlook.work, ==, 0);
}

static void
test_what_waits_is_waited_for (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 4, sink, NULL);
  WeirOutlook outlook;

  set_pace (fixture, sink, 100 * US, 2 * MS);
  flow_fixture_put (fixture, segment, "a b c");
  outlook = look (fixture, segment);
  g_assert_cmpint (outlook.wait, ==, 300 * US);
  g_assert_cmpint (outlook.work, ==, 2 * MS);
  g_assert_cmpint (outlook.each, ==, 100 * US);
}

static void
test_the_way_adds_up_and_the_longest_branch_counts (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowSource *source = flow_source_new (1, 1);
  FlowSink *near = flow_sink_new ();
  FlowSink *far = flow_sink_new ();
  WeirSegment *first = flow_fixture_add_segment (fixture, 0, source, NULL);
  WeirSegment *second = flow_fixture_add_segment (fixture, 4, near, NULL);
  WeirSegment *third = flow_fixture_add_segment (fixture, 4, far, NULL);
  WeirOutlook outlook;

  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, second);
  flow_fixture_connect (fixture, source, WEIR_PORT_OUT, third);
  set_pace (fixture, source, 1 * US, 1 * MS);
  set_pace (fixture, near, 1 * US, 2 * MS);
  set_pace (fixture, far, 50 * US, 4 * MS);
  outlook = look (fixture, first);
  g_assert_cmpint (outlook.work, ==, 5 * MS);
  g_assert_cmpint (outlook.each, ==, 50 * US);
  g_assert_cmpint (weir_outlook_get_cost (first), ==, 51 * US);
}

#define ADD(name, func) g_test_add_func ("/flow/outlook/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("what was never run takes no time", test_what_was_never_run_takes_no_time);
  ADD ("what waits is waited for", test_what_waits_is_waited_for);
  ADD ("the way adds up, and the longest branch counts",
       test_the_way_adds_up_and_the_longest_branch_counts);
  return g_test_run ();
}
