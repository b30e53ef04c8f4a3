/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_FILTER (weir_filter_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirFilter, weir_filter, WEIR, FILTER, WeirStage)

/**
 * WeirFilterClass:
 * @accept: Required, unless @accept_batch is there. %TRUE: @record goes on; %FALSE: it leaves by
 *   the port `else`. The thread that runs the stage.
 * @accept_batch: Optional, the fast way. Sets %WEIR_VERDICT_ELSE on the records that do
 *   not go on. The thread that runs the stage.
 *
 * The base class of filters. A filter does not change records.
 */
struct _WeirFilterClass
{
  WeirStageClass parent_class;

  gboolean (*accept) (WeirFilter *filter, WeirRecord *record);
  void (*accept_batch) (WeirFilter *filter, WeirBatch *batch);

  /*< private >*/
  gpointer padding[4];
};

G_END_DECLS
