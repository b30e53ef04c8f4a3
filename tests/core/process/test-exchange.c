/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "exchange-fixture.h"

#define PLAIN               "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9"
#define KEYED(key, n, deed) "{\"k\":" #key ",\"n\":" #n deed "}"

static void
assert_message (ExchangeFixture *fixture, const char *words)
{
  g_assert_nonnull (fixture->message);
  if (strstr (fixture->message, words) == NULL)
    g_error ("\"%s\" is not in \"%s\"", words, fixture->message);
}

static WeirProcessPoolStats
get_stats (ExchangeFixture *fixture)
{
  WeirProcessPoolStats stats;

  weir_process_pool_get_stats (fixture->exchange->pool, &stats);
  return stats;
}

/* "PREFIX0 PREFIX1 …" */
static char *
make_words (const char *prefix, guint n)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (words, "%s%s%u", i > 0 ? " " : "", prefix, i);
  return g_string_free (words, FALSE);
}

/* Order -------------------------------------------------------------------------------------- */

static void
test_keep (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = make_words ("r", 500);

  fixture->worker[2] = "shuffled";
  fixture->options.pool.min = fixture->options.pool.max = 3;
  exchange_fixture_assert (fixture, words, words);
}

static void
test_keep_with_crashes (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->worker[2] = "shuffled";
  fixture->options.pool.min = fixture->options.pool.max = 2;
  exchange_fixture_assert (fixture, "r0 r1 crash2 r3 r4 crash5 r6 r7 r8 r9",
                           "r0 r1 crash2! r3 r4 crash5! r6 r7 r8 r9");
}

/* One of two workers is silent about the second record; what is there until it is ended? */
static char *
see_beside_silence (WeirOrder order, const char *key, const char *words, guint n_others)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.pool.min = fixture->options.pool.max = 2;
  fixture->options.in_flight = 1;
  fixture->options.retries = 0;
  fixture->options.order = order;
  fixture->key = key;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, words);
  exchange_fixture_until (fixture,
                          fixture->exchange->n_queued == 0 && get_stats (fixture).n_acquired == 1);
  g_assert_cmpuint (fixture->n_back, ==, n_others);
  g_string_append (fixture->seen, " |");
  exchange_fixture_turn (fixture, fixture->options.timeout + 1);
  exchange_fixture_run (fixture, TRUE);
  return g_strdup (fixture->seen->str);
}

static void
test_keep_waits (void)
{
  g_autofree char *seen = see_beside_silence (WEIR_ORDER_KEEP, NULL, "r0 hang1 r2 r3", 1);

  g_assert_cmpstr (seen, ==, "r0 | hang1! r2 r3");
}

static void
test_free (void)
{
  g_autofree char *seen = see_beside_silence (WEIR_ORDER_FREE, NULL, "r0 hang1 r2 r3", 3);

  g_assert_cmpstr (seen, ==, "r0 r2 r3 | hang1!");
}

static void
test_key (void)
{
  static const char hang[] = KEYED (2, 1, ",\"hang\":1");
  g_autofree char *words = g_strjoin (" ", KEYED (1, 0, ""), hang, KEYED (1, 2, ""),
                                      KEYED (2, 3, ""), KEYED (1, 4, ""), NULL);
  g_autofree char *seen = see_beside_silence (WEIR_ORDER_KEY, ".k", words, 3);
  g_autofree char *expected
      = g_strconcat (KEYED (1, 0, "") " " KEYED (1, 2, "") " " KEYED (1, 4, "") " | ", hang, "! ",
                     KEYED (2, 3, ""), NULL);

  g_assert_cmpstr (seen, ==, expected);
}

static void
test_no_key (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.order = WEIR_ORDER_KEY;
  fixture->key = ".k | error(\"no key\")";
  exchange_fixture_assert (fixture, "{\"k\":1}", "{\"k\":1}!");
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 0);
}

/* Failures ----------------------------------------------------------------------------------- */

