/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-value-private.h"

#include <string.h>

#include "json/weir-json-walk-private.h"

#define FIRST_BLOCK   ((gsize)32 * 1024)
#define LARGEST_BLOCK ((gsize)4 * 1024 * 1024)

/* Objects with more members than this are searched by a table while they are opened. */
#define FEW_MEMBERS 12

/* Memory ------------------------------------------------------------------------------------ */

static void
add_block (WeirJqArena *arena, gsize size)
{
  if (arena->block != NULL)
    g_ptr_array_add (arena->filled, arena->block);
  arena->size = MAX (size, CLAMP (arena->size * 2, FIRST_BLOCK, LARGEST_BLOCK));
  arena->block = g_malloc (arena->size);
  arena->total += arena->size;
  arena->used = 0;
}

gpointer
weir_jq_allocate (WeirJqRun *run, gsize size)
{
  WeirJqArena *arena = &run->arena;
  gpointer memory;

  size = (size + 7) & ~(gsize)7;
  if (G_UNLIKELY (size > arena->size - arena->used))
    add_block (arena, size);
  memory = arena->block + arena->used;
  arena->used += size;
  return memory;
}

char *
weir_jq_copy_text (WeirJqRun *run, const char *text, gsize length)
{
  return memcpy (weir_jq_allocate (run, MAX (length, 1)), text, length);
}

void
weir_jq_run_init (WeirJqRun *run)
{
  memset (run, 0, sizeof *run);
  run->arena.filled = g_ptr_array_new_with_free_func (g_free);
  run->index = weir_json_index_new ();
  run->stack = g_array_new (FALSE, FALSE, sizeof (WeirJqValue));
  run->keys = g_array_new (FALSE, FALSE, sizeof (WeirField));
  run->text = g_string_new (NULL);
}

void
weir_jq_run_clear (WeirJqRun *run)
{
  g_ptr_array_unref (run->arena.filled);
  g_free (run->arena.block);
  weir_json_index_free (run->index);
  g_array_unref (run->stack);
  g_array_unref (run->keys);
  g_string_free (run->text, TRUE);
}

static void
free_large_memory (WeirJqRun *run)
{
  g_ptr_array_set_size (run->arena.filled, 0);
  g_clear_pointer (&run->arena.block, g_free);
  run->arena.size = run->arena.total = 0;
  if (run->text->allocated_len > LARGEST_BLOCK)
    {
      g_string_free (run->text, TRUE);
      run->text = g_string_new (NULL);
    }
}

void
weir_jq_run_reset (WeirJqRun *run)
{
  if (G_UNLIKELY (run->arena.filled->len > 0))
    free_large_memory (run);
  run->arena.used = 0;
  run->depth = 0;
  if (G_UNLIKELY (run->stack->len > 0))
    g_array_set_size (run->stack, 0);
}

/* Making values ----------------------------------------------------------------------------- */

WeirJqValue
weir_jq_raw (const char *text, gsize length)
{
  WeirJqValue value = { .raw = TRUE, .length = length, .text = text };

  switch (*text)
    {
    case '"':
      value.kind = WEIR_JQ_STRING;
      break;
    case '{':
      value.kind = WEIR_JQ_OBJECT;
      break;
    case '[':
      value.kind = WEIR_JQ_ARRAY;
      break;
    case 'n':
      value.kind = WEIR_JQ_NULL;
      break;
    case 'f':
      value.kind = WEIR_JQ_FALSE;
      break;
    case 't':
      value.kind = WEIR_JQ_TRUE;
      break;
    default:
      value.kind = WEIR_JQ_NUMBER;
    }
  return value;
}

/* Any record, and white space around it. */
WeirJqValue
weir_jq_trim_record (const WeirJqRun *run)
{
  const char *start = run->record;
  const char *end = start + run->record_length;

  while (start < end && g_ascii_isspace (*start))
    start++;
  while (start < end && g_ascii_isspace (end[-1]))
    end--;
  return weir_jq_raw (start, end - start);
}

WeirJqValue
weir_jq_take_string (WeirJqRun *run, const GString *text)
{
  return weir_jq_string (weir_jq_copy_text (run, text->str, text->len), text->len);
}

WeirJqValue
weir_jq_pop_array (WeirJqRun *run, guint from)
{
  guint length = run->stack->len - from;
  gsize size = length * sizeof (WeirJqValue);
  WeirJqValue *elements = weir_jq_allocate (run, size);

  if (length > 0)
    memcpy (elements, &g_array_index (run->stack, WeirJqValue, from), size);
  g_array_set_size (run->stack, from);
  return weir_jq_array (elements, length);
}

