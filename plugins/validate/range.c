/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.range: asks for numbers within bounds.
 *
 * A record in which each field is a number within its bounds, both included, goes on untouched by
 * `out`; any other, also one where a field is missing or no number, leaves by `invalid`, with a
 * message that names the first field that is wrong. null leaves a bound open. The deadline stays.
 *
 *   source.stdin ! validate.range fields='{".bytes": [0, null]}' ! sink.stdout
 */
#include <math.h>

#include <weir/weir-plugin.h>

typedef struct
{
  WeirValidate parent;

  GPtrArray *fields; /* WeirOptionEntry: path → range */

  guint *slots; /* of the fields in the records of this stage */
} WeirValidateRange;

static const WeirOption options[] = {
  WEIR_OPTION_MAP ("fields", WeirValidateRange, fields, WEIR_MAP_RANGES | WEIR_MAP_PATH_KEYS, NULL,
                   TRUE, "Field path to its [low, high], both included; null leaves a side open"),
};

static char *
describe_range (const WeirOptionEntry *entry)
{
  g_autoptr (GString) text = g_string_new ("a number");

  if (isfinite (entry->low))
    {
      g_string_append (text, isfinite (entry->high) ? " from " : " of at least ");
      weir_json_append_double (text, entry->low);
    }
  if (isfinite (entry->high))
    {
      g_string_append (text, isfinite (entry->low) ? " to " : " of at most ");
      weir_json_append_double (text, entry->high);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_field (const WeirField *field)
{
  static const char *const names[]
      = { "missing", "null", "false", "true", NULL, "a string", "an array", "an object" };

  return field->type == WEIR_FIELD_NUMBER ? g_strndup (field->text, field->length)
                                          : g_strdup (names[field->type]);
}

static void
reject (WeirRecord *record, const WeirOptionEntry *entry, const WeirField *field)
{
  g_autofree char *found = describe_field (field);
  g_autofree char *expected = describe_range (entry);
  g_autofree char *message
      = g_strdup_printf ("`%s` is %s, expected %s", entry->key, found, expected);

  weir_record_reject (record, message);
}

static gboolean
weir_validate_range_validate (WeirValidate *validate, WeirRecord *record)
{
  WeirValidateRange *self = (WeirValidateRange *)validate;

  for (guint i = 0; i < self->fields->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);
      const WeirField *field = weir_record_get_field (record, self->slots[i]);
      double value;

      if (weir_field_get_double (field, &value) && value >= entry->low && value <= entry->high)
        continue;
      reject (record, entry, field);
      return FALSE;
    }
  return TRUE;
}

static void
weir_validate_range_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirValidateRange *self = (WeirValidateRange *)stage;

  self->slots = g_renew (guint, self->slots, self->fields->len);
  for (guint i = 0; i < self->fields->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (self->fields, i);

      self->slots[i] = weir_field_set_add (fields, entry->key);
    }
}

static void
weir_validate_range_finalize (GObject *object)
{
  WeirValidateRange *self = (WeirValidateRange *)object;

  g_free (self->slots);
  G_OBJECT_CLASS (g_type_class_peek (WEIR_TYPE_VALIDATE))->finalize (object);
}

static void
weir_validate_range_class_init (WeirValidateClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  G_OBJECT_CLASS (klass)->finalize = weir_validate_range_finalize;
  WEIR_STAGE_CLASS (klass)->plan = weir_validate_range_plan;
  klass->validate = weir_validate_range_validate;
}

WEIR_DEFINE_VALIDATE (
    WeirValidateRange, weir_validate_range, "validate.range", "Asks for numbers within bounds",
    "source.stdin ! validate.range fields='{\".status\": [100, 599]}' ! sink.stdout")