static void
test_suspect (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 r1 crash2 r3 crash4 r5", "r0 r1 crash2! r3 crash4! r5");
  assert_message (fixture, "signal 9");
  g_assert_cmpuint (get_stats (fixture).n_crashed, >=, 6);
}

static void
test_attempts (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 4;
  exchange_fixture_assert (fixture, "crash0", "crash0!");
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 5);
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

static void
test_surplus (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  exchange_fixture_assert (fixture, "r0 twice1 r2 r3", "r0 twice1! r2 r3");
  assert_message (fixture, "a reply too many");
}

static void
test_part_of_a_surplus (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.in_flight = 1;
  exchange_fixture_assert (fixture, "r0 trail1 r2", "r0 trail1! r2");
  assert_message (fixture, "a reply too many");
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
  assert_message (fixture, "impossible length");
}

static void
test_wrong_id (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, "r0 wrong1 r2", "r0 wrong1! r2");
  assert_message (fixture, "what it was not asked");
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
  g_assert_cmpuint (get_stats (fixture).n_idle, ==, 1);
  exchange_fixture_give (fixture, "stale1 r2");
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0 stale1! r2");
  assert_message (fixture, "what it was not asked");
}

/* The answers before the fault are kept, and the one that did it is to blame each time. */
static void
test_answers_before_a_fault (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  fixture->options.retries = 0;
  exchange_fixture_assert (fixture, "r0 wrong1 r2 wrong3 r4", "r0 wrong1! r2 wrong3! r4");
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 2);
}

static void
test_error (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, "r0 error1 r2", "r0 error1! r2");
  g_assert_cmpstr (fixture->message, ==, "no thanks");
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 0);
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
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 0);
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

/* Answers ------------------------------------------------------------------------------------ */

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

/* Uses, windows ------------------------------------------------------------------------------ */

