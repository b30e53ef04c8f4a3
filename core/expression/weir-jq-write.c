/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-value-private.h"
#include "json/weir-json-walk-private.h"

/* @magnitude as a whole number and decimal places. Doubles tell apart all decimals of 15 digits, so
 * one that reads back as the number is the shortest text of it. */
static gboolean
find_decimal (double magnitude, guint64 *whole, guint *places)
{
  static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4 };

  for (guint i = 0; i < G_N_ELEMENTS (powers) && magnitude * powers[i] < 1e15; i++)
    {
      *whole = (guint64)(magnitude * powers[i] + 0.5);
      *places = i;
      if ((double)*whole / powers[i] == magnitude)
        return TRUE;
    }
  return FALSE;
}

void
weir_jq_append_number (GString *json, double number)
{
  char digits[24];
  guint i = sizeof digits;
  guint64 whole;
  guint places;

  if ((number == 0 && signbit (number)) || !find_decimal (fabs (number), &whole, &places))
    {
      weir_json_append_double (json, number);
      return;
    }
  for (guint n = 0; whole > 0 || n <= places; n++)
    {
      if (n == places && n > 0)
        digits[--i] = '.';
      digits[--i] = (char)('0' + whole % 10);
      whole /= 10;
    }
  if (number < 0)
    digits[--i] = '-';
  weir_jq_append (json, digits + i, sizeof digits - i);
}

/* jq escapes DEL too. */
static void
escape_deletes (GString *json, gsize from)
{
  char *found;

  while (from < json->len && (found = memchr (json->str + from, 0x7f, json->len - from)) != NULL)
    {
      gsize at = found - json->str;

      g_string_erase (json, at, 1);
      g_string_insert (json, at, "\\u007f");
      from = at + 6;
    }
}

static void
append_text (WeirJqRun *run, const WeirJqValue *string, gboolean plain, GString *json)
{
  gsize length;
  const char *text = weir_jq_get_text (run, string, &length);
  gsize from = json->len;

  weir_json_append_string (json, text, length);
  if (plain)
    escape_deletes (json, from);
}

/* Half a surrogate pair does not read the same everywhere. */
static gboolean
has_surrogate (const char *text, gsize length)
{
  const char *end = text + length;

  while ((text = memchr (text, '\\', end - text)) != NULL)
    {
      if (text[1] == 'u' && (text[2] == 'd' || text[2] == 'D')
          && g_ascii_xdigit_value (text[3]) >= 8)
        return TRUE;
      text += 2;
    }
  return FALSE;
}

/* A raw container reads the same as what jq makes of it when no key occurs twice in an object and
 * no string has half a surrogate pair. Its scalars are checked on the way: nobody has looked at
 * them yet. */
typedef struct
{
  WeirJqRun *run;
  WeirJsonWalk walk;
  gboolean same;
  guint deepest;
} Check;

/* Keys of one object that are compared one by one. */
#define MANY_KEYS 64

static void
add_key (Check *check, const WeirField *key, guint from)
{
  GArray *keys = check->run->keys;
  const WeirField *others = (const WeirField *)(gpointer)keys->data;

  if (keys->len - from > MANY_KEYS || memchr (key->text, '\\', key->length) != NULL)
    check->same = FALSE;
  for (guint i = from; check->same && i < keys->len; i++)
    if (others[i].length == key->length && memcmp (others[i].text, key->text, key->length) == 0)
      check->same = FALSE;
  if (check->same)
    g_array_append_vals (keys, key, 1);
}

static gboolean check_value (Check *check);

static gboolean
check_object (Check *check)
{
  guint from = check->run->keys->len;
  WeirField key;

  while (weir_json_walk_next_member (&check->walk, &key))
    {
      if (!weir_json_walk_check_token (&check->walk, check->walk.next - 2))
        break;
      add_key (check, &key, from);
      if (!check_value (check))
        break;
    }
  g_array_set_size (check->run->keys, from);
  return check->walk.fault.reason == NULL;
}

static gboolean
check_value (Check *check)
{
  char c = weir_json_walk_peek (&check->walk);
  WeirField scalar;

  if (c != '{' && c != '[')
    return weir_json_walk_read (&check->walk, &scalar);
  if (!weir_json_walk_enter (&check->walk))
    return FALSE;
  check->deepest = MAX (check->deepest, check->walk.depth);
  if (c == '{')
    return check_object (check);
  while (weir_json_walk_next_element (&check->walk))
    if (!check_value (check))
      return FALSE;
  return check->walk.fault.reason == NULL;
}

