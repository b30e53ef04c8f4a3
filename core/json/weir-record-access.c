/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-record.h>

#include <math.h>
#include <string.h>

#include "json/weir-json-edit-private.h"
#include "json/weir-json-text-private.h"

/* Paths that are kept compiled; a program with more starts anew. */
#define MAX_PATHS 1024

/* What each thread keeps from call to call. */
typedef struct
{
  WeirJsonIndex *index;
  GHashTable *paths; /* text → WeirPath */
  GString *text;
} Access;

static void
access_free (gpointer data)
{
  Access *access = data;

  weir_json_index_free (access->index);
  g_hash_table_unref (access->paths);
  g_string_free (access->text, TRUE);
  g_free (access);
}

static GPrivate thread_access = G_PRIVATE_INIT (access_free);

static Access *
get_access (void)
{
  Access *access = g_private_get (&thread_access);

  if (access != NULL)
    return access;
  access = g_new0 (Access, 1);
  access->index = weir_json_index_new ();
  access->paths
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)weir_path_free);
  access->text = g_string_new (NULL);
  g_private_set (&thread_access, access);
  return access;
}

static const WeirPath *
get_path (Access *access, const char *text, GError **error)
{
  WeirPath *path = g_hash_table_lookup (access->paths, text);

  if (path != NULL)
    return path;
  path = weir_path_new (text, error);
  if (path == NULL)
    return NULL;
  if (g_hash_table_size (access->paths) >= MAX_PATHS)
    g_hash_table_remove_all (access->paths);
  g_hash_table_insert (access->paths, g_strdup (text), path);
  return path;
}

/* FALSE when the field is not there; a record that cannot be read fails. */
static gboolean
find (WeirRecord *record, const char *path, WeirField *field)
{
  g_autoptr (GError) error = NULL;
  Access *access = get_access ();
  const WeirPath *steps = get_path (access, path, &error);

  if (steps != NULL
      && weir_json_find (access->index, record->text, record->length, steps, field, &error))
    return field->type != WEIR_FIELD_ABSENT;
  weir_record_fail (record, error->message);
  return FALSE;
}

/* What comes out is well-formed if the record was. */
static void
take_text (WeirRecord *record, const GString *text)
{
  guint8 checked = record->flags & WEIR_RECORD_CHECKED;

  if (text->len >= G_MAXINT32)
    {
      weir_record_fail (record, "the record would be longer than 2 GiB");
      return;
    }
  weir_record_set_text (record, text->str, text->len);
  record->flags |= checked;
}

/* @json is known to be JSON. */
static void
set_value (WeirRecord *record, const char *path, const char *json)
{
  g_autoptr (GError) error = NULL;
  Access *access = get_access ();
  const WeirPath *steps = get_path (access, path, &error);

  if (steps != NULL
      && weir_json_edit_set (access->index, record->text, record->length, steps, json, access->text,
                             &error))
    take_text (record, access->text);
  else
    weir_record_fail (record, error->message);
}

/**
 * weir_record_has:
 * @record: a record
 * @path: a field path
 *
 * Returns: whether the record has the field; null counts as one
 */
gboolean
weir_record_has (WeirRecord *record, const char *path)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL, FALSE);

  return find (record, path, &field);
}

/**
 * weir_record_get_string:
 * @record: a record
 * @path: a field path
 *
 * Returns: (transfer full) (nullable): the content of a string field, unescaped; %NULL when the
 *   field is not there or is not a string
 */
char *
weir_record_get_string (WeirRecord *record, const char *path)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL, NULL);

  return find (record, path, &field) ? weir_field_dup_string (&field) : NULL;
}

static gboolean
read_digits (const WeirField *field, gint64 *value)
{
  gboolean negative = *field->text == '-';
  gint64 sum = 0;

  for (guint i = negative; i < field->length; i++)
    {
      int digit = g_ascii_digit_value (field->text[i]);

      if (digit < 0 || __builtin_mul_overflow (sum, 10, &sum)
          || __builtin_sub_overflow (sum, digit, &sum))
        return FALSE;
    }
  if (!negative && sum == G_MININT64)
    return FALSE;
  *value = negative ? sum : -sum;
  return TRUE;
}

/* 1e3 and 1.0 are integers too. A double does not tell -2^63 from what is just below it: out. */
static gboolean
read_integral (const WeirField *field, gint64 *value)
{
  double number = weir_json_parse_double (field->text, field->length);

  if (trunc (number) != number || number <= -0x1p63 || number >= 0x1p63)
    return FALSE;
  *value = (gint64)number;
  return TRUE;
}

/**
 * weir_record_get_int64:
 * @record: a record
 * @path: a field path
 * @value: (out): the value of the field; left as it was when there is none
 *
 * Returns: whether the field is a number without a fraction, within the range of 64 bits
 */
gboolean
weir_record_get_int64 (WeirRecord *record, const char *path, gint64 *value)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL && value != NULL, FALSE);

  if (!find (record, path, &field) || field.type != WEIR_FIELD_NUMBER)
    return FALSE;
  return read_digits (&field, value) || read_integral (&field, value);
}

