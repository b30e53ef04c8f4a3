/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-plan-private.h"

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
add_segment (WeirPlan *plan, WeirGraphNode *head)
{
  GPtrArray *segment = g_ptr_array_new ();

  for (WeirGraphNode *node = head; node != NULL; node = get_follower (node))
    g_ptr_array_add (segment, node);
  g_ptr_array_add (plan->segments, segment);
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
plan_ready (WeirPlan *plan, const WeirGraph *graph, GHashTable *planned)
{
  gboolean more = FALSE;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);

      if (g_hash_table_contains (planned, node) || !is_planned (planned, node))
        continue;
      if (!is_follower (node))
        add_segment (plan, node);
      g_hash_table_add (planned, node);
      more = TRUE;
    }
  return more;
}

WeirPlan *
weir_plan_new (const WeirGraph *graph)
{
  WeirPlan *plan = g_new0 (WeirPlan, 1);
  g_autoptr (GHashTable) planned = g_hash_table_new (NULL, NULL);

  plan->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  while (plan_ready (plan, graph, planned))
    ;
  g_assert (g_hash_table_size (planned) == graph->nodes->len);
  if (graph->dead_letter != NULL)
    add_segment (plan, graph->dead_letter);
  return plan;
}

void
weir_plan_free (WeirPlan *plan)
{
  g_ptr_array_unref (plan->segments);
  g_free (plan);
}
