/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-evaluation-private.h"

#include <math.h>

/* Text that is kept for the next record. */
#define MOST_TEXT ((gsize)1024 * 1024)

WeirEvaluation *
weir_evaluation_new (const WeirJqProgram *program)
{
  WeirEvaluation *evaluation = g_new0 (WeirEvaluation, 1);

  evaluation->program = program;
  weir_jq_run_init (&evaluation->run);
  evaluation->run.variables = g_new0 (WeirJqValue, program->n_variables);
  evaluation->text = g_string_new (NULL);
  evaluation->outputs = g_array_new (FALSE, FALSE, sizeof (WeirOutput));
  return evaluation;
}

void
weir_evaluation_free (WeirEvaluation *evaluation)
{
  g_free (evaluation->run.variables);
  weir_jq_run_clear (&evaluation->run);
  g_clear_pointer (&evaluation->scanner, weir_scanner_free);
  g_free (evaluation->fields);
  g_string_free (evaluation->text, TRUE);
  g_array_unref (evaluation->outputs);
  g_free (evaluation);
}

gboolean
weir_evaluation_scan (WeirEvaluation *evaluation, WeirRecord *record)
{
  const WeirJqProgram *program = evaluation->program;

  if (evaluation->scanner == NULL)
    {
      evaluation->scanner = weir_scanner_new ();
      evaluation->fields = g_new0 (WeirField, weir_field_set_get_size (program->own_set));
    }
  evaluation->run.fields = evaluation->fields;
  evaluation->run.slots = program->own_slots;
  return weir_scanner_scan (evaluation->scanner, record, program->own_set, evaluation->fields);
}

/* Outputs ------------------------------------------------------------------------------------- */

typedef struct
{
  WeirJqSink sink;
  WeirEvaluation *evaluation;
  WeirEmitter *out;
  guint n;
  gboolean first;
  gboolean truth;
} Collector;

static WeirFieldType
get_type (const WeirJqValue *value, double *number)
{
  *number = value->kind == WEIR_JQ_NUMBER ? weir_jq_get_number (value) : 0;
  if (isnan (*number))
    {
      *number = 0;
      return WEIR_FIELD_NULL;
    }
  return (WeirFieldType)(WEIR_FIELD_NULL + value->kind);
}

static WeirJqStatus
on_output (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Collector *collector = (Collector *)sink;
  WeirEvaluation *evaluation = collector->evaluation;
  WeirOutput output = { .start = evaluation->text->len };
  WeirJqStatus status = weir_jq_write (run, value, evaluation->text);

  if (status != WEIR_JQ_GO)
    return status;
  output.length = evaluation->text->len - output.start;
  output.type = get_type (value, &output.number);
  g_string_append_c (evaluation->text, '\0');
  g_array_append_val (evaluation->outputs, output);
  return collector->first ? WEIR_JQ_STOP : WEIR_JQ_GO;
}

static void
begin (WeirEvaluation *evaluation)
{
  weir_jq_run_reset (&evaluation->run);
  if (evaluation->outputs->len > 0)
    g_array_set_size (evaluation->outputs, 0);
  if (G_UNLIKELY (evaluation->text->allocated_len > MOST_TEXT))
    {
      g_string_free (evaluation->text, TRUE);
      evaluation->text = g_string_new (NULL);
    }
  g_string_truncate (evaluation->text, 0);
}

WeirJqStatus
weir_evaluation_run (WeirEvaluation *evaluation, gboolean first)
{
  Collector collector = { .sink = { on_output }, .evaluation = evaluation, .first = first };
  WeirJqValue input = weir_jq_get_record (&evaluation->run);
  WeirJqStatus status;

  begin (evaluation);
  status
      = weir_jq_eval (&evaluation->run, evaluation->program->root, &input, NULL, &collector.sink);
  return status == WEIR_JQ_STOP ? WEIR_JQ_GO : status;
}

