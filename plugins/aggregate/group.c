/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggregate.group: counts, sums and compares records by key.
 *
 * Records are absorbed into groups, one for each combination of the values of `by`, or one for all.
 * When a window closes, after `every` records or every so long on the pipeline clock, and at the
 * end of the input, each group becomes a record of its keys and results, in the order in which the
 * groups were first seen; it starts a deadline of its own. Without `every` the whole input is one
 * window. A record on which an expression fails, or that has a new key when there are `max-keys`,
 * is failed and changes no group.
 *
 *   source.stdin ! aggregate.group every=10s by='{"path": ".path"}' \
 *     compute='{"n": "count()", "ms": "mean(.ms)"}' ! sink.stdout
 */
#include <math.h>
#include <string.h>

#include <weir/weir-plugin.h>

#include "weir-compute.h"

/* Its cells come first, then its key: the values of `by` as JSON, each ended by a zero byte. */
typedef struct
{
  const char *key;
  gsize key_length;
  WeirComputeCell cells[];
} Group;

/* A group is one allocation. `groups` finds the open window's by key and `order` keeps them as
 * first seen; a window that closes moves them to `closed`, from where they are emitted as far as
 * the emitter takes them, so that a window of many groups never makes one large batch.
 *
 *   record → by, compute → key, numbers → groups[key] → cells      … closed → records
 *
 * The alarm serves two ends: the end of the window, or at once while `closed` holds some. */
typedef struct
{
  WeirAggregate parent;

  WeirPeriod every; /* options */
  GPtrArray *by;
  GPtrArray *compute;
  guint64 max_keys;

  WeirCompute *computes; /* one for each entry of `compute` */
  guint n_computes;

  GHashTable *groups; /* a set of Group */
  GQueue order;
  GQueue closed;
  guint64 n_records; /* in the open window */
  gint64 begin;      /* of the stage; windows are counted from here */
  gint64 window_end;

  double *numbers; /* of one record; NaN: null */
  GString *text;   /* the key of a record, or a result */
} WeirAggregateGroup;

static const WeirOption options[] = {
  WEIR_OPTION_PERIOD ("every", WeirAggregateGroup, every,
                      "Records or time until results are given; none: once, at the end"),
  WEIR_OPTION_MAP ("by", WeirAggregateGroup, by, WEIR_MAP_EXPRESSIONS, NULL, FALSE,
                   "Name to the expression whose value is part of the key; none: one group"),
  WEIR_OPTION_MAP ("compute", WeirAggregateGroup, compute, WEIR_MAP_STRINGS, NULL, TRUE,
                   "Name to count(), sum(EXPR), min(EXPR), max(EXPR) or mean(EXPR)"),
  WEIR_OPTION_UINT64 ("max-keys", WeirAggregateGroup, max_keys, 1, G_MAXUINT32, "1000000",
                      "Groups in a window; a record of a further one fails"),
};

static const WeirOptionEntry *
entry_at (const GPtrArray *map, guint i)
{
  return g_ptr_array_index (map, i);
}

static guint
map_length (const GPtrArray *map)
{
  return map != NULL ? map->len : 0;
}

static void
check_names (WeirAggregateGroup *self, WeirMistakes *mistakes)
{
  for (guint i = 0; i < self->compute->len; i++)
    for (guint j = 0; j < map_length (self->by); j++)
      if (g_str_equal (entry_at (self->compute, i)->key, entry_at (self->by, j)->key))
        weir_mistakes_add_key (mistakes, "/compute", entry_at (self->compute, i)->key,
                               "the name is taken by an entry of \"by\"");
}

static void
clear_computes (WeirAggregateGroup *self)
{
  for (guint i = 0; i < self->n_computes; i++)
    weir_compute_clear (&self->computes[i]);
  g_clear_pointer (&self->computes, g_free);
  self->n_computes = 0;
}

static void
weir_aggregate_group_check (WeirStage *stage, WeirMistakes *mistakes)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)stage;

  if (self->compute == NULL)
    return;
  check_names (self, mistakes);
  clear_computes (self);
  self->n_computes = self->compute->len;
  self->computes = g_new0 (WeirCompute, self->n_computes);
  for (guint i = 0; i < self->n_computes; i++)
    {
      const WeirOptionEntry *entry = entry_at (self->compute, i);
      g_autofree char *wrong = weir_compute_init (&self->computes[i], entry->text);

      if (wrong != NULL)
        weir_mistakes_add_key (mistakes, "/compute", entry->key, wrong);
    }
}

/* Groups ------------------------------------------------------------------------------------ */

