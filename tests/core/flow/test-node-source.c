/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

#define MS G_GINT64_CONSTANT (1000000)

/* A source, without end, that gives two records a fill, and a reader of its `out` that takes three
 * batches. */
typedef struct
{
  FlowFixture *fixture;
  FlowSource *source;
  WeirNode *node;
  WeirQueue *queue;
} Setup;

static Setup
set_up (FlowFixture *fixture)
{
  FlowSource *source = flow_source_new (0, 2);
  WeirNode *node = flow_fixture_add_node (fixture, source);
  WeirQueue *queue = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  queue->max_batches = 3;
  return (Setup){ fixture, source, node, queue };
}

static void
fill (const Setup *setup, guint n, const WeirOutlook *outlook)
{
  for (guint i = 0; i < n; i++)
    weir_node_fill (setup->node, setup->fixture->flow, outlook, NULL);
}

static void
take_one (const Setup *setup)
{
  weir_flow_release_batch (setup->fixture->flow, flow_fixture_take (setup->queue));
}

static guint64
count_balance (const Setup *setup)
{
  WeirLedger ledger = weir_ledger_read (&setup->node->ledger);

  g_assert_true (weir_ledger_is_balanced (&ledger));
  return ledger.in_flight;
}

static void
test_while_the_reader_has_little_to_do_each_fill_goes_on_at_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  Setup setup = set_up (fixture);

  fill (&setup, 2, NULL);
  g_assert_cmpuint (setup.queue->n_batches, ==, 2);
  g_assert_null (setup.node->pending);
  g_assert_cmpuint (count_balance (&setup), ==, 0);
}

static void
test_while_the_reader_is_busy_the_batch_grows (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  Setup setup = set_up (fixture);
  g_autofree char *text = NULL;

  fill (&setup, 5, NULL);
  g_assert_cmpuint (setup.queue->n_batches, ==, 2);
  g_assert_cmpuint (setup.node->pending->n_selected, ==, 6);
  g_assert_cmpuint (count_balance (&setup), ==, 6);
  g_assert_false (weir_node_send_pending (setup.node, fixture->flow, FALSE));
  take_one (&setup);
  g_assert_true (weir_queue_take_starved (setup.queue));
  g_assert_true (weir_node_send_pending (setup.node, fixture->flow, FALSE));
  take_one (&setup);
  text = flow_fixture_take_all (fixture, setup.queue);
  g_assert_cmpstr (text, ==, "r4 r5 r6 r7 r8 r9");
  g_assert_cmpuint (count_balance (&setup), ==, 0);
}

static void
test_at_the_end_what_was_kept_back_goes_out (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  Setup setup = set_up (fixture);

  fill (&setup, 3, NULL);
  g_assert_true (weir_node_send_pending (setup.node, fixture->flow, TRUE));
  g_assert_cmpuint (setup.queue->n_batches, ==, 3);
}

static void
test_a_batch_is_not_larger_than_its_limit (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  Setup setup = set_up (fixture);

  setup.source->per_fill = 1;
  setup.node->batch_limit = 4;
  fill (&setup, 4, NULL); /* one, one, and two together */
  g_assert_cmpuint (setup.queue->n_batches, ==, 3);
  g_assert_null (setup.node->pending);
}

static void
test_what_cannot_be_in_time_is_shed_and_takes_no_place (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook outlook = { .wait = 0, .work = 40 * MS, .each = 20 * MS };
  Setup setup = set_up (fixture);

  fixture->flow->overload = overload;
  fixture->flow->deadline = 50 * MS;
  fill (&setup, 4, &outlook); /* of each pair the first is let in */
  g_assert_cmpuint (setup.node->ledger.shed, ==, 4);
  g_assert_cmpuint (setup.node->pending->n_records, ==, 2);
  g_assert_cmpuint (count_balance (&setup), ==, 2);
}

static void
test_without_any_room_records_are_read_and_shed (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook outlook = { .wait = 0, .work = 1 * MS, .each = 1 };
  Setup setup = set_up (fixture);

  setup.node->batch_limit = 4;
  fixture->flow->overload = overload;
  fixture->flow->deadline = 50 * MS;
  fill (&setup, 6, &outlook);
  g_assert_cmpuint (setup.queue->n_batches, ==, 3);
  g_assert_cmpuint (setup.node->pending->n_selected, ==, 2);
  g_assert_cmpuint (setup.node->ledger.shed, ==, 4);
  g_assert_cmpuint (count_balance (&setup), ==, 2);
}

static void
test_what_is_for_a_port_without_room_ends_here (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook outlook = { .wait = 1, .work = 60 * MS, .each = MS };
  Setup setup = set_up (fixture);
  WeirQueue *shed = flow_fixture_read (fixture, setup.node, WEIR_PORT_SHED);

  shed->max_batches = 2;
  fixture->flow->overload = overload;
  fixture->flow->deadline = 50 * MS;
  fill (&setup, 20, &outlook);
  g_assert_cmpuint (shed->n_batches, ==, 2);
  g_assert_cmpuint (setup.node->ledger.shed, ==, 36);
  g_assert_cmpuint (count_balance (&setup), ==, 0);
}

static void
test_a_source_that_does_not_shed_loses_nothing_without_room (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  Setup setup = set_up (fixture);

  setup.node->batch_limit = 4;
  fill (&setup, 9, NULL);
  g_assert_cmpuint (setup.queue->n_records + setup.node->pending->n_selected, ==, 18);
  g_assert_cmpuint (count_balance (&setup), ==, setup.node->pending->n_selected);
}

#define ADD(name, func) g_test_add_func ("/flow/node-source/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("while the reader has little to do each fill goes on at once",
       test_while_the_reader_has_little_to_do_each_fill_goes_on_at_once);
  ADD ("while the reader is busy the batch grows", test_while_the_reader_is_busy_the_batch_grows);
  ADD ("at the end what was kept back goes out", test_at_the_end_what_was_kept_back_goes_out);
  ADD ("a batch is not larger than its limit", test_a_batch_is_not_larger_than_its_limit);
  ADD ("what cannot be in time is shed and takes no place",
       test_what_cannot_be_in_time_is_shed_and_takes_no_place);
  ADD ("without any room records are read and shed",
       test_without_any_room_records_are_read_and_shed);
  ADD ("what is for a port without room ends here", test_what_is_for_a_port_without_room_ends_here);
  ADD ("a source that does not shed loses nothing without room",
       test_a_source_that_does_not_shed_loses_nothing_without_room);
  return g_test_run ();
}
