/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-node-private.h"

#define FUNCTION(name)                                                                             \
  static WeirJqStatus name (WeirJqRun *run, const WeirJqNode *node, const WeirJqValue *input,      \
                            const WeirJqValue *arguments, WeirJqValue *output)

/* The values of an array or object as an array. */
WeirJqStatus
weir_jq_list_values (WeirJqRun *run, const WeirJqValue *value, WeirJqValue *array)
{
  WeirJqValue opened = *value;
  WeirJqValue *elements;
  WeirJqStatus status;
  g_autoptr (GString) shown = NULL;

  if (value->kind < WEIR_JQ_ARRAY)
    {
      shown = g_string_new (NULL);
      weir_jq_dump (run, value, shown);
      if (shown->len > 14)
        g_string_append (g_string_truncate (shown, 11), "...");
      return weir_jq_fail (run, "Cannot iterate over %s (%s)", weir_jq_kind_name (value),
                           shown->str);
    }
  status = weir_jq_open (run, &opened);
  *array = opened;
  if (status != WEIR_JQ_GO || opened.kind == WEIR_JQ_ARRAY)
    return status;
  elements = weir_jq_allocate (run, opened.length * sizeof (WeirJqValue));
  for (guint i = 0; i < opened.length; i++)
    elements[i] = opened.members[i].value;
  *array = weir_jq_array (elements, opened.length);
  return WEIR_JQ_GO;
}

/* What a value is ---------------------------------------------------------------------------- */

FUNCTION (length)
{
  WeirJqValue opened = *input;
  WeirJqStatus status = WEIR_JQ_GO;
  gsize bytes;
  const char *text;

  if (input->kind >= WEIR_JQ_ARRAY)
    {
      status = weir_jq_open (run, &opened);
      *output = weir_jq_number (opened.length);
    }
  else if (input->kind == WEIR_JQ_STRING)
    {
      text = weir_jq_get_text (run, input, &bytes);
      *output = weir_jq_number (weir_jq_count_characters (text, bytes));
    }
  else if (input->kind == WEIR_JQ_NUMBER)
    *output = weir_jq_number (fabs (weir_jq_get_number (input)));
  else if (input->kind == WEIR_JQ_NULL)
    *output = weir_jq_number (0);
  else
    return weir_jq_fail_value (run, input, "has no length");
  return status;
}

FUNCTION (type)
{
  const char *name = weir_jq_kind_name (input);

  *output = weir_jq_string (name, strlen (name));
  return WEIR_JQ_GO;
}

FUNCTION (not )
{
  *output = weir_jq_boolean (!weir_jq_is_true (input));
  return WEIR_JQ_GO;
}

FUNCTION (has) { return weir_jq_has (run, input, arguments, output); }

FUNCTION (in) { return weir_jq_has (run, arguments, input, output); }

static WeirJqStatus contain (WeirJqRun *run, WeirJqValue a, WeirJqValue b, gboolean *contained);

static WeirJqStatus
contain_members (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean *contained)
{
  WeirJqStatus status = WEIR_JQ_GO;

  *contained = TRUE;
  for (guint i = 0; status == WEIR_JQ_GO && *contained && i < b->length; i++)
    {
      const WeirJqValue *key = &b->members[i].key;
      WeirJqValue value;

      status = weir_jq_find_key (run, a, key->text, key->length, contained, &value);
      if (status == WEIR_JQ_GO && *contained)
        status = contain (run, value, b->members[i].value, contained);
    }
  return status;
}

static WeirJqStatus
contain_elements (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, gboolean *contained)
{
  WeirJqStatus status = WEIR_JQ_GO;

  *contained = TRUE;
  for (guint i = 0; status == WEIR_JQ_GO && *contained && i < b->length; i++)
    {
      *contained = FALSE;
      for (guint j = 0; status == WEIR_JQ_GO && !*contained && j < a->length; j++)
        status = contain (run, a->elements[j], b->elements[i], contained);
    }
  return status;
}

/* Up to the first NUL, as C reads strings. */
static gboolean
contain_text (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b)
{
  gsize a_length;
  gsize b_length;
  const char *text = weir_jq_get_text (run, a, &a_length);
  const char *part = weir_jq_get_text (run, b, &b_length);

  a_length = strnlen (text, a_length);
  b_length = strnlen (part, b_length);
  return b_length == 0 || memmem (text, a_length, part, b_length) != NULL;
}

