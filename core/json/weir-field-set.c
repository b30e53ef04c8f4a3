/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-field-set-private.h"

#include <string.h>

static WeirFieldNode *
node_new (const WeirPathStep *step)
{
  WeirFieldNode *node = g_new0 (WeirFieldNode, 1);

  node->slot = -1;
  if (step == NULL)
    return node;
  node->index = step->index;
  node->key = g_strdup (step->key);
  node->length = step->key != NULL ? strlen (step->key) : 0;
  node->plain = step->key != NULL && strchr (step->key, '\\') == NULL;
  return node;
}

static void
node_free (WeirFieldNode *node)
{
  while (node != NULL)
    {
      WeirFieldNode *sibling = node->sibling;

      node_free (node->keys);
      node_free (node->indexes);
      g_free (node->key);
      g_free (node);
      node = sibling;
    }
}

static gboolean
node_is (const WeirFieldNode *node, const WeirPathStep *step)
{
  return step->key != NULL ? strcmp (node->key, step->key) == 0 : node->index == step->index;
}

static guint64
length_bit (gsize length)
{
  return G_GUINT64_CONSTANT (1) << length % 64;
}

/* The lengths that a key may have in a record: its own, or up to six bytes for each of its own. */
static void
add_lengths (WeirFieldNode *node, const WeirFieldNode *child)
{
  node->key_lengths |= length_bit (child->length);
  for (gsize i = child->length + 1; i <= 6 * child->length; i++)
    node->escaped_lengths |= length_bit (i);
}

static WeirFieldNode *
get_child (WeirFieldNode *node, const WeirPathStep *step)
{
  WeirFieldNode **child = step->key != NULL ? &node->keys : &node->indexes;

  while (*child != NULL && !node_is (*child, step))
    child = &(*child)->sibling;
  if (*child == NULL)
    *child = node_new (step);
  node->from_end |= step->key == NULL && step->index < 0;
  if (step->key != NULL)
    add_lengths (node, *child);
  return *child;
}

static WeirFieldNode *
node_copy (const WeirFieldNode *node)
{
  WeirFieldNode *copy;

  if (node == NULL)
    return NULL;
  copy = g_memdup2 (node, sizeof *node);
  copy->key = g_strdup (node->key);
  copy->keys = node_copy (node->keys);
  copy->indexes = node_copy (node->indexes);
  copy->sibling = node_copy (node->sibling);
  return copy;
}

WeirFieldSet *
weir_field_set_new (void)
{
  WeirFieldSet *set = g_new0 (WeirFieldSet, 1);

  set->root = node_new (NULL);
  set->paths = g_ptr_array_new_with_free_func (g_free);
  return set;
}

void
weir_field_set_free (WeirFieldSet *set)
{
  node_free (set->root);
  node_free (set->early);
  g_ptr_array_unref (set->paths);
  g_free (set);
}

void
weir_field_set_end_early (WeirFieldSet *set)
{
  if (set->early != NULL || set->paths->len == 0)
    return;
  set->early = node_copy (set->root);
  set->n_early = set->paths->len;
}

guint
weir_field_set_get_size (const WeirFieldSet *set)
{
  return set->paths->len;
}

const char *
weir_field_set_get_path (const WeirFieldSet *set, guint slot)
{
  g_assert (slot < set->paths->len);
  return g_ptr_array_index (set->paths, slot);
}

static guint
add_slot (WeirFieldSet *set, const char *path)
{
  g_ptr_array_add (set->paths, g_strdup (path));
  return set->paths->len - 1;
}

/**
 * weir_field_set_add: (skip)
 * @set: the fields of a run of stages
 * @path: a field path, `.geo.country`
 *
 * Declares a field. The same field has one slot, however often it is added. A path that is none
 * is a programming error; its slot stays absent.
 *
 * Returns: the slot, for weir_record_get_field()
 */
guint
weir_field_set_add (WeirFieldSet *set, const char *path)
{
  g_autoptr (WeirPath) steps = NULL;
  g_autoptr (GError) error = NULL;
  WeirFieldNode *node;

  g_return_val_if_fail (set != NULL && path != NULL, 0);

  steps = weir_path_new (path, &error);
  if (steps == NULL)
    {
      g_critical ("%s", error->message);
      return add_slot (set, path);
    }
  node = set->root;
  for (guint i = 0; i < steps->n_steps; i++)
    node = get_child (node, &steps->steps[i]);
  if (node->slot < 0)
    node->slot = add_slot (set, path);
  return node->slot;
}
