/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json/weir-field-set-private.h"
#include "json/weir-json-walk-private.h"

/* Bytes of records that are indexed at once: enough to make the call cheap, few enough that text
 * and positions stay in the first caches. */
#define MAX_RUN (16 * 1024)

/* Goes down the tokens of a record and the tree of a field set at the same time. What the tree does
 * not name is skipped by the walk. A key that occurs again starts its part of the tree anew, so
 * that the last one wins, as in jq. */
struct _WeirScanner
{
  WeirJsonIndex *index;     /* of a record alone */
  WeirJsonIndex *run_index; /* of a run of records */
  GString *key;             /* unescaped */

  const WeirFieldNode *root; /* of the fields in hand */
  WeirJsonWalk walk;         /* of the record or run in hand */
  WeirField *fields;
};

static gboolean scan_value (WeirScanner *scanner, const WeirFieldNode *node);

WeirScanner *
weir_scanner_new (void)
{
  WeirScanner *scanner = g_new0 (WeirScanner, 1);

  scanner->index = weir_json_index_new ();
  scanner->run_index = weir_json_index_new ();
  scanner->key = g_string_new (NULL);
  return scanner;
}

void
weir_scanner_free (WeirScanner *scanner)
{
  weir_json_index_free (scanner->index);
  weir_json_index_free (scanner->run_index);
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
  if (memchr (name, '\\', length) != NULL)
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

static inline gboolean
is_key (const WeirFieldNode *child, const char *name, gsize length)
{
  return child->length == length && child->plain
         && (length == 0
             || (child->key[0] == name[0] && child->key[length - 1] == name[length - 1]
                 && memcmp (child->key, name, length) == 0));
}

static inline const WeirFieldNode *
find_plain_key (const WeirFieldNode *node, const char *name, gsize length)
{
  const WeirFieldNode *child = node->keys;

  while (child != NULL && !is_key (child, name, length))
    child = child->sibling;
  return child;
}

/* The value of a key that is read: it takes the place of one that came before. */
static gboolean
scan_again (WeirScanner *scanner, const WeirFieldNode *child)
{
  forget (scanner, child->keys);
  forget (scanner, child->indexes);
  return scan_value (scanner, child);
}

/* A scalar that is read, from its token at @at to the next; FALSE: the walk shall see to it. */
static inline gboolean
take_scalar (WeirScanner *scanner, const WeirFieldNode *child, const guint32 *at)
{
  const char *text = scanner->walk.text;
  guint32 end = at[1];
  WeirJsonFault fault = { 0 };
  WeirField *field;

  if (child->slot < 0 || child->keys != NULL || child->indexes != NULL)
    return FALSE;
  while (weir_json_is_space (text[end - 1]))
    end--;
  field = &scanner->fields[child->slot];
  field->text = text + at[0];
  field->length = end - at[0];
  field->type = weir_json_type_of (text[at[0]]);
  return weir_json_check_scalar (field->text, field->length, &fault);
}

/* The array or object at @at, to behind its end; NULL when it breaks the grammar. */
static const guint32 *
scan_container (WeirScanner *scanner, const WeirFieldNode *child, const guint32 *at)
{
  WeirJsonWalk *walk = &scanner->walk;

  walk->next = at - walk->positions;
  if (child != NULL ? scan_again (scanner, child) : weir_json_walk_skip (walk, NULL))
    return walk->positions + walk->next;
  return NULL;
}

/* The value of a member, whose token is at @at; @child: NULL when nobody reads it. To the token
 * behind it; NULL: the walk shall see to it. */
static inline const guint32 *
scan_plain_value (WeirScanner *scanner, const WeirFieldNode *child, const guint32 *at,
                  const guint32 *end)
{
  const char *text = scanner->walk.text;
  const guint32 *behind = NULL;

  if (G_LIKELY (weir_json_is_scalar (text, *at)))
    return child == NULL || take_scalar (scanner, child, at) ? at + 1 : NULL;
  if (text[*at] != '{' && text[*at] != '[')
    return NULL;
  if (child == NULL && scanner->walk.depth < WEIR_JSON_MAX_DEPTH)
    behind = weir_json_skip_plain (text, at, end);
  return behind != NULL ? behind : scan_container (scanner, child, at);
}

/* Whether one of eight bytes is a backslash (Mycroft's test for a zero byte). */
static inline gboolean
has_backslash (guint64 bytes)
{
  guint64 zeros = bytes ^ G_GUINT64_CONSTANT (0x5c5c5c5c5c5c5c5c);

  return ((zeros - G_GUINT64_CONSTANT (0x0101010101010101)) & ~zeros
          & G_GUINT64_CONSTANT (0x8080808080808080))
         != 0;
}

/* Whether a key is written with escapes, and so long that it could be one that is read. Most keys
 * of some length are two words that overlap. */
static inline gboolean
is_escaped (const WeirFieldNode *node, const char *name, gsize length)
{
  guint64 first;
  guint64 last;

  if (!(node->escaped_lengths >> length % 64 & 1))
    return FALSE;
  if (length < 8 || length > 16)
    return memchr (name, '\\', length) != NULL;
  memcpy (&first, name, 8);
  memcpy (&last, name + length - 8, 8);
  return has_backslash (first) || has_backslash (last);
}

/* The member behind @at, if its key is a plain one. */
static const guint32 *
scan_plain_member (WeirScanner *scanner, const WeirFieldNode *node, const guint32 *at,
                   const guint32 *end)
{
  const char *text = scanner->walk.text;
  const WeirFieldNode *child;
  const char *name;
  gsize length;

  if (end - at <= 4 || !weir_json_is_plain_key (text, at))
    return NULL;
  name = text + at[1] + 1;
  length = at[2] - at[1] - 2;
  child = find_plain_key (node, name, length);
  if (child == NULL && is_escaped (node, name, length))
    return NULL;
  return scan_plain_value (scanner, child, at + 3, end);
}

/* The innermost loop: over plain members whose keys cannot be one that is read, by their length. */
static inline const guint32 *
skip_unread_members (const char *text, const WeirFieldNode *node, const guint32 *at,
                     const guint32 *end)
{
  while (end - at > 4 && weir_json_is_plain_key (text, at) && weir_json_is_scalar (text, at[3]))
    {
      gsize length = at[2] - at[1] - 2;

      if (node->key_lengths >> length % 64 & 1 || is_escaped (node, text + at[1] + 1, length))
        break;
      at += 4;
      if (text[*at] != ',')
        break;
    }
  return at;
}

/* The members of an object, from its bracket or a comma: takes plain scalars that are read, and
 * skips what nobody reads. All else, and every fault, is left to the walk, which goes on where this
 * stops. TRUE: it stopped behind the object. */
static gboolean
scan_plain_members (WeirScanner *scanner, const WeirFieldNode *node)
{
  WeirJsonWalk *walk = &scanner->walk;
  const char *text = walk->text;
  const guint32 *end = walk->positions + walk->n_positions;
  const guint32 *at = walk->positions + walk->next;
  const guint32 *bracket = text[at[-1]] == '{' ? --at : NULL;

  while (at < end && (at == bracket || text[*at] == ','))
    {
      const guint32 *behind = skip_unread_members (text, node, at, end);

      if (behind == at)
        behind = scan_plain_member (scanner, node, at, end);
      if (behind == NULL)
        break;
      at = behind;
    }
  walk->next = at - walk->positions + (at == bracket ? 1 : 0);
  if (at == bracket || weir_json_walk_peek (walk) != '}')
    return FALSE;
  weir_json_walk_leave (walk);
  return TRUE;
}

static gboolean
scan_object (WeirScanner *scanner, const WeirFieldNode *node)
{
  WeirJsonWalk *walk = &scanner->walk;
  WeirField key;

  if (!weir_json_walk_enter (walk))
    return FALSE;
  while (!scan_plain_members (scanner, node))
    {
      const WeirFieldNode *child;

      if (!weir_json_walk_next_member (walk, &key))
        return walk->fault.reason == NULL;
      child = find_key (scanner, node, &key);
      if (!(child != NULL ? scan_again (scanner, child) : weir_json_walk_skip (walk, NULL)))
        return FALSE;
    }
  return TRUE;
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
  guint first = scanner->walk.next;

  return scan_value (scanner, root)
         && (scanner->walk.next > first + 1 || weir_json_walk_check_token (&scanner->walk, first));
}

static void
fail_record (WeirScanner *scanner, WeirRecord *record)
{
  g_autofree char *fault = weir_json_fault_to_text (&scanner->walk.fault);
  g_autofree char *message = g_strconcat ("not JSON: ", fault, NULL);

  weir_record_set_verdict (record, WEIR_VERDICT_FAILED, message);
}

/* The text of a record, indexed alone. */
static void
scan_alone (WeirScanner *scanner, WeirRecord *record, const WeirFieldSet *set)
{
  guint n_slots = weir_field_set_get_size (set);

  memset (scanner->fields, 0, n_slots * sizeof (WeirField));
  if (weir_json_walk_open (&scanner->walk, scanner->index, record->text, record->length)
      && scan_root (scanner, scanner->root) && weir_json_walk_finish (&scanner->walk))
    return;
  memset (scanner->fields, 0, n_slots * sizeof (WeirField));
  fail_record (scanner, record);
}

/* Runs ----------------------------------------------------------------------------------------- */

/* The position behind the records that lie one behind the other from @position on, with nothing but
 * the end of a line between them. */
static guint
find_run (WeirBatch *batch, guint position)
{
  const char *start = weir_batch_record (batch, position)->text;
  const char *end = start + weir_batch_record (batch, position)->length;

  for (position++; position < batch->n_selected; position++)
    {
      const WeirRecord *record = weir_batch_record (batch, position);

      if (record->verdict != WEIR_VERDICT_PASS || record->text <= end || record->text > end + 2
          || record->text + record->length > start + MAX_RUN)
        break;
      end = record->text + record->length;
    }
  return position;
}

/* One record of a run: its value must begin and end within its text, and be all there is. */
static gboolean
scan_part (WeirScanner *scanner, const WeirRecord *record, const WeirFieldSet *set)
{
  WeirJsonWalk *walk = &scanner->walk;
  gsize start = record->text - walk->text;
  gsize end = start + record->length;
  guint n_slots = weir_field_set_get_size (set);

  memset (scanner->fields, 0, n_slots * sizeof (WeirField));
  return walk->next < walk->n_positions && walk->positions[walk->next] < end
         && scan_root (scanner, scanner->root) && walk->positions[walk->next - 1] < end
         && weir_json_walk_get_offset (walk) >= end;
}

/* The first token that is not before @offset, from wherever the walk got to. */
static void
move_to (WeirJsonWalk *walk, gsize offset)
{
  while (walk->next > 0 && walk->positions[walk->next - 1] >= offset)
    walk->next--;
  while (walk->next < walk->n_positions && walk->positions[walk->next] < offset)
    walk->next++;
}

/* A record of a run that is no good by itself, or only together with its neighbours, is scanned
 * alone; the walk goes on behind it. */
static void
scan_odd (WeirScanner *scanner, WeirRecord *record, const WeirFieldSet *set)
{
  WeirJsonWalk run = scanner->walk;

  scan_alone (scanner, record, set);
  run.depth = 0;
  run.fault = (WeirJsonFault){ 0 };
  move_to (&run, record->text + record->length - run.text);
  scanner->walk = run;
}

/* Records that lie one behind the other are indexed at once. A quote that is not closed shows as an
 * error of the whole run, because no string holds a newline; then each is indexed alone. */
static void
scan_run (WeirScanner *scanner, WeirBatch *batch, guint from, guint to, const WeirFieldSet *set)
{
  const WeirRecord *last = weir_batch_record (batch, to - 1);
  const char *start = weir_batch_record (batch, from)->text;
  guint n_slots = weir_field_set_get_size (set);
  gboolean together = to - from > 1
                      && weir_json_walk_open (&scanner->walk, scanner->run_index, start,
                                              last->text + last->length - start);

  for (guint i = from; i < to; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      scanner->fields = batch->fields + (gsize)batch->selection[i] * n_slots;
      if (!together)
        scan_alone (scanner, record, set);
      else if (!scan_part (scanner, record, set))
        scan_odd (scanner, record, set);
    }
}

static void
make_room (WeirBatch *batch, guint n_slots)
{
  gsize size = (gsize)batch->n_records * n_slots;

  if (size <= batch->fields_size)
    return;
  batch->fields = g_renew (WeirField, batch->fields, size);
  batch->fields_size = size;
}

static void
fill (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set)
{
  guint n_slots = weir_field_set_get_size (set);
  guint position = batch->cursor;

  batch->field_set = set;
  batch->n_fields = n_slots;
  make_room (batch, n_slots);
  while (n_slots > 0 && position < batch->n_selected)
    {
      guint end = find_run (batch, position);

      if (weir_batch_record (batch, position)->verdict == WEIR_VERDICT_PASS)
        scan_run (scanner, batch, position, end, set);
      else
        memset (batch->fields + (gsize)batch->selection[position] * n_slots, 0,
                n_slots * sizeof (WeirField));
      position = end;
    }
}

void
weir_scanner_fill (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set)
{
  if (batch->field_set == set && !batch->fields_early)
    return;
  scanner->root = set->root;
  batch->fields_early = FALSE;
  fill (scanner, batch, set);
}

void
weir_scanner_fill_early (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set)
{
  if (batch->field_set == set)
    return;
  batch->fields_early = set->early != NULL && set->n_early < weir_field_set_get_size (set);
  scanner->root = batch->fields_early ? set->early : set->root;
  fill (scanner, batch, set);
}

gboolean
weir_scanner_scan (WeirScanner *scanner, WeirRecord *record, const WeirFieldSet *set,
                   WeirField *fields)
{
  scanner->root = set->root;
  scanner->fields = fields;
  scan_alone (scanner, record, set);
  return record->verdict != WEIR_VERDICT_FAILED;
}
