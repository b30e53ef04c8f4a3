/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-segment-private.h"
#include "stage/weir-stage-private.h"

G_BEGIN_DECLS

typedef struct _WeirExecutor WeirExecutor;

/* Called on a thread that runs the executor. */
typedef struct
{
  void (*broken) (gpointer data, WeirNode *node, const GError *error);
  void (*finished) (gpointer data); /* once, when no worker touches anything any more */
} WeirExecutorEvents;

/* The host of the stages that the executor runs. */
extern const WeirStageHost weir_executor_host;

/* Takes the flow, which is the first worker's; the others get one like it when they are attached. */
WeirExecutor *weir_executor_new (WeirFlow *flow, const WeirExecutorEvents *events,
                                 gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void weir_executor_free (WeirExecutor *executor);

/* Before the start, in the order of flow. Takes what is added. */
void weir_executor_add_segment (WeirExecutor *executor, WeirSegment *segment);
void weir_executor_add_queue (WeirExecutor *executor, WeirQueue *queue);
void weir_executor_add_gate (WeirExecutor *executor, WeirGate *gate);

GPtrArray *weir_executor_get_segments (WeirExecutor *executor);
GPtrArray *weir_executor_get_queues (WeirExecutor *executor);
GPtrArray *weir_executor_get_flows (WeirExecutor *executor);

/* Adds a worker for each context, and starts; a worker runs when its context is iterated, by one
 * thread. @loops: a GMainLoop to quit for each at the end, or NULL. */
void weir_executor_attach (WeirExecutor *executor, GMainContext **contexts, GMainLoop **loops,
                           guint n_workers);

/* Any thread. Stop: the sources halt, the rest is worked off. Abort: finished after the step in
 * hand; what is in flight stays counted as such. */
void weir_executor_stop (WeirExecutor *executor);
/* Nothing further will come from the sources: tells the sinks. Any thread. */
void weir_executor_tell_end (WeirExecutor *executor);
void weir_executor_abort (WeirExecutor *executor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirExecutor, weir_executor_free)

G_END_DECLS
