/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jq.h>
#include <jv.h>
#include <math.h>
#include <string.h>

#include "expression/weir-jv-private.h"
#include "expression/weir-libjq-private.h"
#include "json/weir-json-private.h"

/* One compiled program. It holds a share of the record's value while an evaluation goes on, and the
 * text of the last output. libjq counts references without atomics, so that value must stay on the
 * thread of the evaluation: stopping lets go of it. */
struct _WeirLibjq
{
  jq_state *jq;
  WeirRecord *record;
  jv text;
};

/* Programs ----------------------------------------------------------------------------------- */

/* "jq: error: WHAT (Unix shell quoting issues?) at <top-level>, line N:" and the program again. */
static char *
clean_message (const char *message, gboolean many_lines)
{
  static const char prefix[] = "jq: error: ";
  g_autoptr (GString) clean = NULL;
  char *place;

  if (!g_str_has_prefix (message, prefix))
    return NULL;
  message += strlen (prefix);
  clean = g_string_new_len (message, strcspn (message, "\n"));
  place = strstr (clean->str, " at <top-level>");
  if (place != NULL && !many_lines)
    g_string_truncate (clean, place - clean->str);
  g_string_replace (clean, " (Unix shell quoting issues?)", "", 0);
  g_string_replace (clean, " at <top-level>, line ", " in line ", 0);
  g_string_replace (clean, "INVALID_CHARACTER", "character", 0);
  g_string_replace (clean, "$end", "end of the expression", 0);
  if (clean->len > 0 && clean->str[clean->len - 1] == ':')
    g_string_truncate (clean, clean->len - 1);
  return g_strdup (clean->str);
}

static void
collect_message (gpointer data, jv message)
{
  GPtrArray *messages = data;

  if (jv_get_kind (message) != JV_KIND_STRING)
    message = jv_dump_string (message, 0);
  g_ptr_array_add (messages, g_strdup (jv_string_value (message)));
  jv_free (message);
}

static void
set_syntax_error (const char *source, GPtrArray *messages, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < messages->len; i++)
    {
      const char *message = g_ptr_array_index (messages, i);
      g_autofree char *clean = clean_message (message, strchr (source, '\n') != NULL);

      if (clean != NULL)
        g_string_append_printf (all, "%s%s", all->len > 0 ? "; " : "", clean);
    }
  g_set_error_literal (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX,
                       all->len > 0 ? all->str : "the expression does not compile");
}

void
weir_libjq_free (WeirLibjq *libjq)
{
  jv_free (libjq->text);
  jq_teardown (&libjq->jq);
  g_free (libjq);
}

WeirLibjq *
weir_libjq_new (const char *source, const char *fence, GError **error)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (g_free);
  WeirLibjq *libjq = g_new0 (WeirLibjq, 1);

  libjq->jq = jq_init ();
  libjq->text = jv_null ();
  jq_set_error_cb (libjq->jq, collect_message, messages);
  if (!jq_compile (libjq->jq, *fence != '\0' ? fence : source))
    {
      set_syntax_error (source, messages, error);
      weir_libjq_free (libjq);
      return NULL;
    }
  jq_set_error_cb (libjq->jq, NULL, NULL);
  return libjq;
}

gboolean
weir_libjq_start (WeirLibjq *libjq, WeirRecord *record)
{
  jv value;

  libjq->record = NULL;
  if (!weir_jv_from_record (record, &value))
    return FALSE;
  jq_start (libjq->jq, value, 0);
  libjq->record = record;
  return TRUE;
}

void
weir_libjq_stop (WeirLibjq *libjq)
{
  if (libjq->record != NULL)
    jq_start (libjq->jq, jv_null (), 0);
  libjq->record = NULL;
}

static void
fail_record (WeirRecord *record, jv message)
{
  g_autofree char *line = NULL;

  if (jv_get_kind (message) != JV_KIND_STRING)
    message = jv_dump_string (message, 0);
  line = g_strdelimit (g_strdup (jv_string_value (message)), "\r\n", ' ');
  weir_record_fail (record, line);
  jv_free (message);
}

/* The next output as a value; invalid at the end, and after an error, when the record has failed.
 */
static jv
next_output (WeirLibjq *libjq)
{
  jv output;

  if (libjq->record == NULL)
    return jv_invalid ();
  output = jq_next (libjq->jq);
  if (jv_is_valid (output))
    return output;
  if (jv_invalid_has_msg (jv_copy (output)))
    fail_record (libjq->record, jv_invalid_get_msg (jv_copy (output)));
  jv_free (output);
  weir_libjq_stop (libjq);
  return jv_invalid ();
}

/* libjq prints what is nested too deep as words. */
static gboolean
is_whole (const char *text, gsize length)
{
  return memmem (text, length, "<stripped", 9) == NULL || weir_json_check (text, length, NULL);
}

/* Not a number is printed as null. */
static WeirFieldType
type_of (jv value)
{
  static const WeirFieldType types[] = {
    [JV_KIND_INVALID] = WEIR_FIELD_ABSENT, [JV_KIND_NULL] = WEIR_FIELD_NULL,
    [JV_KIND_FALSE] = WEIR_FIELD_FALSE,    [JV_KIND_TRUE] = WEIR_FIELD_TRUE,
    [JV_KIND_NUMBER] = WEIR_FIELD_NUMBER,  [JV_KIND_STRING] = WEIR_FIELD_STRING,
    [JV_KIND_ARRAY] = WEIR_FIELD_ARRAY,    [JV_KIND_OBJECT] = WEIR_FIELD_OBJECT,
  };

  if (jv_get_kind (value) == JV_KIND_NUMBER && isnan (jv_number_value (value)))
    return WEIR_FIELD_NULL;
  return types[jv_get_kind (value)];
}

gboolean
weir_libjq_next (WeirLibjq *libjq, WeirValue *value)
{
  jv output = next_output (libjq);

  if (!jv_is_valid (output))
    return FALSE;
  value->field.type = type_of (output);
  value->number = value->field.type == WEIR_FIELD_NUMBER ? jv_number_value (output) : 0;
  jv_free (libjq->text);
  libjq->text = jv_dump_string (output, 0);
  value->field.text = jv_string_value (libjq->text);
  value->field.length = jv_string_length_bytes (jv_copy (libjq->text));
  if (is_whole (value->field.text, value->field.length))
    return TRUE;
  weir_record_fail (libjq->record, "the result is nested deeper than 256");
  weir_libjq_stop (libjq);
  return FALSE;
}

gboolean
weir_libjq_matches (WeirLibjq *libjq, WeirRecord *record)
{
  jv_kind kind;
  jv output;

  if (!weir_libjq_start (libjq, record))
    return FALSE;
  output = next_output (libjq);
  kind = jv_get_kind (output);
  jv_free (output);
  weir_libjq_stop (libjq);
  return kind != JV_KIND_INVALID && kind != JV_KIND_NULL && kind != JV_KIND_FALSE;
}
