/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "exchange-fixture.h"

#define PLAIN               "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9"
#define KEYED(key, n, deed) "{\"k\":" #key ",\"n\":" #n deed "}"

/* Order ---------------------------------------------------------------------------------------- */

static void
test_keep (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = exchange_fixture_make_words ("r", 500);

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
  exchange_fixture_until (fixture, fixture->exchange->n_queued == 0
                                       && exchange_fixture_get_stats (fixture).n_acquired == 1);
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
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
}

/* Bounds --------------------------------------------------------------------------------------- */

static void
test_bound_of_records (void)
{
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();
  g_autofree char *words = exchange_fixture_make_words ("r", 1024);

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

/* Ends ----------------------------------------------------------------------------------------- */

static void
test_hopeless (void)
{
  static const char *const argv[] = { "/nowhere/at/all", NULL };
  g_autoptr (ExchangeFixture) fixture = exchange_fixture_new ();

  exchange_fixture_open_command (fixture, argv);
  exchange_fixture_give (fixture, "r0 r1");
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "r0! r1!");
  exchange_fixture_assert_message (fixture, "/nowhere/at/all");
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
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_processes, ==, 0);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
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

/* By lot --------------------------------------------------------------------------------------- */

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
  ADD ("so many records are held and no more", test_bound_of_records);
  ADD ("so many bytes are held and no more", test_bound_of_bytes);
  ADD ("a command that cannot be started fails all", test_hopeless);
  ADD ("the end comes without another service when there is no hope", test_hopeless_end);
  ADD ("workers end when there is no more to come", test_end);
  ADD_BOTH ("it can be freed with records out", test_free_midway);
  ADD ("each record has one outcome, in its lane's order, whatever happens", test_by_lot);
  return g_test_run ();
}
