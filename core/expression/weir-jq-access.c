/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "expression/weir-jq-node-private.h"

/* Elements up to which an assignment may fill an array with null. */
#define MAX_INDEX (1 << 20)

/* Names of keys that messages show. */
#define SHOWN 30

static gint32
to_index (double number)
{
  if (isnan (number) || number >= 2147483648.0 || number <= -2147483649.0)
    return G_MININT32;
  return (gint32)number;
}

/* Slices ------------------------------------------------------------------------------------ */

WeirJqValue
weir_jq_slice_key (WeirJqRun *run, const WeirJqValue *from, const WeirJqValue *to)
{
  WeirJqMember *members = weir_jq_allocate (run, 2 * sizeof (WeirJqMember));

  members[0] = (WeirJqMember){ weir_jq_string ("start", 5), *from };
  members[1] = (WeirJqMember){ weir_jq_string ("end", 3), *to };
  return weir_jq_object (members, 2);
}

static WeirJqStatus
read_bound (WeirJqRun *run, const WeirJqValue *key, const char *name, double open, double *bound,
            gboolean *good)
{
  WeirJqValue value = weir_jq_simple (WEIR_JQ_NULL);
  gboolean found;
  WeirJqStatus status = weir_jq_find_key (run, key, name, strlen (name), &found, &value);

  *bound = value.kind == WEIR_JQ_NUMBER ? weir_jq_get_number (&value) : open;
  *good = *good && found && (value.kind == WEIR_JQ_NUMBER || value.kind == WEIR_JQ_NULL)
          && !(isnan (*bound) && strcmp (name, "start") == 0);
  return status;
}

/* The whole positions of a slice of something @length long. */
static WeirJqStatus
read_slice (WeirJqRun *run, const WeirJqValue *key, guint length, guint *from, guint *to,
            gboolean *good)
{
  double start;
  double end;
  WeirJqStatus status;

  *good = TRUE;
  status = read_bound (run, key, "start", 0, &start, good);
  if (status == WEIR_JQ_GO)
    status = read_bound (run, key, "end", length, &end, good);
  if (status != WEIR_JQ_GO || !*good)
    return status;
  start = CLAMP (start < 0 ? start + length : start, 0, length);
  end = isnan (end) ? 0 : end < 0 ? end + length : end;
  *from = (guint)start;
  *to = (guint)ceil (CLAMP (end, 0, length));
  *to = MAX (*to, *from);
  return WEIR_JQ_GO;
}

WeirJqValue
weir_jq_substring (const char *text, gsize length, gsize from, gsize to)
{
  const char *end = text + length;
  const char *start;
  gsize i = 0;

  for (; i < from && text < end; i++)
    text = g_utf8_next_char (text);
  start = text;
  for (; i < to && text < end; i++)
    text = g_utf8_next_char (text);
  return weir_jq_string (start, text - start);
}

static WeirJqStatus
slice_string (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key, WeirJqValue *output)
{
  gsize length;
  const char *text = weir_jq_get_text (run, value, &length);
  gboolean good;
  guint from = 0;
  guint to = 0;
  WeirJqStatus status
      = read_slice (run, key, weir_jq_count_characters (text, length), &from, &to, &good);

  if (status != WEIR_JQ_GO)
    return status;
  if (!good)
    return weir_jq_fail (run, "Start and end indices of an string slice must be numbers");
  *output = weir_jq_substring (text, length, from, to);
  return WEIR_JQ_GO;
}

static WeirJqStatus
slice_array (WeirJqRun *run, WeirJqValue array, const WeirJqValue *key, WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &array);
  gboolean good;
  guint from = 0;
  guint to = 0;

  if (status == WEIR_JQ_GO)
    status = read_slice (run, key, array.length, &from, &to, &good);
  if (status != WEIR_JQ_GO)
    return status;
  if (!good)
    return weir_jq_fail (run, "Start and end indices of an array slice must be numbers");
  *output = weir_jq_array (array.elements + from, to - from);
  return WEIR_JQ_GO;
}

/* Getting ----------------------------------------------------------------------------------- */

