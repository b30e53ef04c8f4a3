/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <weir/weir-json.h>

#include "json/weir-json-index-private.h"
#include "json/weir-json-text-private.h"

/* A member of an object: both are canonical texts. */
typedef struct
{
  char *key;
  char *value;
  guint order; /* in the object */
} Member;

typedef struct
{
  const char *at;
  const char *end;
} Reader;

static void append_value (Reader *reader, GString *json);

static void
clear_member (gpointer data)
{
  Member *member = data;

  g_free (member->key);
  g_free (member->value);
}

static int
compare_members (gconstpointer a, gconstpointer b)
{
  const Member *left = a;
  const Member *right = b;
  int by_key = strcmp (left->key, right->key);

  return by_key != 0 ? by_key : (left->order > right->order) - (left->order < right->order);
}

static char
peek (Reader *reader)
{
  while (reader->at < reader->end && g_ascii_isspace (*reader->at))
    reader->at++;
  return reader->at < reader->end ? *reader->at : '\0';
}

/* Takes what may stand between values; FALSE at the end of the array or object, which is taken. */
static gboolean
next_value (Reader *reader, char closing)
{
  if (peek (reader) == ',')
    reader->at++;
  if (peek (reader) != closing && reader->at < reader->end)
    return TRUE;
  reader->at += reader->at < reader->end;
  return FALSE;
}

static void
append_array (Reader *reader, GString *json)
{
  const char *separator = "";

  reader->at++;
  g_string_append_c (json, '[');
  while (next_value (reader, ']'))
    {
      g_string_append (json, separator);
      append_value (reader, json);
      separator = ",";
    }
  g_string_append_c (json, ']');
}

static char *
take_value (Reader *reader)
{
  GString *json = g_string_new (NULL);

  append_value (reader, json);
  return g_string_free (json, FALSE);
}

static void
append_object (Reader *reader, GString *json)
{
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (Member));
  const char *separator = "";

  g_array_set_clear_func (members, clear_member);
  reader->at++;
  while (next_value (reader, '}'))
    {
      Member member = { .key = take_value (reader), .order = members->len };

      reader->at += peek (reader) == ':';
      member.value = take_value (reader);
      g_array_append_val (members, member);
    }
  g_array_sort (members, compare_members);

  g_string_append_c (json, '{');
  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = &g_array_index (members, Member, i);

      if (i + 1 < members->len && strcmp (member->key, member[1].key) == 0)
        continue;
      g_string_append_printf (json, "%s%s:%s", separator, member->key, member->value);
      separator = ",";
    }
  g_string_append_c (json, '}');
}

static void
append_string (const char *text, gsize length, GString *json)
{
  g_autofree char *content = NULL;

  if (memchr (text, '\\', length) == NULL)
    {
      g_string_append_len (json, text, (gssize)length);
      return;
    }
  content = g_malloc (length);
  length = weir_json_unescape (text + 1, length - 2, content);
  weir_json_append_string (json, content, (gssize)length);
}

static gboolean
is_plain_integer (const char *text, gsize length)
{
  if (length > 15 || (text[0] == '0' && length > 1))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isdigit (text[i]))
      return FALSE;
  return TRUE;
}

static void
append_number (const char *text, gsize length, GString *json)
{
  double value;

  if (is_plain_integer (text, length))
    {
      g_string_append_len (json, text, (gssize)length);
      return;
    }
  value = weir_json_parse_double (text, length);
  weir_json_append_double (json, value == 0 ? 0 : value);
}

/* The length of the string, number or literal at hand. */
static gsize
measure (const Reader *reader)
{
  const char *at = reader->at;

  if (*at != '"')
    {
      while (at < reader->end && strchr (",]}: \t\r\n", *at) == NULL)
        at++;
      return at - reader->at;
    }
  for (at++; at < reader->end && *at != '"'; at++)
    at += *at == '\\';
  return MIN (at + 1, reader->end) - reader->at;
}

static void
append_value (Reader *reader, GString *json)
{
  char first = peek (reader);

  if (first == '[')
    append_array (reader, json);
  else if (first == '{')
    append_object (reader, json);
  else if (first != '\0')
    {
      const char *text = reader->at;
      gsize length = MAX (1, measure (reader));

      reader->at += length;
      if (first == '"')
        append_string (text, length, json);
      else if (first == '-' || g_ascii_isdigit (first))
        append_number (text, length, json);
      else
        g_string_append_len (json, text, (gssize)length);
    }
}

/**
 * weir_json_append_canonical: (skip)
 * @json: where the text goes
 * @text: one well-formed JSON value
 * @length: its length in bytes
 *
 * Appends the value in the one form that all equal values share: without white space, numbers as
 * weir_json_append_double() has them, strings as weir_json_append_string() has them, the keys of
 * objects sorted and each there once, the last of those that repeat. So two values are the same,
 * as jq compares them, when these texts are.
 */
void
weir_json_append_canonical (GString *json, const char *text, gsize length)
{
  Reader reader = { text, text + length };

  g_return_if_fail (json != NULL && text != NULL);

  append_value (&reader, json);
}
