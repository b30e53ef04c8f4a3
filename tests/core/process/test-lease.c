/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exchange-fixture.h"

#define PLAIN "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9"

/* Failures ------------------------------------------------------------------------------------- */

static void
test_suspect (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 r1 crash2 r3 crash4 r5", "r0 r1 crash2! r3 crash4! r5");
  exchange_fixture_assert_message (fixture, "signal 9");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, >=, 6);
}

static void
test_attempts (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 4;
  exchange_fixture_assert (fixture, "crash0", "crash0!");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 5);
  g_assert_cmpuint (fixture->attempts, ==, 4);
}

/* Until the first answer of a unit has come, which the worker never completes. */
static void
test_unit_is_not_accepted_in_parts (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  const WeirLease *lease;

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.retries = 0;
  fixture->tick = 0;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "r0 r1 hang2 r3");
  exchange_fixture_until (fixture, fixture->exchange->leases->len > 0);
  lease = g_ptr_array_index (fixture->exchange->leases, 0);
  exchange_fixture_until (fixture, lease->n_answered == 2);
  g_assert_cmpuint (fixture->n_back, ==, 0);
  exchange_fixture_turn (fixture, fixture->options.timeout + 1);
  fixture->tick = SECOND / 1000;
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0 r1 hang2! r3");
}

/* Each process answers one record. Without care none of a unit's answers would count, again and
 * again, but those of suspects. */
static void
test_units_after_a_crash (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "last0 last1 last2 last3 last4 last5 last6 last7",
                           "last0 last1 last2 last3 last4 last5 last6 last7");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_started, <=, 10);
  g_assert_cmpuint (fixture->exchange->n_retried, <=, 15);
}

static void
test_units_grow_again_after_a_crash (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = exchange_fixture_make_words ("r", 100);

  exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "crash0 r1");
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpuint (fixture->exchange->n_singles, >, 0);
  exchange_fixture_give (fixture, words);
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpuint (fixture->exchange->n_singles, ==, 0);
}

static void
test_surplus (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 twice1 r2 r3", "r0 twice1! r2 r3");
  exchange_fixture_assert_message (fixture, "a reply too many");
}

static void
test_part_of_a_surplus (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.in_flight = 1;
  exchange_fixture_assert (fixture, "r0 trail1 r2", "r0 trail1! r2");
  exchange_fixture_assert_message (fixture, "a reply too many");
}

static void
test_surplus_of_any (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, TRUE);
  exchange_fixture_assert (fixture, "three twice1 r2", "three+three+three twice1! r2");
}

static void
test_missing_reply (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.timeout = SECOND / 10;
  exchange_fixture_assert (fixture, "r0 swallow1 r2", "r0 swallow1! r2");
}

static void
test_half (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 half1 r2", "r0 half1! r2");
}

static void
test_garbage (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, "r0 garbage1 r2", "r0 garbage1! r2");
  exchange_fixture_assert_message (fixture, "impossible length");
}

static void
test_wrong_id (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, "r0 wrong1 r2", "r0 wrong1! r2");
  exchange_fixture_assert_message (fixture, "what it was not asked");
}

/* The worker comes from the pool again, and then answers what it was asked before. */
static void
test_stale (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 0;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "r0");
  exchange_fixture_run (fixture, FALSE);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_idle, ==, 1);
  exchange_fixture_give (fixture, "stale1 r2");
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0 stale1! r2");
  exchange_fixture_assert_message (fixture, "what it was not asked");
}

/* The answers before the fault are kept, and the one that did it is to blame each time. */
static void
test_answers_before_a_fault (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 0;
  exchange_fixture_assert (fixture, "r0 wrong1 r2 wrong3 r4", "r0 wrong1! r2 wrong3! r4");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 2);
}

static void
test_error (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, "r0 error1 r2", "r0 error1! r2");
  g_assert_cmpstr (fixture->message, ==, "no thanks");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
  g_assert_cmpuint (fixture->exchange->n_retried, ==, 0);
}

static void
test_long_reply (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.pool.channel.max_reply = 4;
  exchange_fixture_assert (fixture, "r0 longer r2", "r0 longer! r2");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
}

/* A program that ends after each answer. */
static void
test_one_shot (void)
{
  static const char *const argv[] = { "sh", "-c", "read -r x; echo \"$x\"", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, PLAIN);
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, PLAIN);
}

