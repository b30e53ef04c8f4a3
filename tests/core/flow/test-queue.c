/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

static void
put (FlowFixture *fixture, WeirQueue *queue, const char *words)
{
  weir_queue_put (queue, flow_fixture_make_batch (fixture, words));
}

static void
test_batches_come_out_in_order (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  g_autofree char *text = NULL;

  put (fixture, queue, "a b");
  put (fixture, queue, "c");
  g_assert_cmpuint (queue->n_records, ==, 3);
  put (fixture, queue, "d e");
  text = flow_fixture_take_all (fixture, queue);
  g_assert_cmpstr (text, ==, "a b c d e");
  g_assert_cmpuint (queue->n_records, ==, 0);
  g_assert_cmpuint (queue->bytes, ==, 0);
  g_assert_cmpuint (queue->sent, ==, 5);
  g_assert_cmpuint (queue->taken, ==, 5);
}

static void
test_it_is_bounded_by_batches (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 2, G_MAXSIZE);

  g_assert_true (weir_queue_has_room (queue));
  put (fixture, queue, "a");
  g_assert_true (weir_queue_has_room (queue));
  put (fixture, queue, "b");
  g_assert_false (weir_queue_has_room (queue));
  weir_flow_release_batch (fixture->flow, flow_fixture_take (queue));
  g_assert_true (weir_queue_has_room (queue));
}

static void
test_it_is_bounded_by_the_bytes_that_batches_pin (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 100, 100 * 1024);

  put (fixture, queue, "a");
  g_assert_cmpuint (queue->bytes, ==, 64 * 1024);
  g_assert_true (weir_queue_has_room (queue));
  put (fixture, queue, "b");
  g_assert_false (weir_queue_has_room (queue));
}

static void
test_an_empty_queue_takes_a_batch_of_any_size (void)
{
  g_autoptr (WeirQueue) queue = weir_queue_new (1, 1);

  g_assert_true (weir_queue_has_room (queue));
}

static void
test_the_input_ends_when_writers_are_gone_and_it_is_empty (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  weir_queue_add_writer (queue, NULL);
  put (fixture, queue, "a");
  g_assert_false (weir_queue_close (queue));
  g_assert_true (weir_queue_close (queue));
  g_assert_false (weir_queue_has_ended (queue));
  weir_flow_release_batch (fixture->flow, flow_fixture_take (queue));
  g_assert_true (weir_queue_has_ended (queue));
  g_assert_null (flow_fixture_take (queue));
}

static void
test_it_tells_the_urgency_of_the_batch_that_is_taken_next (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a b c");

  g_assert_cmpint (weir_queue_get_urgency (queue), ==, WEIR_TIME_NEVER);
  weir_batch_record (batch, 0)->deadline = 5000;
  weir_batch_record (batch, 1)->deadline = 3000;
  weir_queue_put (queue, batch);
  put (fixture, queue, "a later one");
  g_assert_cmpint (weir_queue_get_urgency (queue) & WEIR_URGENCY_MASK, ==, 3000 & ~15);
  weir_flow_release_batch (fixture->flow, flow_fixture_take (queue));
  g_assert_cmpint (weir_queue_get_urgency (queue), ==, WEIR_TIME_NEVER);
}

static void
test_who_found_no_room_is_remembered_once (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 1, G_MAXSIZE);

  g_assert_true (weir_queue_has_room (queue));
  g_assert_false (weir_queue_take_starved (queue));
  put (fixture, queue, "a");
  g_assert_false (weir_queue_has_room (queue));
  g_assert_true (weir_queue_take_starved (queue));
  g_assert_false (weir_queue_take_starved (queue));
}

static void
test_tickets_count_batches_without_a_gap (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirQueue *queue = flow_fixture_make_queue (fixture, 2, G_MAXSIZE);
  guint64 ticket = 0;

  for (guint64 i = 0; i < 10; i++)
    {
      put (fixture, queue, "a");
      weir_flow_release_batch (fixture->flow, weir_queue_take (queue, &ticket));
      g_assert_cmpuint (ticket, ==, i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/queue/batches come out in order", test_batches_come_out_in_order);
  g_test_add_func ("/flow/queue/it is bounded by batches", test_it_is_bounded_by_batches);
  g_test_add_func ("/flow/queue/it is bounded by the bytes that batches pin",
                   test_it_is_bounded_by_the_bytes_that_batches_pin);
  g_test_add_func ("/flow/queue/an empty queue takes a batch of any size",
                   test_an_empty_queue_takes_a_batch_of_any_size);
  g_test_add_func ("/flow/queue/the input ends when writers are gone and it is empty",
                   test_the_input_ends_when_writers_are_gone_and_it_is_empty);
  g_test_add_func ("/flow/queue/it tells the urgency of the batch that is taken next",
                   test_it_tells_the_urgency_of_the_batch_that_is_taken_next);
  g_test_add_func ("/flow/queue/who found no room is remembered once",
                   test_who_found_no_room_is_remembered_once);
  g_test_add_func ("/flow/queue/tickets count batches without a gap",
                   test_tickets_count_batches_without_a_gap);
  return g_test_run ();
}