/* A scalar that reads the same everywhere stays where it is. */
WeirJqStatus
weir_evaluation_take (WeirEvaluation *evaluation, WeirValue *value)
{
  WeirJqRun *run = &evaluation->run;
  WeirJqValue input = weir_jq_get_record (run);
  WeirJqValue output;
  WeirJqStatus status;

  begin (evaluation);
  status = weir_jq_eval_one (run, evaluation->program->root, &input, &output);
  if (status != WEIR_JQ_GO)
    return status;
  value->field.type = get_type (&output, &value->number);
  if (output.raw && output.kind < WEIR_JQ_ARRAY
      && (output.kind != WEIR_JQ_STRING || memchr (output.text, '\\', output.length) == NULL))
    {
      value->field.text = output.text;
      value->field.length = output.length;
      return WEIR_JQ_GO;
    }
  status = weir_jq_write (run, &output, evaluation->text);
  value->field.text = evaluation->text->str;
  value->field.length = evaluation->text->len;
  return status;
}

static WeirJqStatus
on_truth (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  ((Collector *)sink)->truth = weir_jq_is_true (value);
  return WEIR_JQ_STOP;
}

WeirJqStatus
weir_evaluation_match (WeirEvaluation *evaluation, gboolean *matches)
{
  const WeirJqNode *root = evaluation->program->root;
  WeirJqValue input = weir_jq_get_record (&evaluation->run);
  Collector collector = { .sink = { on_truth } };
  WeirJqValue output;
  WeirJqStatus status;

  weir_jq_run_reset (&evaluation->run);
  if (root->single)
    {
      status = weir_jq_eval_one (&evaluation->run, root, &input, &output);
      *matches = status == WEIR_JQ_GO && weir_jq_is_true (&output);
      return status;
    }
  status = weir_jq_eval (&evaluation->run, root, &input, NULL, &collector.sink);
  *matches = status == WEIR_JQ_STOP && collector.truth;
  return status == WEIR_JQ_STOP ? WEIR_JQ_GO : status;
}

static WeirJqStatus
on_record (WeirJqSink *sink, WeirJqRun *run, const WeirJqValue *value, const WeirJqTrail *trail)
{
  Collector *collector = (Collector *)sink;
  GString *text = collector->evaluation->text;
  WeirJqStatus status;

  g_string_truncate (text, 0);
  status = weir_jq_write (run, value, text);
  if (status != WEIR_JQ_GO)
    return status;
  weir_emitter_emit_text (collector->out, text->str, (gssize)text->len);
  collector->n++;
  return WEIR_JQ_GO;
}

WeirJqStatus
weir_evaluation_emit (WeirEvaluation *evaluation, WeirEmitter *out, guint *n_emitted)
{
  const WeirJqNode *root = evaluation->program->root;
  Collector collector = { .sink = { on_record }, .evaluation = evaluation, .out = out };
  WeirJqValue input = weir_jq_get_record (&evaluation->run);
  WeirJqStatus status;

  begin (evaluation);
  if (root->single)
    {
      status = weir_jq_eval_write (&evaluation->run, root, &input, evaluation->text);
      if (status == WEIR_JQ_GO)
        weir_emitter_emit_text (out, evaluation->text->str, (gssize)evaluation->text->len);
    }
  else
    status = weir_jq_eval (&evaluation->run, root, &input, NULL, &collector.sink);
  *n_emitted = collector.n;
  return status;
}

/* Errors -------------------------------------------------------------------------------------- */

static void
fail_with_error (WeirJqRun *run, WeirRecord *record)
{
  g_autoptr (GString) message = g_string_new (NULL);
  gsize length;
  const char *text;

  if (run->error.kind == WEIR_JQ_STRING)
    {
      text = weir_jq_get_text (run, &run->error, &length);
      g_string_append_len (message, text, (gssize)length);
    }
  else
    weir_jq_dump (run, &run->error, message);
  weir_record_fail (record, g_strdelimit (message->str, "\r\n", ' '));
}

void
weir_evaluation_fail (WeirEvaluation *evaluation, WeirRecord *record, WeirJqStatus status)
{
  g_autofree char *fault = NULL;
  g_autofree char *message = NULL;

  if (status == WEIR_JQ_ERROR || evaluation->run.fault.reason == NULL)
    {
      fail_with_error (&evaluation->run, record);
      return;
    }
  fault = weir_json_fault_to_text (&evaluation->run.fault);
  message = g_strconcat ("not JSON: ", fault, NULL);
  weir_record_fail (record, message);
}
