/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-record.h>

G_BEGIN_DECLS

/**
 * WeirFieldType: (skip)
 * @WEIR_FIELD_ABSENT: the record has no such field
 * @WEIR_FIELD_NULL: null
 * @WEIR_FIELD_FALSE: false
 * @WEIR_FIELD_TRUE: true
 * @WEIR_FIELD_NUMBER: a number
 * @WEIR_FIELD_STRING: a string
 * @WEIR_FIELD_ARRAY: an array
 * @WEIR_FIELD_OBJECT: an object
 */
typedef enum
{
  WEIR_FIELD_ABSENT,
  WEIR_FIELD_NULL,
  WEIR_FIELD_FALSE,
  WEIR_FIELD_TRUE,
  WEIR_FIELD_NUMBER,
  WEIR_FIELD_STRING,
  WEIR_FIELD_ARRAY,
  WEIR_FIELD_OBJECT,
} WeirFieldType;

/**
 * WeirField: (skip)
 * @text: the value as it stands in the record, with the quotes of a string
 * @length: its length in bytes
 * @type: its type
 *
 * A typed view of a field's raw text: numbers are parsed, and strings unescaped, only when asked.
 */
typedef struct
{
  const char *text;
  guint32 length;
  guint32 type;
} WeirField;

/**
 * WeirFieldSet:
 *
 * The fields that a run of stages reads. A stage adds its own when the graph is planned
 * (WeirStageClass.plan) and keeps the slot; the scanner fills all slots of a record in one pass.
 */
typedef struct _WeirFieldSet WeirFieldSet;

WEIR_API guint weir_field_set_add (WeirFieldSet *set, const char *path);
WEIR_API const WeirField *weir_record_get_field (const WeirRecord *record, guint slot);
WEIR_API gboolean weir_field_get_double (const WeirField *field, double *value);
WEIR_API char *weir_field_dup_string (const WeirField *field);

G_END_DECLS
