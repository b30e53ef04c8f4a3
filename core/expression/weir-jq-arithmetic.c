/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-node-private.h"

/* Longest string that repetition makes here. */
#define MAX_REPEATED ((gsize)64 * 1024 * 1024)

WeirJqStatus
weir_jq_put (WeirJqRun *run, WeirJqValue object, const WeirJqValue *key, const WeirJqValue *value,
             WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &object);
  WeirJqMember *members;
  guint i = 0;

  if (status != WEIR_JQ_GO)
    return status;
  members = weir_jq_allocate (run, (object.length + 1) * sizeof (WeirJqMember));
  if (object.length > 0)
    memcpy (members, object.members, object.length * sizeof (WeirJqMember));
  while (
      i < object.length
      && weir_jq_compare_text (members[i].key.text, members[i].key.length, key->text, key->length)
             != 0)
    i++;
  members[i].key = *key;
  members[i].value = *value;
  *output = weir_jq_object (members, MAX (object.length, i + 1));
  return WEIR_JQ_GO;
}

/* Addition ---------------------------------------------------------------------------------- */

static void
concatenate (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  gsize a_length;
  gsize b_length;
  const char *left = weir_jq_get_text (run, a, &a_length);
  const char *right = weir_jq_get_text (run, b, &b_length);
  char *text = weir_jq_allocate (run, MAX (a_length + b_length, 1));

  memcpy (text, left, a_length);
  memcpy (text + a_length, right, b_length);
  *output = weir_jq_string (text, a_length + b_length);
}

static WeirJqStatus
append_arrays (WeirJqRun *run, WeirJqValue a, WeirJqValue b, WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &a);
  WeirJqValue *elements;

  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &b);
  if (status != WEIR_JQ_GO)
    return status;
  elements = weir_jq_allocate (run, ((gsize)a.length + b.length) * sizeof (WeirJqValue));
  if (a.length > 0)
    memcpy (elements, a.elements, a.length * sizeof (WeirJqValue));
  if (b.length > 0)
    memcpy (elements + a.length, b.elements, b.length * sizeof (WeirJqValue));
  *output = weir_jq_array (elements, a.length + b.length);
  return WEIR_JQ_GO;
}

static WeirJqStatus merge_deeply (WeirJqRun *run, WeirJqValue a, WeirJqValue b,
                                  WeirJqValue *output);

static WeirJqStatus
merge_member (WeirJqRun *run, WeirJqMember *member, const WeirJqValue *value, gboolean deep)
{
  if (deep && member->value.kind == WEIR_JQ_OBJECT && value->kind == WEIR_JQ_OBJECT)
    return merge_deeply (run, member->value, *value, &member->value);
  member->value = *value;
  return WEIR_JQ_GO;
}

static WeirJqStatus
merge (WeirJqRun *run, WeirJqValue a, WeirJqValue b, gboolean deep, WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &a);
  WeirJqMember *members;
  guint length = a.length;

  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &b);
  if (status != WEIR_JQ_GO)
    return status;
  members = weir_jq_allocate (run, ((gsize)a.length + b.length) * sizeof (WeirJqMember));
  if (a.length > 0)
    memcpy (members, a.members, a.length * sizeof (WeirJqMember));
  for (guint i = 0; status == WEIR_JQ_GO && i < b.length; i++)
    {
      const WeirJqValue *key = &b.members[i].key;
      guint at = 0;

      while (at < a.length
             && weir_jq_compare_text (members[at].key.text, members[at].key.length, key->text,
                                      key->length)
                    != 0)
        at++;
      if (at < a.length)
        status = merge_member (run, &members[at], &b.members[i].value, deep);
      else
        members[length++] = b.members[i];
    }
  *output = weir_jq_object (members, length);
  return status;
}

