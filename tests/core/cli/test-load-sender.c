/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-sender-private.h"

#include "cli/weir-load-record-private.h"
#include "cli/weir-load-tally-private.h"

#define MS (G_GINT64_CONSTANT (1000000))

/* A server that delivers at once what it takes, and now and then takes nothing: between two times,
 * or more than some bytes at a time. */
typedef struct
{
  WeirClock *clock;
  WeirLoadSender *sender;
  WeirLoadTally *tally;
  gint64 stalls_at;
  gint64 goes_on_at;
  gsize most;
  gboolean is_gone;
  GString *text;
  guint n_writes;
} Stub;

static gssize
take (gpointer data, const char *text, gsize length)
{
  Stub *stub = data;
  gint64 now = weir_clock_get_time (stub->clock);
  gsize n = MIN (length, stub->most);

  if (stub->is_gone)
    return -1;
  if (now >= stub->stalls_at && now < stub->goes_on_at)
    return 0;
  g_string_append_len (stub->text, text, n);
  g_string_erase (stub->text, 0,
                  weir_load_tally_add_lines (stub->tally, stub->text->str, stub->text->len, now));
  stub->n_writes++;
  return (gssize)n;
}

static const WeirLoadPeer peer = { take, NULL };

/* Constant arrivals at @rate for a second, measured from the first; the clock stands at 1 s. */
static Stub *
stub_new (double rate, gint64 grace)
{
  Stub *stub = g_new0 (Stub, 1);
  WeirLoadSchedule schedule;

  stub->clock = weir_test_clock_new ();
  stub->tally = weir_load_tally_new (10 * MS);
  stub->text = g_string_new (NULL);
  stub->most = G_MAXSIZE;
  stub->stalls_at = stub->goes_on_at = G_MAXINT64;
  const WeirLoadTimes times = { weir_clock_get_time (stub->clock), 0, 1000 * MS, grace };
  weir_load_schedule_init (&schedule, WEIR_ARRIVALS_CONSTANT, rate, 1);
  stub->sender = weir_load_sender_new (stub->clock, &schedule, &times, &peer, stub);
  return stub;
}

static void
stub_free (Stub *stub)
{
  weir_load_sender_free (stub->sender);
  weir_load_tally_free (stub->tally);
  g_string_free (stub->text, TRUE);
  g_object_unref (stub->clock);
  g_free (stub);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stub, stub_free)

static void
turn_to (Stub *stub, gint64 time)
{
  weir_test_clock_advance (WEIR_TEST_CLOCK (stub->clock),
                           MAX (time - weir_clock_get_time (stub->clock), 0));
}

/* Each step comes when the last one said, or a millisecond later when there was no room. */
static void
run (Stub *stub)
{
  while (!weir_load_sender_is_over (stub->sender))
    {
      gint64 next = weir_load_sender_step (stub->sender);

      turn_to (stub, stub->sender->is_blocked ? next + MS : next);
    }
}

/* How many had a latency of at least so many milliseconds. */
static guint64
count_from (const Stub *stub, gint64 ms)
{
  guint64 n = 0;

  for (double share = 0.0005; share < 1; share += 0.001)
    n += weir_histogram_get_quantile (&stub->tally->latency, share) >= (guint64)(ms * MS);
  return n * stub->tally->latency.total / 1000;
}

static void
test_each_record_goes_out_when_it_was_meant_to (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 0);

  run (stub);
  g_assert_cmpuint (stub->sender->n_offered, ==, 1000);
  g_assert_cmpuint (weir_load_sender_get_sent (stub->sender), ==, 1000);
  g_assert_cmpuint (stub->tally->n_met, ==, 1000);
  g_assert_cmpuint (stub->tally->latency.maximum, ==, 0);
  g_assert_cmpuint (stub->n_writes, ==, 1000);
  g_assert_cmpint (stub->sender->worst_lag, ==, 0);
}

