/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exchange-fixture.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 50

ExchangeFixture *
exchange_fixture_new (void)
{
  ExchangeFixture *fixture = g_new0 (ExchangeFixture, 1);

  alarm (WATCHDOG_SECONDS);
  fixture->clock = weir_test_clock_new ();
  fixture->tick = SECOND / 1000;
  fixture->pool = weir_buffer_pool_new (1 << 20);
  fixture->emitter = weir_emitter_new ();
  fixture->deadline = WEIR_TIME_NEVER;
  fixture->late_after = G_MININT64;
  fixture->seen = g_string_new (NULL);
  fixture->worker[1] = "frames";
  fixture->options = (WeirExchangeOptions){
    .pool = { .min = 1,
              .max = 1,
              .idle_timeout = 60 * SECOND,
              .restart_delay = SECOND / 1000,
              .start_timeout = 10 * SECOND,
              .patience = SECOND,
              .channel = { .framing = WEIR_FRAMING_FRAMES, .max_reply = 1 << 16 } },
    .timeout = 30 * SECOND,
    .retries = 2,
  };
  return fixture;
}

void
exchange_fixture_free (ExchangeFixture *fixture)
{
  g_clear_pointer (&fixture->exchange, weir_exchange_free);
  weir_emitter_unref (fixture->emitter);
  weir_buffer_pool_unref (fixture->pool);
  g_object_unref (fixture->clock);
  g_clear_error (&fixture->error);
  g_string_free (fixture->seen, TRUE);
  g_free (fixture->message);
  g_free (fixture);
  alarm (0);
}

void
exchange_fixture_use_lines (ExchangeFixture *fixture, gboolean any_replies)
{
  fixture->options.pool.channel.framing = WEIR_FRAMING_LINES;
  fixture->options.pool.channel.any_replies = any_replies;
  fixture->worker[1] = any_replies ? "any" : "lines";
}

void
exchange_fixture_open_command (ExchangeFixture *fixture, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirCommand) command = weir_command_new (argv);
  g_autoptr (WeirExpression) key = NULL;

  if (fixture->key != NULL)
    key = weir_expression_new (fixture->key, &error);
  g_assert_no_error (error);
  weir_command_seal (command);
  fixture->exchange = weir_exchange_new (&fixture->options, command, key, fixture->clock, &error);
  g_assert_no_error (error);
}

/* The worker is built beside this test: core/process/ from where the tests are. */
void
exchange_fixture_open (ExchangeFixture *fixture)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);
  g_autofree char *worker = g_build_filename (folder, "core", "process", "exchange-worker", NULL);

  fixture->worker[0] = worker;
  exchange_fixture_open_command (fixture, fixture->worker);
  fixture->worker[0] = NULL;
}

gboolean
exchange_fixture_give (ExchangeFixture *fixture, const char *words)
{
  g_auto (GStrv) texts = g_strsplit (words, " ", -1);
  WeirEmitter *emitter = fixture->emitter;
  WeirBatch *batch;

  emitter->deadline_span = fixture->deadline;
  weir_emitter_open (emitter, weir_batch_new (fixture->pool), weir_clock_get_time (fixture->clock));
  for (guint i = 0; texts[i] != NULL; i++)
    weir_emitter_emit_text (emitter, texts[i], -1);
  batch = weir_emitter_close (emitter);
  if (weir_exchange_hold (fixture->exchange, batch))
    {
      fixture->n_given += g_strv_length (texts);
      return TRUE;
    }
  weir_batch_free (batch);
  return FALSE;
}

void
exchange_fixture_turn (ExchangeFixture *fixture, gint64 nanoseconds)
{
  weir_test_clock_advance (WEIR_TEST_CLOCK (fixture->clock), nanoseconds);
}

static void
append_outputs (GString *seen, const WeirTask *task)
{
  if (task->output.text != NULL)
    g_string_append_len (seen, task->output.text, task->output.length);
  for (guint i = 0; task->outputs != NULL && i < task->outputs->len; i++)
    {
      const WeirOutputText *output = &g_array_index (task->outputs, WeirOutputText, i);

      g_string_append_c (seen, '+');
      g_string_append_len (seen, output->text, output->length);
    }
}

