/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "expression/weir-jq-regex-private.h"

/* Deepest groups, and most of them. */
#define MAX_DEPTH  32
#define MAX_GROUPS 30
#define MAX_REPEAT 1000

/* What Oniguruma takes for white space in UTF-8. */
#define SPACE                                                                                      \
  "\\t-\\r "                                                                                       \
  "\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

/* Reads a pattern and writes the same for PCRE2. What is not known here makes the whole pattern
 * unknown: backward references, look-behind, sets within sets, possessive or stacked quantifiers,
 * repetition of what may be empty. */
typedef struct
{
  const char *at;
  const char *end;
  GString *out;
  guint depth;
  guint n_groups;
  gboolean ascii_only;
} Reader;

static gboolean read_alternatives (Reader *reader, gboolean *may_be_empty);

static char
peek (const Reader *reader, gsize offset)
{
  return (gsize)(reader->end - reader->at) > offset ? reader->at[offset] : '\0';
}

static gboolean
accept (Reader *reader, const char *text)
{
  gsize length = strlen (text);

  if ((gsize)(reader->end - reader->at) < length || memcmp (reader->at, text, length) != 0)
    return FALSE;
  reader->at += length;
  return TRUE;
}

static void
copy_character (Reader *reader)
{
  const char *next = g_utf8_next_char (reader->at);

  g_string_append_len (reader->out, reader->at, next - reader->at);
  reader->at = next;
}

/* Behind a backslash: a character that stands for itself, or a control character. */
static gboolean
read_literal_escape (Reader *reader)
{
  char c = peek (reader, 0);

  if (!g_ascii_ispunct (c) && (c == '\0' || strchr ("tnrf", c) == NULL))
    return FALSE;
  g_string_append_c (reader->out, '\\');
  copy_character (reader);
  return TRUE;
}

/* Behind a backslash: a set. @inside: of brackets. */
static gboolean
read_set_escape (Reader *reader, gboolean inside)
{
  char c = peek (reader, 0);

  if (c == 'd' || c == 'D')
    g_string_append (reader->out, c == 'd' ? "\\p{Nd}" : "\\P{Nd}");
  else if (c == 'w' || c == 'W')
    {
      reader->ascii_only = TRUE;
      g_string_append (reader->out, c == 'w' ? "\\w" : "\\W");
    }
  else if (c == 's')
    g_string_append (reader->out, inside ? SPACE : "[" SPACE "]");
  else if (c == 'S' && !inside)
    g_string_append (reader->out, "[^" SPACE "]");
  else
    return FALSE;
  reader->at++;
  return TRUE;
}

static gboolean
read_anchor_escape (Reader *reader)
{
  char c = peek (reader, 0);

  if (c == '\0' || strchr ("bBAzZ", c) == NULL)
    return FALSE;
  reader->ascii_only |= c == 'b' || c == 'B';
  g_string_append_printf (reader->out, "\\%c", c);
  reader->at++;
  return TRUE;
}

/* Sets in brackets --------------------------------------------------------------------------- */

/* @single: one character, so that it may bound a range */
static gboolean
read_member (Reader *reader, gboolean *single)
{
  *single = TRUE;
  if (accept (reader, "\\"))
    {
      if (read_literal_escape (reader))
        return TRUE;
      *single = FALSE;
      return read_set_escape (reader, TRUE);
    }
  if (strchr ("[&-", peek (reader, 0)) != NULL)
    return FALSE;
  if (peek (reader, 0) == '^')
    g_string_append_c (reader->out, '\\');
  copy_character (reader);
  return TRUE;
}

static gboolean
read_range (Reader *reader)
{
  gboolean first;
  gboolean last;

  if (!read_member (reader, &first))
    return FALSE;
  if (peek (reader, 0) != '-' || peek (reader, 1) == ']')
    return TRUE;
  if (!first || peek (reader, 1) == '\0')
    return FALSE;
  copy_character (reader);
  return read_member (reader, &last) && last;
}

