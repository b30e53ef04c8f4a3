/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-expression-private.h"

#include "base/weir-thread-private.h"
#include "expression/weir-evaluation-private.h"
#include "expression/weir-jq-parser-private.h"
#include "expression/weir-jq-resolver-private.h"
#include "expression/weir-libjq-private.h"

/* A program, parsed and checked; if all of it is native it is compiled for that engine, else libjq
 * runs it. What the native engine does not decide for a record (WEIR_JQ_DEFER), libjq does.
 *
 *   source → tree → resolved → native program → evaluation     one for each thread
 *                        └───→ libjq                           one for each thread, when first
 * needed
 *
 * The program is constant once it is planned. Threads find their states without a lock; one that
 * begins another evaluation gives up the one before. */
struct _WeirExpression
{
  gint refs; /* atomic */
  char *source;
  char *fence;
  WeirJqProgram *program; /* NULL: not native */
  char *reason;           /* why it is not */
  WeirThreadTable states;
};

typedef enum
{
  IDLE,
  NATIVE,
  LIBJQ,
} Engine;

/* What a thread has of an expression. */
typedef struct
{
  WeirEvaluation *evaluation;
  WeirLibjq *libjq;

  Engine engine; /* of the evaluation that goes on */
  WeirRecord *record;
  WeirJqStatus status; /* how it ended behind its outputs */
  guint next;
} State;

static gint n_deferred; /* atomic */

static void
state_free (gpointer data)
{
  State *state = data;

  g_clear_pointer (&state->evaluation, weir_evaluation_free);
  g_clear_pointer (&state->libjq, weir_libjq_free);
  g_free (state);
}

static State *
make_state (const WeirExpression *expression)
{
  State *state = g_new0 (State, 1);

  if (expression->program != NULL)
    state->evaluation = weir_evaluation_new (expression->program);
  return state;
}

static inline State *
get_state (WeirExpression *expression)
{
  gpointer *place = weir_thread_table_get (&expression->states);

  if (G_UNLIKELY (*place == NULL))
    *place = make_state (expression);
  return *place;
}

/* The program has been checked, so this is nearly certain to compile. */
static WeirLibjq *
get_libjq (const WeirExpression *expression, State *state, WeirRecord *record)
{
  g_autoptr (GError) error = NULL;

  if (state->libjq == NULL)
    state->libjq = weir_libjq_new (expression->source, expression->fence, &error);
  if (state->libjq == NULL)
    weir_record_fail (record, error->message);
  return state->libjq;
}

static WeirLibjq *
defer (const WeirExpression *expression, State *state, WeirRecord *record)
{
  g_atomic_int_inc (&n_deferred);
  return get_libjq (expression, state, record);
}

guint64
weir_expression_get_n_deferred (void)
{
  return (guint64)g_atomic_int_get (&n_deferred);
}

/* Making -------------------------------------------------------------------------------------- */

static WeirJqTree *
check (const char *source, gsize *offset, gboolean *unsure, GError **error)
{
  g_autoptr (WeirJqTree) tree = weir_jq_parse (source, offset, error);

  if (tree == NULL || !weir_jq_resolve (tree, unsure, offset, error))
    return NULL;
  return g_steal_pointer (&tree);
}

static WeirExpression *
make_expression (const char *source, const WeirJqTree *tree)
{
  WeirExpression *expression = g_new0 (WeirExpression, 1);

  expression->refs = 1;
  expression->source = g_strdup (source);
  expression->fence = weir_libjq_make_fence (tree);
  return expression;
}

/* Some things only libjq can tell. */
static gboolean
ask_libjq (const WeirExpression *expression, GError **error)
{
  g_autoptr (WeirLibjq) libjq = weir_libjq_new (expression->source, expression->fence, error);

  return libjq != NULL;
}

WeirExpression *
weir_expression_new_at (const char *source, gsize *offset, GError **error)
{
  gboolean unsure = FALSE;
  g_autoptr (WeirJqTree) tree = NULL;
  g_autoptr (WeirExpression) expression = NULL;

  *offset = 0;
  tree = check (source, offset, &unsure, error);
  if (tree == NULL)
    return NULL;
  expression = make_expression (source, tree);
  expression->program = weir_jq_program_new (tree, &expression->reason);
  if (unsure && !ask_libjq (expression, error))
    return NULL;
  return g_steal_pointer (&expression);
}

WeirExpression *
weir_expression_new_native (const char *source, GError **error)
{
  gsize offset;
  WeirExpression *expression = weir_expression_new_at (source, &offset, error);

  if (expression == NULL || expression->program != NULL)
    return expression;
  g_set_error_literal (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED,
                       expression->reason);
  weir_expression_unref (expression);
  return NULL;
}

