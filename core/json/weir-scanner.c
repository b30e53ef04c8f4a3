/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json/weir-field-set-private.h"
#include "json/weir-json-walk-private.h"

/* Goes down the tokens of a record and the tree of a field set at the same time. What the tree does
 * not name is skipped by the walk. A key that occurs again starts its part of the tree anew, so
 * that the last one wins, as in jq. */
struct _WeirScanner
{
  WeirJsonIndex *index;
  GString *key; /* unescaped */

  WeirJsonWalk walk; /* of the record in hand */
  WeirField *fields;
  gboolean escapes; /* there is a backslash somewhere in the record */
};

static gboolean scan_value (WeirScanner *scanner, const WeirFieldNode *node);

WeirScanner *
weir_scanner_new (void)
{
  WeirScanner *scanner = g_new0 (WeirScanner, 1);

  scanner->index = weir_json_index_new ();
  scanner->key = g_string_new (NULL);
  return scanner;
}

void
weir_scanner_free (WeirScanner *scanner)
{
  weir_json_index_free (scanner->index);
  g_string_free (scanner->key, TRUE);
  g_free (scanner);
}

static void
forget (WeirScanner *scanner, const WeirFieldNode *nodes)
{
  for (const WeirFieldNode *node = nodes; node != NULL; node = node->sibling)
    {
      if (node->slot >= 0)
        scanner->fields[node->slot] = (WeirField){ 0 };
      forget (scanner, node->keys);
      forget (scanner, node->indexes);
    }
}

static const WeirFieldNode *
find_escaped_key (WeirScanner *scanner, const WeirFieldNode *node, const WeirField *key)
{
  WeirJsonFault fault = { 0 };
  gsize length;

  if (!weir_json_check_scalar (key->text, key->length, &fault))
    return NULL;
  g_string_set_size (scanner->key, key->length);
  length = weir_json_unescape (key->text + 1, key->length - 2, scanner->key->str);
  for (const WeirFieldNode *child = node->keys; child != NULL; child = child->sibling)
    if (child->length == length && memcmp (child->key, scanner->key->str, length) == 0)
      return child;
  return NULL;
}

static const WeirFieldNode *
find_key (WeirScanner *scanner, const WeirFieldNode *node, const WeirField *key)
{
  const char *name = key->text + 1;
  gsize length = key->length - 2;

  for (const WeirFieldNode *child = node->keys; child != NULL; child = child->sibling)
    if (child->length == length && child->plain && memcmp (child->key, name, length) == 0)
      return child;
  if (scanner->escapes && memchr (name, '\\', length) != NULL)
    return find_escaped_key (scanner, node, key);
  return NULL;
}

static const WeirFieldNode *
find_index (const WeirFieldNode *node, gint64 index)
{
  const WeirFieldNode *child = node->indexes;

  while (child != NULL && child->index != index)
    child = child->sibling;
  return child;
}

static gboolean
scan_child (WeirScanner *scanner, const WeirFieldNode *child)
{
  return child != NULL ? scan_value (scanner, child) : weir_json_walk_skip (&scanner->walk, NULL);
}

static gboolean
scan_object (WeirScanner *scanner, const WeirFieldNode *node)
{
  WeirJsonWalk *walk = &scanner->walk;
  WeirField key;

  if (!weir_json_walk_enter (walk))
    return FALSE;
  while (weir_json_walk_next_member (walk, &key))
    {
      const WeirFieldNode *child = find_key (scanner, node, &key);

      if (child != NULL)
        {
          forget (scanner, child->keys);
          forget (scanner, child->indexes);
        }
      if (!scan_child (scanner, child))
        return FALSE;
    }
  return walk->fault.reason == NULL;
}

/* @base: 0, or minus the length of the array, so that its elements count from the end. */
static gboolean
scan_elements (WeirScanner *scanner, const WeirFieldNode *node, gint64 base, gint64 *length)
{
  WeirJsonWalk *walk = &scanner->walk;
  gint64 index = base;

  if (!weir_json_walk_enter (walk))
    return FALSE;
  while (weir_json_walk_next_element (walk))
    if (!scan_child (scanner, find_index (node, index++)))
      return FALSE;
  *length = index - base;
  return walk->fault.reason == NULL;
}

static gboolean
scan_array (WeirScanner *scanner, const WeirFieldNode *node)
{
  guint start = scanner->walk.next;
  gint64 length = 0;

  if (!scan_elements (scanner, node, 0, &length))
    return FALSE;
  if (!node->from_end)
    return TRUE;
  scanner->walk.next = start;
  return scan_elements (scanner, node, -length, &length);
}

static gboolean
scan_value (WeirScanner *scanner, const WeirFieldNode *node)
{
  WeirJsonWalk *walk = &scanner->walk;
  WeirField *field = node->slot >= 0 ? &scanner->fields[node->slot] : NULL;
  char c = weir_json_walk_peek (walk);
  guint first = walk->next;
  gboolean object = c == '{' && node->keys != NULL;

  if (!object && (c != '[' || node->indexes == NULL))
    return field != NULL ? weir_json_walk_read (walk, field) : weir_json_walk_skip (walk, NULL);
  if (!(object ? scan_object (scanner, node) : scan_array (scanner, node)))
    return FALSE;
  if (field != NULL)
    {
      field->text = walk->text + walk->positions[first];
      field->length = walk->positions[walk->next - 1] + 1 - walk->positions[first];
      field->type = object ? WEIR_FIELD_OBJECT : WEIR_FIELD_ARRAY;
    }
  return TRUE;
}

/* A record that is a bare scalar is read to its end, whatever the fields are. */
static gboolean
scan_root (WeirScanner *scanner, const WeirFieldNode *root)
{
  return scan_value (scanner, root) && weir_json_walk_finish (&scanner->walk)
         && (scanner->walk.n_positions > 1 || weir_json_walk_check_token (&scanner->walk, 0));
}

static void
fail_record (WeirScanner *scanner, WeirRecord *record)
{
  g_autofree char *fault = weir_json_fault_to_text (&scanner->walk.fault);
  g_autofree char *message = g_strconcat ("not JSON: ", fault, NULL);

  weir_record_set_verdict (record, WEIR_VERDICT_FAILED, message);
}

/* The text of a record is indexed alone. Records that lie one behind the other in a buffer could be
 * indexed at once, and each walk given its part of the positions: this is the place. */
static void
scan_record (WeirScanner *scanner, WeirRecord *record, const WeirFieldSet *set)
{
  guint n_slots = weir_field_set_get_size (set);

  memset (scanner->fields, 0, n_slots * sizeof (WeirField));
  if (record->verdict != WEIR_VERDICT_PASS)
    return;
  scanner->escapes = memchr (record->text, '\\', record->length) != NULL;
  if (weir_json_walk_open (&scanner->walk, scanner->index, record->text, record->length)
      && scan_root (scanner, set->root))
    return;
  memset (scanner->fields, 0, n_slots * sizeof (WeirField));
  fail_record (scanner, record);
}

void
weir_scanner_fill (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set)
{
  guint n_slots = weir_field_set_get_size (set);
  gsize size = (gsize)batch->n_records * n_slots;

  if (batch->field_set == set)
    return;
  if (size > batch->fields_size)
    {
      batch->fields = g_renew (WeirField, batch->fields, size);
      batch->fields_size = size;
    }
  batch->field_set = set;
  for (guint i = batch->cursor; n_slots > 0 && i < batch->n_selected; i++)
    {
      scanner->fields = batch->fields + (gsize)batch->selection[i] * n_slots;
      scan_record (scanner, weir_batch_record (batch, i), set);
    }
}
