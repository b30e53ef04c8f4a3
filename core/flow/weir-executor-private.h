/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-segment-private.h"
#include "stage/weir-stage-private.h"

G_BEGIN_DECLS

typedef struct _WeirExecutor WeirExecutor;

/* Called on the thread that runs the executor. */
typedef struct
{
  void (*broken) (gpointer data, WeirNode *node, const GError *error);
  void (*finished) (gpointer data);
} WeirExecutorEvents;

/* The host of the stages that the executor runs. */
extern const WeirStageHost weir_executor_host;

WeirExecutor *weir_executor_new (WeirFlow *flow, const WeirExecutorEvents *events,
                                 gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void weir_executor_free (WeirExecutor *executor);

/* In the order of flow; takes the segment. */
void weir_executor_add (WeirExecutor *executor, WeirSegment *segment);
GPtrArray *weir_executor_get_segments (WeirExecutor *executor);
WeirNode *weir_executor_get_node (WeirExecutor *executor, WeirStage *stage);

/* Runs from now on when the context is iterated; the finished event comes once. */
void weir_executor_attach (WeirExecutor *executor, GMainContext *context);

/* Any thread. Stop: the sources halt, the rest is worked off. Abort: finished after the step in
 * hand; what is in flight stays counted as such. */
void weir_executor_stop (WeirExecutor *executor);
void weir_executor_abort (WeirExecutor *executor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirExecutor, weir_executor_free)

G_END_DECLS
