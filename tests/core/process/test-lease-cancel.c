/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exchange-fixture.h"

#include <glib/gstdio.h>

#define SHORT (SECOND / 5)

/* Lateness matters; time passes only where the test turns the clock. */
static ExchangeFixture *
fixture_new (gconstpointer lines)
{
  ExchangeFixture *fixture = exchange_fixture_new ();

  if (lines != NULL)
    exchange_fixture_use_lines (fixture, FALSE);
  fixture->options.cancel_late = TRUE;
  fixture->deadline = SHORT;
  fixture->late_after = 0;
  fixture->tick = 0;
  return fixture;
}

static guint
count_out (const ExchangeFixture *fixture)
{
  guint n = 0;

  for (guint i = 0; i < fixture->exchange->leases->len; i++)
    n += weir_lease_count_out (g_ptr_array_index (fixture->exchange->leases, i));
  return n;
}

static guint
count_answered (const ExchangeFixture *fixture)
{
  return ((WeirLease *)g_ptr_array_index (fixture->exchange->leases, 0))->n_answered;
}

/* Until @n_out of them are out. */
static void
give (ExchangeFixture *fixture, const char *words, guint n_out)
{
  if (fixture->exchange == NULL)
    exchange_fixture_open (fixture);
  g_assert_true (exchange_fixture_give (fixture, words));
  exchange_fixture_until (fixture, count_out (fixture) == n_out);
}

static void
turn (ExchangeFixture *fixture, gint64 nanoseconds)
{
  exchange_fixture_turn (fixture, nanoseconds);
  fixture->late_after = weir_clock_get_time (fixture->clock);
  exchange_fixture_step (fixture, FALSE);
}

/* They are sent when their time is almost up. */
static void
give_late (ExchangeFixture *fixture, const char *words, guint n_out)
{
  g_assert_true (exchange_fixture_give (fixture, words));
  exchange_fixture_turn (fixture, SHORT);
  exchange_fixture_until (fixture, count_out (fixture) == n_out);
}

/* A worker in a folder of its own, that waits for the test in it. */
#define WAIT "until rmdir go; do sleep 0.01; done 2>&-; "

static char *
open_script (ExchangeFixture *fixture, guint in_flight, const char *script)
{
  char *folder = g_dir_make_tmp ("weir-XXXXXX", NULL);
  g_autofree char *text = g_strdup_printf ("cd %s; %s", folder, script);
  const char *const argv[] = { "sh", "-c", text, NULL };

  fixture->options.in_flight = in_flight;
  exchange_fixture_open_command (fixture, argv);
  return folder;
}

static void
let_go (ExchangeFixture *fixture, const char *folder)
{
  g_autofree char *go = g_build_filename (folder, "go", NULL);

  exchange_fixture_until (fixture, g_mkdir (go, 0700) == 0);
}

static void
test_late_at_its_deadline (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (lines);

  give (fixture, "hang0", 1);
  turn (fixture, SHORT);
  g_assert_cmpuint (fixture->n_back, ==, 0);
  g_assert_cmpint (weir_exchange_get_next_time (fixture->exchange), ==,
                   weir_clock_get_time (fixture->clock) + 1);
  turn (fixture, 1);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0?");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
  g_assert_cmpint (weir_exchange_get_next_time (fixture->exchange), >,
                   weir_clock_get_time (fixture->clock));
}

/* Nobody has asked for it, or late records go where the others go, or it has been late before. */
static void
test_only_where_lateness_matters (void)
{
  g_autoptr (ExchangeFixture) unasked = fixture_new (NULL);
  g_autoptr (ExchangeFixture) delivered = fixture_new (NULL);

  unasked->options.cancel_late = FALSE;
  delivered->late_after = G_MININT64;
  give (unasked, "hang0", 1);
  give (delivered, "hang0", 1);
  turn (unasked, SHORT + 1);
  exchange_fixture_turn (delivered, SHORT + 1);
  exchange_fixture_step (delivered, FALSE);
  g_assert_cmpuint (unasked->n_back + delivered->n_back, ==, 0);
}

static void
test_mates (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");

  fixture->options.retries = 0;
  exchange_fixture_open (fixture);
  exchange_fixture_give (fixture, "hang0");
  fixture->deadline = 10 * SHORT;
  give (fixture, "r1 r2", 3);
  turn (fixture, SHORT + 1);
  exchange_fixture_run (fixture, FALSE);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0? r1 r2");
  g_assert_cmpuint (fixture->attempts, ==, 0);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_recycled, ==, 1);
}

