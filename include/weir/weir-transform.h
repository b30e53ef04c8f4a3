/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_TRANSFORM (weir_transform_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirTransform, weir_transform, WEIR, TRANSFORM, WeirStage)

/**
 * WeirTransformClass:
 * @transform: Required, unless @transform_batch is there. Emits none, one or many records for
 *   @record, which it may change; weir_record_fail() instead emits nothing. The thread that runs
 *   the stage.
 * @transform_batch: Optional, the fast way. Emits for each record of @batch what @transform
 *   would, in order, after weir_emitter_begin() for that record. The thread that runs the stage.
 *
 * The base class of transforms. What a record becomes inherits its times and its deadline.
 */
struct _WeirTransformClass
{
  WeirStageClass parent_class;

  void (*transform) (WeirTransform *transform, WeirRecord *record, WeirEmitter *out);
  void (*transform_batch) (WeirTransform *transform, WeirBatch *batch, WeirEmitter *out);

  /*< private >*/
  gpointer padding[4];
};

WEIR_API void weir_emitter_begin (WeirEmitter *emitter, WeirRecord *record);

G_END_DECLS