static guint
group_hash (gconstpointer data)
{
  const Group *group = data;
  guint32 hash = 2166136261u; /* FNV-1a */

  for (gsize i = 0; i < group->key_length; i++)
    hash = (hash ^ (guchar)group->key[i]) * 16777619u;
  return hash;
}

static gboolean
group_equal (gconstpointer a, gconstpointer b)
{
  const Group *left = a;
  const Group *right = b;

  return left->key_length == right->key_length
         && memcmp (left->key, right->key, left->key_length) == 0;
}

static Group *
group_new (const WeirAggregateGroup *self)
{
  gsize size = sizeof (Group) + self->n_computes * sizeof (WeirComputeCell);
  Group *group = g_malloc (size + self->text->len);

  memset (group, 0, size);
  group->key = memcpy ((char *)group + size, self->text->str, self->text->len);
  group->key_length = self->text->len;
  return group;
}

/* The group of the key in `text`; NULL when it would be one too many. */
static Group *
find_group (WeirAggregateGroup *self)
{
  Group key = { .key = self->text->str, .key_length = self->text->len };
  Group *group = g_hash_table_lookup (self->groups, &key);

  if (group != NULL || g_hash_table_size (self->groups) >= self->max_keys)
    return group;
  group = group_new (self);
  g_hash_table_add (self->groups, group);
  g_queue_push_tail (&self->order, group);
  return group;
}

/* Results ----------------------------------------------------------------------------------- */

static void
append_name (GString *json, const char *name)
{
  g_string_append_c (json, json->len == 0 ? '{' : ',');
  weir_json_append_string (json, name, -1);
  g_string_append_c (json, ':');
}

static void
emit_group (WeirAggregateGroup *self, const Group *group, WeirEmitter *out)
{
  const char *value = group->key;

  g_string_truncate (self->text, 0);
  for (guint i = 0; i < map_length (self->by); i++, value += strlen (value) + 1)
    {
      append_name (self->text, entry_at (self->by, i)->key);
      g_string_append (self->text, value);
    }
  for (guint i = 0; i < self->n_computes; i++)
    {
      append_name (self->text, entry_at (self->compute, i)->key);
      weir_compute_append_result (&self->computes[i], &group->cells[i], self->text);
    }
  g_string_append_c (self->text, '}');
  weir_emitter_emit_text (out, self->text->str, (gssize)self->text->len);
}

static void
close_window (WeirAggregateGroup *self)
{
  Group *group;

  g_hash_table_remove_all (self->groups);
  while ((group = g_queue_pop_head (&self->order)) != NULL)
    g_queue_push_tail (&self->closed, group);
  self->n_records = 0;
}

static void
emit_closed (WeirAggregateGroup *self, WeirEmitter *out)
{
  while (!g_queue_is_empty (&self->closed) && !weir_emitter_is_full (out))
    {
      g_autofree Group *group = g_queue_pop_head (&self->closed);

      emit_group (self, group, out);
    }
}

static gint64
get_now (WeirAggregateGroup *self)
{
  return weir_clock_get_time (weir_stage_get_clock (WEIR_STAGE (self)));
}

static void
set_alarm (WeirAggregateGroup *self)
{
  if (!g_queue_is_empty (&self->closed))
    weir_stage_set_alarm (WEIR_STAGE (self), get_now (self));
  else if (self->every.duration > 0 && self->n_records > 0)
    weir_stage_set_alarm (WEIR_STAGE (self), self->window_end);
}

static void
weir_aggregate_group_alarm (WeirStage *stage, WeirEmitter *out)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)stage;

  if (self->every.duration > 0 && self->n_records > 0 && get_now (self) >= self->window_end)
    close_window (self);
  emit_closed (self, out);
  set_alarm (self);
}

/* Records ----------------------------------------------------------------------------------- */

static gboolean
is_failed (const WeirRecord *record)
{
  return weir_record_get_verdict (record) != WEIR_VERDICT_PASS;
}

static void
fail_about (WeirRecord *record, const char *format, const char *name)
{
  g_autofree char *message = g_strdup_printf (format, name);

  weir_record_fail (record, message);
}

static gboolean
read_key (WeirAggregateGroup *self, WeirRecord *record)
{
  g_string_truncate (self->text, 0);
  for (guint i = 0; i < map_length (self->by); i++)
    {
      const WeirOptionEntry *entry = entry_at (self->by, i);
      WeirValue value;

      if (!weir_expression_first (entry->expression, record, &value))
        {
          if (!is_failed (record))
            fail_about (record, "by \"%s\" gives no value", entry->key);
          return FALSE;
        }
      weir_json_append_canonical (self->text, value.field.text, value.field.length);
      g_string_append_c (self->text, '\0');
    }
  return TRUE;
}

