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
} WeirTransformSet;

/* What one record is given: a text for each thread that runs the stage. */
typedef struct
{
  GString *text; /* the values, each ends with a zero byte */
  gsize *starts; /* in the text, one for each field; or NO_VALUE */
} Values;

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
free_text (gpointer data)
{
  g_string_free (data, TRUE);
}

static GString *
get_text_of_thread (void)
{
  static GPrivate text_of_thread = G_PRIVATE_INIT (free_text);
  GString *text = g_private_get (&text_of_thread);

  if (text == NULL)
    g_private_set (&text_of_thread, text = g_string_new (NULL));
  return g_string_truncate (text, 0);
}

static void
read_values (const WeirTransformSet *self, WeirRecord *record, Values *values)
{
  for (guint i = 0; i < self->fields->len && !is_failed (record); i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);
      WeirValue value;

      values->starts[i] = NO_VALUE;
      if (!weir_expression_first (entry->expression, record, &value))
        continue;
      values->starts[i] = values->text->len;
      g_string_append_len (values->text, value.field.text, value.field.length);
      g_string_append_c (values->text, '\0');
    }
}

static void
write_values (const WeirTransformSet *self, WeirRecord *record, const Values *values)
{
  for (guint i = 0; i < self->fields->len && !is_failed (record); i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);

      if (values->starts[i] != NO_VALUE)
        weir_record_set_json (record, entry->key, values->text->str + values->starts[i]);
    }
}

static void
weir_transform_set_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  const WeirTransformSet *self = (WeirTransformSet *)transform;
  Values values = { get_text_of_thread (), g_newa (gsize, self->fields->len) };

  read_values (self, record, &values);
  write_values (self, record, &values);
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

static void
weir_transform_set_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  WEIR_STAGE_CLASS (klass)->plan = weir_transform_set_plan;
  klass->transform = weir_transform_set_transform;
}

WEIR_DEFINE_TRANSFORM (
    WeirTransformSet, weir_transform_set, "transform.set",
    "Sets fields to the values of expressions",
    "source.stdin ! transform.set fields='{\".ms\": \".request_time * 1000\"}' ! sink.stdout")
