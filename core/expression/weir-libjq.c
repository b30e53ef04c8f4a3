/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jq.h>
#include <jv.h>
#include <math.h>
#include <string.h>

#include "base/weir-thread-private.h"
#include "expression/weir-expression-private.h"
#include "expression/weir-jv-private.h"
#include "json/weir-json-private.h"

/* One compiled program. It holds a share of the record's value while an evaluation goes on, and the
 * text of the last output. libjq counts references without atomics, so that value must stay on the
 * thread of the evaluation: stopping lets go of it. */
typedef struct
{
  jq_state *jq;
  WeirRecord *record;
  jv text;
} Program;

/* A program for each thread that evaluates it. The one that the check compiled is for the first that
 * comes; the others compile theirs when they meet their first record. */
typedef struct
{
  char *source;
  Program *spare; /* atomic; NULL: taken */
  WeirThreadTable programs;
} Programs;

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

static void
program_free (gpointer data)
{
  Program *program = data;

  jv_free (program->text);
  jq_teardown (&program->jq);
  g_free (program);
}

static Program *
program_compile (const char *source, GError **error)
{
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (g_free);
  Program *program = g_new0 (Program, 1);

  program->jq = jq_init ();
  program->text = jv_null ();
  jq_set_error_cb (program->jq, collect_message, messages);
  if (!jq_compile (program->jq, source))
    {
      set_syntax_error (source, messages, error);
      program_free (program);
      return NULL;
    }
  jq_set_error_cb (program->jq, NULL, NULL);
  return program;
}

static gpointer
programs_compile (const char *source, GError **error)
{
  Program *program = program_compile (source, error);
  Programs *programs;

  if (program == NULL)
    return NULL;
  programs = g_new0 (Programs, 1);
  programs->source = g_strdup (source);
  programs->spare = program;
  return programs;
}

static void
programs_free (gpointer data)
{
  Programs *programs = data;

  weir_thread_table_clear (&programs->programs, program_free);
  g_clear_pointer (&programs->spare, program_free);
  g_free (programs->source);
  g_free (programs);
}

/* The program of the calling thread. */
static Program *
programs_get (gpointer data)
{
  Programs *programs = data;
  gpointer *entry = weir_thread_table_get (&programs->programs);

  if (*entry == NULL)
    *entry = __atomic_exchange_n (&programs->spare, NULL, __ATOMIC_ACQ_REL);
  if (*entry == NULL)
    *entry = program_compile (programs->source, NULL);
  return *entry;
}

static gboolean
program_start (Program *program, WeirRecord *record)
{
  jv value;

  program->record = NULL;
  if (!weir_jv_from_record (record, &value))
    return FALSE;
  jq_start (program->jq, value, 0);
  program->record = record;
  return TRUE;
}

static void
program_stop (Program *program)
{
  if (program->record != NULL)
    jq_start (program->jq, jv_null (), 0);
  program->record = NULL;
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
next_output (Program *program)
{
  jv output;

  if (program->record == NULL)
    return jv_invalid ();
  output = jq_next (program->jq);
  if (jv_is_valid (output))
    return output;
  if (jv_invalid_has_msg (jv_copy (output)))
    fail_record (program->record, jv_invalid_get_msg (jv_copy (output)));
  jv_free (output);
  program_stop (program);
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

static gboolean
program_next (Program *program, WeirValue *value)
{
  jv output = next_output (program);

  if (!jv_is_valid (output))
    return FALSE;
  value->field.type = type_of (output);
  value->number = value->field.type == WEIR_FIELD_NUMBER ? jv_number_value (output) : 0;
  jv_free (program->text);
  program->text = jv_dump_string (output, 0);
  value->field.text = jv_string_value (program->text);
  value->field.length = jv_string_length_bytes (jv_copy (program->text));
  if (is_whole (value->field.text, value->field.length))
    return TRUE;
  weir_record_fail (program->record, "the result is nested deeper than 256");
  program_stop (program);
  return FALSE;
}

static gboolean
program_matches (Program *program, WeirRecord *record)
{
  jv_kind kind;
  jv output;

  if (!program_start (program, record))
    return FALSE;
  output = next_output (program);
  kind = jv_get_kind (output);
  jv_free (output);
  program_stop (program);
  return kind != JV_KIND_INVALID && kind != JV_KIND_NULL && kind != JV_KIND_FALSE;
}

static gboolean
programs_start (gpointer data, WeirRecord *record)
{
  return program_start (programs_get (data), record);
}

static gboolean
programs_next (gpointer data, WeirValue *value)
{
  return program_next (programs_get (data), value);
}

static void
programs_stop (gpointer data)
{
  program_stop (programs_get (data));
}

static gboolean
programs_match (gpointer data, WeirRecord *record)
{
  return program_matches (programs_get (data), record);
}

const WeirExpressionEngine weir_libjq_engine = {
  .name = "libjq",
  .compile = programs_compile,
  .free = programs_free,
  .start = programs_start,
  .next = programs_next,
  .stop = programs_stop,
  .matches = programs_match,
};