static gboolean
read_set (Reader *reader)
{
  g_string_append_c (reader->out, '[');
  if (accept (reader, "^"))
    g_string_append_c (reader->out, '^');
  if (peek (reader, 0) == ']')
    return FALSE;
  if (accept (reader, "-"))
    g_string_append (reader->out, "\\-");
  while (reader->at < reader->end && peek (reader, 0) != ']')
    if (peek (reader, 0) == '-' && peek (reader, 1) == ']')
      {
        g_string_append (reader->out, "\\-");
        reader->at++;
      }
    else if (!read_range (reader))
      return FALSE;
  g_string_append_c (reader->out, ']');
  return accept (reader, "]");
}

/* Groups ------------------------------------------------------------------------------------- */

static gboolean
read_group_name (Reader *reader)
{
  gsize length = 0;

  while (g_ascii_isalpha (peek (reader, length)) || peek (reader, length) == '_'
         || (length > 0 && g_ascii_isdigit (peek (reader, length))))
    length++;
  if (length == 0 || length > 32 || peek (reader, length) != '>')
    return FALSE;
  g_string_append (reader->out, "(?<");
  g_string_append_len (reader->out, reader->at, length + 1);
  reader->at += length + 1;
  return TRUE;
}

/* Behind the bracket. @repeatable: FALSE for what only looks. */
static gboolean
read_group_start (Reader *reader, gboolean *repeatable)
{
  *repeatable = TRUE;
  if (accept (reader, "?:"))
    {
      g_string_append (reader->out, "(?:");
      return TRUE;
    }
  if (peek (reader, 0) == '?' && (peek (reader, 1) == '=' || peek (reader, 1) == '!'))
    {
      *repeatable = FALSE;
      g_string_append_printf (reader->out, "(?%c", reader->at[1]);
      reader->at += 2;
      return TRUE;
    }
  if (++reader->n_groups > MAX_GROUPS)
    return FALSE;
  if (accept (reader, "?<"))
    return read_group_name (reader);
  g_string_append_c (reader->out, '(');
  return peek (reader, 0) != '?' && peek (reader, 0) != '*';
}

static gboolean
read_group (Reader *reader, gboolean *may_be_empty, gboolean *repeatable)
{
  gboolean empty;

  if (!read_group_start (reader, repeatable) || ++reader->depth > MAX_DEPTH
      || !read_alternatives (reader, &empty) || !accept (reader, ")"))
    return FALSE;
  reader->depth--;
  g_string_append_c (reader->out, ')');
  *may_be_empty = empty || !*repeatable;
  return TRUE;
}

/* Quantifiers -------------------------------------------------------------------------------- */

static gboolean
read_count (Reader *reader, guint *count)
{
  const char *start = reader->at;

  *count = 0;
  while (g_ascii_isdigit (peek (reader, 0)) && *count <= MAX_REPEAT)
    *count = *count * 10 + (guint)(*reader->at++ - '0');
  return reader->at > start && *count <= MAX_REPEAT;
}

/* {n}, {n,} and {n,m}; one of a fixed count cannot be lazy. */
static gboolean
read_interval (Reader *reader, gboolean *may_be_empty, gboolean *fixed)
{
  guint from;
  guint to;

  *fixed = FALSE;
  if (!read_count (reader, &from))
    return FALSE;
  to = from;
  if (!accept (reader, ","))
    *fixed = TRUE;
  else if (peek (reader, 0) == '}')
    to = G_MAXUINT;
  else if (!read_count (reader, &to))
    return FALSE;
  if (from > to || to == 0 || !accept (reader, "}"))
    return FALSE;
  *may_be_empty = from == 0;
  g_string_append_printf (reader->out, "{%u", from);
  if (!*fixed)
    g_string_append_c (reader->out, ',');
  if (!*fixed && to != G_MAXUINT)
    g_string_append_printf (reader->out, "%u", to);
  g_string_append_c (reader->out, '}');
  return TRUE;
}

