/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-filter.h>

#include "stage/weir-stage-private.h"

G_DEFINE_ABSTRACT_TYPE (WeirFilter, weir_filter, WEIR_TYPE_STAGE)

static void
weir_filter_default_accept_batch (WeirFilter *filter, WeirBatch *batch)
{
  WeirFilterClass *klass = WEIR_FILTER_GET_CLASS (filter);

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict != WEIR_VERDICT_PASS)
        continue;
      if (!klass->accept (filter, record) && record->verdict == WEIR_VERDICT_PASS)
        record->verdict = WEIR_VERDICT_ELSE;
    }
}

static WeirStageStatus
weir_filter_process (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error)
{
  WEIR_FILTER_GET_CLASS (stage)->accept_batch (WEIR_FILTER (stage), batch);
  batch->cursor = batch->n_selected;
  return WEIR_STAGE_DONE;
}

static void
weir_filter_class_init (WeirFilterClass *klass)
{
  WEIR_STAGE_CLASS (klass)->process = weir_filter_process;
  klass->accept_batch = weir_filter_default_accept_batch;
}

static void
weir_filter_init (WeirFilter *filter)
{
}
