/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of the stages share that ask worker processes. */

#include "test-plugin.h"

/* A stage with a command: a JSON list of strings, or a string for the shell. @more: "" or ", …" */
static inline WeirHarness *
make_exec (const char *type, const char *command, const char *more)
{
  const char *shell = command[0] == '[' ? "" : ", \"shell\": true";
  const char *quote = command[0] == '[' ? "" : "\"";
  g_autofree char *options
      = g_strdup_printf ("{\"command\": %s%s%s%s%s}", quote, command, quote, shell, more);

  return make (type, options);
}

/* What left by a port, with spaces between. */
static inline char *
pull_all (WeirHarness *harness, const char *port)
{
  GString *all = g_string_new (NULL);
  char *text;

  while ((text = weir_harness_pull (harness, port)) != NULL)
    {
      g_string_append_printf (all, "%s%s", all->len > 0 ? " " : "", text);
      g_free (text);
    }
  return g_string_free (all, FALSE);
}

static inline void
assert_all (WeirHarness *harness, const char *port, const char *expected)
{
  g_autofree char *all = pull_all (harness, port);

  g_assert_cmpstr (all, ==, expected);
}

static inline void
push_words (WeirHarness *harness, const char *words)
{
  g_auto (GStrv) texts = g_strsplit (words, " ", -1);

  push_all (harness, (const char *const *)texts);
}

/* Turns the clock, for the pauses between starts, until nothing is in flight. */
static inline void
turn_until_settled (WeirHarness *harness)
{
  gint64 give_up = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  gint64 n_left = -1;

  while (n_left != 0)
    {
      g_autofree char *report = weir_harness_get_report (harness);
      g_autoptr (WeirRecord) record = weir_record_new (report, -1);

      g_assert_cmpint (g_get_monotonic_time (), <, give_up);
      g_assert_true (weir_record_get_int64 (record, ".records.in_flight", &n_left));
      weir_harness_advance (harness, 1000000);
      g_usleep (1000); /* for the processes */
    }
}

/* Such a command ends the run with an error that names it. */
static inline void
assert_hopeless (const char *type)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf (
      "source.generate count=10 ! %s command='[\"/nowhere/at/all\"]' workers=4 ! sink.null", type);
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_launch (line, &error);

  g_assert_no_error (error);
  g_assert_false (weir_pipeline_run (pipeline, NULL, &error));
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all: No such file"));
}