/* What follows an atom. */
static gboolean
read_quantifier (Reader *reader, gboolean repeatable, gboolean *may_be_empty)
{
  char c = peek (reader, 0);
  gboolean fixed = FALSE;

  if (c != '*' && c != '+' && c != '?' && c != '{')
    return TRUE;
  if (!repeatable || *may_be_empty)
    return FALSE;
  reader->at++;
  if (c == '{')
    {
      if (!read_interval (reader, may_be_empty, &fixed))
        return FALSE;
    }
  else
    {
      g_string_append_c (reader->out, c);
      *may_be_empty = c != '+';
    }
  if (!fixed && accept (reader, "?"))
    g_string_append_c (reader->out, '?');
  return peek (reader, 0) == '\0' || strchr ("*+?{", peek (reader, 0)) == NULL;
}

/* Sequences ---------------------------------------------------------------------------------- */

static gboolean
read_escape (Reader *reader, gboolean *may_be_empty, gboolean *repeatable)
{
  if (read_literal_escape (reader) || read_set_escape (reader, FALSE))
    return TRUE;
  *may_be_empty = TRUE;
  *repeatable = FALSE;
  return read_anchor_escape (reader);
}

static gboolean
read_atom (Reader *reader, gboolean *may_be_empty, gboolean *repeatable)
{
  char c = peek (reader, 0);

  *may_be_empty = FALSE;
  *repeatable = TRUE;
  if (accept (reader, "("))
    return read_group (reader, may_be_empty, repeatable);
  if (accept (reader, "["))
    return read_set (reader);
  if (accept (reader, "\\"))
    return read_escape (reader, may_be_empty, repeatable);
  if (c == '^' || c == '$')
    {
      *may_be_empty = TRUE;
      *repeatable = FALSE;
    }
  else if (c == '\0' || strchr ("*+?{}]", c) != NULL)
    return FALSE;
  copy_character (reader);
  return TRUE;
}

static gboolean
read_sequence (Reader *reader, gboolean *may_be_empty)
{
  *may_be_empty = TRUE;
  while (reader->at < reader->end && peek (reader, 0) != '|' && peek (reader, 0) != ')')
    {
      gboolean empty;
      gboolean repeatable;

      if (!read_atom (reader, &empty, &repeatable) || !read_quantifier (reader, repeatable, &empty))
        return FALSE;
      *may_be_empty = *may_be_empty && empty;
    }
  return TRUE;
}

static gboolean
read_alternatives (Reader *reader, gboolean *may_be_empty)
{
  gboolean empty;

  if (!read_sequence (reader, may_be_empty))
    return FALSE;
  while (accept (reader, "|"))
    {
      g_string_append_c (reader->out, '|');
      if (!read_sequence (reader, &empty))
        return FALSE;
      *may_be_empty = *may_be_empty || empty;
    }
  return TRUE;
}

static gboolean
is_ascii (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] >= 0x80)
      return FALSE;
  return TRUE;
}

char *
weir_jq_regex_translate (const char *pattern, gsize length, gboolean *ascii_only, gboolean caseless)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Reader reader = { .at = pattern, .end = pattern + length, .out = out, .ascii_only = caseless };
  gboolean empty;

  if (memchr (pattern, '\0', length) != NULL || (caseless && !is_ascii (pattern, length)))
    return NULL;
  if (!read_alternatives (&reader, &empty) || reader.at != reader.end)
    return NULL;
  *ascii_only = reader.ascii_only;
  return g_strdup (out->str);
}

gboolean
weir_jq_regex_read_flags (const char *letters, gsize length, WeirJqRegexFlags *flags)
{
  *flags = 0;
  for (gsize i = 0; i < length; i++)
    switch (letters[i])
      {
      case 'g':
        *flags |= WEIR_JQ_REGEX_GLOBAL;
        break;
      case 'i':
        *flags |= WEIR_JQ_REGEX_CASELESS;
        break;
      case 'p':
        *flags |= WEIR_JQ_REGEX_DOT_ALL;
        break;
      case 'n':
        *flags |= WEIR_JQ_REGEX_NOT_EMPTY;
        break;
      case 's': /* ^ and $ mean the whole text anyway */
        break;
      default:
        return FALSE;
      }
  return TRUE;
}