/* No coordinated omission: a generator that waits for the server would tell of one slow record. */
static void
test_a_stall_shows_in_all_records_that_were_meant_for_it (void)
{
  g_autoptr (Stub) stub = stub_new (10000, 1000 * MS);

  stub->stalls_at = weir_clock_get_time (stub->clock) + 400 * MS;
  stub->goes_on_at = stub->stalls_at + 100 * MS;
  run (stub);
  g_assert_cmpuint (stub->tally->n_measured, ==, 10000);
  g_assert_cmpuint (stub->tally->latency.maximum, >=, 99 * MS);
  g_assert_cmpuint (count_from (stub, 1), >=, 960);
  g_assert_cmpuint (count_from (stub, 1), <=, 1020);
  g_assert_cmpuint (count_from (stub, 50), >=, 480);
  g_assert_cmpuint (10000 - stub->tally->n_met, >=, 880);
  g_assert_cmpint (stub->sender->worst_lag, <=, MS);
}

static void
test_what_is_due_at_once_goes_out_in_one_write (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 0);

  turn_to (stub, weir_clock_get_time (stub->clock) + 49 * MS);
  weir_load_sender_step (stub->sender);
  g_assert_cmpuint (stub->n_writes, ==, 1);
  g_assert_cmpuint (stub->tally->n_arrived, ==, 50);
  g_assert_cmpint (stub->sender->worst_lag, ==, 49 * MS);
}

static void
test_records_that_are_taken_in_pieces_arrive_whole (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 0);

  stub->most = 7;
  run (stub);
  g_assert_cmpuint (stub->tally->n_arrived, ==, 1000);
  g_assert_cmpuint (stub->tally->n_strange, ==, 0);
}

static void
test_what_nobody_takes_was_offered_all_the_same (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 200 * MS);
  gint64 start = weir_clock_get_time (stub->clock);

  stub->stalls_at = start + 500 * MS;
  run (stub);
  g_assert_cmpint (weir_clock_get_time (stub->clock) - start, <=, 1202 * MS);
  g_assert_cmpuint (stub->sender->n_offered, ==, 1000);
  g_assert_cmpuint (weir_load_sender_get_sent (stub->sender), ==, 500);
}

static void
test_a_server_that_is_gone_ends_the_load (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 0);

  stub->is_gone = TRUE;
  weir_load_sender_step (stub->sender);
  g_assert_true (weir_load_sender_is_over (stub->sender));
  g_assert_true (stub->sender->is_broken);
}

static void
test_a_load_that_is_stopped_sends_no_more (void)
{
  g_autoptr (Stub) stub = stub_new (1000, 0);

  weir_load_sender_stop (stub->sender);
  weir_load_sender_run (stub->sender);
  g_assert_true (weir_load_sender_is_over (stub->sender));
  g_assert_cmpuint (weir_load_sender_get_sent (stub->sender), <=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/load-sender/each record goes out when it was meant to",
                   test_each_record_goes_out_when_it_was_meant_to);
  g_test_add_func ("/cli/load-sender/a stall shows in all records that were meant for it",
                   test_a_stall_shows_in_all_records_that_were_meant_for_it);
  g_test_add_func ("/cli/load-sender/what is due at once goes out in one write",
                   test_what_is_due_at_once_goes_out_in_one_write);
  g_test_add_func ("/cli/load-sender/records that are taken in pieces arrive whole",
                   test_records_that_are_taken_in_pieces_arrive_whole);
  g_test_add_func ("/cli/load-sender/what nobody takes was offered all the same",
                   test_what_nobody_takes_was_offered_all_the_same);
  g_test_add_func ("/cli/load-sender/a server that is gone ends the load",
                   test_a_server_that_is_gone_ends_the_load);
  g_test_add_func ("/cli/load-sender/a load that is stopped sends no more",
                   test_a_load_that_is_stopped_sends_no_more);
  return g_test_run ();
}