WeirExpression *
weir_expression_new_libjq (const char *source, GError **error)
{
  gboolean unsure = FALSE;
  gsize offset;
  g_autoptr (WeirJqTree) tree = check (source, &offset, &unsure, error);
  g_autoptr (WeirExpression) expression = NULL;

  if (tree == NULL)
    return NULL;
  expression = make_expression (source, tree);
  expression->reason = g_strdup ("libjq was asked for");
  return ask_libjq (expression, error) ? g_steal_pointer (&expression) : NULL;
}

/**
 * weir_expression_new: (skip)
 * @source: a jq program
 * @error: return location for an error
 *
 * Parses and checks a jq program, and compiles it for the native engine when that has all that the
 * program needs. %WEIR_EXPRESSION_ERROR_SYNTAX: it is none; %WEIR_EXPRESSION_ERROR_REFUSED: it
 * names a function that has no place in a stream (`input`, `debug`, `halt`, modules), or one that
 * never ends.
 *
 * Returns: (transfer full) (nullable): a new expression
 */
WeirExpression *
weir_expression_new (const char *source, GError **error)
{
  gsize offset;

  g_return_val_if_fail (source != NULL, NULL);

  return weir_expression_new_at (source, &offset, error);
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
  weir_thread_table_clear (&expression->states, state_free);
  g_clear_pointer (&expression->program, weir_jq_program_free);
  g_free (expression->reason);
  g_free (expression->fence);
  g_free (expression->source);
  g_free (expression);
}

/* Asking -------------------------------------------------------------------------------------- */

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
 * weir_expression_is_native: (skip)
 * @expression: an expression
 * @reason: (out) (optional) (nullable) (transfer none): why it is not, as "function walk/1 is not
 *   native"
 *
 * Returns: whether the native engine runs it; else libjq does
 */
gboolean
weir_expression_is_native (const WeirExpression *expression, const char **reason)
{
  g_return_val_if_fail (expression != NULL, FALSE);

  if (reason != NULL)
    *reason = expression->reason;
  return expression->program != NULL;
}

/**
 * weir_expression_list_fields: (skip)
 * @expression: an expression
 *
 * The field paths that the expression reads: `.geo.country`; `.` when it reads the whole record.
 *
 * Returns: (transfer full): the paths, in the order in which the expression names them
 */
char **
weir_expression_list_fields (const WeirExpression *expression)
{
  g_autoptr (GStrvBuilder) fields = g_strv_builder_new ();

  g_return_val_if_fail (expression != NULL, NULL);

  if (expression->program == NULL)
    g_strv_builder_add (fields, ".");
  else
    for (guint i = 0; i < expression->program->leaves->len; i++)
      g_strv_builder_add (fields, g_ptr_array_index (expression->program->leaves, i));
  return g_strv_builder_end (fields);
}

/**
 * weir_expression_plan: (skip)
 * @expression: an expression
 * @fields: the fields of the run of stages
 *
 * Declares the fields that the expression reads, if its engine reads fields. The expressions that
 * are options of a stage are planned by the engine; a stage that makes others calls this from its
 * own `plan`.
 */
void
weir_expression_plan (WeirExpression *expression, WeirFieldSet *fields)
{
  g_return_if_fail (expression != NULL && fields != NULL);

  if (expression->program != NULL)
    weir_jq_program_plan (expression->program, fields);
}

/* Evaluating ---------------------------------------------------------------------------------- */

static gboolean
start_libjq (State *state, WeirLibjq *libjq, WeirRecord *record)
{
  if (libjq == NULL || !weir_libjq_start (libjq, record))
    return FALSE;
  state->engine = LIBJQ;
  return TRUE;
}

static void
stop (State *state)
{
  if (state->engine == LIBJQ)
    weir_libjq_stop (state->libjq);
  state->engine = IDLE;
}

static gboolean
start (WeirExpression *expression, State *state, WeirRecord *record, gboolean first)
{
  stop (state);
  state->record = record;
  if (state->evaluation == NULL)
    return start_libjq (state, get_libjq (expression, state, record), record);
  if (!weir_evaluation_bind (state->evaluation, record))
    return FALSE;
  state->status = weir_evaluation_run (state->evaluation, first);
  state->next = 0;
  if (state->status == WEIR_JQ_DEFER)
    return start_libjq (state, defer (expression, state, record), record);
  if (state->status == WEIR_JQ_FAULT)
    {
      weir_evaluation_fail (state->evaluation, record, state->status);
      return FALSE;
    }
  state->engine = NATIVE;
  return TRUE;
}

static gboolean
next_native (State *state, WeirValue *value)
{
  const WeirEvaluation *evaluation = state->evaluation;
  const WeirOutput *output;

  if (state->next == evaluation->outputs->len)
    {
      if (state->status == WEIR_JQ_ERROR)
        weir_evaluation_fail (state->evaluation, state->record, state->status);
      state->engine = IDLE;
      return FALSE;
    }
  output = &g_array_index (evaluation->outputs, WeirOutput, state->next++);
  value->field.text = evaluation->text->str + output->start;
  value->field.length = output->length;
  value->field.type = output->type;
  value->number = output->number;
  return TRUE;
}

