/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

static void
test_a_released_batch_is_used_again (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirBatch *first = flow_fixture_make_batch (fixture, "a b");
  WeirBatch *second;

  weir_flow_release_batch (fixture->flow, first);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->flow->pool), ==, 0);
  second = weir_flow_take_batch (fixture->flow);
  g_assert_true (second == first);
  g_assert_cmpuint (second->n_records, ==, 0);
  g_assert_null (second->next);
  weir_flow_release_batch (fixture->flow, second);
}

static void
test_a_batch_that_grew_large_is_not_kept (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirBatch *batch = weir_flow_take_batch (fixture->flow);

  for (guint i = 0; i <= 4 * WEIR_BATCH_FULL; i++)
    weir_batch_append (batch);
  weir_flow_release_batch (fixture->flow, batch);
  g_assert_cmpuint (fixture->flow->n_idle, ==, 0);
}

static void
test_the_clock_is_read_when_asked (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  gint64 before = fixture->flow->now;

  flow_fixture_advance (fixture, 10);
  g_assert_cmpint (fixture->flow->now, ==, before);
  g_assert_cmpint (weir_flow_read_clock (fixture->flow), ==, before + 10);
  g_assert_cmpint (fixture->flow->now, ==, before + 10);
}


int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/flow/a released batch is used again",
                   test_a_released_batch_is_used_again);
  g_test_add_func ("/flow/flow/a batch that grew large is not kept",
                   test_a_batch_that_grew_large_is_not_kept);
  g_test_add_func ("/flow/flow/the clock is read when asked", test_the_clock_is_read_when_asked);
  return g_test_run ();
}
