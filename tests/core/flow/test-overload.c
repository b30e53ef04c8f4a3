/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-overload-private.h"
#include "flow-fixture.h"

#define MS G_GINT64_CONSTANT (1000000)

static const WeirOutlook idle_way = { .wait = 0, .work = 1 * MS, .each = MS / 10 };
static const WeirOutlook busy_way = { .wait = 40 * MS, .work = 1 * MS, .each = MS / 10 };
static const WeirOutlook long_way = { .wait = 60 * MS, .work = 1 * MS, .each = MS / 10 };

/* How many of @n records of a priority are let in. */
static guint
offer (WeirOverload *overload, guint n, guint priority, const WeirOutlook *outlook)
{
  guint admitted = 0;

  for (guint i = 0; i < n; i++)
    admitted += weir_overload_admit (overload, priority, 50 * MS, outlook);
  return admitted;
}

/* More arrivals than can be in time, of two priorities. */
static void
overwhelm (WeirOverload *overload)
{
  for (guint i = 0; i < 2000; i++)
    offer (overload, 1, i % 2 == 0 ? 2 : 8, i % 3 == 0 ? &busy_way : &long_way);
}

static void
test_what_can_be_in_time_comes_in (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();

  g_assert_cmpuint (offer (overload, 1000, 5, &busy_way), ==, 1000);
  g_assert_cmpuint (weir_overload_get_gate (overload), ==, 0);
}

static void
test_what_cannot_be_in_time_is_turned_away (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook just = { .wait = 49 * MS, .work = 1 * MS };
  WeirOutlook over = { .wait = 49 * MS, .work = 1 * MS + 1 };

  g_assert_true (weir_overload_admit (overload, 9, 50 * MS, &just));
  g_assert_false (weir_overload_admit (overload, 9, 50 * MS, &over));
  g_assert_false (weir_overload_admit (overload, 9, 50 * MS, NULL));
}

static void
test_where_nothing_waits_a_record_comes_in_whatever_the_estimate (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook wrong = { .wait = 0, .work = 1000 * MS, .each = 1000 * MS };

  overwhelm (overload);
  g_assert_cmpuint (offer (overload, 10, 0, &wrong), ==, 10);
}

static void
test_under_overload_the_gate_closes_from_below (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();

  overwhelm (overload);
  g_assert_cmpuint (weir_overload_get_gate (overload), >, 2);
  g_assert_cmpuint (offer (overload, 10, 2, &busy_way), ==, 0);
  g_assert_cmpuint (offer (overload, 10, 9, &busy_way), ==, 10);
}

static void
test_below_the_gate_a_record_comes_in_when_the_way_is_free (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();

  overwhelm (overload);
  g_assert_cmpuint (offer (overload, 10, 2, &idle_way), ==, 10);
}

static void
test_the_gate_opens_by_itself (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  guint n_windows = 0;

  overwhelm (overload);
  while (weir_overload_get_gate (overload) > 0 && n_windows++ < 100)
    offer (overload, 200, n_windows % 10, &idle_way);
  g_assert_cmpuint (n_windows, <, 100);
}

static void
test_records_found_late_close_it_too (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();

  offer (overload, 100, 5, &busy_way);
  weir_overload_add_late (overload, 60);
  offer (overload, 100, 5, &busy_way);
  g_assert_cmpuint (weir_overload_get_gate (overload), >, 0);
}

static void
test_a_few_failures_do_not_close_it (void)
{
  g_autoptr (WeirOverload) overload = weir_overload_new ();

  offer (overload, 190, 5, &busy_way);
  offer (overload, 10, 5, &long_way);
  g_assert_cmpuint (weir_overload_get_gate (overload), ==, 0);
}

static void
test_each_record_that_comes_in_makes_the_next_one_wait (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirOutlook outlook = { .wait = 0, .work = 10, .each = 20 };
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a b c d");

  for (guint i = 0; i < 4; i++)
    batch->records[i].deadline = fixture->flow->now + 35;
  g_assert_true (weir_overload_sieve (overload, batch, 1, fixture->flow->now, &outlook));
  g_assert_cmpint (batch->records[0].verdict, ==, WEIR_VERDICT_PASS);
  g_assert_cmpint (batch->records[1].verdict, ==, WEIR_VERDICT_PASS);
  g_assert_cmpint (batch->records[2].verdict, ==, WEIR_VERDICT_PASS);
  g_assert_cmpint (batch->records[3].verdict, ==, WEIR_VERDICT_SHED);
  g_assert_nonnull (strstr (weir_batch_get_message (batch, &batch->records[3]), "to the sink"));
  weir_flow_release_batch (fixture->flow, batch);
}

static void
test_without_room_all_are_turned_away (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirOverload) overload = weir_overload_new ();
  WeirBatch *batch = flow_fixture_make_batch (fixture, "a b");

  for (guint i = 0; i < 2; i++)
    batch->records[i].deadline = fixture->flow->now + 50 * MS;
  g_assert_true (weir_overload_sieve (overload, batch, 0, fixture->flow->now, NULL));
  for (guint i = 0; i < 2; i++)
    {
      const char *why = weir_batch_get_message (batch, &batch->records[i]);

      g_assert_cmpint (batch->records[i].verdict, ==, WEIR_VERDICT_SHED);
      g_assert_nonnull (strstr (why, "full"));
    }
  weir_flow_release_batch (fixture->flow, batch);
}

#define ADD(name, func) g_test_add_func ("/flow/overload/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("what can be in time comes in", test_what_can_be_in_time_comes_in);
  ADD ("what cannot be in time is turned away", test_what_cannot_be_in_time_is_turned_away);
  ADD ("where nothing waits a record comes in, whatever the estimate",
       test_where_nothing_waits_a_record_comes_in_whatever_the_estimate);
  ADD ("under overload the gate closes from below", test_under_overload_the_gate_closes_from_below);
  ADD ("below the gate a record comes in when the way is free",
       test_below_the_gate_a_record_comes_in_when_the_way_is_free);
  ADD ("the gate opens by itself", test_the_gate_opens_by_itself);
  ADD ("records found late close it too", test_records_found_late_close_it_too);
  ADD ("a few failures do not close it", test_a_few_failures_do_not_close_it);
  ADD ("each record that comes in makes the next one wait",
       test_each_record_that_comes_in_makes_the_next_one_wait);
  ADD ("without room all are turned away", test_without_room_all_are_turned_away);
  return g_test_run ();
}
