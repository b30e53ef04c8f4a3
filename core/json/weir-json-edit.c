/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-edit-private.h"

#include <string.h>

#include "json/weir-json-walk-private.h"

/* What a look through an array or object found. */
typedef struct
{
  gboolean found;
  guint token; /* of the value that was looked for */
  gint64 n;    /* how many values there are */
  gsize end;   /* where one more would be inserted */
} Place;

static gboolean
fail_fault (const WeirJsonFault *fault, GError **error)
{
  g_autofree char *text = weir_json_fault_to_text (fault);

  g_set_error (error, WEIR_JSON_ERROR, fault->code, "not JSON: %s", text);
  return FALSE;
}

/* Once this is TRUE, the brackets, commas and colons are known to be right. */
static gboolean
open_whole (WeirJsonWalk *walk, WeirJsonIndex *index, const char *text, gsize length,
            GError **error)
{
  if (!weir_json_walk_open (walk, index, text, length) || !weir_json_walk_skip (walk, NULL)
      || !weir_json_walk_finish (walk)
      || (walk->n_positions == 1 && !weir_json_walk_check_token (walk, 0)))
    return fail_fault (&walk->fault, error);
  walk->next = 0;
  return TRUE;
}

static gboolean
key_is (const WeirField *key, const char *name)
{
  gsize length = key->length - 2;
  g_autofree char *unescaped = NULL;
  WeirJsonFault fault = { 0 };

  if (memchr (key->text, '\\', key->length) == NULL)
    return strlen (name) == length && memcmp (key->text + 1, name, length) == 0;
  if (!weir_json_check_scalar (key->text, key->length, &fault))
    return FALSE;
  unescaped = g_malloc (length);
  length = weir_json_unescape (key->text + 1, length, unescaped);
  return strlen (name) == length && memcmp (unescaped, name, length) == 0;
}

static void
look_in_object (WeirJsonWalk *walk, const char *name, Place *place)
{
  WeirField key, value;

  weir_json_walk_enter (walk);
  while (weir_json_walk_next_member (walk, &key))
    {
      if (key_is (&key, name))
        {
          place->found = TRUE;
          place->token = walk->next;
        }
      weir_json_walk_skip (walk, &value);
      place->n++;
      place->end = value.text + value.length - walk->text;
    }
}

static void
look_in_array (WeirJsonWalk *walk, gint64 index, Place *place)
{
  WeirField value;

  weir_json_walk_enter (walk);
  while (weir_json_walk_next_element (walk))
    {
      if (place->n == index)
        {
          place->found = TRUE;
          place->token = walk->next;
        }
      weir_json_walk_skip (walk, &value);
      place->n++;
      place->end = value.text + value.length - walk->text;
    }
}

/* Steps into the value at the walk's place; FALSE when it cannot have what the step names. The walk
 * stays where it was, or goes to the value that was found. */
static gboolean
look (WeirJsonWalk *walk, const WeirPathStep *step, Place *place)
{
  guint start = walk->next;
  gboolean fits = weir_json_walk_peek (walk) == (step->key != NULL ? '{' : '[');

  *place = (Place){ .end = walk->positions[start] + 1 };
  if (!fits)
    return FALSE;
  if (step->key != NULL)
    look_in_object (walk, step->key, place);
  else
    look_in_array (walk, step->index, place);
  if (step->key == NULL && step->index < 0 && place->n + step->index >= 0)
    {
      gint64 index = place->n + step->index;

      *place = (Place){ .end = 0 };
      walk->next = start;
      look_in_array (walk, index, place);
    }
  walk->next = place->found ? place->token : start;
  return TRUE;
}

gboolean
weir_json_find (WeirJsonIndex *index, const char *text, gsize length, const WeirPath *path,
                WeirField *value, GError **error)
{
  WeirJsonWalk walk;
  Place place;

  *value = (WeirField){ 0 };
  if (!open_whole (&walk, index, text, length, error))
    return FALSE;
  for (guint i = 0; i < path->n_steps; i++)
    if (!look (&walk, &path->steps[i], &place) || !place.found)
      return TRUE;
  if (weir_json_walk_read (&walk, value))
    return TRUE;
  *value = (WeirField){ 0 };
  return fail_fault (&walk.fault, error);
}