/**
 * weir_record_get_double:
 * @record: a record
 * @path: a field path
 * @value: (out): the value of the field; left as it was when there is none
 *
 * Returns: whether the field is a number
 */
gboolean
weir_record_get_double (WeirRecord *record, const char *path, double *value)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL && value != NULL, FALSE);

  return find (record, path, &field) && weir_field_get_double (&field, value);
}

/**
 * weir_record_get_boolean:
 * @record: a record
 * @path: a field path
 * @value: (out): the value of the field; left as it was when there is none
 *
 * Returns: whether the field is true or false
 */
gboolean
weir_record_get_boolean (WeirRecord *record, const char *path, gboolean *value)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL && value != NULL, FALSE);

  if (!find (record, path, &field)
      || (field.type != WEIR_FIELD_TRUE && field.type != WEIR_FIELD_FALSE))
    return FALSE;
  *value = field.type == WEIR_FIELD_TRUE;
  return TRUE;
}

/**
 * weir_record_get_json:
 * @record: a record
 * @path: a field path
 *
 * Returns: (transfer full) (nullable): the field as it stands in the record, a string with its
 *   quotes; %NULL when the field is not there
 */
char *
weir_record_get_json (WeirRecord *record, const char *path)
{
  WeirField field;

  g_return_val_if_fail (record != NULL && path != NULL, NULL);

  return find (record, path, &field) ? g_strndup (field.text, field.length) : NULL;
}

/**
 * weir_record_set_string:
 * @record: a record
 * @path: a field path
 * @value: the content of the string
 *
 * Sets a field to a string; see weir_record_set_json().
 */
void
weir_record_set_string (WeirRecord *record, const char *path, const char *value)
{
  g_autoptr (GString) json = NULL;

  g_return_if_fail (record != NULL && path != NULL && value != NULL);

  json = g_string_new (NULL);
  weir_json_append_string (json, value, -1);
  set_value (record, path, json->str);
}

/**
 * weir_record_set_int64:
 * @record: a record
 * @path: a field path
 * @value: the number
 *
 * Sets a field to a number; see weir_record_set_json().
 */
void
weir_record_set_int64 (WeirRecord *record, const char *path, gint64 value)
{
  char json[32];

  g_return_if_fail (record != NULL && path != NULL);

  g_snprintf (json, sizeof json, "%" G_GINT64_FORMAT, value);
  set_value (record, path, json);
}

/**
 * weir_record_set_double:
 * @record: a record
 * @path: a field path
 * @value: the number; NaN becomes null, infinity the largest number there is
 *
 * Sets a field to a number; see weir_record_set_json().
 */
void
weir_record_set_double (WeirRecord *record, const char *path, double value)
{
  g_autoptr (GString) json = NULL;

  g_return_if_fail (record != NULL && path != NULL);

  json = g_string_new (NULL);
  weir_json_append_double (json, value);
  set_value (record, path, json->str);
}

/**
 * weir_record_set_boolean:
 * @record: a record
 * @path: a field path
 * @value: true or false
 *
 * Sets a field to true or false; see weir_record_set_json().
 */
void
weir_record_set_boolean (WeirRecord *record, const char *path, gboolean value)
{
  g_return_if_fail (record != NULL && path != NULL);

  set_value (record, path, value ? "true" : "false");
}

/**
 * weir_record_set_json:
 * @record: a record
 * @path: a field path
 * @json: the value, as JSON text
 *
 * Sets a field. Everything else in the record keeps its bytes. A key that is missing is appended to
 * its object; objects that are missing on the way, or null, are made. An index may be the length of
 * its array: the value is appended. A record that cannot take the field fails, with the reason; it
 * fails as well when @json is not JSON.
 */
void
weir_record_set_json (WeirRecord *record, const char *path, const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  g_return_if_fail (record != NULL && path != NULL && json != NULL);

  if (weir_json_check (json, strlen (json), &error))
    {
      line = weir_json_dup_line (json, strlen (json));
      set_value (record, path, g_strstrip (line));
    }
  else
    {
      g_autofree char *message
          = g_strdup_printf ("the value for %s is not JSON: %s", path, error->message);

      weir_record_fail (record, message);
    }
}

/**
 * weir_record_remove:
 * @record: a record
 * @path: a field path
 *
 * Removes a field. Everything else in the record keeps its bytes. A field that is not there is no
 * mistake.
 */
void
weir_record_remove (WeirRecord *record, const char *path)
{
  g_autoptr (GError) error = NULL;
  const WeirPath *steps;
  Access *access;
  gboolean changed = FALSE;

  g_return_if_fail (record != NULL && path != NULL);

  access = get_access ();
  steps = get_path (access, path, &error);
  if (steps == NULL
      || !weir_json_edit_remove (access->index, record->text, record->length, steps, access->text,
                                 &changed, &error))
    weir_record_fail (record, error->message);
  else if (changed)
    take_text (record, access->text);
}
