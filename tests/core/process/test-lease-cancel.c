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

/* A worker that reads when there is a folder `go`, and then has a file `all`. */
static void
open_late_reader (ExchangeFixture *fixture, const char *folder)
{
  g_autofree char *script = g_strdup_printf (
      "cd %s; until rmdir go; do sleep 0.01; done 2>&-; head -c 300016 | tail -c "
      "300000 >part; mv part all; exec sleep 1000",
      folder);
  const char *const argv[] = { "sh", "-c", script, NULL };

  fixture->options.in_flight = 1;
  exchange_fixture_open_command (fixture, argv);
}

/* The room of the text has been given to another by then. */
static void
test_rest (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);
  g_autofree char *folder = g_dir_make_tmp ("weir-XXXXXX", NULL);
  g_autofree char *go = g_build_filename (folder, "go", NULL);
  g_autofree char *all = g_build_filename (folder, "all", NULL);
  g_autofree char *text = g_strnfill (300000, 'x');
  g_autofree char *other = g_strnfill (300000, '#');
  g_autofree char *got = NULL;

  open_late_reader (fixture, folder);
  give (fixture, text, 1);
  turn (fixture, SHORT + 1);
  g_assert_true (exchange_fixture_give (fixture, other));
  g_assert_cmpint (g_mkdir (go, 0700), ==, 0);
  exchange_fixture_until (fixture, g_file_get_contents (all, &got, NULL, NULL));
  g_assert_cmpstr (got, ==, text);
  g_unlink (all);
  g_rmdir (folder);
}

static void
test_end (void)
{
  g_autoptr (ExchangeFixture) fixture = fixture_new (NULL);
  gint64 begin;

  give (fixture, "hang0", 1);
  turn (fixture, SHORT + 1);
  begin = weir_clock_get_time (fixture->clock);
  fixture->tick = SECOND / 100;
  while (!weir_exchange_end (fixture->exchange))
    exchange_fixture_step (fixture, TRUE);
  g_assert_cmpint (weir_clock_get_time (fixture->clock) - begin, <, SECOND);
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
  ADD ("who waits behind it is not blamed for the timeout", test_timeout);
  ADD_BOTH ("what waits for a worker is late at its deadline too", test_queued);
  g_test_add_data_func ("/lease-cancel/it may be half written (frames)",
                        GINT_TO_POINTER (WEIR_FRAMING_FRAMES), test_unwritten);
  g_test_add_data_func ("/lease-cancel/it may be half written (shared memory)",
                        GINT_TO_POINTER (WEIR_FRAMING_SHARED_MEMORY), test_unwritten);
  ADD ("what is not written of it is written all the same", test_rest);
  ADD ("it does not hold the end up", test_end);
  return g_test_run ();
}
