/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-private.h"

/* Pictures of a graph: stages in the order of the file, an edge for each reader of a port, and
 * broken lines for what goes to the dead letters, and to the results. */

/* The ports of a stage that lead to the dead letters because nobody reads them, or NULL. */
static char *
list_lost (const WeirGraph *graph, const WeirGraphNode *node)
{
  const char *const *ports = weir_kind_get_ports (node->info->kind);
  g_autoptr (GStrvBuilder) lost = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;

  for (guint i = 0; ports[i] != NULL; i++)
    {
      const gboolean late = strcmp (ports[i], "late") == 0;
      if (strcmp (ports[i], "out") == 0 || strcmp (ports[i], "else") == 0
          || strcmp (ports[i], "shed") == 0 || (late && graph->late != WEIR_LATE_DEAD_LETTER)
          || weir_graph_node_count_readers (node, ports[i]) > 0)
        continue;
      g_strv_builder_add (lost, ports[i]);
    }
  names = g_strv_builder_end (lost);
  return names[0] != NULL ? g_strjoinv (", ", names) : NULL;
}

static char *
quote_dot (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);

  return g_strdup_printf ("\"%s\"", escaped);
}

static void
append_dot_node (GString *dot, const WeirGraphNode *node, const char *style)
{
  g_string_append_printf (dot, "  \"%s\" [label=\"%s\\n%s\"%s];\n", node->id, node->id,
                          node->info->name, style);
}

static void
append_dot_edge (GString *dot, const WeirGraphEdge *edge)
{
  g_string_append_printf (dot, "  \"%s\" -> \"%s\"", edge->from->id, edge->to->id);
  if (strcmp (edge->port, "out") != 0)
    g_string_append_printf (dot, " [label=\"%s\"]", edge->port);
  g_string_append (dot, ";\n");
}

char *
weir_graph_to_dot (const WeirGraph *graph)
{
  g_autofree char *name = quote_dot (graph->name);
  GString *dot = g_string_new (NULL);

  g_string_printf (dot, "digraph %s {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n", name);
  for (guint i = 0; i < graph->nodes->len; i++)
    append_dot_node (dot, g_ptr_array_index (graph->nodes, i), "");
  if (graph->dead_letter != NULL)
    append_dot_node (dot, graph->dead_letter, ", style=\"rounded,dashed\"");
  if (graph->results != NULL)
    append_dot_node (dot, graph->results, ", style=\"rounded,dashed\"");
  for (guint i = 0; i < graph->edges->len; i++)
    append_dot_edge (dot, g_ptr_array_index (graph->edges, i));
  for (guint i = 0; graph->dead_letter != NULL && i < graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      g_autofree char *lost = list_lost (graph, node);
      if (lost != NULL)
        g_string_append_printf (dot, "  \"%s\" -> \"%s\" [label=\"%s\", style=dashed];\n", node->id,
                                graph->dead_letter->id, lost);
    }
  for (guint i = 0; graph->results != NULL && i < graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      g_string_append_printf (dot, "  \"%s\" -> \"%s\" [style=dotted];\n", node->id,
                              graph->results->id);
    }
  g_string_append (dot, "}\n");
  return g_string_free (dot, FALSE);
}

/* Mermaid has words of its own that are no good as names, so stages are numbered. */
static char *
name_mermaid (const WeirGraph *graph, const WeirGraphNode *node)
{
  guint number;

  if (!g_ptr_array_find (graph->nodes, node, &number))
    return g_strdup (node == graph->results ? "results" : "dead");
  return g_strdup_printf ("s%u", number);
}

static void
append_mermaid_node (GString *mermaid, const WeirGraph *graph, const WeirGraphNode *node)
{
  g_autofree char *name = name_mermaid (graph, node);

  g_string_append_printf (mermaid, "  %s[\"%s<br/>%s\"]\n", name, node->id, node->info->name);
}

static void
append_mermaid_edge (GString *mermaid, const WeirGraph *graph, const WeirGraphEdge *edge)
{
  g_autofree char *from = name_mermaid (graph, edge->from);
  g_autofree char *to = name_mermaid (graph, edge->to);

  if (strcmp (edge->port, "out") == 0)
    g_string_append_printf (mermaid, "  %s --> %s\n", from, to);
  else
    g_string_append_printf (mermaid, "  %s -->|%s| %s\n", from, edge->port, to);
}

char *
weir_graph_to_mermaid (const WeirGraph *graph)
{
  GString *mermaid = g_string_new ("flowchart LR\n");

  for (guint i = 0; i < graph->nodes->len; i++)
    append_mermaid_node (mermaid, graph, g_ptr_array_index (graph->nodes, i));
  if (graph->dead_letter != NULL)
    append_mermaid_node (mermaid, graph, graph->dead_letter);
  if (graph->results != NULL)
    append_mermaid_node (mermaid, graph, graph->results);
  for (guint i = 0; i < graph->edges->len; i++)
    append_mermaid_edge (mermaid, graph, g_ptr_array_index (graph->edges, i));
  for (guint i = 0; graph->dead_letter != NULL && i < graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      g_autofree char *lost = list_lost (graph, node);
      g_autofree char *name = name_mermaid (graph, node);
      if (lost != NULL)
        g_string_append_printf (mermaid, "  %s -.->|%s| dead\n", name, lost);
    }
  for (guint i = 0; graph->results != NULL && i < graph->nodes->len; i++)
    g_string_append_printf (mermaid, "  s%u -.-> results\n", i);
  return g_string_free (mermaid, FALSE);
}