/* What it never read is no fault of a record, not even without retries. */
static void
test_end_between_records (void)
{
  static const char *const argv[] = { "sh", "-c", "read -r x; echo \"$x\"", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.retries = 0;
  fixture->options.in_flight = 1;
  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, PLAIN);
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, PLAIN);
}

static void
test_end_before_the_first_record (void)
{
  static const char *const argv[] = { "sh", "-c", "exit 3", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 1;
  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, "r0 r1");
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0! r1!");
  exchange_fixture_assert_message (fixture, "status 3");
}

/* Answers -------------------------------------------------------------------------------------- */

static void
test_outputs (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, TRUE);
  exchange_fixture_assert (fixture, "r0 none three r3", "r0  three+three+three r3");
}

static void
test_empty (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 empty r2", "r0  r2");
}

/* Uses, windows -------------------------------------------------------------------------------- */

static void
test_max_uses (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = exchange_fixture_make_words ("count", 60);
  g_auto (GStrv) counts = NULL;
  guint n_first = 0;

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.pool.max_uses = 7;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, words);
  exchange_fixture_run (fixture, TRUE);
  counts = g_strsplit (fixture->seen->str, " ", -1);
  g_assert_cmpuint (g_strv_length (counts), ==, 60);
  for (guint i = 0; counts[i] != NULL; i++)
    {
      g_assert_cmpint (atoi (counts[i]), <=, 7);
      n_first += atoi (counts[i]) == 1;
    }
  g_assert_cmpuint (n_first, ==, 9);
}

static void
test_buffered (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = exchange_fixture_make_words ("r", 300);

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->worker[2] = "buffered";
  fixture->options.batch_size = 100;
  fixture->options.in_flight = 100;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, words);
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, words);
  g_assert_true (fixture->exchange->buffers);
  g_assert_cmpuint (fixture->exchange->n_retried, ==, 0);
}

static void
test_in_flight (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  const WeirLease *lease;

  fixture->options.in_flight = 3;
  fixture->tick = 0;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "hang0 r1 r2 r3 r4 r5");
  exchange_fixture_until (fixture, fixture->exchange->leases->len > 0);
  lease = g_ptr_array_index (fixture->exchange->leases, 0);
  g_assert_cmpuint (weir_lease_count_out (lease), ==, 3);
  g_assert_cmpuint (fixture->exchange->n_queued, ==, 3);
}

/* Time ----------------------------------------------------------------------------------------- */

static void
test_expired (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->deadline = 100;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "count0 count1");
  exchange_fixture_turn (fixture, 50);
  exchange_fixture_give (fixture, "count2");
  exchange_fixture_turn (fixture, 75);
  fixture->late_after = weir_clock_get_time (fixture->clock);
  fixture->tick = 0;
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, "count0? count1? 1");
}

static void
test_timeout (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.retries = 0;
  fixture->tick = 0;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "hang0");
  exchange_fixture_until (fixture, exchange_fixture_get_stats (fixture).n_acquired == 1);
  exchange_fixture_turn (fixture, fixture->options.timeout);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpuint (fixture->n_back, ==, 0);
  exchange_fixture_turn (fixture, 1);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0!");
  exchange_fixture_assert_message (fixture, "no answer within 30000 ms");
}

/* Of @n_out records, the 17th has it answer eight more: @span nanoseconds after the first one. */
static WeirLease *
get_nine_answers (ExchangeFixture *fixture, const char *answer, guint n_out, gint64 span)
{
  const char *const argv[] = { "sh", "-c",
                               "read -r x; echo $0; for i in $(seq 16); do read -r x; done\n"
                               "printf '%s\\n' $0 $0 $0 $0 $0 $0 $0 $0; exec sleep 1000",
                               answer, NULL };
  g_autofree char *some = exchange_fixture_make_words ("r", 16);
  g_autofree char *others = exchange_fixture_make_words ("s", n_out - 16);
  WeirLease *lease;

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.in_flight = n_out;
  fixture->tick = 0;
  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, some);
  exchange_fixture_until (fixture, fixture->exchange->leases->len > 0);
  lease = g_ptr_array_index (fixture->exchange->leases, 0);
  exchange_fixture_until (fixture, lease->n_answered == 1);
  exchange_fixture_turn (fixture, span);
  exchange_fixture_give (fixture, others);
  exchange_fixture_until (fixture, lease->n_answered == 9);
  return lease;
}

