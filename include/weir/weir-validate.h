/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_VALIDATE (weir_validate_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirValidate, weir_validate, WEIR, VALIDATE, WeirStage)

/**
 * WeirValidateClass:
 * @validate: Required, unless @validate_batch is there. %TRUE: @record is valid; %FALSE: it leaves
 *   by the port `invalid`, with the message of weir_record_reject() if that was called. The
 *   thread that runs the stage.
 * @validate_batch: Optional, the fast way. Calls weir_record_reject() on what is not
 *   valid. The thread that runs the stage.
 *
 * The base class of validate stages. A validate stage does not change records.
 */
struct _WeirValidateClass
{
  WeirStageClass parent_class;

  gboolean (*validate) (WeirValidate *validate, WeirRecord *record);
  void (*validate_batch) (WeirValidate *validate, WeirBatch *batch);

  /*< private >*/
  gpointer padding[4];
};

G_END_DECLS
