/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-exchange-private.h"

G_BEGIN_DECLS

#define SECOND G_GINT64_CONSTANT (1000000000)

/* An exchange with workers that do what their records say (exchange-worker.c), on a test clock.
 * The options may be changed until it is opened. */
typedef struct
{
  WeirClock *clock;
  gint64 tick; /* nanoseconds that the clock is turned by with each step */
  WeirBufferPool *pool;
  WeirEmitter *emitter;

  WeirExchangeOptions options;
  const char *worker[5]; /* its arguments */
  gboolean echoes;       /* each answer begins with its record */
  const char *key;       /* an expression, or NULL */
  gint64 deadline;       /* of records; WEIR_TIME_NEVER */
  gint64 late_after;
  WeirExchange *exchange;

  guint n_given, n_back;
  GError *error;  /* of the last service */
  GString *seen;  /* what came back: "text", the outputs joined by "+", or "text!" failed, "text?"
                     late; spaces between */
  char *message;  /* why the last one failed */
  guint attempts; /* of the last one */
} ExchangeFixture;

/* One worker with frames, order keep, two retries. */
ExchangeFixture *exchange_fixture_new (void) G_GNUC_WARN_UNUSED_RESULT;
void exchange_fixture_free (ExchangeFixture *fixture);

void exchange_fixture_use_lines (ExchangeFixture *fixture, gboolean any_replies);
void exchange_fixture_open (ExchangeFixture *fixture);
/* A command of the test's own. */
void exchange_fixture_open_command (ExchangeFixture *fixture, const char *const *argv);
/* Holds a batch of the words. FALSE: there is no room. */
gboolean exchange_fixture_give (ExchangeFixture *fixture, const char *words);
void exchange_fixture_turn (ExchangeFixture *fixture, gint64 nanoseconds);
/* Waits a moment for the workers, then services. */
void exchange_fixture_step (ExchangeFixture *fixture, gboolean ending);
/* Until all that was given is back. @ending: nothing else will be given. */
void exchange_fixture_run (ExchangeFixture *fixture, gboolean ending);
/* Opens, gives, runs to the end, and compares what came back. */
void exchange_fixture_assert (ExchangeFixture *fixture, const char *words, const char *expected);
/* Why the last one failed has these words in it. */
void exchange_fixture_assert_message (ExchangeFixture *fixture, const char *words);
WeirProcessPoolStats exchange_fixture_get_stats (ExchangeFixture *fixture);
/* "PREFIX0 PREFIX1 …" */
char *exchange_fixture_make_words (const char *prefix, guint n) G_GNUC_WARN_UNUSED_RESULT;

#define exchange_fixture_until(fixture, condition)                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 give_up = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                                \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, give_up);                                     \
        exchange_fixture_step (fixture, FALSE);                                                    \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExchangeFixture, exchange_fixture_free)

G_END_DECLS
