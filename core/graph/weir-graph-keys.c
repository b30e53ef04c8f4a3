/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-affinity-private.h"
#include "graph/weir-graph-builder-private.h"

#include "expression/weir-expression-private.h"

/* The members that the rows below fill. */
typedef struct
{
  char *name;
  char *description;
  guint64 deadline;
  guint late;
  guint overload;
  gint64 threads;
} Keys;

static const char *const late_choices[] = { "deliver", "drop", "dead-letter", NULL };
static const char *const overload_choices[] = { "block", "shed", NULL };

static const WeirOption keys_table[] = {
  WEIR_OPTION_STRING ("name", Keys, name, NULL, "Name of the pipeline, shown in reports"),
  WEIR_OPTION_STRING ("description", Keys, description, NULL, "What the pipeline is for"),
  WEIR_OPTION_ROW ("deadline", WEIR_OPTION_DURATION, Keys, deadline, .minimum = 1,
                   .maximum = (double)G_MAXINT64,
                   .doc = "Time that each record has from ingest to the sink's acceptance"),
  WEIR_OPTION_ENUM ("late", Keys, late, late_choices, "deliver",
                    "What happens to a record that is found late and whose port late nobody reads"),
  WEIR_OPTION_ENUM ("overload", Keys, overload, overload_choices, "block",
                    "What happens when records come faster than they can be worked off: they are "
                    "not read, or those are turned away that could not be in time"),
  WEIR_OPTION_INT64 ("threads", Keys, threads, 0, 256, NULL,
                     "Worker threads; 0: all on the caller's main loop; default: the CPUs"),
};

static const char *const other_keys[]
    = { "priority", "affinity", "dead-letter", "results", "stages", "tests" };
static const char *const later_keys[] = { "monitor", "tuner" };

const WeirOption *
weir_graph_get_keys (guint *n_keys)
{
  *n_keys = G_N_ELEMENTS (keys_table);
  return keys_table;
}

static const WeirOption *
find_key (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys_table); i++)
    if (strcmp (keys_table[i].name, name) == 0)
      return &keys_table[i];
  return NULL;
}

static gboolean
is_one_of (const char *name, const char *const *names, guint n_names)
{
  for (guint i = 0; i < n_names; i++)
    if (strcmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

static void
add_unknown_key (WeirGraphBuilder *builder, const char *pointer, const char *name)
{
  const char *known[G_N_ELEMENTS (keys_table) + G_N_ELEMENTS (other_keys) + 1] = { NULL };
  guint n = 0;

  if (is_one_of (name, later_keys, G_N_ELEMENTS (later_keys)))
    {
      g_autofree char *message = g_strdup_printf ("\"%s\" is not supported by this version", name);
      weir_document_add_at_key (builder->document, builder->mistakes, pointer, message);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (keys_table); i++)
    known[n++] = keys_table[i].name;
  for (guint i = 0; i < G_N_ELEMENTS (other_keys); i++)
    known[n++] = other_keys[i];
  weir_graph_add_unknown (builder, pointer, "pipeline key", name, known);
}

static gboolean
read_level (JsonNode *node, gboolean verbatim, guint *level)
{
  guint64 value;

  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    {
      *level = (guint)CLAMP (json_node_get_int (node), 0, 10);
      return json_node_get_int (node) >= 0 && *level <= 9;
    }
  if (!verbatim || json_node_get_value_type (node) != G_TYPE_STRING
      || !g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, 9, &value, NULL))
    return FALSE;
  *level = (guint)value;
  return TRUE;
}

static void
read_priority (WeirGraphBuilder *builder, JsonNode *node)
{
  const gboolean verbatim = weir_document_is_verbatim (builder->document, "/priority");
  g_autoptr (GError) error = NULL;
  gsize offset;

  if (read_level (node, verbatim, &builder->graph->priority))
    return;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      g_autofree char *value = weir_node_describe (node);
      weir_mistakes_addf (builder->mistakes, "/priority",
                          "%s is not a priority (expected 0 to 9, or an expression)", value);
      return;
    }
  builder->graph->priority_expression
      = weir_expression_new_at (json_node_get_string (node), &offset, &error);
  if (error != NULL)
    weir_mistakes_add_inside (builder->mistakes, "/priority", json_node_get_string (node), offset,
                              error->message);
}

static void
read_affinity (WeirGraphBuilder *builder, JsonNode *node)
{
  g_autoptr (GError) error = NULL;

  builder->graph->affinity = weir_affinity_read (
      node, weir_document_is_verbatim (builder->document, "/affinity"), &error);
  if (error != NULL)
    weir_mistakes_add (builder->mistakes, "/affinity", error->message);
}

static void
check_together (WeirGraphBuilder *builder, const Keys *keys)
{
  JsonObject *root = weir_document_get_root (builder->document);

  if (keys->late == WEIR_LATE_DEAD_LETTER && !json_object_has_member (root, "dead-letter"))
    weir_mistakes_add (builder->mistakes, "/late",
                       "there is no \"dead-letter\" in the pipeline (add a sink under that key)");
  if (builder->graph->affinity != NULL && keys->threads == 0)
    weir_mistakes_add (builder->mistakes, "/affinity",
                       "with \"threads\": 0 there are no threads to pin");
  if (keys->overload == WEIR_OVERLOAD_SHED && keys->deadline == 0)
    weir_mistakes_add (builder->mistakes, "/overload",
                       "\"shed\" needs a deadline (add one under the key \"deadline\")");
}

static void
keep (WeirGraph *graph, const Keys *keys)
{
  if (keys->name != NULL)
    {
      g_free (graph->name);
      graph->name = g_strdup (keys->name);
    }
  graph->description = g_strdup (keys->description);
  if (keys->deadline > 0)
    graph->deadline = (gint64)keys->deadline;
  graph->late = keys->late;
  graph->overload = keys->overload;
  graph->n_threads = (gint)keys->threads;
}

static void
read_key (WeirGraphBuilder *builder, Keys *keys, const char *name, JsonNode *node)
{
  g_autofree char *pointer = weir_pointer_join ("", name);
  const WeirOption *option = find_key (name);

  if (weir_document_is_broken (builder->document, pointer))
    return;
  if (option != NULL)
    weir_option_read_member (option, keys, node,
                             weir_document_is_verbatim (builder->document, pointer), pointer,
                             builder->mistakes);
  else if (strcmp (name, "priority") == 0)
    read_priority (builder, node);
  else if (strcmp (name, "affinity") == 0)
    read_affinity (builder, node);
  else if (!is_one_of (name, other_keys, G_N_ELEMENTS (other_keys)))
    add_unknown_key (builder, pointer, name);
}

void
weir_graph_build_keys (WeirGraphBuilder *builder)
{
  Keys keys = { .threads = -1 };
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, weir_document_get_root (builder->document));
  while (json_object_iter_next_ordered (&iter, &name, &node))
    read_key (builder, &keys, name, node);
  check_together (builder, &keys);
  keep (builder->graph, &keys);
  for (guint i = 0; i < G_N_ELEMENTS (keys_table); i++)
    weir_option_clear_member (&keys_table[i], &keys);
}
