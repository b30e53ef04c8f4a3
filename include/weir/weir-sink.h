/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_SINK (weir_sink_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirSink, weir_sink, WEIR, SINK, WeirStage)

/**
 * WeirSinkClass:
 * @write: Required, unless @write_batch is there. %TRUE: @record was accepted for good; %FALSE
 *   with an error: the sink is broken, @record and all that follow fail. The thread that runs the
 *   stage.
 * @write_batch: Optional, the fast way. Writes the records from position
 *   weir_sink_get_accepted() on, and calls weir_sink_accept() for those that were accepted for
 *   good, in order. The thread that runs the stage.
 * @drain: Optional. The end of input: what is held must be accepted or failed now. The
 *   thread that runs the stage.
 *
 * The base class of sinks. The error %WEIR_STAGE_ERROR_CLOSED says that the reader went away: the
 * run then ends as if it had been stopped.
 */
struct _WeirSinkClass
{
  WeirStageClass parent_class;

  gboolean (*write) (WeirSink *sink, WeirRecord *record, GError **error);
  WeirStageStatus (*write_batch) (WeirSink *sink, WeirBatch *batch, GError **error);
  WeirStageStatus (*drain) (WeirSink *sink, GError **error);

  /*< private >*/
  gpointer padding[4];
};

WEIR_API guint weir_sink_get_accepted (WeirSink *sink);
WEIR_API guint64 weir_sink_get_refused (WeirSink *sink);
WEIR_API gboolean weir_sink_is_ending (WeirSink *sink);
WEIR_API void weir_sink_accept (WeirSink *sink, guint n_records, guint64 n_bytes);

G_END_DECLS
