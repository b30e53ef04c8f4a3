/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

#include "json/weir-json-text-private.h"

/* Reads a string value as it was written, piece by piece, and watches where what it says reaches an
 * offset. */
typedef struct
{
  const char *at;
  const char *end;
  GString *says;
  char quote; /* of a launch line: the quote that is open, or NUL */

  gsize offset;
  const char *found;
} Reading;

static void
say (Reading *reading, const char *from, gsize length)
{
  if (reading->found == NULL && reading->says->len + length > reading->offset)
    reading->found
        = from == reading->at ? from + (reading->offset - reading->says->len) : reading->at;
  g_string_append_len (reading->says, from, (gssize)length);
}

/* The two halves of a pair are one character. */
static gsize
get_escape_length (const char *at, const char *end)
{
  gsize length = at[1] == 'u' ? 6 : 2;

  if (length == 6 && g_ascii_tolower (at[2]) == 'd' && g_ascii_xdigit_value (at[3]) >= 8
      && end - at >= 12 && at[6] == '\\' && at[7] == 'u')
    length = 12;
  return MIN (length, (gsize)(end - at));
}

static void
read_json_piece (Reading *reading)
{
  char decoded[16];
  gsize length;

  if (*reading->at != '\\')
    {
      say (reading, reading->at, 1);
      reading->at++;
      return;
    }
  length = get_escape_length (reading->at, reading->end);
  say (reading, decoded, weir_json_unescape (reading->at, length, decoded));
  reading->at += length;
}

/* As in a shell: quotes are not said, and a backslash says what is behind it. */
static void
read_word_piece (Reading *reading)
{
  char c = *reading->at;
  char next = reading->at + 1 < reading->end ? reading->at[1] : '\0';

  if (c == reading->quote || (reading->quote == '\0' && (c == '\'' || c == '"')))
    {
      reading->quote = c == reading->quote ? '\0' : c;
      reading->at++;
      return;
    }
  if (c == '\\' && reading->quote != '\'' && next != '\0'
      && (reading->quote == '\0' || strchr ("\"\\$`\n", next) != NULL))
    {
      say (reading, reading->at + 1, next == '\n' ? 0 : 1);
      reading->at += 2;
      return;
    }
  say (reading, reading->at, 1);
  reading->at++;
}

gboolean
weir_document_find_inside (gpointer data, const char *pointer, const char *text, gsize offset,
                           WeirPlace *place)
{
  const WeirDocument *document = data;
  gboolean verbatim = weir_document_is_verbatim (document, pointer);
  g_autoptr (GString) says = g_string_new (NULL);
  Reading reading = { .says = says, .offset = offset };
  const char *whole;
  gsize length;

  if (!weir_document_find (data, pointer, place))
    return FALSE;
  whole = weir_document_get_text (document, &length);
  reading.at = whole + place->start;
  reading.end = whole + place->end;
  if (!verbatim && (place->end - place->start < 2 || *reading.at != '"'))
    return FALSE;
  if (!verbatim)
    {
      reading.at++;
      reading.end--;
    }
  while (reading.at < reading.end)
    verbatim ? read_word_piece (&reading) : read_json_piece (&reading);
  if (strcmp (says->str, text) != 0)
    return FALSE;
  if (reading.found == NULL)
    reading.found = reading.end;
  *place = weir_document_get_place (document, reading.found - whole, place->end);
  return TRUE;
}
