/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-emitter.h>
#include <weir/weir-expression.h>

#include "expression/weir-jq-program-private.h"

G_BEGIN_DECLS

/* An output as JSON text in `text`. */
typedef struct
{
  gsize start;
  gsize length;
  WeirFieldType type;
  double number;
} WeirOutput;

/* The native engine on one thread for one program: what an evaluation needs, and what came of the
 * last one. Outputs are written down as they come, so that they outlive the values. */
typedef struct
{
  const WeirJqProgram *program;
  WeirJqRun run;
  WeirScanner *scanner; /* for records that were not scanned by the planned set */
  WeirField *fields;
  GString *text;
  GArray *outputs; /* WeirOutput */
} WeirEvaluation;

WeirEvaluation *weir_evaluation_new (const WeirJqProgram *program) G_GNUC_WARN_UNUSED_RESULT;
void weir_evaluation_free (WeirEvaluation *evaluation);

/* Finds the fields of a record that was not scanned by the planned set. */
gboolean weir_evaluation_scan (WeirEvaluation *evaluation, WeirRecord *record);

/* FALSE when the record is not JSON, and so has failed. */
static inline gboolean
weir_evaluation_bind (WeirEvaluation *evaluation, WeirRecord *record)
{
  const WeirJqProgram *program = evaluation->program;
  const WeirBatch *batch = record->batch;
  WeirJqRun *run = &evaluation->run;

  run->record = record->text;
  run->record_length = record->length;
  if (G_UNLIKELY (batch == NULL || batch->field_set == NULL
                  || batch->field_set != program->planned_set))
    return weir_evaluation_scan (evaluation, record);
  run->fields = &batch->fields[(gsize)(record - batch->records) * batch->n_fields];
  run->slots = program->planned_slots;
  return record->verdict != WEIR_VERDICT_FAILED;
}

/* On the record that is bound: all outputs, or the first, into `outputs`. */
WeirJqStatus weir_evaluation_run (WeirEvaluation *evaluation, gboolean first);
/* Of a program that gives one output: that. It may lie in the record. */
WeirJqStatus weir_evaluation_take (WeirEvaluation *evaluation, WeirValue *value);
/* Whether the first output is neither null nor false. */
WeirJqStatus weir_evaluation_match (WeirEvaluation *evaluation, gboolean *matches);
/* Emits the outputs; @n_emitted: how many. */
WeirJqStatus weir_evaluation_emit (WeirEvaluation *evaluation, WeirEmitter *out, guint *n_emitted);

/* Fails the record as an evaluation ended: ERROR or FAULT. */
void weir_evaluation_fail (WeirEvaluation *evaluation, WeirRecord *record, WeirJqStatus status);

G_END_DECLS
