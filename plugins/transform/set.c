/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.set: sets fields to the values of expressions.
 *
 * All expressions read the record as it came in; the first output of each is the value, and a field
 * whose expression gives none stays as it is. All other bytes of the record stay, and so does the
 * deadline. A record that cannot take a field, or on which an expression fails, is failed.
 *
 *   source.stdin ! transform.set fields='{".ms": ".request_time * 1000"}' ! sink.stdout
 */
#include <weir/weir-plugin.h>

#define NO_VALUE G_MAXSIZE

typedef struct
{
  WeirTransform parent;

  GPtrArray *fields; /* WeirOptionEntry: path → expression */

  GString *values; /* of one record, each ends with a zero byte */
  gsize *starts;   /* in `values`, one for each field; or NO_VALUE */
} WeirTransformSet;

static const WeirOption options[] = {
  WEIR_OPTION_MAP ("fields", WeirTransformSet, fields, WEIR_MAP_EXPRESSIONS | WEIR_MAP_PATH_KEYS,
                   NULL, TRUE, "Field path to the expression whose first output it is set to"),
};

static gboolean
is_failed (const WeirRecord *record)
{
  return weir_record_get_verdict (record) != WEIR_VERDICT_PASS;
}

static void
read_values (WeirTransformSet *self, WeirRecord *record)
{
  g_string_truncate (self->values, 0);
  for (guint i = 0; i < self->fields->len && !is_failed (record); i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);
      WeirValue value;

      self->starts[i] = NO_VALUE;
      if (!weir_expression_first (entry->expression, record, &value))
        continue;
      self->starts[i] = self->values->len;
      g_string_append_len (self->values, value.field.text, value.field.length);
      g_string_append_c (self->values, '\0');
    }
}

static void
write_values (WeirTransformSet *self, WeirRecord *record)
{
  for (guint i = 0; i < self->fields->len && !is_failed (record); i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);

      if (self->starts[i] != NO_VALUE)
        weir_record_set_json (record, entry->key, self->values->str + self->starts[i]);
    }
}

static void
weir_transform_set_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  WeirTransformSet *self = (WeirTransformSet *)transform;

  read_values (self, record);
  write_values (self, record);
  if (!is_failed (record))
    weir_emitter_emit (out, record);
}

static void
weir_transform_set_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirTransformSet *self = (WeirTransformSet *)stage;

  for (guint i = 0; i < self->fields->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);

      weir_expression_plan (entry->expression, fields);
    }
}

static gboolean
weir_transform_set_start (WeirStage *stage, GError **error)
{
  WeirTransformSet *self = (WeirTransformSet *)stage;

  self->values = g_string_new (NULL);
  self->starts = g_new (gsize, self->fields->len);
  return TRUE;
}

static void
weir_transform_set_stop (WeirStage *stage)
{
  WeirTransformSet *self = (WeirTransformSet *)stage;

  g_string_free (g_steal_pointer (&self->values), TRUE);
  g_clear_pointer (&self->starts, g_free);
}

static void
weir_transform_set_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  WEIR_STAGE_CLASS (klass)->plan = weir_transform_set_plan;
  WEIR_STAGE_CLASS (klass)->start = weir_transform_set_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_transform_set_stop;
  klass->transform = weir_transform_set_transform;
}

WEIR_DEFINE_TRANSFORM (
    WeirTransformSet, weir_transform_set, "transform.set",
    "Sets fields to the values of expressions",
    "source.stdin ! transform.set fields='{\".ms\": \".request_time * 1000\"}' ! sink.stdout")