static WeirJqStatus
check_container (Check *check, const WeirJqValue *value)
{
  check->same = !has_surrogate (value->text, value->length);
  if (weir_json_walk_open (&check->walk, check->run->index, value->text, value->length)
      && check_value (check))
    return WEIR_JQ_GO;
  return weir_jq_keep_fault (check->run, &check->walk.fault, value->text);
}

typedef struct
{
  WeirJqRun *run;
  GString *json;
  gboolean plain; /* as jq prints it */
  guint depth;
} Writer;

static WeirJqStatus write_value (Writer *writer, const WeirJqValue *value);

/* No `try` may catch that an output is too deep. Inside an expression libjq prints something else.
 */
static WeirJqStatus
fail_depth (Writer *writer)
{
  if (writer->plain)
    return WEIR_JQ_DEFER;
  weir_jq_fail (writer->run, "the result is nested deeper than %d", WEIR_JSON_MAX_DEPTH);
  writer->run->fault.reason = NULL;
  return WEIR_JQ_FAULT;
}

static WeirJqStatus
write_elements (Writer *writer, const WeirJqValue *array)
{
  WeirJqStatus status = WEIR_JQ_GO;

  g_string_append_c (writer->json, '[');
  for (guint i = 0; status == WEIR_JQ_GO && i < array->length; i++)
    {
      if (i > 0)
        g_string_append_c (writer->json, ',');
      status = write_value (writer, &array->elements[i]);
    }
  g_string_append_c (writer->json, ']');
  return status;
}

static WeirJqStatus
write_members (Writer *writer, const WeirJqValue *object)
{
  WeirJqStatus status = WEIR_JQ_GO;

  g_string_append_c (writer->json, '{');
  for (guint i = 0; status == WEIR_JQ_GO && i < object->length; i++)
    {
      const WeirJqMember *member = &object->members[i];

      if (i > 0)
        g_string_append_c (writer->json, ',');
      append_text (writer->run, &member->key, writer->plain, writer->json);
      g_string_append_c (writer->json, ':');
      status = write_value (writer, &member->value);
    }
  g_string_append_c (writer->json, '}');
  return status;
}

static WeirJqStatus
write_container (Writer *writer, const WeirJqValue *value)
{
  WeirJqValue opened = *value;
  WeirJqStatus status;

  if (writer->depth == WEIR_JSON_MAX_DEPTH)
    return fail_depth (writer);
  status = weir_jq_open (writer->run, &opened);
  if (status != WEIR_JQ_GO)
    return status;
  writer->depth++;
  status = opened.kind == WEIR_JQ_ARRAY ? write_elements (writer, &opened)
                                        : write_members (writer, &opened);
  writer->depth--;
  return status;
}

static WeirJqStatus
write_raw_container (Writer *writer, const WeirJqValue *value)
{
  Check check = { .run = writer->run };
  WeirJqStatus status = check_container (&check, value);

  if (status == WEIR_JQ_GO && check.same && writer->depth + check.deepest <= WEIR_JSON_MAX_DEPTH)
    weir_jq_append (writer->json, value->text, value->length);
  else if (status == WEIR_JQ_GO)
    status = write_container (writer, value);
  return status;
}

static WeirJqStatus
write_scalar (Writer *writer, const WeirJqValue *value)
{
  static const char *const words[] = { "null", "false", "true" };

  if (value->kind <= WEIR_JQ_TRUE)
    g_string_append (writer->json, words[value->kind]);
  else if (value->raw && !writer->plain
           && (value->kind == WEIR_JQ_NUMBER || !has_surrogate (value->text, value->length)))
    weir_jq_append (writer->json, value->text, value->length);
  else if (value->kind == WEIR_JQ_NUMBER)
    weir_jq_append_number (writer->json, weir_jq_get_number (value));
  else
    append_text (writer->run, value, writer->plain, writer->json);
  return WEIR_JQ_GO;
}

static WeirJqStatus
write_value (Writer *writer, const WeirJqValue *value)
{
  if (value->kind < WEIR_JQ_ARRAY)
    return write_scalar (writer, value);
  return value->raw && !writer->plain ? write_raw_container (writer, value)
                                      : write_container (writer, value);
}

WeirJqStatus
weir_jq_write (WeirJqRun *run, const WeirJqValue *value, GString *json)
{
  Writer writer = { run, json, FALSE, 0 };

  if (value->raw
      && (value->kind < WEIR_JQ_STRING
          || (value->kind == WEIR_JQ_STRING && memchr (value->text, '\\', value->length) == NULL)))
    {
      weir_jq_append (json, value->text, value->length);
      return WEIR_JQ_GO;
    }
  return write_value (&writer, value);
}

WeirJqStatus
weir_jq_dump (WeirJqRun *run, const WeirJqValue *value, GString *json)
{
  Writer writer = { run, json, TRUE, 0 };

  return write_value (&writer, value);
}
