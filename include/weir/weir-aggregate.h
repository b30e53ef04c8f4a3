/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_AGGREGATE (weir_aggregate_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirAggregate, weir_aggregate, WEIR, AGGREGATE, WeirStage)

/**
 * WeirAggregateClass:
 * @add: Required, unless @add_batch is there. Takes @record in, and may emit results. The thread
 *   that runs the stage.
 * @add_batch: Optional, the fast way. The thread that runs the stage.
 * @flush: Required. The end of input: emits what is still held, until weir_emitter_is_full();
 *   %TRUE when there is more. The thread that runs the stage.
 *
 * The base class of aggregates. Results start a deadline of their own.
 */
struct _WeirAggregateClass
{
  WeirStageClass parent_class;

  void (*add) (WeirAggregate *aggregate, WeirRecord *record, WeirEmitter *out);
  void (*add_batch) (WeirAggregate *aggregate, WeirBatch *batch, WeirEmitter *out);
  gboolean (*flush) (WeirAggregate *aggregate, WeirEmitter *out);

  /*< private >*/
  gpointer padding[4];
};

G_END_DECLS
