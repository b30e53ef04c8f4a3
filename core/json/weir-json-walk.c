/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-walk-private.h"

/* What a token begins with. */
enum
{
  JUNK,
  SCALAR, /* string, number or literal */
  STRING,
  OPEN_OBJECT,
  CLOSE_OBJECT,
  OPEN_ARRAY,
  CLOSE_ARRAY,
  COLON,
  COMMA,
  N_CLASSES
};

static const guint8 classes[256] = {
  ['{'] = OPEN_OBJECT, ['}'] = CLOSE_OBJECT, ['['] = OPEN_ARRAY, [']'] = CLOSE_ARRAY,
  [':'] = COLON,       [','] = COMMA,        ['"'] = STRING,     ['-'] = SCALAR,
  ['0'] = SCALAR,      ['1'] = SCALAR,       ['2'] = SCALAR,     ['3'] = SCALAR,
  ['4'] = SCALAR,      ['5'] = SCALAR,       ['6'] = SCALAR,     ['7'] = SCALAR,
  ['8'] = SCALAR,      ['9'] = SCALAR,       ['t'] = SCALAR,     ['f'] = SCALAR,
  ['n'] = SCALAR,
};

const guint8 weir_json_scalar_starts[256] = {
  ['"'] = TRUE, ['-'] = TRUE, ['0'] = TRUE, ['1'] = TRUE, ['2'] = TRUE,
  ['3'] = TRUE, ['4'] = TRUE, ['5'] = TRUE, ['6'] = TRUE, ['7'] = TRUE,
  ['8'] = TRUE, ['9'] = TRUE, ['t'] = TRUE, ['f'] = TRUE, ['n'] = TRUE,
};

/* What the grammar expects. */
enum
{
  BREACH, /* nothing: the token has no place */
  VALUE,
  FIRST_KEY,
  NEXT_KEY,
  NAME_END,
  MEMBER,
  MEMBER_END,
  FIRST_ELEMENT,
  ELEMENT,
  ELEMENT_END,
  DONE,
  N_STATES,
  DOWN_OBJECT = N_STATES, /* steps that change the depth */
  DOWN_ARRAY,
  UP,
};

#define A_VALUE(then)                                                                              \
  [SCALAR] = then, [STRING] = then, [OPEN_OBJECT] = DOWN_OBJECT, [OPEN_ARRAY] = DOWN_ARRAY

static const guint8 steps[N_STATES][N_CLASSES] = {
  [VALUE] = { A_VALUE (DONE) },
  [FIRST_KEY] = { [STRING] = NAME_END, [CLOSE_OBJECT] = UP },
  [NEXT_KEY] = { [STRING] = NAME_END },
  [NAME_END] = { [COLON] = MEMBER },
  [MEMBER] = { A_VALUE (MEMBER_END) },
  [MEMBER_END] = { [COMMA] = NEXT_KEY, [CLOSE_OBJECT] = UP },
  [FIRST_ELEMENT] = { A_VALUE (ELEMENT_END), [CLOSE_ARRAY] = UP },
  [ELEMENT] = { A_VALUE (ELEMENT_END) },
  [ELEMENT_END] = { [COMMA] = ELEMENT, [CLOSE_ARRAY] = UP },
};

/* The state behind an array or object that begins in a state. */
static const guint8 resumes[N_STATES] = {
  [VALUE] = DONE,
  [MEMBER] = MEMBER_END,
  [FIRST_ELEMENT] = ELEMENT_END,
  [ELEMENT] = ELEMENT_END,
};

static const char *const expected[N_STATES] = {
  [VALUE] = "expected a value",
  [FIRST_KEY] = "expected a key or '}'",
  [NEXT_KEY] = "expected a key",
  [NAME_END] = "expected ':'",
  [MEMBER] = "expected a value",
  [MEMBER_END] = "expected ',' or '}'",
  [FIRST_ELEMENT] = "expected a value or ']'",
  [ELEMENT] = "expected a value",
  [ELEMENT_END] = "expected ',' or ']'",
  [DONE] = "expected the end of the record",
};

static gboolean
fail_at (WeirJsonWalk *walk, gsize offset, const char *reason)
{
  if (walk->fault.reason == NULL)
    weir_json_fault_set (&walk->fault, WEIR_JSON_ERROR_SYNTAX, offset, reason);
  return FALSE;
}