static WeirJqStatus
merge_deeply (WeirJqRun *run, WeirJqValue a, WeirJqValue b, WeirJqValue *output)
{
  WeirJqStatus status;

  if (++run->depth > WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = merge (run, a, b, TRUE, output);
  run->depth--;
  return status;
}

static WeirJqStatus
add (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  if (a->kind == WEIR_JQ_NULL || b->kind == WEIR_JQ_NULL)
    {
      *output = a->kind == WEIR_JQ_NULL ? *b : *a;
      return WEIR_JQ_GO;
    }
  if (a->kind != b->kind || a->kind < WEIR_JQ_NUMBER)
    return weir_jq_fail_values (run, a, b, "cannot be added");
  if (a->kind == WEIR_JQ_ARRAY)
    return append_arrays (run, *a, *b, output);
  if (a->kind == WEIR_JQ_OBJECT)
    return merge (run, *a, *b, FALSE, output);
  if (a->kind == WEIR_JQ_NUMBER)
    *output = weir_jq_number (weir_jq_get_number (a) + weir_jq_get_number (b));
  else
    concatenate (run, a, b, output);
  return WEIR_JQ_GO;
}

/* Subtraction ------------------------------------------------------------------------------- */

static WeirJqStatus
is_element (WeirJqRun *run, const WeirJqValue *array, const WeirJqValue *value, gboolean *found)
{
  WeirJqStatus status = WEIR_JQ_GO;

  *found = FALSE;
  for (guint i = 0; status == WEIR_JQ_GO && !*found && i < array->length; i++)
    status = weir_jq_equals (run, &array->elements[i], value, found);
  return status;
}

static WeirJqStatus
subtract_arrays (WeirJqRun *run, WeirJqValue a, WeirJqValue b, WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &a);
  WeirJqValue *elements;
  guint length = 0;

  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &b);
  if (status != WEIR_JQ_GO)
    return status;
  elements = weir_jq_allocate (run, a.length * sizeof (WeirJqValue));
  for (guint i = 0; status == WEIR_JQ_GO && i < a.length; i++)
    {
      gboolean found;

      status = is_element (run, &b, &a.elements[i], &found);
      if (status == WEIR_JQ_GO && !found)
        elements[length++] = a.elements[i];
    }
  *output = weir_jq_array (elements, length);
  return status;
}

/* Multiplication ---------------------------------------------------------------------------- */

/* What the conversion of jq's processor gives. */
static gint64
to_int64 (double number)
{
  if (isnan (number) || number >= 9223372036854775808.0 || number < -9223372036854775808.0)
    return G_MININT64;
  return (gint64)number;
}

static gint32
to_int32 (double number)
{
  if (isnan (number) || number >= 2147483648.0 || number <= -2147483649.0)
    return G_MININT32;
  return (gint32)number;
}