/* One that heeds neither the end of its input nor TERM. */
static void
test_ladder (void)
{
  const char *const argv[] = { "sh", "-c", "trap '' TERM; while :; do sleep 1000; done", NULL };
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");

  exchange_fixture_open_command (fixture, argv);
  give (fixture, "r0", 1);
  turn (fixture, SHORT + 1);
  g_assert_cmpstr (fixture->seen->str, ==, "r0?");
  fixture->tick = SECOND / 50;
  exchange_fixture_until (fixture, exchange_fixture_get_stats (fixture).n_started == 2);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
  g_assert_false (exchange_fixture_get_stats (fixture).tripped);
}

/* The worker of the first record lives on, and then answers that one. */
static void
test_late_answer (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);

  fixture->options.order = WEIR_ORDER_FREE;
  give (fixture, "swallow0", 1);
  turn (fixture, SHORT + 1);
  g_assert_cmpuint (count_out (fixture), ==, 1);
  g_assert_true (exchange_fixture_give (fixture, "stale1"));
  exchange_fixture_until (fixture, count_out (fixture) == 1);
  g_assert_true (exchange_fixture_give (fixture, "r2"));
  exchange_fixture_until (fixture, fixture->n_back == 2);
  turn (fixture, SHORT + 1);
  g_assert_cmpstr (fixture->seen->str, ==, "swallow0? r2 stale1?");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_started, ==, 1);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
}

static void
test_late_start (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");
  g_autofree char *folder = open_script (fixture, 1, WAIT "exec cat");

  give_late (fixture, "r0", 1);
  turn (fixture, 1);
  g_assert_cmpstr (fixture->seen->str, ==, "r0?");
  g_assert_cmpuint (count_out (fixture), ==, 1);
  g_assert_true (exchange_fixture_give (fixture, "r1"));
  let_go (fixture, folder);
  exchange_fixture_until (fixture, fixture->n_back == 2);
  g_assert_cmpstr (fixture->seen->str, ==, "r0? r1");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_started, ==, 1);
  g_rmdir (folder);
}

static void
test_silence (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");
  g_autofree char *folder = open_script (fixture, 1, WAIT "exec cat");

  give_late (fixture, "r0", 1);
  turn (fixture, 1);
  turn (fixture, SHORT - 2);
  g_assert_cmpuint (count_out (fixture), ==, 1);
  g_assert_cmpint (weir_exchange_get_next_time (fixture->exchange), ==,
                   weir_clock_get_time (fixture->clock) + 1);
  turn (fixture, 1);
  g_assert_cmpuint (count_out (fixture), ==, 0);
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_crashed, ==, 0);
  g_rmdir (folder);
}

static void
test_slow_unit (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");
  g_autofree char *folder
      = open_script (fixture, 3, "while read -r line; do " WAIT "echo $line; done");

  give (fixture, "r0 r1 r2", 3);
  turn (fixture, SHORT / 2);
  let_go (fixture, folder);
  exchange_fixture_until (fixture, count_answered (fixture) == 1);
  turn (fixture, SHORT / 2 + 1);
  g_assert_cmpstr (fixture->seen->str, ==, "r0? r1? r2?");
  g_assert_cmpuint (fixture->exchange->n_singles, ==, WEIR_EXCHANGE_SINGLES);
  g_assert_true (exchange_fixture_give (fixture, "r3"));
  for (guint i = 0; i < 3; i++)
    let_go (fixture, folder);
  exchange_fixture_until (fixture, fixture->n_back == 4);
  g_assert_cmpstr (fixture->seen->str, ==, "r0? r1? r2? r3");
  g_assert_cmpuint (exchange_fixture_get_stats (fixture).n_started, ==, 1);
  g_rmdir (folder);
}

/* It has answered the cancelled one, and dies over the next. */
static void
test_suspect (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new ("lines");
  g_autofree char *folder = NULL;

  fixture->options.retries = 0;
  folder = open_script (fixture, 2, WAIT "echo answer; kill -9 $$");
  g_assert_true (exchange_fixture_give (fixture, "r0"));
  fixture->deadline = 10 * SHORT;
  give_late (fixture, "r1", 2);
  turn (fixture, 1);
  let_go (fixture, folder);
  exchange_fixture_until (fixture, fixture->n_back == 2);
  g_assert_cmpstr (fixture->seen->str, ==, "r0? r1!");
  g_rmdir (folder);
}

/* One that hangs is ended all the same, and what waits behind the cancelled record is not blamed.
 */