static WeirJqStatus
contain (WeirJqRun *run, WeirJqValue a, WeirJqValue b, gboolean *contained)
{
  WeirJqStatus status;

  *contained = FALSE;
  if (a.kind != b.kind)
    return WEIR_JQ_GO;
  if (a.kind == WEIR_JQ_STRING)
    {
      *contained = contain_text (run, &a, &b);
      return WEIR_JQ_GO;
    }
  if (a.kind < WEIR_JQ_STRING)
    return weir_jq_equals (run, &a, &b, contained);
  status = weir_jq_open (run, &a);
  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &b);
  if (status != WEIR_JQ_GO || ++run->depth > WEIR_JQ_MAX_DEPTH)
    return status != WEIR_JQ_GO ? status : WEIR_JQ_DEFER;
  status = a.kind == WEIR_JQ_ARRAY ? contain_elements (run, &a, &b, contained)
                                   : contain_members (run, &a, &b, contained);
  run->depth--;
  return status;
}

static WeirJqStatus
check_contained (WeirJqRun *run, const WeirJqValue *a, const WeirJqValue *b, WeirJqValue *output)
{
  gboolean contained = FALSE;
  WeirJqStatus status;

  if (a->kind != b->kind)
    return weir_jq_fail_values (run, a, b, "cannot have their containment checked");
  status = contain (run, *a, *b, &contained);
  *output = weir_jq_boolean (contained);
  return status;
}

FUNCTION (contains) { return check_contained (run, input, arguments, output); }

FUNCTION (inside) { return check_contained (run, arguments, input, output); }

/* Keys and entries --------------------------------------------------------------------------- */

static WeirJqStatus
list_keys (WeirJqRun *run, WeirJqValue value, gboolean sorted, WeirJqValue *output)
{
  const WeirJqMember **members = NULL;
  WeirJqValue *keys;
  WeirJqStatus status;

  if (value.kind < WEIR_JQ_ARRAY)
    return weir_jq_fail_value (run, &value, "has no keys");
  status = weir_jq_open (run, &value);
  if (status != WEIR_JQ_GO)
    return status;
  keys = weir_jq_allocate (run, value.length * sizeof (WeirJqValue));
  if (value.kind == WEIR_JQ_OBJECT && sorted)
    members = weir_jq_sort_members (run, &value);
  for (guint i = 0; i < value.length; i++)
    if (value.kind == WEIR_JQ_ARRAY)
      keys[i] = weir_jq_number (i);
    else
      keys[i] = members != NULL ? members[i]->key : value.members[i].key;
  *output = weir_jq_array (keys, value.length);
  return WEIR_JQ_GO;
}

FUNCTION (keys) { return list_keys (run, *input, TRUE, output); }

FUNCTION (keys_unsorted) { return list_keys (run, *input, FALSE, output); }

