/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-plan-private.h"

#include "stage/weir-stage-private.h"

/* The stage that can follow @node in its segment, or NULL. */
static WeirGraphNode *
get_follower (const WeirGraphNode *node)
{
  WeirGraphNode *follower = NULL;

  for (guint i = 0; i < node->outputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->outputs, i);

      if (!g_str_equal (edge->port, "out"))
        continue;
      if (follower != NULL)
        return NULL;
      follower = edge->to;
    }
  return follower != NULL && follower->inputs->len == 1 ? follower : NULL;
}

static gboolean
is_follower (const WeirGraphNode *node)
{
  const WeirGraphEdge *edge;

  if (node->inputs->len != 1)
    return FALSE;
  edge = g_ptr_array_index (node->inputs, 0);
  return get_follower (edge->from) == node;
}

static void
free_segment (gpointer data)
{
  WeirPlanSegment *segment = data;

  g_ptr_array_unref (segment->stages);
  g_free (segment);
}

static WeirPlanSegment *
add_segment (WeirPlan *plan, gboolean parallel)
{
  WeirPlanSegment *segment = g_new0 (WeirPlanSegment, 1);

  segment->stages = g_ptr_array_new ();
  segment->parallel = parallel;
  g_ptr_array_add (plan->segments, segment);
  return segment;
}

/* Whether a thread of its own may be worth the hand-over: a stage that waits for others' answers, not
 * a sink, whose write costs less. */
static gboolean
stands_apart (WeirStage *stage)
{
  return weir_stage_get_holder (stage) != NULL && !WEIR_IS_SINK (stage);
}

/* A source that sheds is read while all behind it is busy. */
static gboolean
is_behind_source (const WeirGraphNode *node)
{
  for (guint i = 0; i < node->inputs->len; i++)
    if (WEIR_IS_SOURCE (((const WeirGraphEdge *)g_ptr_array_index (node->inputs, i))->from->stage))
      return TRUE;
  return FALSE;
}

static void
add_chain (WeirPlan *plan, WeirGraphNode *head, guint n_workers, gboolean sheds)
{
  WeirPlanSegment *segment = NULL;

  for (WeirGraphNode *node = head; node != NULL; node = get_follower (node))
    {
      gboolean parallel = n_workers > 1 && weir_stage_is_stateless (node->stage);

      if (segment == NULL || segment->parallel != parallel
          || (n_workers > 1 && stands_apart (node->stage)) || (sheds && is_behind_source (node)))
        segment = add_segment (plan, parallel);
      g_ptr_array_add (segment->stages, node);
    }
}

static gboolean
is_planned (GHashTable *planned, const WeirGraphNode *node)
{
  for (guint i = 0; i < node->inputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->inputs, i);

      if (!g_hash_table_contains (planned, edge->from))
        return FALSE;
    }
  return TRUE;
}

/* Adds the segments whose inputs are all planned; the graph has no cycle, so this comes to an end
 * with all of them planned. */
static gboolean
plan_ready (WeirPlan *plan, const WeirGraph *graph, guint n_workers, GHashTable *planned)
{
  gboolean more = FALSE;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);

      if (g_hash_table_contains (planned, node) || !is_planned (planned, node))
        continue;
      if (!is_follower (node))
        add_chain (plan, node, n_workers, graph->overload == WEIR_OVERLOAD_SHED);
      g_hash_table_add (planned, node);
      more = TRUE;
    }
  return more;
}

guint
weir_plan_count_workers (const WeirGraph *graph)
{
  return graph->n_threads >= 0 ? (guint)graph->n_threads : g_get_num_processors ();
}

WeirPlan *
weir_plan_new (const WeirGraph *graph, guint n_workers)
{
  WeirPlan *plan = g_new0 (WeirPlan, 1);
  g_autoptr (GHashTable) planned = g_hash_table_new (NULL, NULL);

  plan->segments = g_ptr_array_new_with_free_func (free_segment);
  while (plan_ready (plan, graph, n_workers, planned))
    ;
  g_assert (g_hash_table_size (planned) == graph->nodes->len);
  if (graph->dead_letter != NULL)
    add_chain (plan, graph->dead_letter, 0, FALSE);
  if (graph->results != NULL)
    add_chain (plan, graph->results, 0, FALSE);
  return plan;
}

void
weir_plan_free (WeirPlan *plan)
{
  g_ptr_array_unref (plan->segments);
  g_free (plan);
}