static gboolean
read_numbers (WeirAggregateGroup *self, WeirRecord *record)
{
  for (guint i = 0; i < self->n_computes; i++)
    {
      WeirExpression *expression = self->computes[i].expression;
      WeirValue value = { .field = { .type = WEIR_FIELD_NULL } };

      if (expression != NULL && !weir_expression_first (expression, record, &value)
          && is_failed (record))
        return FALSE;
      self->numbers[i] = value.field.type == WEIR_FIELD_NUMBER ? value.number : NAN;
      if (value.field.type == WEIR_FIELD_NUMBER || value.field.type == WEIR_FIELD_NULL)
        continue;
      fail_about (record, "compute \"%s\" gives a value that is not a number",
                  entry_at (self->compute, i)->key);
      return FALSE;
    }
  return TRUE;
}

static void
add_to_group (WeirAggregateGroup *self, Group *group)
{
  for (guint i = 0; i < self->n_computes; i++)
    weir_compute_add (&self->computes[i], &group->cells[i], self->numbers[i]);
}

/* Windows are told from the begin of the stage, so that they do not drift. */
static void
open_window (WeirAggregateGroup *self)
{
  gint64 length = (gint64)MIN (self->every.duration, G_MAXINT64 / 4);

  if (length == 0)
    return;
  self->window_end = self->begin + ((get_now (self) - self->begin) / length + 1) * length;
}

static void
weir_aggregate_group_add (WeirAggregate *aggregate, WeirRecord *record, WeirEmitter *out)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)aggregate;
  Group *group;

  emit_closed (self, out);
  if (!read_numbers (self, record) || !read_key (self, record))
    return;
  group = find_group (self);
  if (group == NULL)
    {
      weir_record_fail (record, "the key is new, and there are max-keys groups already");
      return;
    }
  if (self->n_records == 0)
    open_window (self);
  add_to_group (self, group);
  self->n_records++;
  if (self->every.count > 0 && self->n_records >= self->every.count)
    close_window (self);
  emit_closed (self, out);
  if (self->n_records <= 1)
    set_alarm (self);
}

static gboolean
weir_aggregate_group_flush (WeirAggregate *aggregate, WeirEmitter *out)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)aggregate;

  close_window (self);
  emit_closed (self, out);
  return !g_queue_is_empty (&self->closed);
}

/* Life -------------------------------------------------------------------------------------- */

static void
weir_aggregate_group_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)stage;

  for (guint i = 0; i < map_length (self->by); i++)
    weir_expression_plan (entry_at (self->by, i)->expression, fields);
  for (guint i = 0; i < self->n_computes; i++)
    if (self->computes[i].expression != NULL)
      weir_expression_plan (self->computes[i].expression, fields);
}

static gboolean
weir_aggregate_group_start (WeirStage *stage, GError **error)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)stage;

  self->groups = g_hash_table_new (group_hash, group_equal);
  self->numbers = g_new (double, self->n_computes);
  self->text = g_string_new (NULL);
  self->begin = get_now (self);
  return TRUE;
}

static void
weir_aggregate_group_stop (WeirStage *stage)
{
  WeirAggregateGroup *self = (WeirAggregateGroup *)stage;

  g_clear_pointer (&self->groups, g_hash_table_unref);
  g_queue_clear_full (&self->order, g_free);
  g_queue_clear_full (&self->closed, g_free);
  g_clear_pointer (&self->numbers, g_free);
  g_string_free (g_steal_pointer (&self->text), TRUE);
}

static void
weir_aggregate_group_finalize (GObject *object)
{
  clear_computes ((WeirAggregateGroup *)object);
  G_OBJECT_CLASS (g_type_class_peek (WEIR_TYPE_AGGREGATE))->finalize (object);
}

static void
weir_aggregate_group_class_init (WeirAggregateClass *klass)
{
  WeirStageClass *stage_class = WEIR_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weir_aggregate_group_finalize;
  stage_class->check = weir_aggregate_group_check;
  stage_class->plan = weir_aggregate_group_plan;
  stage_class->start = weir_aggregate_group_start;
  stage_class->stop = weir_aggregate_group_stop;
  stage_class->alarm = weir_aggregate_group_alarm;
  klass->add = weir_aggregate_group_add;
  klass->flush = weir_aggregate_group_flush;
}

WEIR_DEFINE_AGGREGATE (WeirAggregateGroup, weir_aggregate_group, "aggregate.group",
                       "Counts, sums and compares records by key",
                       "source.stdin ! aggregate.group every=10s by='{\"path\": \".path\"}' "
                       "compute='{\"n\": \"count()\", \"ms\": \"mean(.ms)\"}' ! sink.stdout")
