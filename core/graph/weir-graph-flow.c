/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

/* Whether records can flow: every stage but a sink is read, and none reads itself in the end.
 *
 * Stages that read nothing are taken away, then those that now read nothing, and so on (Kahn, CACM
 * 5(11), 1962). What remains is on a cycle or after one, so that a walk against the flow from any
 * of it ends in a cycle. Nothing recurses: a pipeline file may be long. */

static void
check_read (WeirGraphBuilder *builder)
{
  for (guint i = 0; i < builder->drafts->len; i++)
    {
      const WeirDraft *draft = weir_graph_get_draft (builder, i);
      if (draft->kind == NULL || weir_draft_is (draft, "sink") || draft->node->outputs->len > 0)
        continue;
      weir_mistakes_addf (builder->mistakes, draft->node->pointer,
                          "nobody reads \"%s\" (put a sink after it, or name it in a \"from\")",
                          draft->node->id);
    }
}

/* The nodes that remain, each with 0 as its value. */
static GHashTable *
find_remaining (const WeirGraph *graph)
{
  GHashTable *remaining = g_hash_table_new (NULL, NULL); /* node → inputs that remain */
  g_autoptr (GPtrArray) ready = g_ptr_array_new ();

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      if (node->inputs->len == 0)
        g_ptr_array_add (ready, node);
      else
        g_hash_table_insert (remaining, node, GUINT_TO_POINTER (node->inputs->len));
    }
  while (ready->len > 0)
    {
      const WeirGraphNode *node = g_ptr_array_steal_index_fast (ready, ready->len - 1);
      for (guint i = 0; i < node->outputs->len; i++)
        {
          WeirGraphNode *to = ((WeirGraphEdge *)g_ptr_array_index (node->outputs, i))->to;
          const guint left = GPOINTER_TO_UINT (g_hash_table_lookup (remaining, to)) - 1;
          if (left > 0)
            g_hash_table_insert (remaining, to, GUINT_TO_POINTER (left));
          else if (g_hash_table_remove (remaining, to))
            g_ptr_array_add (ready, to);
        }
    }
  return remaining;
}

static WeirGraphNode *
step_back (const WeirGraphNode *node, GHashTable *remaining)
{
  for (guint i = 0; i < node->inputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->inputs, i);
      if (g_hash_table_contains (remaining, edge->from))
        return edge->from;
    }
  g_assert_not_reached ();
}

/* @walk: against the flow, the last of it read by its element at @first. The cycle is told with the
 * flow, from the stage that stands first in the file. */
static void
tell_cycle (WeirGraphBuilder *builder, GPtrArray *walk, guint first)
{
  g_autoptr (GString) path = g_string_new ("cycle: ");
  const guint length = walk->len - first;
  guint start = first;

  for (guint i = first + 1; i < walk->len; i++)
    if (weir_graph_get_position (g_ptr_array_index (walk, i))
        < weir_graph_get_position (g_ptr_array_index (walk, start)))
      start = i;
  for (guint i = 0; i <= length; i++)
    {
      const guint at = first + (start - first + (length - i)) % length;
      const WeirGraphNode *node = g_ptr_array_index (walk, at);
      g_string_append_printf (path, "%s%s", i > 0 ? " -> " : "", node->id);
    }
  const WeirGraphNode *node = g_ptr_array_index (walk, start);
  weir_mistakes_add (builder->mistakes, node->pointer, path->str);
}

/* @seen: nodes of this walk and of those before; a walk that meets one of those before tells
 * nothing new. */
static void
walk_back (WeirGraphBuilder *builder, WeirGraphNode *node, GHashTable *remaining, GHashTable *seen)
{
  g_autoptr (GPtrArray) walk = g_ptr_array_new ();
  guint first;

  while (g_hash_table_add (seen, node))
    {
      g_ptr_array_add (walk, node);
      node = step_back (node, remaining);
    }
  if (g_ptr_array_find (walk, node, &first))
    tell_cycle (builder, walk, first);
}

static void
check_cycles (WeirGraphBuilder *builder)
{
  g_autoptr (GHashTable) remaining = find_remaining (builder->graph);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < builder->graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (builder->graph->nodes, i);
      if (g_hash_table_contains (remaining, node) && !g_hash_table_contains (seen, node))
        walk_back (builder, node, remaining, seen);
    }
}

void
weir_graph_check_flow (WeirGraphBuilder *builder)
{
  if (!builder->unresolved)
    check_read (builder);
  check_cycles (builder);
}
