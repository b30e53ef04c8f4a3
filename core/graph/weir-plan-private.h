/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* The stages of a graph joined into segments: a chain in which each stage is the only reader of the
 * `out` of the one before and reads nothing else. For several workers a chain is cut where
 * stateless stages begin and end, so that these can run on several threads at the same time.
 * Segments stand in the order of flow; at the end are the dead letters' and the results', when the
 * graph has a place for them. */
typedef struct
{
  GPtrArray *stages; /* WeirGraphNode, borrowed from the graph */
  gboolean parallel; /* all stages are stateless, and there are several workers */
} WeirPlanSegment;

typedef struct
{
  GPtrArray *segments; /* WeirPlanSegment */
} WeirPlan;

/* How many workers a run has: what the graph says, else the CPUs; 0: the caller's main loop. */
guint weir_plan_count_workers (const WeirGraph *graph);

WeirPlan *weir_plan_new (const WeirGraph *graph, guint n_workers) G_GNUC_WARN_UNUSED_RESULT;
void weir_plan_free (WeirPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPlan, weir_plan_free)

G_END_DECLS
