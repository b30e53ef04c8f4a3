/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-executor-private.h"
#include "graph/weir-plan-private.h"

G_BEGIN_DECLS

/* Builds the segments, queues and nodes of a plan into the executor, lets the stages declare the
 * fields that they read, and attaches them. @field_sets takes the sets. */
void weir_run_build (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph,
                     const WeirPlan *plan, GPtrArray *field_sets);

G_END_DECLS
