/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json/weir-json-text-private.h"

/* A path is read from left to right:
 *   path = "." | step+          step = ".name" | "."string"" | ".[index]" | "[index]" | ["string"]
 */
typedef struct
{
  const char *text;
  const char *at;
  GArray *steps;
} PathReader;

static void
clear_step (gpointer step)
{
  g_free (((WeirPathStep *)step)->key);
}

static gboolean
fail (PathReader *reader, GError **error, const char *what)
{
  g_set_error (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH, "\"%s\" is no field path: %s at %d",
               reader->text, what, (int)(reader->at - reader->text));
  return FALSE;
}

static void
add_step (PathReader *reader, char *key, gint64 index)
{
  WeirPathStep step = { key, index };

  g_array_append_val (reader->steps, step);
}

static gboolean
read_name (PathReader *reader)
{
  const char *start = reader->at;

  if (!g_ascii_isalpha (*start) && *start != '_')
    return FALSE;
  while (g_ascii_isalnum (*reader->at) || *reader->at == '_')
    reader->at++;
  add_step (reader, g_strndup (start, reader->at - start), 0);
  return TRUE;
}

static const char *
find_quote (const char *at)
{
  while (*at != '\0' && *at != '"')
    at += *at == '\\' && at[1] != '\0' ? 2 : 1;
  return at;
}

static gboolean
read_string (PathReader *reader, GError **error)
{
  const char *start = reader->at;
  const char *end = find_quote (start + 1);
  WeirJsonFault fault = { 0 };
  g_autofree char *key = NULL;
  gsize length;

  if (*end != '"')
    return fail (reader, error, "a string that is not closed");
  if (!weir_json_check_scalar (start, end + 1 - start, &fault))
    return fail (reader, error, fault.reason);
  key = g_strndup (start + 1, end - start - 1);
  length = weir_json_unescape (key, strlen (key), key);
  key[length] = '\0';
  if (memchr (key, '\0', length) != NULL)
    return fail (reader, error, "NUL in a name");
  add_step (reader, g_steal_pointer (&key), 0);
  reader->at = end + 1;
  return TRUE;
}

static gboolean
read_index (PathReader *reader, GError **error)
{
  char *end;
  gint64 index = g_ascii_strtoll (reader->at, &end, 10);

  if (end == reader->at || g_ascii_isspace (*reader->at) || *reader->at == '+'
      || ABS (index) > G_MAXINT32)
    return fail (reader, error, "expected an index or a string");
  add_step (reader, NULL, index);
  reader->at = end;
  return TRUE;
}

static gboolean
read_bracket (PathReader *reader, GError **error)
{
  reader->at++;
  if (!(*reader->at == '"' ? read_string (reader, error) : read_index (reader, error)))
    return FALSE;
  if (*reader->at != ']')
    return fail (reader, error, "expected ']'");
  reader->at++;
  return TRUE;
}

static gboolean
read_step (PathReader *reader, GError **error)
{
  gboolean dot = *reader->at == '.';

  reader->at += dot;
  if (*reader->at == '[')
    return read_bracket (reader, error);
  if (dot && *reader->at == '"')
    return read_string (reader, error);
  if (dot && read_name (reader))
    return TRUE;
  return fail (reader, error, dot ? "expected a name" : "expected '.' or '['");
}

WeirPath *
weir_path_new (const char *text, GError **error)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (WeirPathStep));
  PathReader reader = { text, text, steps };
  WeirPath *path;

  g_array_set_clear_func (steps, clear_step);
  if (*text != '.')
    {
      fail (&reader, error, "expected '.'");
      return NULL;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH,
                           "a field path is not UTF-8");
      return NULL;
    }
  while (*reader.at != '\0' && strcmp (text, ".") != 0)
    if (!read_step (&reader, error))
      return NULL;
  path = g_new0 (WeirPath, 1);
  path->n_steps = steps->len;
  path->steps = (WeirPathStep *)g_array_steal (steps, NULL);
  return path;
}

void
weir_path_free (WeirPath *path)
{
  for (guint i = 0; i < path->n_steps; i++)
    g_free (path->steps[i].key);
  g_free (path->steps);
  g_free (path);
}
