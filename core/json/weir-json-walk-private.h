/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include "json/weir-json-index-private.h"
#include "json/weir-json-text-private.h"

G_BEGIN_DECLS

/* A walk over the tokens of one text, by the positions that the index found. Everything that reads
 * JSON goes through it: the scanner, the check, edits, expressions; so there is one grammar.
 *
 *   text       {"a": [1, "x"]}
 *   positions  ^^  ^ ^^^ ^  ^^      of each bracket, comma, colon, and the start of each scalar
 *   next               ^            the token that is read next; value by value, left to right
 *
 * A step checks brackets, commas, colons and depth, and that a scalar begins like one. Scalars are
 * checked to their end when they are read (weir_json_walk_read()). The first breach is kept in
 * `fault`; from then on every step returns FALSE. The walk borrows text and index. */
typedef struct
{
  const char *text;
  gsize length;
  const guint32 *positions;
  guint n_positions;
  guint next;
  guint depth;
  WeirJsonFault fault;
} WeirJsonWalk;

gboolean weir_json_walk_open (WeirJsonWalk *walk, WeirJsonIndex *index, const char *text,
                              gsize length) G_GNUC_WARN_UNUSED_RESULT;

/* The value at the walk's place, to its end; @value may be NULL. */
gboolean weir_json_walk_skip (WeirJsonWalk *walk, WeirField *value);
/* The same, with a scalar checked; the inside of an array or object is not. */
gboolean weir_json_walk_read (WeirJsonWalk *walk, WeirField *value);

/* Into an array or object, whose bracket the next token is. */
gboolean weir_json_walk_enter (WeirJsonWalk *walk);
/* To the next value inside; FALSE behind the closing bracket, or on a fault. @key: in quotes, not
 * checked. */
gboolean weir_json_walk_next_member (WeirJsonWalk *walk, WeirField *key);
gboolean weir_json_walk_next_element (WeirJsonWalk *walk);

/* Behind the closing bracket, which the next token is. */
static inline void
weir_json_walk_leave (WeirJsonWalk *walk)
{
  walk->depth--;
  walk->next++;
}

/* TRUE when there is nothing behind the value, and no fault. */
gboolean weir_json_walk_finish (WeirJsonWalk *walk);

/* Checks the scalar of token @token to its end. */
gboolean weir_json_walk_check_token (WeirJsonWalk *walk, guint token);

/* What RFC 8259 calls whitespace; no other control character is. */
static inline gboolean
weir_json_is_space (char c)
{
  return (guchar)c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* What a scalar may begin with. */
extern const guint8 weir_json_scalar_starts[256];

/* A key in its plain form: no white space before the colon. @at stands on what goes before the
 * member, a bracket or a comma; @at[1] and @at[2] are key and colon. A quote right before a colon
 * closes the key, for one that opens a string would have hidden the colon. */
static inline gboolean
weir_json_is_plain_key (const char *text, const guint32 *at)
{
  return text[at[1]] == '"' && memcmp (text + at[2] - 1, "\":", 2) == 0;
}

static inline gboolean
weir_json_is_scalar (const char *text, guint32 start)
{
  return weir_json_scalar_starts[(guchar)text[start]];
}

/* From the bracket of an object or array to behind its end; NULL when it holds anything but plain
 * members, or scalars: then the walk takes it. */
static inline const guint32 *
weir_json_skip_plain (const char *text, const guint32 *at, const guint32 *end)
{
  gboolean object = text[*at] == '{';
  guint step = object ? 4 : 2;

  if (end - at > 1 && text[at[1]] == (object ? '}' : ']'))
    return at + 2;
  while (end - at > step && (!object || weir_json_is_plain_key (text, at))
         && weir_json_is_scalar (text, at[step - 1]))
    {
      at += step;
      if (text[*at] != ',')
        return text[*at] == (object ? '}' : ']') ? at + 1 : NULL;
    }
  return NULL;
}

/* The byte that token @next begins with; 0 behind the last one. */
static inline char
weir_json_walk_peek (const WeirJsonWalk *walk)
{
  return walk->next < walk->n_positions ? walk->text[walk->positions[walk->next]] : '\0';
}

static inline gsize
weir_json_walk_get_offset (const WeirJsonWalk *walk)
{
  return walk->next < walk->n_positions ? walk->positions[walk->next] : walk->length;
}

G_END_DECLS
