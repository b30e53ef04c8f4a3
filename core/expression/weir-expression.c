/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-expression-private.h"

struct _WeirExpression
{
  gint refs; /* atomic */
  char *source;
  const WeirExpressionEngine *engine;
  gpointer program;
};

/**
 * weir_expression_new: (skip)
 * @source: a jq program
 * @error: return location for an error
 *
 * Compiles a jq program, which costs some 20 ms. %WEIR_EXPRESSION_ERROR_SYNTAX: it does not
 * compile; %WEIR_EXPRESSION_ERROR_REFUSED: it names a function that has no place in a stream
 * (`input`, `debug`, `halt`, modules).
 *
 * Returns: (transfer full) (nullable): a new expression
 */
WeirExpression *
weir_expression_new (const char *source, GError **error)
{
  const WeirExpressionEngine *engine = &weir_libjq_engine;
  WeirExpression *expression;
  gpointer program;

  g_return_val_if_fail (source != NULL, NULL);

  if (!weir_expression_guard (source, error))
    return NULL;
  program = engine->compile (source, error);
  if (program == NULL)
    return NULL;
  expression = g_new0 (WeirExpression, 1);
  expression->refs = 1;
  expression->source = g_strdup (source);
  expression->engine = engine;
  expression->program = program;
  return expression;
}

/**
 * weir_expression_ref: (skip)
 * @expression: an expression
 *
 * Returns: (transfer full): the same expression
 */
WeirExpression *
weir_expression_ref (WeirExpression *expression)
{
  g_return_val_if_fail (expression != NULL, NULL);

  g_atomic_int_inc (&expression->refs);
  return expression;
}

/**
 * weir_expression_unref: (skip)
 * @expression: (transfer full): an expression
 *
 * Lets go of an expression.
 */
void
weir_expression_unref (WeirExpression *expression)
{
  g_return_if_fail (expression != NULL);

  if (!g_atomic_int_dec_and_test (&expression->refs))
    return;
  expression->engine->free (expression->program);
  g_free (expression->source);
  g_free (expression);
}

/**
 * weir_expression_get_source: (skip)
 * @expression: an expression
 *
 * Returns: (transfer none): the program as it was written
 */
const char *
weir_expression_get_source (const WeirExpression *expression)
{
  g_return_val_if_fail (expression != NULL, NULL);

  return expression->source;
}

/**
 * weir_expression_plan: (skip)
 * @expression: an expression
 * @fields: the fields of the run of stages
 *
 * Declares the fields that the expression reads, if its engine reads fields. A stage calls it from
 * its own `plan`.
 */
void
weir_expression_plan (WeirExpression *expression, WeirFieldSet *fields)
{
  g_return_if_fail (expression != NULL && fields != NULL);

  if (expression->engine->plan != NULL)
    expression->engine->plan (expression->program, fields);
}

/**
 * weir_expression_start: (skip)
 * @expression: an expression
 * @record: the record to evaluate it on; it must not change until the last output
 *
 * Begins an evaluation; one that was going on is given up. A record that is not JSON fails.
 *
 * Returns: whether there may be outputs
 */
gboolean
weir_expression_start (WeirExpression *expression, WeirRecord *record)
{
  g_return_val_if_fail (expression != NULL && record != NULL, FALSE);

  return expression->engine->start (expression->program, record);
}

/**
 * weir_expression_next: (skip)
 * @expression: an expression that has been started
 * @value: (out): the next output
 *
 * The record fails with the message of jq when the program ends in an error.
 *
 * Returns: whether there is another output; %FALSE on an error too
 */
gboolean
weir_expression_next (WeirExpression *expression, WeirValue *value)
{
  g_return_val_if_fail (expression != NULL && value != NULL, FALSE);

  return expression->engine->next (expression->program, value);
}

/**
 * weir_expression_first: (skip)
 * @expression: an expression
 * @record: the record to evaluate it on
 * @value: (out): the first output
 *
 * Evaluates an expression as far as its first output.
 *
 * Returns: whether there is one; %FALSE also when the record failed
 */
gboolean
weir_expression_first (WeirExpression *expression, WeirRecord *record, WeirValue *value)
{
  gboolean found;

  g_return_val_if_fail (expression != NULL && record != NULL && value != NULL, FALSE);

  found = expression->engine->start (expression->program, record)
          && expression->engine->next (expression->program, value);
  expression->engine->stop (expression->program);
  return found;
}

/**
 * weir_expression_matches: (skip)
 * @expression: an expression
 * @record: the record to evaluate it on
 *
 * Returns: whether the first output is neither null nor false; %FALSE when there is none, and when
 *   the record failed
 */
gboolean
weir_expression_matches (WeirExpression *expression, WeirRecord *record)
{
  g_return_val_if_fail (expression != NULL && record != NULL, FALSE);

  return expression->engine->matches (expression->program, record);
}