/* Scalars ------------------------------------------------------------------------------------ */

/* Powers that a double holds exactly. */
static const double powers[]
    = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

/* Up to 15 digits are exact, and so their quotient by an exact power is rounded right (Clinger: How
 * to read floating point numbers accurately, 1990). */
double
weir_jq_parse_number (const char *text, gsize length)
{
  gsize at = *text == '-';
  gsize point = length;
  guint64 whole = 0;

  if (length > 16)
    return weir_json_parse_double (text, length);
  for (gsize i = at; i < length; i++)
    {
      guint digit = (guchar)text[i] - (guint)'0';

      if (G_LIKELY (digit < 10))
        whole = whole * 10 + digit;
      else if (text[i] == '.' && point == length)
        point = i;
      else
        return weir_json_parse_double (text, length);
    }
  if (length - at > 15 + (point < length))
    return weir_json_parse_double (text, length);
  if (point < length)
    return (at ? -1.0 : 1.0) * (double)whole / powers[length - point - 1];
  return at ? -(double)whole : (double)whole;
}

const char *
weir_jq_get_text (WeirJqRun *run, const WeirJqValue *value, gsize *length)
{
  const char *inside = value->text + 1;
  char *text;

  *length = value->length;
  if (!value->raw)
    return value->text;
  *length -= 2;
  if (memchr (inside, '\\', *length) == NULL)
    return inside;
  text = weir_jq_allocate (run, *length);
  *length = weir_json_unescape (inside, *length, text);
  return text;
}

gsize
weir_jq_count_characters (const char *text, gsize length)
{
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    n += ((guchar)text[i] & 0xc0) != 0x80;
  return n;
}

/* Containers --------------------------------------------------------------------------------- */

WeirJqStatus
weir_jq_keep_fault (WeirJqRun *run, const WeirJsonFault *fault, const char *text)
{
  run->fault = *fault;
  if (text >= run->record && text < run->record + run->record_length)
    run->fault.offset += text - run->record;
  return WEIR_JQ_FAULT;
}

static gboolean
enter (WeirJqRun *run, const WeirJqValue *value, WeirJsonWalk *walk)
{
  return weir_json_walk_open (walk, run->index, value->text, value->length)
         && weir_json_walk_enter (walk);
}

static WeirJqStatus
open_array (WeirJqRun *run, WeirJqValue *value)
{
  guint from = run->stack->len;
  WeirJsonWalk walk;
  WeirField field;

  if (enter (run, value, &walk))
    while (weir_json_walk_next_element (&walk) && weir_json_walk_read (&walk, &field))
      {
        WeirJqValue element = weir_jq_raw (field.text, field.length);

        weir_jq_push (run, &element);
      }
  if (walk.fault.reason != NULL)
    {
      g_array_set_size (run->stack, from);
      return weir_jq_keep_fault (run, &walk.fault, walk.text);
    }
  *value = weir_jq_pop_array (run, from);
  return WEIR_JQ_GO;
}

static WeirJqValue
make_key (WeirJqRun *run, const WeirField *token)
{
  WeirJqValue raw = weir_jq_raw (token->text, token->length);
  gsize length;
  const char *text = weir_jq_get_text (run, &raw, &length);

  return weir_jq_string (text, length);
}

static guint
hash_key (gconstpointer data)
{
  const WeirJqValue *key = data;
  guint32 hash = 2166136261u; /* FNV-1a */

  for (guint i = 0; i < key->length; i++)
    hash = (hash ^ (guchar)key->text[i]) * 16777619u;
  return hash;
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  const WeirJqValue *left = a;
  const WeirJqValue *right = b;

  return left->length == right->length && memcmp (left->text, right->text, left->length) == 0;
}

static WeirJqMember *
find_member (const WeirJqMember *members, guint length, const WeirJqValue *key)
{
  for (guint i = 0; i < length; i++)
    if (equal_keys (&members[i].key, key))
      return (WeirJqMember *)&members[i];
  return NULL;
}

/* A key that occurs again gives its first place the new value. @pairs: keys and values in turn. */
static WeirJqValue
unite_members (WeirJqRun *run, const WeirJqValue *pairs, guint n_pairs)
{
  WeirJqMember *members = weir_jq_allocate (run, n_pairs * sizeof (WeirJqMember));
  g_autoptr (GHashTable) table
      = n_pairs > FEW_MEMBERS ? g_hash_table_new (hash_key, equal_keys) : NULL;
  guint length = 0;

  for (guint i = 0; i < n_pairs; i++)
    {
      const WeirJqValue *key = &pairs[2 * i];
      WeirJqMember *member
          = table != NULL ? g_hash_table_lookup (table, key) : find_member (members, length, key);

      if (member == NULL)
        {
          member = &members[length++];
          member->key = *key;
          if (table != NULL)
            g_hash_table_insert (table, &member->key, member);
        }
      member->value = pairs[2 * i + 1];
    }
  return weir_jq_object (members, length);
}

