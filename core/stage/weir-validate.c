/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-validate.h>

#include "stage/weir-stage-private.h"

G_DEFINE_ABSTRACT_TYPE (WeirValidate, weir_validate, WEIR_TYPE_STAGE)

static void
weir_validate_default_validate_batch (WeirValidate *validate, WeirBatch *batch)
{
  WeirValidateClass *klass = WEIR_VALIDATE_GET_CLASS (validate);

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict != WEIR_VERDICT_PASS)
        continue;
      if (!klass->validate (validate, record) && record->verdict == WEIR_VERDICT_PASS)
        weir_record_reject (record, "the record is not valid");
    }
}

static WeirStageStatus
weir_validate_process (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error)
{
  WEIR_VALIDATE_GET_CLASS (stage)->validate_batch (WEIR_VALIDATE (stage), batch);
  batch->cursor = batch->n_selected;
  return WEIR_STAGE_DONE;
}

static void
weir_validate_class_init (WeirValidateClass *klass)
{
  WEIR_STAGE_CLASS (klass)->process = weir_validate_process;
  klass->validate_batch = weir_validate_default_validate_batch;
}

static void
weir_validate_init (WeirValidate *validate)
{
}