static gboolean
next (State *state, WeirValue *value)
{
  if (state->engine == NATIVE)
    return next_native (state, value);
  return state->engine == LIBJQ && weir_libjq_next (state->libjq, value);
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

  return start (expression, get_state (expression), record, FALSE);
}

/**
 * weir_expression_next: (skip)
 * @expression: an expression that has been started on this thread
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

  return next (get_state (expression), value);
}

static gboolean
find_first (WeirExpression *expression, State *state, WeirRecord *record, WeirValue *value)
{
  gboolean found = start (expression, state, record, TRUE) && next (state, value);

  stop (state);
  return found;
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
  State *state;
  WeirJqStatus status;

  g_return_val_if_fail (expression != NULL && record != NULL && value != NULL, FALSE);

  state = get_state (expression);
  if (state->evaluation == NULL || !expression->program->root->single)
    return find_first (expression, state, record, value);
  stop (state);
  if (!weir_evaluation_bind (state->evaluation, record))
    return FALSE;
  status = weir_evaluation_take (state->evaluation, value);
  if (G_LIKELY (status == WEIR_JQ_GO))
    return TRUE;
  if (status == WEIR_JQ_DEFER)
    return find_first (expression, state, record, value);
  weir_evaluation_fail (state->evaluation, record, status);
  return FALSE;
}

static gboolean
match_with_libjq (WeirLibjq *libjq, WeirRecord *record)
{
  return libjq != NULL && weir_libjq_matches (libjq, record);
}

static gboolean
match (WeirExpression *expression, State *state, WeirRecord *record)
{
  gboolean matches = FALSE;
  WeirJqStatus status;

  if (state->evaluation == NULL)
    return match_with_libjq (get_libjq (expression, state, record), record);
  if (!weir_evaluation_bind (state->evaluation, record))
    return FALSE;
  status = weir_evaluation_match (state->evaluation, &matches);
  if (G_LIKELY (status == WEIR_JQ_GO))
    return matches;
  if (status == WEIR_JQ_DEFER)
    return match_with_libjq (defer (expression, state, record), record);
  weir_evaluation_fail (state->evaluation, record, status);
  return FALSE;
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
  State *state;

  g_return_val_if_fail (expression != NULL && record != NULL, FALSE);

  state = get_state (expression);
  stop (state);
  return match (expression, state, record);
}

/**
 * weir_expression_match_batch: (skip)
 * @expression: an expression
 * @batch: the batch that a filter has in hand
 *
 * Sets %WEIR_VERDICT_ELSE on the records that the expression does not match; those on which it
 * fails get %WEIR_VERDICT_FAILED. For use in WeirFilterClass.accept_batch.
 */
void
weir_expression_match_batch (WeirExpression *expression, WeirBatch *batch)
{
  State *state;

  g_return_if_fail (expression != NULL && batch != NULL);

  state = get_state (expression);
  stop (state);
  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict == WEIR_VERDICT_PASS && !match (expression, state, record)
          && record->verdict == WEIR_VERDICT_PASS)
        record->verdict = WEIR_VERDICT_ELSE;
    }
}

/* @n_known: outputs that have been emitted already */
static gboolean
emit_with_libjq (WeirLibjq *libjq, WeirRecord *record, guint n_known, WeirEmitter *out)
{
  WeirValue value;

  if (libjq == NULL || !weir_libjq_start (libjq, record))
    return FALSE;
  for (guint i = 0; weir_libjq_next (libjq, &value); i++)
    if (i >= n_known)
      weir_emitter_emit_text (out, value.field.text, value.field.length);
  return weir_record_get_verdict (record) != WEIR_VERDICT_FAILED;
}

/**
 * weir_expression_emit: (skip)
 * @expression: an expression
 * @record: the record to evaluate it on
 * @out: an emitter
 *
 * Emits each output as a record. Those of a record that fails are taken back by the engine.
 *
 * Returns: %FALSE when the record failed
 */
gboolean
weir_expression_emit (WeirExpression *expression, WeirRecord *record, WeirEmitter *out)
{
  State *state;
  WeirJqStatus status;
  guint n_emitted = 0;

  g_return_val_if_fail (expression != NULL && record != NULL && out != NULL, FALSE);

  state = get_state (expression);
  stop (state);
  if (state->evaluation == NULL)
    return emit_with_libjq (get_libjq (expression, state, record), record, 0, out);
  if (!weir_evaluation_bind (state->evaluation, record))
    return FALSE;
  status = weir_evaluation_emit (state->evaluation, out, &n_emitted);
  if (G_LIKELY (status == WEIR_JQ_GO))
    return TRUE;
  if (status == WEIR_JQ_DEFER)
    return emit_with_libjq (defer (expression, state, record), record, n_emitted, out);
  weir_evaluation_fail (state->evaluation, record, status);
  return weir_record_get_verdict (record) != WEIR_VERDICT_FAILED;
}
