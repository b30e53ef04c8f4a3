/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of the stage types share. */

#include <string.h>

#include <weir/weir-testing.h>

static inline WeirHarness *
make (const char *type, const char *options)
{
  g_autoptr (GError) error = NULL;
  WeirHarness *harness = weir_harness_new (type, options, &error);

  g_assert_no_error (error);
  return harness;
}

static inline void
push_all (WeirHarness *harness, const char *const *texts)
{
  for (guint i = 0; texts[i] != NULL; i++)
    weir_harness_push (harness, texts[i]);
}

/* The run ends well, so the ledger balances, and it counted this: ".records.failed". */
static inline gint64
end_and_count (WeirHarness *harness, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *report = NULL;
  g_autoptr (WeirRecord) record = NULL;
  gboolean balanced = FALSE;
  gint64 count = -1;

  weir_harness_end (harness, &error);
  g_assert_no_error (error);
  report = weir_harness_get_report (harness);
  record = weir_record_new (report, -1);
  g_assert_true (weir_record_get_boolean (record, ".balanced", &balanced) && balanced);
  g_assert_true (weir_record_get_int64 (record, path, &count));
  return count;
}

/* The next dead letter of that reason has a message with these words. */
static inline void
assert_letter (WeirHarness *harness, const char *reason, const char *words)
{
  g_autofree char *letter = weir_harness_pull (harness, reason);
  g_autoptr (WeirRecord) record = weir_record_new (letter != NULL ? letter : "{}", -1);
  g_autofree char *message = weir_record_get_string (record, ".message");

  g_assert_nonnull (message);
  if (strstr (message, words) == NULL)
    g_error ("\"%s\" is not in \"%s\"", words, message);
}

/* The options are refused, at this pointer and with these words. */
static inline void
assert_mistake (const char *type, const char *options, const char *pointer, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHarness) harness = weir_harness_new (type, options, &error);
  g_autofree char *place = g_strdup_printf (": /stages/1%s: ", pointer);

  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
  if (strstr (error->message, place) == NULL || strstr (error->message, words) == NULL)
    g_error ("\"%s\" and \"%s\" are not in \"%s\"", place, words, error->message);
}
