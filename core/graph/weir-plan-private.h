/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* The stages of a graph joined into segments: a chain in which each stage is the only reader of the
 * `out` of the one before and reads nothing else. Segments stand in the order of flow; the last
 * one is the dead letters' when the graph has a place for them. */
typedef struct
{
  GPtrArray *segments; /* GPtrArray of WeirGraphNode, borrowed from the graph */
} WeirPlan;

WeirPlan *weir_plan_new (const WeirGraph *graph) G_GNUC_WARN_UNUSED_RESULT;
void weir_plan_free (WeirPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPlan, weir_plan_free)

G_END_DECLS