static void
test_timeout (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);

  fixture->options.retries = 0;
  give (fixture, "hang0", 1);
  fixture->deadline = 100 * SECOND;
  give (fixture, "r1", 2);
  turn (fixture, SHORT + 1);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0?");
  turn (fixture, fixture->options.timeout);
  turn (fixture, SECOND);
  exchange_fixture_until (fixture, fixture->n_back == 2);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0? r1");
  g_assert_cmpuint (fixture->attempts, ==, 0);
}

static void
test_queued (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (lines);

  fixture->options.in_flight = 1;
  give (fixture, "hang0 r1 r2", 1);
  turn (fixture, SHORT + 1);
  g_assert_cmpstr (fixture->seen->str, ==, "hang0? r1? r2?");
}

/* It reads nothing, and the pipe is full. */
static void
test_unwritten (gconstpointer framing)
{
  const char *const argv[] = { "sleep", "1000", NULL };
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);
  g_autofree char *text = g_strnfill (300000, 'x');

  fixture->options.pool.channel.framing = GPOINTER_TO_INT (framing);
  fixture->options.pool.channel.pipe_size = 4096;
  fixture->options.timeout = SECOND;
  exchange_fixture_open_command (fixture, argv);
  give (fixture, text, 1);
  turn (fixture, SHORT + 1);
  g_assert_cmpuint (fixture->n_back, ==, 1);
  g_assert_cmpuint (count_out (fixture), ==, 1);
  turn (fixture, SECOND);
  exchange_fixture_until (fixture, count_out (fixture) == 0);
}

/* Reads so much when it may, and then has a file `all` of the last 300000 bytes. */
#define READ(size) WAIT "head -c " size " | tail -c 300000 >part; mv part all; exec sleep 1000"

/* The room of the text has been given to another by then. */
static void
test_rest (gconstpointer lines)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (lines);
  g_autofree char *folder
      = open_script (fixture, 1, lines != NULL ? READ ("300000") : READ ("300016"));
  g_autofree char *all = g_build_filename (folder, "all", NULL);
  g_autofree char *text = g_strnfill (300000, 'x');
  g_autofree char *other = g_strnfill (300000, '#');
  g_autofree char *got = NULL;

  give_late (fixture, text, 1);
  turn (fixture, 1);
  g_assert_true (exchange_fixture_give (fixture, other));
  let_go (fixture, folder);
  exchange_fixture_until (fixture, g_file_get_contents (all, &got, NULL, NULL));
  g_assert_cmpstr (got, ==, text);
  g_unlink (all);
  g_rmdir (folder);
}

static void
test_end (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);

  give (fixture, "hang0", 1);
  turn (fixture, SHORT + 1);
  g_assert_false (weir_exchange_end (fixture->exchange));
  exchange_fixture_turn (fixture, SECOND / 2);
  while (!weir_exchange_end (fixture->exchange))
    exchange_fixture_step (fixture, TRUE);
}

#define ADD(name, func) g_test_add_func ("/lease-cancel/" name, func)
#define ADD_BOTH(name, func)                                                                       \
  g_test_add_data_func ("/lease-cancel/" name " (frames)", NULL, func);                            \
  g_test_add_data_func ("/lease-cancel/" name " (lines)", "lines", func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_BOTH ("a record that is out is late at its deadline", test_late_at_its_deadline);
  ADD ("nothing is cancelled unless lateness matters", test_only_where_lateness_matters);
  ADD ("its mates are sent to another worker without prejudice", test_mates);
  ADD ("its worker is ended by the ladder, and that is no crash", test_ladder);
  ADD ("its answer reaches no other record when it comes", test_late_answer);
  ADD ("a worker that has not had it for long goes on", test_late_start);
  ADD ("a worker that is silent for as long as the record had is ended", test_silence);
  ADD ("a worker that answers is not ended", test_slow_unit);
  ADD ("who follows it is blamed for what comes behind its answer", test_suspect);
  ADD ("who waits behind it is not blamed for the timeout", test_timeout);
  ADD_BOTH ("what waits for a worker is late at its deadline too", test_queued);
  g_test_add_data_func ("/lease-cancel/it may be half written (frames)",
                        GINT_TO_POINTER (WEIR_FRAMING_FRAMES), test_unwritten);
  g_test_add_data_func ("/lease-cancel/it may be half written (shared memory)",
                        GINT_TO_POINTER (WEIR_FRAMING_SHARED_MEMORY), test_unwritten);
  ADD_BOTH ("what is not written of it is written all the same", test_rest);
  ADD ("it does not hold the end up", test_end);
  return g_test_run ();
}
