/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

/* Bytes from the start of the text; a key's are 0 when there is none. */
typedef struct
{
  gsize start;
  gsize end;
  gsize key_start;
  gsize key_end;
  gboolean verbatim;
  gboolean broken;
} Span;

/* The text of a pipeline description, its tree, and a span for each JSON pointer.
 *
 * The tree is json-glib's; the spans stand beside it, as its nodes keep no positions. Lines and
 * columns are counted when a place is asked for: mistakes are few. Ownership: reference counted.
 * Threads: control only. */
struct _WeirDocument
{
  gint refs;
  char *text;
  gsize length;
  JsonNode *root;
  GHashTable *spans; /* pointer → Span */
};

WeirDocument *
weir_document_new (const char *text, gsize length)
{
  WeirDocument *document = g_new0 (WeirDocument, 1);

  document->refs = 1;
  document->text = g_malloc (length + 1);
  memcpy (document->text, text, length);
  document->text[length] = '\0';
  document->length = length;
  document->spans = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return document;
}

WeirDocument *
weir_document_ref (WeirDocument *document)
{
  g_atomic_int_inc (&document->refs);
  return document;
}

void
weir_document_unref (WeirDocument *document)
{
  if (!g_atomic_int_dec_and_test (&document->refs))
    return;
  g_clear_pointer (&document->root, json_node_unref);
  g_hash_table_unref (document->spans);
  g_free (document->text);
  g_free (document);
}

WeirMistakes *
weir_document_new_mistakes (WeirDocument *document, const char *file)
{
  WeirMistakes *mistakes = weir_mistakes_new (file, weir_document_find, weir_document_ref (document),
                                              (GDestroyNotify)weir_document_unref);

  weir_mistakes_set_inside (mistakes, weir_document_find_inside);
  return mistakes;
}

JsonObject *
weir_document_get_root (const WeirDocument *document)
{
  return json_node_get_object (document->root);
}

const char *
weir_document_get_text (const WeirDocument *document, gsize *length)
{
  *length = document->length;
  return document->text;
}

void
weir_document_set_root (WeirDocument *document, JsonNode *root)
{
  g_clear_pointer (&document->root, json_node_unref);
  document->root = root;
}

static Span *
find_span (const WeirDocument *document, const char *pointer)
{
  return g_hash_table_lookup (document->spans, pointer);
}

static Span *
get_span (WeirDocument *document, const char *pointer)
{
  Span *span = find_span (document, pointer);

  if (span == NULL)
    {
      span = g_new0 (Span, 1);
      g_hash_table_insert (document->spans, g_strdup (pointer), span);
    }
  return span;
}

void
weir_document_mark_value (WeirDocument *document, const char *pointer, gsize start, gsize end)
{
  Span *span = get_span (document, pointer);

  span->start = start;
  span->end = end;
}

void
weir_document_mark_key (WeirDocument *document, const char *pointer, gsize start, gsize end)
{
  Span *span = get_span (document, pointer);

  span->key_start = start;
  span->key_end = end;
}

void
weir_document_mark_verbatim (WeirDocument *document, const char *pointer)
{
  get_span (document, pointer)->verbatim = TRUE;
}

gboolean
weir_document_is_verbatim (const WeirDocument *document, const char *pointer)
{
  const Span *span = find_span (document, pointer);

  return span != NULL && span->verbatim;
}

void
weir_document_mark_broken (WeirDocument *document, const char *pointer)
{
  g_autofree char *above = g_strdup (pointer);
  char *slash;

  do
    {
      get_span (document, above)->broken = TRUE;
      slash = strrchr (above, '/');
      if (slash != NULL)
        *slash = '\0';
    }
  while (slash != NULL);
}

gboolean
weir_document_is_broken (const WeirDocument *document, const char *pointer)
{
  const Span *span = find_span (document, pointer);

  return span != NULL && span->broken;
}

/* Columns are counted in characters; bytes that are no UTF-8 count one each. */
static guint
count_characters (const char *start, const char *end)
{
  guint n = 0;

  while (start < end)
    {
      const gunichar c = g_utf8_get_char_validated (start, end - start);
      start = c >= (gunichar)-2 ? start + 1 : g_utf8_next_char (start);
      n++;
    }
  return n;
}

WeirPlace
weir_document_get_place (const WeirDocument *document, gsize start, gsize end)
{
  WeirPlace place = { .line = 1, .start = start, .end = end };
  const char *line = document->text;
  const char *at = document->text + MIN (start, document->length);
  const char *newline;

  while ((newline = memchr (line, '\n', at - line)) != NULL)
    {
      line = newline + 1;
      place.line++;
    }
  place.column = count_characters (line, at) + 1;
  return place;
}

gboolean
weir_document_find (gpointer document, const char *pointer, WeirPlace *place)
{
  const Span *span = find_span (document, pointer);

  if (span == NULL || span->end == 0)
    return FALSE;
  *place = weir_document_get_place (document, span->start, span->end);
  return TRUE;
}

gboolean
weir_document_find_key (const WeirDocument *document, const char *pointer, WeirPlace *place)
{
  const Span *span = find_span (document, pointer);

  if (span == NULL || span->key_end == 0)
    return FALSE;
  *place = weir_document_get_place (document, span->key_start, span->key_end);
  return TRUE;
}

static gboolean
is_break (char c)
{
  return c == '\n' || c == '\r';
}

/* Takes the line breaks out of JSON, each with the white space around it. */
static char *
join_lines (const char *text, gsize length)
{
  GString *joined = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    if (!is_break (text[i]))
      g_string_append_c (joined, text[i]);
    else
      {
        while (i + 1 < length && g_ascii_isspace (text[i + 1]))
          i++;
        while (joined->len > 0 && g_ascii_isspace (joined->str[joined->len - 1]))
          g_string_truncate (joined, joined->len - 1);
        if (joined->len > 0 && joined->str[joined->len - 1] == ',')
          g_string_append_c (joined, ' ');
      }
  return g_string_free (joined, FALSE);
}

char *
weir_document_cut (const WeirDocument *document, const char *pointer)
{
  const Span *span = find_span (document, pointer);

  g_assert (span != NULL && span->end <= document->length);
  return join_lines (document->text + span->start, span->end - span->start);
}

void
weir_document_add_at_key (const WeirDocument *document, WeirMistakes *mistakes, const char *pointer,
                          const char *message)
{
  WeirPlace place;

  if (weir_document_find_key (document, pointer, &place))
    weir_mistakes_add_at (mistakes, place.line, place.column, pointer, message);
  else
    weir_mistakes_add (mistakes, pointer, message);
}