static WeirJqStatus
fail_index (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key)
{
  gsize length;
  const char *text;

  if (key->kind != WEIR_JQ_STRING)
    return weir_jq_fail (run, "Cannot index %s with %s", weir_jq_kind_name (value),
                         weir_jq_kind_name (key));
  text = weir_jq_get_text (run, key, &length);
  if (length >= SHOWN)
    return weir_jq_fail (run, "Cannot index %s with string", weir_jq_kind_name (value));
  return weir_jq_fail (run, "Cannot index %s with string \"%.*s\"", weir_jq_kind_name (value),
                       (int)length, text);
}

static WeirJqStatus
get_key (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key, WeirJqValue *output)
{
  gsize length;
  const char *text = weir_jq_get_text (run, key, &length);
  gboolean found;
  WeirJqStatus status = weir_jq_find_key (run, value, text, length, &found, output);

  if (status == WEIR_JQ_GO && !found)
    *output = weir_jq_simple (WEIR_JQ_NULL);
  return status;
}

static WeirJqStatus
get_element (WeirJqRun *run, WeirJqValue array, double number, WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &array);
  gint64 index = to_index (number);

  if (status != WEIR_JQ_GO)
    return status;
  if (index < 0)
    index += array.length;
  *output = number == floor (number) && index >= 0 && index < array.length
                ? array.elements[index]
                : weir_jq_simple (WEIR_JQ_NULL);
  return WEIR_JQ_GO;
}

static WeirJqStatus
starts_with_elements (WeirJqRun *run, const WeirJqValue *array, guint from, const WeirJqValue *part,
                      gboolean *equal)
{
  WeirJqStatus status = WEIR_JQ_GO;

  *equal = part->length > 0 && array->length - from >= part->length;
  for (guint i = 0; status == WEIR_JQ_GO && *equal && i < part->length; i++)
    status = weir_jq_equals (run, &array->elements[from + i], &part->elements[i], equal);
  return status;
}

/* Where an array occurs in another one. */
static WeirJqStatus
find_elements (WeirJqRun *run, WeirJqValue array, WeirJqValue part, WeirJqValue *output)
{
  guint from = run->stack->len;
  WeirJqStatus status = weir_jq_open (run, &array);

  if (status == WEIR_JQ_GO)
    status = weir_jq_open (run, &part);
  for (guint i = 0; status == WEIR_JQ_GO && i < array.length; i++)
    {
      WeirJqValue position = weir_jq_number (i);
      gboolean equal;

      status = starts_with_elements (run, &array, i, &part, &equal);
      if (equal)
        weir_jq_push (run, &position);
    }
  *output = weir_jq_pop_array (run, from);
  return status;
}