static gboolean
fail_in (WeirJsonWalk *walk, guint state)
{
  return fail_at (walk, weir_json_walk_get_offset (walk), expected[state]);
}

static gboolean
fail_depth (WeirJsonWalk *walk)
{
  if (walk->fault.reason == NULL)
    weir_json_fault_set (&walk->fault, WEIR_JSON_ERROR_DEPTH, weir_json_walk_get_offset (walk),
                         "nested deeper than 256");
  return FALSE;
}

/* Where the quotes do not match up: the last one that opens a string. */
static gsize
find_unclosed (const char *text, gsize length)
{
  gsize opened = 0;
  gboolean inside = FALSE;

  for (gsize i = 0; i < length; i++)
    if (text[i] == '\\' && inside)
      i++;
    else if (text[i] == '"')
      {
        inside = !inside;
        opened = i;
      }
  return opened;
}

static gsize
find_control (const char *text, gsize length)
{
  gboolean inside = FALSE;

  for (gsize i = 0; i < length; i++)
    if (inside && (guchar)text[i] < 0x20)
      return i;
    else if (text[i] == '\\' && inside)
      i++;
    else if (text[i] == '"')
      inside = !inside;
  return 0;
}

static gsize
find_invalid_utf8 (const char *text, gsize length)
{
  const char *at = text;

  while (!g_utf8_validate_len (at, length - (at - text), &at) && *at == '\0' && at < text + length)
    at++;
  return at - text;
}

static gboolean
fail_index (WeirJsonWalk *walk, WeirJsonIndexStatus status)
{
  switch (status)
    {
    case WEIR_JSON_INDEX_UTF8:
      return weir_json_fault_set (&walk->fault, WEIR_JSON_ERROR_UTF8,
                                  find_invalid_utf8 (walk->text, walk->length), "not UTF-8");
    case WEIR_JSON_INDEX_UNCLOSED:
      return fail_at (walk, find_unclosed (walk->text, walk->length), "string is not closed");
    case WEIR_JSON_INDEX_CONTROL:
      return fail_at (walk, find_control (walk->text, walk->length),
                      "control character in a string");
    case WEIR_JSON_INDEX_EMPTY:
      return fail_at (walk, 0, "expected a value");
    default:
      return fail_at (walk, 0, "too long");
    }
}

gboolean
weir_json_walk_open (WeirJsonWalk *walk, WeirJsonIndex *index, const char *text, gsize length)
{
  WeirJsonIndexStatus status = weir_json_index_build (index, text, length);

  *walk = (WeirJsonWalk){
    .text = text,
    .length = length,
    .positions = index->positions,
    .n_positions = index->n_positions,
  };
  return status == WEIR_JSON_INDEX_GOOD || fail_index (walk, status);
}

/* Behind the last byte of a token: white space before the next one is not its own. */
static gsize
token_end (const WeirJsonWalk *walk, guint token)
{
  gsize end = token + 1 < walk->n_positions ? walk->positions[token + 1] : walk->length;

  while (weir_json_is_space (walk->text[end - 1]))
    end--;
  return end;
}

static void
view_token (const WeirJsonWalk *walk, guint token, WeirField *field)
{
  gsize start = walk->positions[token];

  field->text = walk->text + start;
  field->length = token_end (walk, token) - start;
  field->type = weir_json_type_of (*field->text);
}

/* One table step a token. Each depth keeps the state behind its closing bracket. */
static gboolean
skip_nested (WeirJsonWalk *walk)
{
  const char *text = walk->text;
  const guint32 *at = walk->positions + walk->next;
  const guint32 *end = walk->positions + walk->n_positions;
  guint8 after[WEIR_JSON_MAX_DEPTH];
  guint depth = walk->depth;
  guint state = VALUE;

  while (state != DONE)
    {
      guint step = at < end ? steps[state][classes[(guchar)text[*at]]] : BREACH;

      if (G_LIKELY (step < N_STATES && step != BREACH))
        state = step;
      else if (step == UP)
        state = after[--depth];
      else
        {
          walk->next = at - walk->positions;
          if (step == BREACH)
            return fail_in (walk, state);
          if (depth == WEIR_JSON_MAX_DEPTH)
            return fail_depth (walk);
          after[depth++] = resumes[state];
          state = step == DOWN_OBJECT ? FIRST_KEY : FIRST_ELEMENT;
        }
      at++;
    }
  walk->next = at - walk->positions;
  return TRUE;
}