static WeirJqStatus
open_object (WeirJqRun *run, WeirJqValue *value)
{
  guint from = run->stack->len;
  WeirJsonWalk walk;
  WeirField key;
  WeirField field;

  if (enter (run, value, &walk))
    while (weir_json_walk_next_member (&walk, &key)
           && weir_json_walk_check_token (&walk, walk.next - 2)
           && weir_json_walk_read (&walk, &field))
      {
        WeirJqValue pair[2] = { make_key (run, &key), weir_jq_raw (field.text, field.length) };

        g_array_append_vals (run->stack, pair, 2);
      }
  if (walk.fault.reason == NULL)
    *value = unite_members (run, &g_array_index (run->stack, WeirJqValue, from),
                            (run->stack->len - from) / 2);
  g_array_set_size (run->stack, from);
  return walk.fault.reason == NULL ? WEIR_JQ_GO : weir_jq_keep_fault (run, &walk.fault, walk.text);
}

WeirJqStatus
weir_jq_open (WeirJqRun *run, WeirJqValue *value)
{
  if (!value->raw)
    return WEIR_JQ_GO;
  return value->kind == WEIR_JQ_ARRAY ? open_array (run, value) : open_object (run, value);
}

/* Without opening the whole object. */
static WeirJqStatus
find_raw_key (WeirJqRun *run, const WeirJqValue *object, const WeirJqValue *key, gboolean *found,
              WeirJqValue *value)
{
  WeirJsonWalk walk;
  WeirField token;
  WeirField field;

  if (enter (run, object, &walk))
    while (weir_json_walk_next_member (&walk, &token))
      {
        WeirJqValue name;

        if (!weir_json_walk_check_token (&walk, walk.next - 2))
          break;
        name = make_key (run, &token);
        if (!equal_keys (&name, key))
          {
            if (!weir_json_walk_skip (&walk, NULL))
              break;
            continue;
          }
        if (!weir_json_walk_read (&walk, &field))
          break;
        *found = TRUE;
        *value = weir_jq_raw (field.text, field.length);
      }
  return walk.fault.reason == NULL ? WEIR_JQ_GO : weir_jq_keep_fault (run, &walk.fault, walk.text);
}

WeirJqStatus
weir_jq_find_key (WeirJqRun *run, const WeirJqValue *object, const char *key, gsize length,
                  gboolean *found, WeirJqValue *value)
{
  WeirJqValue name = weir_jq_string (key, length);
  const WeirJqMember *member;

  *found = FALSE;
  if (object->raw)
    return find_raw_key (run, object, &name, found, value);
  member = find_member (object->members, object->length, &name);
  if (member != NULL)
    *value = member->value;
  *found = member != NULL;
  return WEIR_JQ_GO;
}

const char *
weir_jq_kind_name (const WeirJqValue *value)
{
  static const char *const names[]
      = { "null", "boolean", "boolean", "number", "string", "array", "object" };

  return names[value->kind];
}

/* Errors ------------------------------------------------------------------------------------ */

WeirJqStatus
weir_jq_fail (WeirJqRun *run, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;
  gsize length;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  length = strlen (message);
  run->error = weir_jq_string (weir_jq_copy_text (run, message, length), length);
  return WEIR_JQ_ERROR;
}

/* jq keeps 11 bytes of a long value, and dots. */
static char *
describe (WeirJqRun *run, const WeirJqValue *value)
{
  g_autoptr (GString) json = g_string_new (NULL);

  weir_jq_dump (run, value, json);
  if (json->len > 14)
    {
      g_string_truncate (json, 11);
      g_string_append (json, "...");
    }
  return g_utf8_make_valid (json->str, json->len);
}

WeirJqStatus
weir_jq_fail_value (WeirJqRun *run, const WeirJqValue *value, const char *what)
{
  g_autofree char *text = describe (run, value);

  return weir_jq_fail (run, "%s (%s) %s", weir_jq_kind_name (value), text, what);
}

WeirJqStatus
weir_jq_fail_values (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, const char *what)
{
  g_autofree char *left = describe (run, a);
  g_autofree char *right = describe (run, b);

  return weir_jq_fail (run, "%s (%s) and %s (%s) %s", weir_jq_kind_name (a), left,
                       weir_jq_kind_name (b), right, what);
}
