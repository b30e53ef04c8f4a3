/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-aggregate.h>

#include "stage/weir-stage-private.h"

G_DEFINE_ABSTRACT_TYPE (WeirAggregate, weir_aggregate, WEIR_TYPE_STAGE)

static void
absorb (WeirRecord *record)
{
  if (record->verdict == WEIR_VERDICT_PASS)
    record->verdict = WEIR_VERDICT_ABSORBED;
}

static WeirStageStatus
add_each (WeirAggregate *aggregate, WeirBatch *batch, WeirEmitter *out)
{
  WeirAggregateClass *klass = WEIR_AGGREGATE_GET_CLASS (aggregate);

  for (; batch->cursor < batch->n_selected; batch->cursor++)
    {
      WeirRecord *record = weir_batch_record (batch, batch->cursor);

      if (record->verdict != WEIR_VERDICT_PASS)
        continue;
      if (weir_emitter_is_full (out))
        return WEIR_STAGE_AGAIN;
      klass->add (aggregate, record, out);
      absorb (record);
    }
  return WEIR_STAGE_DONE;
}

static WeirStageStatus
weir_aggregate_process (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error)
{
  WeirAggregate *aggregate = WEIR_AGGREGATE (stage);
  WeirAggregateClass *klass = WEIR_AGGREGATE_GET_CLASS (aggregate);

  if (klass->add_batch == NULL)
    return add_each (aggregate, batch, out);
  klass->add_batch (aggregate, batch, out);
  for (; batch->cursor < batch->n_selected; batch->cursor++)
    absorb (weir_batch_record (batch, batch->cursor));
  return WEIR_STAGE_DONE;
}

static WeirStageStatus
weir_aggregate_finish (WeirStage *stage, WeirEmitter *out, GError **error)
{
  WeirAggregate *aggregate = WEIR_AGGREGATE (stage);

  return WEIR_AGGREGATE_GET_CLASS (aggregate)->flush (aggregate, out) ? WEIR_STAGE_AGAIN
                                                                      : WEIR_STAGE_DONE;
}

static void
weir_aggregate_class_init (WeirAggregateClass *klass)
{
  WEIR_STAGE_CLASS (klass)->process = weir_aggregate_process;
  WEIR_STAGE_CLASS (klass)->finish = weir_aggregate_finish;
}

static void
weir_aggregate_init (WeirAggregate *aggregate)
{
}