static void
test_max_uses (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = make_words ("count", 60);
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
  g_autofree char *words = make_words ("r", 300);

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

/* Time --------------------------------------------------------------------------------------- */

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
  exchange_fixture_until (fixture, get_stats (fixture).n_acquired == 1);
  exchange_fixture_turn (fixture, fixture->options.timeout);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpuint (fixture->n_back, ==, 0);
  exchange_fixture_turn (fixture, 1);
  exchange_fixture_step (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0!");
  assert_message (fixture, "no answer within 30000 ms");
}

/* Bounds ------------------------------------------------------------------------------------- */

static void
test_bound_of_records (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = make_words ("r", 1024);

  exchange_fixture_open (fixture);
  g_assert_true (exchange_fixture_give (fixture, words));
  g_assert_true (exchange_fixture_give (fixture, words));
  g_assert_false (exchange_fixture_give (fixture, "r0"));
  exchange_fixture_run (fixture, FALSE);
  g_assert_true (exchange_fixture_give (fixture, "r0"));
}

static void
test_bound_of_bytes (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *word = g_strnfill (6 << 20, 'x');

  fixture->options.pool.channel.max_reply = 8 << 20;
  exchange_fixture_open (fixture);
  for (guint i = 0; i < 3; i++)
    g_assert_true (exchange_fixture_give (fixture, word));
  g_assert_false (exchange_fixture_give (fixture, "r0"));
  exchange_fixture_until (fixture, exchange_fixture_give (fixture, "r0"));
  exchange_fixture_run (fixture, TRUE);
}

/* Ends --------------------------------------------------------------------------------------- */

static void
test_hopeless (void)
{
  static const char *const argv[] = { "/nowhere/at/all", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, "r0 r1");
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0! r1!");
  assert_message (fixture, "/nowhere/at/all");
  g_assert_nonnull (fixture->error);
  exchange_fixture_give (fixture, "r2");
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0! r1! r2!");
}

/* The engine services no stage that is broken. */
static void
test_hopeless_end (void)
{
  static const char *const argv[] = { "/nowhere/at/all", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  gint64 give_up = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  fixture->options.pool.min = fixture->options.pool.max = 8;
  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, "r0 r1");
  exchange_fixture_run (fixture, FALSE);
  while (!weir_exchange_end (fixture->exchange))
    g_assert_cmpint (g_get_monotonic_time (), <, give_up);
}

static void
test_end (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_assert (fixture, PLAIN, PLAIN);
  while (!weir_exchange_end (fixture->exchange))
    exchange_fixture_step (fixture, TRUE);
  g_assert_cmpuint (get_stats (fixture).n_processes, ==, 0);
  g_assert_cmpuint (get_stats (fixture).n_crashed, ==, 0);
}

/* Queued, out, answered, settled: whatever there is goes with it. */
static void
test_free_midway (gconstpointer lines)
{
  for (guint n_steps = 0; n_steps < 12; n_steps++)
    {
      g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

      if (lines != NULL)
        exchange_fixture_use_lines (fixture, TRUE);
      fixture->options.in_flight = 4;
      exchange_fixture_open (fixture);
      exchange_fixture_give (fixture, "three r1 crash2 three");
      exchange_fixture_give (fixture, "three hang1 three r3");
      for (guint i = 0; i < n_steps; i++)
        exchange_fixture_step (fixture, FALSE);
    }
}

/* By lot ------------------------------------------------------------------------------------- */

typedef struct
{
  guint32 seed;
  GRand *rand;
  gboolean frames;
  WeirOrder order;
  guint next;       /* number of the record to be given */
  GPtrArray *deeds; /* by number: "", or what it does */
} Lot;

static const char *const good_deeds[] = { "", "three", NULL };

/* With lines a surplus reply and one that is lost in a crash make it even: so one or the other. */
static const char *
draw_deed (const Lot *lot)
{
  static const char *const deeds[]
      = { "twice", "half", "flaky", "crash", "three", "wrong", "garbage", "error" };
  gboolean surplus = lot->seed % 2 == 0;
  guint from = !lot->frames && surplus ? 0 : 1;
  guint to = lot->frames ? G_N_ELEMENTS (deeds) : surplus ? 2 : 4;

  return g_rand_int_range (lot->rand, 0, 8) > 0 ? ""
                                                : deeds[g_rand_int_range (lot->rand, from, to)];
}

static void
draw_options (ExchangeFixture *fixture, Lot *lot)
{
  static const guint in_flights[] = { 0, 0, 1, 5, 40 };

  fixture->options.pool.max = g_rand_int_range (lot->rand, 1, 4);
  fixture->options.pool.min = g_rand_int_range (lot->rand, 0, fixture->options.pool.max + 1);
  fixture->options.pool.max_uses = g_rand_boolean (lot->rand) ? 0 : 50;
  fixture->options.in_flight = in_flights[g_rand_int_range (lot->rand, 0, 5)];
  fixture->options.batch_size = g_rand_boolean (lot->rand) ? 0 : 10;
  fixture->options.order = lot->order = g_rand_int_range (lot->rand, 0, 3);
  fixture->key = lot->order == WEIR_ORDER_KEY ? ".k" : NULL;
  fixture->worker[2] = "shuffled";
  lot->frames = g_rand_boolean (lot->rand);
  if (lot->frames)
    return;
  exchange_fixture_use_lines (fixture, FALSE);
  fixture->worker[2] = NULL;
}

static void
give_lot (ExchangeFixture *fixture, Lot *lot)
{
  guint n = g_rand_int_range (lot->rand, 1, 40);
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      const char *deed = draw_deed (lot);

      g_ptr_array_add (lot->deeds, (gpointer)deed);
      g_string_append_printf (words, "%s{\"k\":%d,\"n\":%u,\"do\":\"%s\"}", i > 0 ? " " : "",
                              g_rand_int_range (lot->rand, 0, 4), lot->next++, deed);
    }
  g_assert_true (exchange_fixture_give (fixture, words->str));
}

static gboolean
may_come_back_as (const char *deed, gboolean failed)
{
  return g_str_equal (deed, "flaky") || failed == !g_strv_contains (good_deeds, deed);
}

