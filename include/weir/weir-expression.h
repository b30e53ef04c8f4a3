/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-batch.h>
#include <weir/weir-emitter.h>
#include <weir/weir-field.h>

G_BEGIN_DECLS

/**
 * WeirExpression: (skip)
 *
 * A jq program that a stage evaluates on records. It is checked and compiled when the pipeline is
 * checked; what runs it is an engine behind this interface. Any number of threads may evaluate an
 * expression at the same time; an evaluation stays on the thread that began it.
 */
typedef struct _WeirExpression WeirExpression;

/**
 * WeirValue: (skip)
 * @field: the value as JSON text, with its type; valid until the next value is asked for, or the
 *   record changes
 * @number: the value, when the type is %WEIR_FIELD_NUMBER
 *
 * One output of an expression.
 */
typedef struct
{
  WeirField field;
  double number;
} WeirValue;

WEIR_API WeirExpression *weir_expression_new (const char *source,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirExpression *weir_expression_ref (WeirExpression *expression);
WEIR_API void weir_expression_unref (WeirExpression *expression);
WEIR_API const char *weir_expression_get_source (const WeirExpression *expression);
WEIR_API gboolean weir_expression_is_native (const WeirExpression *expression, const char **reason);
WEIR_API char **weir_expression_list_fields (const WeirExpression *expression);

WEIR_API void weir_expression_plan (WeirExpression *expression, WeirFieldSet *fields);
WEIR_API gboolean weir_expression_start (WeirExpression *expression, WeirRecord *record);
WEIR_API gboolean weir_expression_next (WeirExpression *expression, WeirValue *value);
WEIR_API gboolean weir_expression_first (WeirExpression *expression, WeirRecord *record,
                                         WeirValue *value);
WEIR_API gboolean weir_expression_matches (WeirExpression *expression, WeirRecord *record);
WEIR_API void weir_expression_match_batch (WeirExpression *expression, WeirBatch *batch);
WEIR_API gboolean weir_expression_emit (WeirExpression *expression, WeirRecord *record,
                                        WeirEmitter *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirExpression, weir_expression_unref)

G_END_DECLS
