/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-executor-private.h"
#include "graph/weir-plan-private.h"

G_BEGIN_DECLS

/* Bounds of a queue between segments: enough to keep both sides busy, little enough to bound the
 * memory of a wide graph. */
#define WEIR_RUN_QUEUE_BATCHES 4
#define WEIR_RUN_QUEUE_BYTES   (1024 * 1024)

/* Builds the segments, queues and nodes of a plan into the executor, lets the stages declare the
 * fields that they read, and attaches them. @field_sets takes the sets. */
void weir_run_build (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph,
                     const WeirPlan *plan, guint n_workers, GPtrArray *field_sets);

G_END_DECLS