/* What nobody reads: most often it holds nothing but scalars. */
static gboolean
skip_container (WeirJsonWalk *walk)
{
  const guint32 *end = walk->positions + walk->n_positions;
  const guint32 *behind = NULL;

  if (walk->next < walk->n_positions && walk->depth < WEIR_JSON_MAX_DEPTH)
    behind = weir_json_skip_plain (walk->text, walk->positions + walk->next, end);
  if (behind == NULL)
    return skip_nested (walk);
  walk->next = behind - walk->positions;
  return TRUE;
}

gboolean
weir_json_walk_skip (WeirJsonWalk *walk, WeirField *value)
{
  guint first = walk->next;
  guint class = classes[(guchar)weir_json_walk_peek (walk)];

  if (class == SCALAR || class == STRING)
    {
      walk->next++;
      if (value != NULL)
        view_token (walk, first, value);
      return TRUE;
    }
  if (!skip_container (walk))
    return FALSE;
  if (value != NULL)
    {
      value->text = walk->text + walk->positions[first];
      value->length = walk->positions[walk->next - 1] + 1 - walk->positions[first];
      value->type = class == OPEN_OBJECT ? WEIR_FIELD_OBJECT : WEIR_FIELD_ARRAY;
    }
  return TRUE;
}

static gboolean
check_field (WeirJsonWalk *walk, const WeirField *field)
{
  WeirJsonFault fault = { 0 };

  if (weir_json_check_scalar (field->text, field->length, &fault))
    return TRUE;
  return fail_at (walk, field->text - walk->text + fault.offset, fault.reason);
}

gboolean
weir_json_walk_read (WeirJsonWalk *walk, WeirField *value)
{
  return weir_json_walk_skip (walk, value) && check_field (walk, value);
}

gboolean
weir_json_walk_check_token (WeirJsonWalk *walk, guint token)
{
  WeirField field;
  guint class = classes[(guchar)walk->text[walk->positions[token]]];

  if (class != SCALAR && class != STRING)
    return TRUE;
  view_token (walk, token, &field);
  return check_field (walk, &field);
}

gboolean
weir_json_walk_enter (WeirJsonWalk *walk)
{
  if (walk->depth == WEIR_JSON_MAX_DEPTH)
    return fail_depth (walk);
  walk->depth++;
  walk->next++;
  return TRUE;
}

static gboolean
leave (WeirJsonWalk *walk)
{
  weir_json_walk_leave (walk);
  return FALSE;
}

/* No value ends in an opening bracket, so one before the walk's place is that of the container. */
static gboolean
is_first (const WeirJsonWalk *walk, char bracket)
{
  return walk->text[walk->positions[walk->next - 1]] == bracket;
}

gboolean
weir_json_walk_next_member (WeirJsonWalk *walk, WeirField *key)
{
  gboolean first = is_first (walk, '{');
  char c = weir_json_walk_peek (walk);

  if (walk->fault.reason != NULL)
    return FALSE;
  if (c == '}')
    return leave (walk);
  if (!first)
    {
      if (c != ',')
        return fail_in (walk, MEMBER_END);
      walk->next++;
      c = weir_json_walk_peek (walk);
    }
  if (c != '"')
    return fail_in (walk, first ? FIRST_KEY : NEXT_KEY);
  view_token (walk, walk->next++, key);
  if (weir_json_walk_peek (walk) != ':')
    return fail_in (walk, NAME_END);
  walk->next++;
  return TRUE;
}

gboolean
weir_json_walk_next_element (WeirJsonWalk *walk)
{
  gboolean first = is_first (walk, '[');
  char c = weir_json_walk_peek (walk);

  if (walk->fault.reason != NULL)
    return FALSE;
  if (c == ']')
    return leave (walk);
  if (first)
    return TRUE;
  if (c != ',')
    return fail_in (walk, ELEMENT_END);
  walk->next++;
  return TRUE;
}

gboolean
weir_json_walk_finish (WeirJsonWalk *walk)
{
  if (walk->fault.reason != NULL)
    return FALSE;
  return walk->next == walk->n_positions || fail_in (walk, DONE);
}
