/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-index-private.h"
#include "json/weir-json-text-private.h"

/**
 * weir_record_get_field: (skip)
 * @record: a record of a batch whose fields have been filled
 * @slot: from weir_field_set_add()
 *
 * The fast way to a declared field. The view is valid until the record changes.
 *
 * Returns: (transfer none): the field; its type is %WEIR_FIELD_ABSENT when the record has none
 */
const WeirField *
weir_record_get_field (const WeirRecord *record, guint slot)
{
  static const WeirField absent = { NULL, 0, WEIR_FIELD_ABSENT };
  const WeirBatch *batch;
  guint n_slots;

  g_return_val_if_fail (record != NULL && record->batch != NULL, &absent);

  batch = record->batch;
  g_return_val_if_fail (batch->field_set != NULL, &absent);
  n_slots = weir_field_set_get_size (batch->field_set);
  g_return_val_if_fail (slot < n_slots, &absent);
  return &batch->fields[(gsize)(record - batch->records) * n_slots + slot];
}

/**
 * weir_field_get_double: (skip)
 * @field: a field
 * @value: (out): its value; out of range it is infinite, or 0
 *
 * Returns: %TRUE when the field is a number
 */
gboolean
weir_field_get_double (const WeirField *field, double *value)
{
  g_return_val_if_fail (field != NULL && value != NULL, FALSE);

  if (field->type != WEIR_FIELD_NUMBER)
    return FALSE;
  *value = weir_json_parse_double (field->text, field->length);
  return TRUE;
}

/**
 * weir_field_dup_string: (skip)
 * @field: a field
 *
 * The content of a string, unescaped. A surrogate without its partner becomes U+FFFD.
 *
 * Returns: (transfer full) (nullable): the string, or %NULL when the field is not a string
 */
char *
weir_field_dup_string (const WeirField *field)
{
  char *string;
  gsize length;

  g_return_val_if_fail (field != NULL, NULL);

  if (field->type != WEIR_FIELD_STRING)
    return NULL;
  string = g_malloc (field->length);
  length = weir_json_unescape (field->text + 1, field->length - 2, string);
  string[length] = '\0';
  return string;
}