static gboolean
is_name (const char *key)
{
  return *key != '\0' && !g_ascii_isdigit (*key)
         && strspn (key, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") == strlen (key);
}

static void
append_step (GString *out, const WeirPathStep *step)
{
  if (step->key == NULL)
    {
      g_string_append_printf (out, "%s[%" G_GINT64_FORMAT "]", out->len == 0 ? "." : "",
                              step->index);
      return;
    }
  g_string_append_c (out, '.');
  if (is_name (step->key))
    g_string_append (out, step->key);
  else
    weir_json_append_string (out, step->key, -1);
}

static char *
name_place (const WeirPath *path, guint n_steps)
{
  GString *name = g_string_new (n_steps == 0 ? "the record" : NULL);

  for (guint i = 0; i < n_steps; i++)
    append_step (name, &path->steps[i]);
  return g_string_free (name, FALSE);
}

static gboolean
fail_type (const WeirJsonWalk *walk, const WeirPath *path, guint i, GError **error)
{
  g_autofree char *name = name_place (path, i);
  const char *type = weir_json_type_name (weir_json_type_of (weir_json_walk_peek (walk)));

  g_set_error (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH, "%s is %s, not %s", name, type,
               path->steps[i].key != NULL ? "an object" : "an array");
  return FALSE;
}

static gboolean
fail_index (const WeirPath *path, guint i, gint64 n, GError **error)
{
  g_autofree char *name = name_place (path, i + 1);

  g_set_error (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH,
               "%s is out of range: the array has %" G_GINT64_FORMAT " elements", name, n);
  return FALSE;
}

/* The value inside what the steps from @i on are to make: {"a":{"b":VALUE}}. */
static gboolean
append_nest (GString *out, const WeirPath *path, guint i, const char *json, GError **error)
{
  for (guint k = i; k < path->n_steps; k++)
    {
      const WeirPathStep *step = &path->steps[k];

      if (step->key == NULL && step->index != 0)
        return fail_index (path, k, 0, error);
      g_string_append_c (out, step->key != NULL ? '{' : '[');
      if (step->key == NULL)
        continue;
      weir_json_append_string (out, step->key, -1);
      g_string_append_c (out, ':');
    }
  g_string_append (out, json);
  for (guint k = path->n_steps; k-- > i;)
    g_string_append_c (out, path->steps[k].key != NULL ? '}' : ']');
  return TRUE;
}

static gboolean
append_member (GString *out, const WeirPath *path, guint i, const Place *place, const char *json,
               GError **error)
{
  const WeirPathStep *step = &path->steps[i];

  if (step->key == NULL && step->index != place->n)
    return fail_index (path, i, place->n, error);
  if (place->n > 0)
    g_string_append_c (out, ',');
  if (step->key != NULL)
    {
      weir_json_append_string (out, step->key, -1);
      g_string_append_c (out, ':');
    }
  return append_nest (out, path, i + 1, json, error);
}

/* Replaces the value at the walk's place by one that the steps from @i on lead into. */
static gboolean
replace_value (WeirJsonWalk *walk, const WeirPath *path, guint i, const char *json, GString *out,
               GError **error)
{
  WeirField value;
  gsize start = walk->positions[walk->next];
  gsize end;

  weir_json_walk_skip (walk, &value);
  end = start + value.length;
  g_string_append_len (out, walk->text, start);
  if (!append_nest (out, path, i, json, error))
    return FALSE;
  g_string_append_len (out, walk->text + end, walk->length - end);
  return TRUE;
}

static gboolean
insert_value (WeirJsonWalk *walk, const WeirPath *path, guint i, const Place *place,
              const char *json, GString *out, GError **error)
{
  g_string_append_len (out, walk->text, place->end);
  if (!append_member (out, path, i, place, json, error))
    return FALSE;
  g_string_append_len (out, walk->text + place->end, walk->length - place->end);
  return TRUE;
}

gboolean
weir_json_edit_set (WeirJsonIndex *index, const char *text, gsize length, const WeirPath *path,
                    const char *json, GString *out, GError **error)
{
  WeirJsonWalk walk;
  Place place;

  g_string_truncate (out, 0);
  if (!open_whole (&walk, index, text, length, error))
    return FALSE;
  for (guint i = 0; i < path->n_steps; i++)
    {
      if (weir_json_walk_peek (&walk) == 'n')
        return replace_value (&walk, path, i, json, out, error);
      if (!look (&walk, &path->steps[i], &place))
        return fail_type (&walk, path, i, error);
      if (!place.found)
        return insert_value (&walk, path, i, &place, json, out, error);
    }
  return replace_value (&walk, path, path->n_steps, json, out, error);
}

/* One pass over an array or object that copies everything but the values of the step. A comma goes
 * with what is cut: the one before it once something before it was kept, else the one behind. */
typedef struct
{
  WeirJsonWalk *walk;
  const WeirPathStep *step;
  gint64 index; /* of the next element */
  gboolean object;

  GString *out;
  gsize copied; /* text up to here is in out, or cut */
  gsize last_end;
  gboolean kept;
  gboolean changed;
} Removal;

static gboolean
next_item (Removal *removal, gsize *start, gboolean *matches)
{
  WeirJsonWalk *walk = removal->walk;
  WeirField key;

  if (removal->object ? !weir_json_walk_next_member (walk, &key)
                      : !weir_json_walk_next_element (walk))
    return FALSE;
  *start = removal->object ? (gsize)(key.text - walk->text) : walk->positions[walk->next];
  *matches = removal->object ? key_is (&key, removal->step->key)
                             : removal->index++ == removal->step->index;
  return TRUE;
}

static void
cut (Removal *removal, gsize start, gsize end)
{
  WeirJsonWalk *walk = removal->walk;
  gsize from = removal->kept ? removal->last_end : start;
  gboolean more = weir_json_walk_peek (walk) == ',';
  gsize to = removal->kept || !more ? end : walk->positions[walk->next + 1];

  g_string_append_len (removal->out, walk->text + removal->copied, from - removal->copied);
  removal->copied = to;
  removal->changed = TRUE;
}

static void
remove_items (Removal *removal)
{
  gsize start;
  gboolean matches;
  WeirField value;

  weir_json_walk_enter (removal->walk);
  while (next_item (removal, &start, &matches))
    {
      gsize end;

      weir_json_walk_skip (removal->walk, &value);
      end = value.text + value.length - removal->walk->text;
      if (matches)
        cut (removal, start, end);
      removal->kept |= !matches;
      removal->last_end = end;
    }
}

/* To the array or object that the last step is about, and whether the value is there. */
static gboolean
find_parent (WeirJsonWalk *walk, const WeirPath *path, guint *parent, Place *place)
{
  for (guint i = 0; i < path->n_steps; i++)
    {
      *parent = walk->next;
      if (!look (walk, &path->steps[i], place) || !place->found)
        return FALSE;
    }
  return TRUE;
}

gboolean
weir_json_edit_remove (WeirJsonIndex *index, const char *text, gsize length, const WeirPath *path,
                       GString *out, gboolean *changed, GError **error)
{
  WeirJsonWalk walk;
  Place place;
  guint parent = 0;
  WeirPathStep step;
  Removal removal = { .walk = &walk, .step = &step, .out = out };

  g_string_truncate (out, 0);
  *changed = FALSE;
  if (!open_whole (&walk, index, text, length, error))
    return FALSE;
  if (path->n_steps == 0)
    {
      g_set_error_literal (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH,
                           "the record itself cannot be removed");
      return FALSE;
    }
  if (!find_parent (&walk, path, &parent, &place))
    return TRUE;
  step = path->steps[path->n_steps - 1];
  if (step.key == NULL && step.index < 0)
    step.index += place.n;
  removal.object = step.key != NULL;
  walk.next = parent;
  remove_items (&removal);
  g_string_append_len (out, text + removal.copied, length - removal.copied);
  *changed = removal.changed;
  return TRUE;
}
