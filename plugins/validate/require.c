/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.require: asks for fields of given types.
 *
 * A record that has each field with its type goes on untouched by `out`; any other leaves by
 * `invalid`, with a message that names the first field that is wrong. The deadline stays.
 *
 *   source.stdin ! validate.require fields='{".ip": "string", ".status": "integer"}' ! sink.stdout
 */
#include <math.h>

#include <weir/weir-plugin.h>

typedef struct
{
  WeirValidate parent;

  GPtrArray *fields; /* WeirOptionEntry: path → type */

  guint *slots; /* of the fields in the records of this stage */
} WeirValidateRequire;

static const char *const types[]
    = { "string", "number", "integer", "boolean", "object", "array", "null", "any", NULL };

static const WeirOption options[] = {
  WEIR_OPTION_MAP ("fields", WeirValidateRequire, fields, WEIR_MAP_STRINGS | WEIR_MAP_PATH_KEYS,
                   types, TRUE, "Field path to the type that the field must have"),
};

static const char *
type_name (const WeirField *field)
{
  static const char *const names[]
      = { "missing", "null", "boolean", "boolean", "number", "string", "array", "object" };

  return names[field->type];
}

static gboolean
is_integer (const WeirField *field)
{
  double value;

  return field->type == WEIR_FIELD_NUMBER && weir_field_get_double (field, &value)
         && trunc (value) == value;
}

static gboolean
has_type (const WeirField *field, const char *type)
{
  if (g_str_equal (type, "integer"))
    return is_integer (field);
  if (g_str_equal (type, "any"))
    return field->type != WEIR_FIELD_ABSENT;
  return g_str_equal (type, type_name (field));
}

static void
reject (WeirRecord *record, const WeirOptionEntry *entry, const WeirField *field)
{
  g_autofree char *message = NULL;

  if (field->type == WEIR_FIELD_ABSENT)
    message = g_strdup_printf ("`%s` is missing", entry->key);
  else
    message
        = g_strdup_printf ("`%s` is %s, expected %s", entry->key, type_name (field), entry->text);
  weir_record_reject (record, message);
}

static void
validate_one (const WeirValidateRequire *self, WeirRecord *record)
{
  for (guint i = 0; i < self->fields->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);
      const WeirField *field = weir_record_get_field (record, self->slots[i]);

      if (has_type (field, entry->text))
        continue;
      reject (record, entry, field);
      return;
    }
}

static void
weir_validate_require_validate_batch (WeirValidate *validate, WeirBatch *batch)
{
  WeirValidateRequire *self = (WeirValidateRequire *)validate;
  guint n_records = weir_batch_get_length (batch);

  for (guint i = 0; i < n_records; i++)
    {
      WeirRecord *record = weir_batch_get_record (batch, i);

      if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
        validate_one (self, record);
    }
}

static void
weir_validate_require_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirValidateRequire *self = (WeirValidateRequire *)stage;

  self->slots = g_renew (guint, self->slots, self->fields->len);
  for (guint i = 0; i < self->fields->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);

      self->slots[i] = weir_field_set_add (fields, entry->key);
    }
}

static void
weir_validate_require_finalize (GObject *object)
{
  WeirValidateRequire *self = (WeirValidateRequire *)object;

  g_free (self->slots);
  G_OBJECT_CLASS (g_type_class_peek (WEIR_TYPE_VALIDATE))->finalize (object);
}

static void
weir_validate_require_class_init (WeirValidateClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  G_OBJECT_CLASS (klass)->finalize = weir_validate_require_finalize;
  WEIR_STAGE_CLASS (klass)->plan = weir_validate_require_plan;
  klass->validate_batch = weir_validate_require_validate_batch;
}

WEIR_DEFINE_VALIDATE (
    WeirValidateRequire, weir_validate_require, "validate.require",
    "Asks for fields of given types",
    "source.stdin ! validate.require fields='{\".ip\": \"string\"}' ! sink.stdout")
