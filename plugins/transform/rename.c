/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.rename: moves fields to other paths.
 *
 * All values are read before any is written, so two fields may change places. A value keeps its
 * exact text; a field that is missing is left out; what stood at the new path is replaced. All
 * other bytes of the record stay, and so does the deadline.
 *
 *   source.stdin ! transform.rename fields='{".remote_addr": ".ip"}' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirTransform parent;

  GPtrArray *fields; /* WeirOptionEntry: path → path */
} WeirTransformRename;

static const WeirOption options[] = {
  WEIR_OPTION_MAP ("fields", WeirTransformRename, fields, WEIR_MAP_PATHS | WEIR_MAP_PATH_KEYS, NULL,
                   TRUE, "Path of the field to the path that it moves to"),
};

static const WeirOptionEntry *
field (const WeirTransformRename *self, guint i)
{
  return g_ptr_array_index (self->fields, i);
}

/* One value for each field; NULL: missing. */
static void
take_values (const WeirTransformRename *self, WeirRecord *record, char **values)
{
  for (guint i = 0; i < self->fields->len; i++)
    values[i] = weir_record_get_json (record, field (self, i)->key);
  for (guint i = 0; i < self->fields->len; i++)
    if (values[i] != NULL)
      weir_record_remove (record, field (self, i)->key);
}

static void
put_values (const WeirTransformRename *self, WeirRecord *record, char **values)
{
  for (guint i = 0; i < self->fields->len; i++)
    {
      g_autofree char *value = g_steal_pointer (&values[i]);

      if (value != NULL && weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
        weir_record_set_json (record, field (self, i)->text, value);
    }
}

static void
weir_transform_rename_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  const WeirTransformRename *self = (WeirTransformRename *)transform;
  char **values = g_newa (char *, self->fields->len);

  take_values (self, record, values);
  put_values (self, record, values);
  if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
    weir_emitter_emit (out, record);
}

static void
weir_transform_rename_check (WeirStage *stage, WeirMistakes *mistakes)
{
  WeirTransformRename *self = (WeirTransformRename *)stage;
  g_autoptr (GHashTable) targets = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; self->fields != NULL && i < self->fields->len; i++)
    if (!g_hash_table_add (targets, field (self, i)->text))
      weir_mistakes_add_key (mistakes, "/fields", field (self, i)->key,
                             "another field moves to the same path");
}

static void
weir_transform_rename_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  WEIR_STAGE_CLASS (klass)->check = weir_transform_rename_check;
  klass->transform = weir_transform_rename_transform;
}

WEIR_DEFINE_TRANSFORM (
    WeirTransformRename, weir_transform_rename, "transform.rename", "Moves fields to other paths",
    "source.stdin ! transform.rename fields='{\".remote_addr\": \".ip\"}' ! sink.stdout")