/* Each record once, as its deed allows, and those of a lane in the order in which they came. */
static void
assert_lot (const ExchangeFixture *fixture, const Lot *lot)
{
  g_auto (GStrv) words = g_strsplit (fixture->seen->str, " ", -1);
  gint64 last[4] = { -1, -1, -1, -1 };
  g_autofree gboolean *seen = g_new0 (gboolean, lot->next);

  g_assert_cmpuint (g_strv_length (words), ==, lot->next);
  for (guint i = 0; words[i] != NULL; i++)
    {
      guint k = 0, n = 0;

      g_assert_cmpint (sscanf (words[i], "{\"k\":%u,\"n\":%u", &k, &n), ==, 2);
      g_assert_true (n < lot->next && k < 4 && !seen[n]);
      seen[n] = TRUE;
      if (!may_come_back_as (lot->deeds->pdata[n], g_str_has_suffix (words[i], "!")))
        g_error ("%s: %s", words[i], fixture->message);
      k = lot->order == WEIR_ORDER_KEEP ? 0 : k;
      g_assert_true (lot->order == WEIR_ORDER_FREE || last[k] < (gint64)n);
      last[k] = n;
    }
}

static void
run_lot (guint32 seed, guint n_rounds)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autoptr (GPtrArray) deeds = g_ptr_array_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Lot lot = { .seed = seed, .rand = rand, .deeds = deeds };

  g_test_message ("seed %u", seed);
  fixture->echoes = TRUE;
  draw_options (fixture, &lot);
  exchange_fixture_open (fixture);
  for (guint i = 0; i < n_rounds; i++)
    {
      give_lot (fixture, &lot);
      for (gint n = g_rand_int_range (rand, 0, 20); n > 0; n--)
        exchange_fixture_step (fixture, FALSE);
    }
  exchange_fixture_run (fixture, TRUE);
  assert_lot (fixture, &lot);
}

static void
test_by_lot (void)
{
  for (guint32 seed = 1; seed <= 50; seed++)
    run_lot (seed, 4);
}

#define ADD(name, func) g_test_add_func ("/exchange/" name, func)
#define ADD_BOTH(name, func)                                                                       \
  g_test_add_data_func ("/exchange/" name " (frames)", NULL, func);                                \
  g_test_add_data_func ("/exchange/" name " (lines)", "lines", func)

static void
add_failures (void)
{
  ADD_BOTH ("only the record that its worker dies of fails", test_suspect);
  ADD ("a record is tried as often as it may be", test_attempts);
  ADD ("a unit is accepted when all of it is answered", test_unit_is_not_accepted_in_parts);
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
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("records come back in the order in which they came", test_keep);
  ADD ("the order is kept when workers die", test_keep_with_crashes);
  ADD ("with order keep all wait for the first", test_keep_waits);
  ADD ("with order free nobody waits", test_free);
  ADD ("with order key those of the same key wait", test_key);
  ADD ("a record without a key fails and is not sent", test_no_key);
  add_failures ();
  ADD_BOTH ("an answer has any number of outputs", test_outputs);
  ADD_BOTH ("an answer may be empty", test_empty);
  ADD_BOTH ("no worker is used more often than it may be", test_max_uses);
  ADD ("a worker that keeps its answers is told the end of its input", test_buffered);
  ADD ("no more records are out than may be in flight", test_in_flight);
  ADD ("what has expired is not sent", test_expired);
  ADD_BOTH ("a worker that is silent for too long is ended", test_timeout);
  ADD ("so many records are held and no more", test_bound_of_records);
  ADD ("so many bytes are held and no more", test_bound_of_bytes);
  ADD ("a command that cannot be started fails all", test_hopeless);
  ADD ("the end comes without another service when there is no hope", test_hopeless_end);
  ADD ("workers end when there is no more to come", test_end);
  ADD_BOTH ("it can be freed with records out", test_free_midway);
  ADD ("each record has one outcome, in its lane's order, whatever happens", test_by_lot);
  return g_test_run ();
}