/* As often as the number says, rounded up from its fraction to one; null when that is not once. */
static WeirJqStatus
repeat (WeirJqRun *run, const WeirJqValue *string, double number, WeirJqValue *output)
{
  gint32 more = to_int32 (number - 1);
  gsize length;
  const char *text = weir_jq_get_text (run, string, &length);
  char *repeated;

  *output = weir_jq_simple (WEIR_JQ_NULL);
  if (number >= G_MAXINT32)
    return WEIR_JQ_DEFER;
  if (more < 0)
    return WEIR_JQ_GO;
  if (((gsize)more + 1) * length > MAX_REPEATED)
    return WEIR_JQ_DEFER;
  repeated = weir_jq_allocate (run, MAX (((gsize)more + 1) * length, 1));
  for (gint32 i = 0; i <= more; i++)
    memcpy (repeated + (gsize)i * length, text, length);
  *output = weir_jq_string (repeated, ((gsize)more + 1) * length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
multiply (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  if (a->kind == WEIR_JQ_NUMBER && b->kind == WEIR_JQ_NUMBER)
    {
      *output = weir_jq_number (weir_jq_get_number (a) * weir_jq_get_number (b));
      return WEIR_JQ_GO;
    }
  if (a->kind == WEIR_JQ_STRING && b->kind == WEIR_JQ_NUMBER)
    return repeat (run, a, weir_jq_get_number (b), output);
  if (a->kind == WEIR_JQ_NUMBER && b->kind == WEIR_JQ_STRING)
    return repeat (run, b, weir_jq_get_number (a), output);
  if (a->kind == WEIR_JQ_OBJECT && b->kind == WEIR_JQ_OBJECT)
    return merge_deeply (run, *a, *b, output);
  return weir_jq_fail_values (run, a, b, "cannot be multiplied");
}

/* Division ---------------------------------------------------------------------------------- */

static void
push_text (WeirJqRun *run, const char *text, gsize length)
{
  WeirJqValue value = weir_jq_string (text, length);

  weir_jq_push (run, &value);
}

static void
split_characters (WeirJqRun *run, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      const char *next = g_utf8_next_char (text);

      push_text (run, text, next - text);
      text = next;
    }
}

WeirJqStatus
weir_jq_split (WeirJqRun *run, const WeirJqValue *string, const WeirJqValue *separator,
               WeirJqValue *output)
{
  gsize length;
  gsize width;
  const char *at = weir_jq_get_text (run, string, &length);
  const char *by = weir_jq_get_text (run, separator, &width);
  const char *end = at + length;
  guint from = run->stack->len;

  if (width == 0)
    split_characters (run, at, length);
  else if (length > 0)
    for (;;)
      {
        const char *found = memmem (at, end - at, by, width);

        push_text (run, at, (found != NULL ? found : end) - at);
        if (found == NULL)
          break;
        at = found + width;
      }
  *output = weir_jq_pop_array (run, from);
  return WEIR_JQ_GO;
}

static WeirJqStatus
divide (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  double divisor;

  if (a->kind == WEIR_JQ_STRING && b->kind == WEIR_JQ_STRING)
    return weir_jq_split (run, a, b, output);
  if (a->kind != WEIR_JQ_NUMBER || b->kind != WEIR_JQ_NUMBER)
    return weir_jq_fail_values (run, a, b, "cannot be divided");
  divisor = weir_jq_get_number (b);
  if (divisor == 0)
    return weir_jq_fail_values (run, a, b, "cannot be divided because the divisor is zero");
  *output = weir_jq_number (weir_jq_get_number (a) / divisor);
  return WEIR_JQ_GO;
}

static WeirJqStatus
modulo (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  gint64 divisor;

  if (a->kind != WEIR_JQ_NUMBER || b->kind != WEIR_JQ_NUMBER)
    return weir_jq_fail_values (run, a, b, "cannot be divided");
  divisor = to_int64 (weir_jq_get_number (b));
  if (divisor == 0)
    return weir_jq_fail_values (run, a, b,
                                "cannot be divided (remainder) because the divisor is zero");
  *output
      = weir_jq_number (divisor == -1 ? 0 : (double)(to_int64 (weir_jq_get_number (a)) % divisor));
  return WEIR_JQ_GO;
}

/* ------------------------------------------------------------------------------------------- */

static gboolean
judge (WeirJqOperator operation, int order)
{
  switch (operation)
    {
    case WEIR_JQ_LESS:
      return order < 0;
    case WEIR_JQ_LESS_EQUAL:
      return order <= 0;
    case WEIR_JQ_GREATER:
      return order > 0;
    default:
      return order >= 0;
    }
}

static WeirJqStatus
compare (WeirJqRun *run, WeirJqOperator operation, const WeirJqValue *a, const WeirJqValue *b,
         WeirJqValue *output)
{
  gboolean equal;
  int order;
  WeirJqStatus status;

  if (operation == WEIR_JQ_EQUAL || operation == WEIR_JQ_UNEQUAL)
    {
      status = weir_jq_equals (run, a, b, &equal);
      *output = weir_jq_boolean (equal == (operation == WEIR_JQ_EQUAL));
      return status;
    }
  status = weir_jq_compare (run, a, b, &order);
  *output = weir_jq_boolean (judge (operation, order));
  return status;
}

WeirJqStatus
weir_jq_calculate (WeirJqRun *run, WeirJqOperator operation, const WeirJqValue *a,
                   const WeirJqValue *b, WeirJqValue *output)
{
  switch (operation)
    {
    case WEIR_JQ_ADD:
      return add (run, a, b, output);
    case WEIR_JQ_SUBTRACT:
      if (a->kind == WEIR_JQ_ARRAY && b->kind == WEIR_JQ_ARRAY)
        return subtract_arrays (run, *a, *b, output);
      if (a->kind != WEIR_JQ_NUMBER || b->kind != WEIR_JQ_NUMBER)
        return weir_jq_fail_values (run, a, b, "cannot be subtracted");
      *output = weir_jq_number (weir_jq_get_number (a) - weir_jq_get_number (b));
      return WEIR_JQ_GO;
    case WEIR_JQ_MULTIPLY:
      return multiply (run, a, b, output);
    case WEIR_JQ_DIVIDE:
      return divide (run, a, b, output);
    case WEIR_JQ_MODULO:
      return modulo (run, a, b, output);
    default:
      return compare (run, operation, a, b, output);
    }
}

WeirJqStatus
weir_jq_negate (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *output)
{
  if (value->kind != WEIR_JQ_NUMBER)
    return weir_jq_fail_value (run, value, "cannot be negated");
  *output = weir_jq_number (-weir_jq_get_number (value));
  return WEIR_JQ_GO;
}