WeirJqStatus
weir_jq_get (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key, WeirJqValue *output)
{
  if (value->kind == WEIR_JQ_OBJECT && key->kind == WEIR_JQ_STRING)
    return get_key (run, value, key, output);
  if (value->kind == WEIR_JQ_ARRAY && key->kind == WEIR_JQ_NUMBER)
    return get_element (run, *value, weir_jq_get_number (key), output);
  if (value->kind == WEIR_JQ_ARRAY && key->kind == WEIR_JQ_OBJECT)
    return slice_array (run, *value, key, output);
  if (value->kind == WEIR_JQ_STRING && key->kind == WEIR_JQ_OBJECT)
    return slice_string (run, value, key, output);
  if (value->kind == WEIR_JQ_ARRAY && key->kind == WEIR_JQ_ARRAY)
    return find_elements (run, *value, *key, output);
  if (value->kind != WEIR_JQ_NULL
      || (key->kind != WEIR_JQ_STRING && key->kind != WEIR_JQ_NUMBER
          && key->kind != WEIR_JQ_OBJECT))
    return fail_index (run, value, key);
  *output = weir_jq_simple (WEIR_JQ_NULL);
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_has (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key, WeirJqValue *output)
{
  WeirJqValue opened = *value;
  gboolean found = FALSE;
  WeirJqStatus status = WEIR_JQ_GO;
  WeirJqValue ignored;

  if (value->kind == WEIR_JQ_OBJECT && key->kind == WEIR_JQ_STRING)
    {
      gsize length;
      const char *text = weir_jq_get_text (run, key, &length);

      status = weir_jq_find_key (run, value, text, length, &found, &ignored);
    }
  else if (value->kind == WEIR_JQ_ARRAY && key->kind == WEIR_JQ_NUMBER)
    {
      gint32 index = to_index (weir_jq_get_number (key));

      status = weir_jq_open (run, &opened);
      found = index >= 0 && (guint32)index < opened.length;
    }
  else if (value->kind != WEIR_JQ_NULL)
    return weir_jq_fail (run, "Cannot check whether %s has a %s key", weir_jq_kind_name (value),
                         weir_jq_kind_name (key));
  *output = weir_jq_boolean (found);
  return status;
}

/* Setting ----------------------------------------------------------------------------------- */

static WeirJqStatus
set_element (WeirJqRun *run, WeirJqValue array, double number, const WeirJqValue *inner,
             WeirJqValue *output)
{
  gint64 index = to_index (number);
  WeirJqStatus status = weir_jq_open (run, &array);
  WeirJqValue *elements;
  guint length;

  if (status != WEIR_JQ_GO)
    return status;
  index += index < 0 ? array.length : 0;
  if (index < 0)
    return weir_jq_fail (run, "Out of bounds negative array index");
  if (index >= MAX_INDEX && index >= array.length)
    return weir_jq_fail (run, "an array would have more than %d elements", MAX_INDEX);
  length = MAX (array.length, (guint)index + 1);
  elements = weir_jq_allocate (run, length * sizeof (WeirJqValue));
  if (array.length > 0)
    memcpy (elements, array.elements, array.length * sizeof (WeirJqValue));
  for (guint i = array.length; i < length; i++)
    elements[i] = weir_jq_simple (WEIR_JQ_NULL);
  elements[index] = *inner;
  *output = weir_jq_array (elements, length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
set_slice (WeirJqRun *run, WeirJqValue array, const WeirJqValue *key, WeirJqValue inner,
           WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &array);
  WeirJqValue *elements;
  gboolean good;
  guint from = 0;
  guint to = 0;

  if (status == WEIR_JQ_GO)
    status = read_slice (run, key, array.length, &from, &to, &good);
  if (status != WEIR_JQ_GO)
    return status;
  if (!good)
    return weir_jq_fail (run, "Start and end indices of an array slice must be numbers");
  if (inner.kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "A slice of an array can only be assigned another array");
  status = weir_jq_open (run, &inner);
  if (status != WEIR_JQ_GO)
    return status;
  elements = weir_jq_allocate (run, ((gsize)array.length + inner.length) * sizeof *elements);
  for (guint i = 0; i < from; i++)
    elements[i] = array.elements[i];
  for (guint i = 0; i < inner.length; i++)
    elements[from + i] = inner.elements[i];
  for (guint i = to; i < array.length; i++)
    elements[from + inner.length + i - to] = array.elements[i];
  *output = weir_jq_array (elements, array.length - (to - from) + inner.length);
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_jq_set (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *key,
             const WeirJqValue *inner, WeirJqValue *output)
{
  gboolean null = value->kind == WEIR_JQ_NULL;
  WeirJqValue name;

  if (key->kind == WEIR_JQ_STRING && (null || value->kind == WEIR_JQ_OBJECT))
    {
      gsize length;
      const char *text = weir_jq_get_text (run, key, &length);

      name = weir_jq_string (text, length);
      return weir_jq_put (run, null ? weir_jq_object (NULL, 0) : *value, &name, inner, output);
    }
  if (key->kind == WEIR_JQ_NUMBER && (null || value->kind == WEIR_JQ_ARRAY))
    return set_element (run, null ? weir_jq_array (NULL, 0) : *value, weir_jq_get_number (key),
                        inner, output);
  if (key->kind == WEIR_JQ_OBJECT && (null || value->kind == WEIR_JQ_ARRAY))
    return set_slice (run, null ? weir_jq_array (NULL, 0) : *value, key, *inner, output);
  return weir_jq_fail (run, "Cannot update field at %s index of %s", weir_jq_kind_name (key),
                       weir_jq_kind_name (value));
}

/* Paths ------------------------------------------------------------------------------------- */

WeirJqStatus
weir_jq_get_path (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *path,
                  WeirJqValue *output)
{
  WeirJqValue keys = *path;
  WeirJqStatus status;

  if (path->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "Path must be specified as an array");
  status = weir_jq_open (run, &keys);
  *output = *value;
  for (guint i = 0; status == WEIR_JQ_GO && i < keys.length; i++)
    {
      WeirJqValue outer = *output;

      status = weir_jq_get (run, &outer, &keys.elements[i], output);
    }
  return status;
}

static WeirJqStatus
set_below (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *keys, guint n_keys,
           const WeirJqValue *inner, WeirJqValue *output)
{
  WeirJqValue below;
  WeirJqValue changed;
  WeirJqStatus status;

  if (n_keys == 0)
    {
      *output = *inner;
      return WEIR_JQ_GO;
    }
  if (++run->depth > WEIR_JQ_MAX_DEPTH)
    return WEIR_JQ_DEFER;
  status = weir_jq_get (run, value, keys, &below);
  if (status == WEIR_JQ_GO)
    status = set_below (run, &below, keys + 1, n_keys - 1, inner, &changed);
  run->depth--;
  return status == WEIR_JQ_GO ? weir_jq_set (run, value, keys, &changed, output) : status;
}

WeirJqStatus
weir_jq_set_path (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *path,
                  const WeirJqValue *inner, WeirJqValue *output)
{
  WeirJqValue keys = *path;
  WeirJqStatus status;

  if (path->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "Path must be specified as an array");
  status = weir_jq_open (run, &keys);
  if (status != WEIR_JQ_GO)
    return status;
  return set_below (run, value, keys.elements, keys.length, inner, output);
}

/* Deleting ---------------------------------------------------------------------------------- */

static WeirJqStatus
mark_deleted (WeirJqRun *run, const WeirJqValue *array, const WeirJqValue *key, guint8 *deleted)
{
  gboolean good;
  guint from = 0;
  guint to = 0;
  WeirJqStatus status;

  if (key->kind == WEIR_JQ_NUMBER)
    {
      double number = weir_jq_get_number (key);
      gint64 index = to_index (number);

      index += number < 0 ? array->length : 0;
      if (index >= 0 && index < array->length)
        deleted[index] = TRUE;
      return WEIR_JQ_GO;
    }
  if (key->kind != WEIR_JQ_OBJECT)
    return weir_jq_fail (run, "Cannot delete %s element of array", weir_jq_kind_name (key));
  status = read_slice (run, key, array->length, &from, &to, &good);
  if (status == WEIR_JQ_GO && !good)
    return weir_jq_fail (run, "Start and end indices of an array slice must be numbers");
  if (status == WEIR_JQ_GO)
    memset (deleted + from, TRUE, to - from);
  return status;
}

static WeirJqStatus
delete_elements (WeirJqRun *run, WeirJqValue array, const WeirJqValue *keys, guint n_keys,
                 WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &array);
  guint8 *deleted;
  WeirJqValue *elements;
  guint length = 0;

  if (status != WEIR_JQ_GO)
    return status;
  deleted = memset (weir_jq_allocate (run, MAX (array.length, 1)), 0, MAX (array.length, 1));
  for (guint i = 0; status == WEIR_JQ_GO && i < n_keys; i++)
    status = mark_deleted (run, &array, &keys[i], deleted);
  elements = weir_jq_allocate (run, array.length * sizeof (WeirJqValue));
  for (guint i = 0; i < array.length; i++)
    if (!deleted[i])
      elements[length++] = array.elements[i];
  *output = weir_jq_array (elements, length);
  return status;
}

static gboolean
is_key_of (WeirJqRun *run, const WeirJqValue *keys, guint n_keys, const WeirJqValue *name)
{
  for (guint i = 0; i < n_keys; i++)
    {
      gsize length;
      const char *text = weir_jq_get_text (run, &keys[i], &length);

      if (weir_jq_compare_text (text, length, name->text, name->length) == 0)
        return TRUE;
    }
  return FALSE;
}

static WeirJqStatus
delete_members (WeirJqRun *run, WeirJqValue object, const WeirJqValue *keys, guint n_keys,
                WeirJqValue *output)
{
  WeirJqStatus status = weir_jq_open (run, &object);
  WeirJqMember *members;
  guint length = 0;

  for (guint i = 0; status == WEIR_JQ_GO && i < n_keys; i++)
    if (keys[i].kind != WEIR_JQ_STRING)
      return weir_jq_fail (run, "Cannot delete %s field of object", weir_jq_kind_name (&keys[i]));
  if (status != WEIR_JQ_GO)
    return status;
  members = weir_jq_allocate (run, object.length * sizeof (WeirJqMember));
  for (guint i = 0; i < object.length; i++)
    if (!is_key_of (run, keys, n_keys, &object.members[i].key))
      members[length++] = object.members[i];
  *output = weir_jq_object (members, length);
  return WEIR_JQ_GO;
}

static WeirJqStatus
delete_keys (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *keys, guint n_keys,
             WeirJqValue *output)
{
  *output = *value;
  if (value->kind == WEIR_JQ_NULL || n_keys == 0)
    return WEIR_JQ_GO;
  if (value->kind == WEIR_JQ_ARRAY)
    return delete_elements (run, *value, keys, n_keys, output);
  if (value->kind == WEIR_JQ_OBJECT)
    return delete_members (run, *value, keys, n_keys, output);
  return weir_jq_fail (run, "Cannot delete fields from %s", weir_jq_kind_name (value));
}

static WeirJqStatus delete_sorted (WeirJqRun *run, const WeirJqValue *value,
                                   const WeirJqValue *paths, guint n_paths, guint depth,
                                   WeirJqValue *output);

/* What lies below @key: the paths all go through it. */
static WeirJqStatus
delete_below (WeirJqRun *run, const WeirJqValue *key, const WeirJqValue *paths, guint n_paths,
              guint depth, WeirJqValue *value)
{
  WeirJqValue below;
  WeirJqValue changed;
  WeirJqValue outer = *value;
  WeirJqStatus status = weir_jq_get (run, value, key, &below);

  if (status != WEIR_JQ_GO || below.kind == WEIR_JQ_NULL)
    return status;
  status = delete_sorted (run, &below, paths, n_paths, depth + 1, &changed);
  return status == WEIR_JQ_GO ? weir_jq_set (run, &outer, key, &changed, value) : status;
}

/* @paths are sorted and opened, and longer than @depth; they are the same up to there. */
static WeirJqStatus
delete_sorted (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *paths, guint n_paths,
               guint depth, WeirJqValue *output)
{
  WeirJqValue *keys = weir_jq_allocate (run, n_paths * sizeof (WeirJqValue));
  WeirJqStatus status = WEIR_JQ_GO;
  WeirJqValue changed = *value;
  guint n_keys = 0;

  for (guint i = 0; status == WEIR_JQ_GO && i < n_paths;)
    {
      const WeirJqValue *key = &paths[i].elements[depth];
      gboolean equal = TRUE;
      guint j = i + 1;

      for (; status == WEIR_JQ_GO && j < n_paths; j++)
        {
          status = weir_jq_equals (run, key, &paths[j].elements[depth], &equal);
          if (!equal)
            break;
        }
      if (status == WEIR_JQ_GO && paths[i].length == depth + 1)
        keys[n_keys++] = *key;
      else if (status == WEIR_JQ_GO)
        status = delete_below (run, key, paths + i, j - i, depth, &changed);
      i = j;
    }
  return status == WEIR_JQ_GO ? delete_keys (run, &changed, keys, n_keys, output) : status;
}

static WeirJqStatus
sort_paths (WeirJqRun *run, const WeirJqValue *paths, WeirJqValue *sorted)
{
  guint *positions = weir_jq_allocate (run, paths->length * sizeof (guint));
  WeirJqStatus status = weir_jq_sort (run, paths->elements, paths->length, positions);

  for (guint i = 0; status == WEIR_JQ_GO && i < paths->length; i++)
    {
      sorted[i] = paths->elements[positions[i]];
      if (sorted[i].kind != WEIR_JQ_ARRAY)
        return weir_jq_fail (run, "Path must be specified as array, not %s",
                             weir_jq_kind_name (&sorted[i]));
      status = weir_jq_open (run, &sorted[i]);
    }
  return status;
}

WeirJqStatus
weir_jq_delete_paths (WeirJqRun *run, const WeirJqValue *value, const WeirJqValue *paths,
                      WeirJqValue *output)
{
  WeirJqValue all = *paths;
  WeirJqValue *sorted;
  WeirJqStatus status;

  *output = *value;
  if (paths->kind != WEIR_JQ_ARRAY)
    return weir_jq_fail (run, "Paths must be specified as an array");
  status = weir_jq_open (run, &all);
  if (status != WEIR_JQ_GO || all.length == 0)
    return status;
  sorted = weir_jq_allocate (run, all.length * sizeof (WeirJqValue));
  status = sort_paths (run, &all, sorted);
  if (status != WEIR_JQ_GO)
    return status;
  if (sorted[0].length > 0)
    return delete_sorted (run, value, sorted, all.length, 0, output);
  *output = weir_jq_simple (WEIR_JQ_NULL);
  return WEIR_JQ_GO;
}
