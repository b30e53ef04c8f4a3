/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include <string.h>

#include "base/weir-batch-private.h"
#include "expression/weir-expression-private.h"
#include "json/weir-json-private.h"

#define WEIR_LIBJQ_LOSES_VALUES
#include "libjq-leaks.h"

/* A program in the first line and a record behind it: any text is parsed or refused, and what the
 * native engine runs it runs as libjq does. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Left out of the comparison: what may never end or grow without bound, in libjq too, and what
 * makes libjq end the process. */
static const char *const endless[]
    = { "until", "while", "recurse", "range", "now", "nan", "infinite",
        "sqrt",  "log",   "pow",     "**",    "*",   "/ 0", "time" };

static gboolean
may_be_compared (const char *program, const char *record)
{
  for (guint i = 0; i < G_N_ELEMENTS (endless); i++)
    if (strstr (program, endless[i]) != NULL)
      return FALSE;
  return strstr (record, "nan") == NULL && strlen (record) < 4096;
}

/* The outputs, a line each, and whether the record failed. */
static char *
evaluate (WeirBufferPool *pool, WeirExpression *expression, const char *text)
{
  g_autoptr (WeirBatch) batch = weir_batch_new (pool);
  WeirRecord *record = weir_batch_append (batch);
  GString *outcome = g_string_new (NULL);
  WeirValue value;

  *record = (WeirRecord){ .batch = batch };
  weir_record_set_text (record, text, -1);
  if (weir_expression_start (expression, record))
    while (weir_expression_next (expression, &value))
      {
        g_string_append_len (outcome, value.field.text, value.field.length);
        g_string_append_c (outcome, '\n');
      }
  if (record->verdict == WEIR_VERDICT_FAILED)
    g_string_append_c (outcome, '!');
  return g_string_free (outcome, FALSE);
}

static char *
make_canonical (WeirBufferPool *pool, WeirExpression *canonical, const char *outcome)
{
  g_auto (GStrv) lines = g_strsplit (outcome, "\n", -1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = g_str_equal (lines[i], "!") || *lines[i] == '\0'
                                  ? g_strdup (lines[i])
                                  : evaluate (pool, canonical, lines[i]);

      g_string_append (text, line);
    }
  return g_string_free (text, FALSE);
}

static void
compare (const char *program, const char *record)
{
  g_autoptr (WeirExpression) native = weir_expression_new_native (program, NULL);
  g_autoptr (WeirExpression) libjq = NULL;
  static WeirExpression *canonical;
  g_autoptr (WeirBufferPool) pool = NULL;

  if (native == NULL || !may_be_compared (program, record)
      || !weir_json_check (record, strlen (record), NULL))
    return;
  libjq = weir_expression_new_libjq (program, NULL);
  g_assert_nonnull (libjq);
  if (canonical == NULL)
    canonical = weir_expression_new_libjq (".", NULL);
  pool = weir_buffer_pool_new (0);
  g_autofree char *ours = evaluate (pool, native, record);
  g_autofree char *theirs = evaluate (pool, libjq, record);
  g_autofree char *our_text = make_canonical (pool, canonical, ours);
  g_autofree char *their_text = make_canonical (pool, canonical, theirs);
  g_assert_cmpstr (our_text, ==, their_text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *)data : "", size);
  char *newline = strchr (text, '\n');

  if (newline == NULL || !g_utf8_validate (text, -1, NULL))
    return 0;
  *newline = '\0';
  compare (text, newline + 1);
  return 0;
}