static gint64
get_rest (const WeirLease *lease)
{
  return lease->process->rests_until - lease->exchange->now;
}

/* Three quarters of what is left, at 50 microseconds each. */
static void
test_rest (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  WeirLease *lease = get_nine_answers (fixture, "a", 17, 8 * 50000);

  g_assert_cmpint (get_rest (lease), ==, 6 * 50000);
  g_assert_cmpint (weir_exchange_get_next_time (fixture->exchange), ==,
                   lease->process->rests_until);
  exchange_fixture_turn (fixture, 6 * 50000 - 1);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpint (get_rest (lease), ==, 1);
  exchange_fixture_turn (fixture, 1);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpint (lease->process->rests_until, ==, WEIR_TIME_NEVER);
}

static void
test_rest_of_quick_answers (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  WeirLease *lease = get_nine_answers (fixture, "a", 80, 8 * 3000);

  g_assert_cmpint (lease->process->rests_until, ==, WEIR_TIME_NEVER);
}

/* However slow they are. */
static void
test_rest_by_time (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  WeirLease *lease = get_nine_answers (fixture, "a", 17, 8 * 600000);

  g_assert_cmpint (get_rest (lease), ==, 2500000);
}

/* Half a page for answers of 500 bytes. */
static void
test_rest_by_room (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *answer = g_strnfill (500, 'a');
  WeirLease *lease;

  fixture->options.pool.channel.pipe_size = 4096;
  lease = get_nine_answers (fixture, answer, 17, 8 * 50000);
  g_assert_cmpint (get_rest (lease), ==, 4 * 50000);
}

#define ADD(name, func) g_test_add_func ("/lease/" name, func)
#define ADD_BOTH(name, func)                                                                       \
  g_test_add_data_func ("/lease/" name " (frames)", NULL, func);                                   \
  g_test_add_data_func ("/lease/" name " (lines)", "lines", func)

static void
add_failures (void)
{
  ADD_BOTH ("only the record that its worker dies of fails", test_suspect);
  ADD ("a record is tried as often as it may be", test_attempts);
  ADD ("a unit is accepted when all of it is answered", test_unit_is_not_accepted_in_parts);
  ADD ("after a crash in mid-unit answers count one by one", test_units_after_a_crash);
  ADD ("some answers later units are of many again", test_units_grow_again_after_a_crash);
  ADD ("a surplus reply reaches no other record", test_surplus);
  ADD ("the beginning of a surplus reply reaches no other record", test_part_of_a_surplus);
  ADD ("a surplus answer of several lines reaches no other record", test_surplus_of_any);
  ADD ("a reply that does not come fails its record", test_missing_reply);
  ADD_BOTH ("half a reply fails its record", test_half);
  ADD ("garbage fails its record", test_garbage);
  ADD ("a reply to nothing fails its record", test_wrong_id);
  ADD ("a reply to what was answered before reaches no other record", test_stale);
  ADD ("what was answered before a fault stays answered", test_answers_before_a_fault);
  ADD ("an error reply fails its record and nobody else", test_error);
  ADD_BOTH ("a reply over the limit fails its record", test_long_reply);
  ADD ("a program that ends after each answer serves all", test_one_shot);
  ADD ("what a worker did not read before it ended is no fault", test_end_between_records);
  ADD ("a worker that ends before it has a record fails it", test_end_before_the_first_record);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_failures ();
  ADD_BOTH ("an answer has any number of outputs", test_outputs);
  ADD_BOTH ("an answer may be empty", test_empty);
  ADD_BOTH ("no worker is used more often than it may be", test_max_uses);
  ADD ("a worker that keeps its answers is told the end of its input", test_buffered);
  ADD ("no more records are out than may be in flight", test_in_flight);
  ADD ("what has expired is not sent", test_expired);
  ADD ("nobody looks for answers until most of the others should be there", test_rest);
  ADD ("answers that come quickly are looked for", test_rest_of_quick_answers);
  ADD ("answers are left in the pipe for a short time only", test_rest_by_time);
  ADD ("answers are left in the pipe as far as they fit", test_rest_by_room);
  ADD_BOTH ("a worker that is silent for too long is ended", test_timeout);
  return g_test_run ();
}