FUNCTION (to_entries)
{
  WeirJqValue names = { 0 };
  WeirJqValue values = { 0 };
  WeirJqValue *entries;
  WeirJqStatus status = list_keys (run, *input, FALSE, &names);

  if (status == WEIR_JQ_GO)
    status = weir_jq_list_values (run, input, &values);
  if (status != WEIR_JQ_GO)
    return status;
  entries = weir_jq_allocate (run, names.length * sizeof (WeirJqValue));
  for (guint i = 0; i < names.length; i++)
    {
      WeirJqMember *members = weir_jq_allocate (run, 2 * sizeof (WeirJqMember));

      members[0] = (WeirJqMember){ weir_jq_string ("key", 3), names.elements[i] };
      members[1] = (WeirJqMember){ weir_jq_string ("value", 5), values.elements[i] };
      entries[i] = weir_jq_object (members, 2);
    }
  *output = weir_jq_array (entries, names.length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
get_member (WeirJqRun *run, const WeirJqValue *entry, const char *name, WeirJqValue *value)
{
  WeirJqValue key = weir_jq_string (name, strlen (name));

  return weir_jq_get (run, entry, &key, value);
}

static WeirJqStatus
read_entry (WeirJqRun *run, const WeirJqValue *entry, WeirJqValue *key, WeirJqValue *value)
{
  static const char *const names[] = { "key", "Key", "name", "Name" };
  WeirJqValue name = weir_jq_string ("value", 5);
  WeirJqValue has_value;
  WeirJqStatus status = WEIR_JQ_GO;

  *key = weir_jq_simple (WEIR_JQ_NULL);
  for (guint i = 0; status == WEIR_JQ_GO && !weir_jq_is_true (key) && i < G_N_ELEMENTS (names); i++)
    status = get_member (run, entry, names[i], key);
  if (status == WEIR_JQ_GO)
    status = weir_jq_has (run, entry, &name, &has_value);
  if (status != WEIR_JQ_GO)
    return status;
  return get_member (run, entry, weir_jq_is_true (&has_value) ? "value" : "Value", value);
}

FUNCTION (from_entries)
{
  WeirJqValue entries;
  WeirJqValue object = weir_jq_object (NULL, 0);
  WeirJqStatus status = weir_jq_list_values (run, input, &entries);

  for (guint i = 0; status == WEIR_JQ_GO && i < entries.length; i++)
    {
      WeirJqValue pair[2];

      status = read_entry (run, &entries.elements[i], &pair[0], &pair[1]);
      if (status != WEIR_JQ_GO)
        break;
      if (pair[0].kind != WEIR_JQ_STRING)
        return weir_jq_fail (run, "Cannot use %s as object key", weir_jq_kind_name (&pair[0]));
      status = weir_jq_set (run, &object, &pair[0], &pair[1], &object);
    }
  *output = object;
  return status;
}

/* Arrays ------------------------------------------------------------------------------------- */

FUNCTION (add)
{
  WeirJqValue values;
  WeirJqStatus status = weir_jq_list_values (run, input, &values);
  WeirJqValue sum = weir_jq_simple (WEIR_JQ_NULL);

  for (guint i = 0; status == WEIR_JQ_GO && i < values.length; i++)
    status = weir_jq_calculate (run, WEIR_JQ_ADD, &sum, &values.elements[i], &sum);
  *output = sum;
  return status;
}

FUNCTION (reverse)
{
  WeirJqValue array = *input;
  WeirJqValue count;
  WeirJqValue *elements;
  WeirJqStatus status = length (run, node, input, NULL, &count);

  if (status != WEIR_JQ_GO)
    return status;
  *output = weir_jq_array (NULL, 0);
  if (count.number <= 0)
    return WEIR_JQ_GO;
  if (input->kind != WEIR_JQ_ARRAY)
    return weir_jq_get (run, input, &count, output);
  status = weir_jq_open (run, &array);
  elements = weir_jq_allocate (run, array.length * sizeof (WeirJqValue));
  for (guint i = 0; i < array.length; i++)
    elements[i] = array.elements[array.length - 1 - i];
  *output = weir_jq_array (elements, array.length);
  return status;
}

static WeirJqStatus
push_flat (WeirJqRun *run, const WeirJqValue *value, double levels)
{
  WeirJqValue values;
  WeirJqStatus status;

  if (run->depth >= WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = weir_jq_list_values (run, value, &values);
  run->depth++;
  for (guint i = 0; status == WEIR_JQ_GO && i < values.length; i++)
    if (values.elements[i].kind == WEIR_JQ_ARRAY && levels != 0)
      status = push_flat (run, &values.elements[i], levels - 1);
    else
      weir_jq_push (run, &values.elements[i]);
  run->depth--;
  return status;
}

static WeirJqStatus
flatten_to (WeirJqRun *run, const WeirJqValue *value, double levels, WeirJqValue *output)
{
  guint from = run->stack->len;
  WeirJqStatus status = push_flat (run, value, levels);

  *output = weir_jq_pop_array (run, from);
  return status;
}

FUNCTION (flatten) { return flatten_to (run, input, -1, output); }

FUNCTION (flatten_levels)
{
  if (arguments->kind > WEIR_JQ_NUMBER)
    return WEIR_JQ_DEFER;
  if (arguments->kind < WEIR_JQ_NUMBER || weir_jq_get_number (arguments) < 0)
    return weir_jq_fail (run, "flatten depth must not be negative");
  return flatten_to (run, input, weir_jq_get_number (arguments), output);
}

/* Order -------------------------------------------------------------------------------------- */

/* @keys: as many as there are elements */
static WeirJqStatus
open_both (WeirJqRun *run, WeirJqValue *array, WeirJqValue *sort_keys, const char *what)
{
  WeirJqStatus status;

  if (array->kind != WEIR_JQ_ARRAY || sort_keys->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail_values (run, array, sort_keys, what);
  status = weir_jq_open (run, array);
  return status == WEIR_JQ_GO ? weir_jq_open (run, sort_keys) : status;
}

static WeirJqStatus
sort_with (WeirJqRun *run, WeirJqValue array, WeirJqValue sort_keys, WeirJqValue *output)
{
  WeirJqStatus status
      = open_both (run, &array, &sort_keys, "cannot be sorted, as they are not both arrays");
  guint *positions;
  WeirJqValue *elements;

  if (status != WEIR_JQ_GO)
    return status;
  positions = weir_jq_allocate (run, array.length * sizeof (guint));
  elements = weir_jq_allocate (run, array.length * sizeof (WeirJqValue));
  status = weir_jq_sort (run, sort_keys.elements, array.length, positions);
  for (guint i = 0; status == WEIR_JQ_GO && i < array.length; i++)
    elements[i] = array.elements[positions[i]];
  *output = weir_jq_array (elements, array.length);
  return status;
}

FUNCTION (sort)
{
  if (input->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail_value (run, input, "cannot be sorted, as it is not an array");
  return sort_with (run, *input, *input, output);
}

FUNCTION (sort_by) { return sort_with (run, *input, *arguments, output); }

/* @firsts: only the first element of each group */
static WeirJqStatus
group_with (WeirJqRun *run, WeirJqValue array, WeirJqValue group_keys, gboolean firsts,
            WeirJqValue *output)
{
  WeirJqStatus status
      = open_both (run, &array, &group_keys, "cannot be grouped, as they are not both arrays");
  guint *positions;
  WeirJqValue *sorted;
  WeirJqValue *groups;
  guint n_groups = 0;

  if (status != WEIR_JQ_GO)
    return status;
  positions = weir_jq_allocate (run, array.length * sizeof (guint));
  sorted = weir_jq_allocate (run, array.length * sizeof (WeirJqValue));
  groups = weir_jq_allocate (run, array.length * sizeof (WeirJqValue));
  status = weir_jq_sort (run, group_keys.elements, array.length, positions);
  for (guint i = 0; status == WEIR_JQ_GO && i < array.length; i++)
    {
      gboolean same = FALSE;

      sorted[i] = array.elements[positions[i]];
      if (i > 0)
        status = weir_jq_equals (run, &group_keys.elements[positions[i - 1]],
                                 &group_keys.elements[positions[i]], &same);
      if (same && !firsts)
        groups[n_groups - 1].length++;
      else if (!same)
        groups[n_groups++] = firsts ? sorted[i] : weir_jq_array (&sorted[i], 1);
    }
  *output = weir_jq_array (groups, n_groups);
  return status;
}

FUNCTION (group_by) { return group_with (run, *input, *arguments, FALSE, output); }

FUNCTION (unique_by) { return group_with (run, *input, *arguments, TRUE, output); }

static WeirJqStatus
find_extreme (WeirJqRun *run, WeirJqValue array, WeirJqValue order_keys, gboolean least,
              WeirJqValue *output)
{
  WeirJqStatus status = open_both (run, &array, &order_keys, "cannot be iterated over");
  guint best = 0;

  if (status != WEIR_JQ_GO)
    return status;
  for (guint i = 1; status == WEIR_JQ_GO && i < array.length; i++)
    {
      int order = 0;

      status = weir_jq_compare (run, &order_keys.elements[i], &order_keys.elements[best], &order);
      if ((order < 0) == least)
        best = i;
    }
  *output = array.length > 0 ? array.elements[best] : weir_jq_simple (WEIR_JQ_NULL);
  return status;
}

FUNCTION (min) { return find_extreme (run, *input, *input, TRUE, output); }

FUNCTION (max) { return find_extreme (run, *input, *input, FALSE, output); }

FUNCTION (min_by) { return find_extreme (run, *input, *arguments, TRUE, output); }

FUNCTION (max_by) { return find_extreme (run, *input, *arguments, FALSE, output); }

/* Paths -------------------------------------------------------------------------------------- */

FUNCTION (get_path) { return weir_jq_get_path (run, input, arguments, output); }

FUNCTION (set_path) { return weir_jq_set_path (run, input, &arguments[0], &arguments[1], output); }

FUNCTION (delete_paths) { return weir_jq_delete_paths (run, input, arguments, output); }

static const WeirJqFunctionEntry entries[] = {
  { "length", 0, length },
  { "type", 0, type },
  { "not", 0, not },
  { "has", 1, has },
  { "in", 1, in },
  { "contains", 1, contains },
  { "inside", 1, inside },
  { "keys", 0, keys },
  { "keys_unsorted", 0, keys_unsorted },
  { "to_entries", 0, to_entries },
  { "from_entries", 0, from_entries },
  { "add", 0, add },
  { "reverse", 0, reverse },
  { "flatten", 0, flatten },
  { "flatten", 1, flatten_levels },
  { "sort", 0, sort },
  { "min", 0, min },
  { "max", 0, max },
  { "getpath", 1, get_path },
  { "setpath", 2, set_path },
  { "delpaths", 1, delete_paths },
  { "_sort_by", 1, sort_by },
  { "_group_by", 1, group_by },
  { "_unique_by", 1, unique_by },
  { "_min_by", 1, min_by },
  { "_max_by", 1, max_by },
};

WeirJqFunction
weir_jq_find_list_function (const char *name, guint arity)
{
  return weir_jq_find_entry (entries, G_N_ELEMENTS (entries), name, arity);
}