static void
note (ExchangeFixture *fixture, const WeirTask *task)
{
  const WeirRecord *record = task->record;

  if (fixture->seen->len > 0)
    g_string_append_c (fixture->seen, ' ');
  fixture->attempts = record->attempts;
  if (record->verdict == WEIR_VERDICT_PASS)
    {
      if (fixture->echoes)
        g_assert_cmpmem (task->output.text, task->output.length, record->text, record->length);
      append_outputs (fixture->seen, task);
      return;
    }
  g_string_append_len (fixture->seen, record->text, record->length);
  g_string_append_c (fixture->seen, record->verdict == WEIR_VERDICT_LATE ? '?' : '!');
  g_free (fixture->message);
  fixture->message = g_strdup (weir_batch_get_message (record->batch, record));
}

static void
take_back (ExchangeFixture *fixture)
{
  WeirTask *task;
  WeirBatch *batch;

  while ((task = weir_exchange_peek (fixture->exchange)) != NULL)
    {
      fixture->n_back++;
      note (fixture, task);
      weir_exchange_pop (fixture->exchange, &batch);
      g_clear_pointer (&batch, weir_batch_free);
    }
}

/* To when it has something to do, if it waits for no worker. */
static void
pass_time (ExchangeFixture *fixture)
{
  gint64 next = weir_exchange_get_next_time (fixture->exchange);
  gint64 now = weir_clock_get_time (fixture->clock);
  gboolean jumps = fixture->tick > 0 && fixture->exchange->leases->len == 0 && next > now;

  exchange_fixture_turn (fixture, jumps && next < WEIR_TIME_NEVER ? next - now : fixture->tick);
}

void
exchange_fixture_step (ExchangeFixture *fixture, gboolean ending)
{
  struct pollfd fd = { weir_exchange_get_fd (fixture->exchange), POLLIN, 0 };
  gboolean due
      = weir_exchange_get_next_time (fixture->exchange) <= weir_clock_get_time (fixture->clock);

  if (poll (&fd, 1, due ? 0 : 1) == 0)
    pass_time (fixture);
  g_clear_error (&fixture->error);
  weir_exchange_service (fixture->exchange, fixture->late_after, ending, &fixture->error);
  take_back (fixture);
}

void
exchange_fixture_run (ExchangeFixture *fixture, gboolean ending)
{
  gint64 give_up = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (fixture->n_back < fixture->n_given)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, give_up);
      exchange_fixture_step (fixture, ending);
    }
  g_assert_cmpuint (fixture->n_back, ==, fixture->n_given);
  g_assert_cmpuint (fixture->exchange->n_held, ==, 0);
  g_assert_cmpuint (fixture->exchange->n_queued, ==, 0);
  g_assert_cmpuint (fixture->exchange->pinned, ==, 0);
}

void
exchange_fixture_assert (ExchangeFixture *fixture, const char *words, const char *expected)
{
  exchange_fixture_open (fixture);
  g_assert_true (exchange_fixture_give (fixture, words));
  exchange_fixture_run (fixture, TRUE);
  g_assert_cmpstr (fixture->seen->str, ==, expected);
}

void
exchange_fixture_assert_message (ExchangeFixture *fixture, const char *words)
{
  g_assert_nonnull (fixture->message);
  if (strstr (fixture->message, words) == NULL)
    g_error ("\"%s\" is not in \"%s\"", words, fixture->message);
}

WeirProcessPoolStats
exchange_fixture_get_stats (ExchangeFixture *fixture)
{
  WeirProcessPoolStats stats;

  weir_process_pool_get_stats (fixture->exchange->pool, &stats);
  return stats;
}

char *
exchange_fixture_make_words (const char *prefix, guint n)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (words, "%s%s%u", i > 0 ? " " : "", prefix, i);
  return g_string_free (words, FALSE);
}
