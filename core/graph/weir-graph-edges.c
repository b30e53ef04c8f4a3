/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

/* Ids belong to stages of the list and to the sinks aside, whose pointers are no numbers. */
static const char *
get_kind (const WeirGraphBuilder *builder, const WeirGraphNode *node)
{
  return weir_graph_get_draft (builder, weir_graph_get_position (node))->kind;
}

static void
add_edge (WeirGraphBuilder *builder, WeirGraphNode *from, const char *port, WeirGraphNode *to)
{
  WeirGraphEdge *edge = g_new0 (WeirGraphEdge, 1);

  edge->from = from;
  edge->port = g_strdup (port);
  edge->to = to;
  g_ptr_array_add (builder->graph->edges, edge);
  g_ptr_array_add (from->outputs, edge);
  g_ptr_array_add (to->inputs, edge);
}

static gboolean
reads (const WeirGraphNode *node, const WeirGraphNode *from, const char *port)
{
  for (guint i = 0; i < node->inputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->inputs, i);
      if (edge->from == from && strcmp (edge->port, port) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
add_unknown_stage (WeirGraphBuilder *builder, const char *pointer, const char *id)
{
  g_autofree const char **ids = weir_graph_list_ids (builder, NULL);
  const char *nearest = weir_nearest_name (id, ids);

  if (nearest != NULL)
    weir_mistakes_addf (builder->mistakes, pointer,
                        "there is no stage \"%s\" (did you mean \"%s\"?)", id, nearest);
  else
    weir_mistakes_addf (builder->mistakes, pointer, "there is no stage \"%s\"", id);
}

static gboolean
check_port (WeirGraphBuilder *builder, const char *pointer, const WeirGraphNode *from,
            const char *port)
{
  const char *kind = get_kind (builder, from);
  const char *const *ports = weir_kind_get_ports (kind);
  g_autofree char *all = g_strjoinv (", ", (char **)ports);
  const char *nearest = weir_nearest_name (port, ports);

  if (g_strv_contains (ports, port))
    return TRUE;
  if (strcmp (port, "out") == 0)
    weir_mistakes_addf (builder->mistakes, pointer,
                        "\"%s\" is a sink, of which nothing can be read (but %s)", from->id, all);
  else if (nearest != NULL)
    weir_mistakes_addf (builder->mistakes, pointer,
                        "\"%s\" has no port \"%s\" (did you mean \"%s\"? it has %s)", from->id,
                        port, nearest, all);
  else
    weir_mistakes_addf (builder->mistakes, pointer, "\"%s\" has no port \"%s\" (it has %s)",
                        from->id, port, all);
  return FALSE;
}

/* One "id" or "id.port". */
static gboolean
read_name (WeirGraphBuilder *builder, WeirGraphNode *node, const char *pointer, const char *name)
{
  const char *dot = strchr (name, '.');
  g_autofree char *id = dot != NULL ? g_strndup (name, dot - name) : g_strdup (name);
  const char *port = dot != NULL ? dot + 1 : "out";
  WeirGraphNode *from = g_hash_table_lookup (builder->ids, id);

  if (from == NULL)
    add_unknown_stage (builder, pointer, id);
  else if (from == builder->graph->dead_letter)
    weir_mistakes_add (builder->mistakes, pointer, "the dead letters' sink is read by no stage");
  else if (from == builder->graph->results)
    weir_mistakes_add (builder->mistakes, pointer, "the results' sink is read by no stage");
  else if (!check_port (builder, pointer, from, port))
    return FALSE;
  else if (reads (node, from, port))
    weir_mistakes_addf (builder->mistakes, pointer, "\"%s\" is listed twice", name);
  else
    {
      add_edge (builder, from, port, node);
      return TRUE;
    }
  return FALSE;
}

static void
read_from_node (WeirGraphBuilder *builder, WeirGraphNode *node, const char *pointer,
                JsonNode *value)
{
  const char *name = weir_graph_read_string (builder, value, pointer, "the name of a stage");

  if (name == NULL || !read_name (builder, node, pointer, name))
    builder->unresolved = TRUE;
}

static void
read_list (WeirGraphBuilder *builder, WeirGraphNode *node, const char *pointer, JsonArray *list)
{
  if (json_array_get_length (list) == 0)
    {
      weir_mistakes_add (builder->mistakes, pointer, "the list names no stage");
      builder->unresolved = TRUE;
    }
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      g_autofree char *below = weir_pointer_join_index (pointer, i);
      read_from_node (builder, node, below, json_array_get_element (list, i));
    }
}

/* In a launch line a list is written as JSON. */
static JsonNode *
parse_list (WeirGraphBuilder *builder, const char *pointer, JsonNode *value)
{
  const char *text = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_string (value) : NULL;
  JsonNode *parsed = NULL;

  if (text != NULL && *text == '[' && weir_document_is_verbatim (builder->document, pointer))
    parsed = json_from_string (text, NULL);
  return parsed != NULL ? parsed : json_node_ref (value);
}

static void
read_from (WeirGraphBuilder *builder, const WeirDraft *draft)
{
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, "from");
  g_autoptr (JsonNode) value
      = parse_list (builder, pointer, json_object_get_member (draft->object, "from"));

  if (weir_draft_is (draft, "source"))
    {
      weir_document_add_at_key (builder->document, builder->mistakes, pointer,
                                "a source reads no stage");
      builder->unresolved = TRUE;
    }
  else if (JSON_NODE_HOLDS_ARRAY (value))
    read_list (builder, draft->node, pointer, json_node_get_array (value));
  else
    read_from_node (builder, draft->node, pointer, value);
}

static void
read_before (WeirGraphBuilder *builder, guint index)
{
  const WeirDraft *draft = weir_graph_get_draft (builder, index);
  const WeirDraft *before = index > 0 ? weir_graph_get_draft (builder, index - 1) : NULL;

  if (weir_draft_is (draft, "source") || (before == NULL && draft->kind == NULL))
    return;
  if (before == NULL)
    weir_mistakes_add (builder->mistakes, draft->node->pointer,
                       "the first stage reads nothing (begin with a source, or name what it reads "
                       "in \"from\")");
  else if (weir_draft_is (before, "sink"))
    weir_mistakes_addf (builder->mistakes, draft->node->pointer,
                        "this stage reads \"%s\", which is a sink (name what it reads in \"from\")",
                        before->node->id);
  else
    {
      add_edge (builder, before->node, "out", draft->node);
      return;
    }
  builder->unresolved = TRUE;
}

void
weir_graph_build_edges (WeirGraphBuilder *builder)
{
  for (guint i = 0; i < builder->drafts->len; i++)
    {
      const WeirDraft *draft = weir_graph_get_draft (builder, i);
      if (draft->object != NULL && json_object_has_member (draft->object, "from"))
        read_from (builder, draft);
      else
        read_before (builder, i);
    }
}
