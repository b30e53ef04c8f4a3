/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-transform.h>

#include "stage/weir-stage-private.h"

G_DEFINE_ABSTRACT_TYPE (WeirTransform, weir_transform, WEIR_TYPE_STAGE)

/**
 * weir_emitter_begin: (skip)
 * @emitter: an emitter
 * @record: the record whose outputs come next
 *
 * What is emitted from now on are the outputs of @record: they inherit its times and deadline.
 */
void
weir_emitter_begin (WeirEmitter *emitter, WeirRecord *record)
{
  g_return_if_fail (emitter != NULL && emitter->batch != NULL && record != NULL);

  weir_emitter_begin_origin (emitter, record);
}

static WeirStageStatus
transform_each (WeirTransform *transform, WeirBatch *batch, WeirEmitter *out)
{
  WeirTransformClass *klass = WEIR_TRANSFORM_GET_CLASS (transform);

  for (; batch->cursor < batch->n_selected; batch->cursor++)
    {
      WeirRecord *record = weir_batch_record (batch, batch->cursor);

      if (record->verdict != WEIR_VERDICT_PASS)
        continue;
      if (weir_emitter_is_full (out))
        return WEIR_STAGE_AGAIN;
      weir_emitter_begin_origin (out, record);
      klass->transform (transform, record, out);
      weir_emitter_end_origin (out);
    }
  return WEIR_STAGE_DONE;
}

static WeirStageStatus
weir_transform_process (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error)
{
  WeirTransform *transform = WEIR_TRANSFORM (stage);
  WeirTransformClass *klass = WEIR_TRANSFORM_GET_CLASS (transform);

  if (klass->transform_batch == NULL)
    return transform_each (transform, batch, out);
  klass->transform_batch (transform, batch, out);
  weir_emitter_end_origin (out);
  batch->cursor = batch->n_selected;
  return WEIR_STAGE_DONE;
}

static void
weir_transform_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->process = weir_transform_process;
}

static void
weir_transform_init (WeirTransform *transform)
{
}
