/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-graph-tester-private.h"

#include <weir/weir-app-sink.h>
#include <weir/weir-app-source.h>

#include "engine/weir-pipeline-private.h"

/* More records than a test has; the ends of a graph under test never wait. */
#define CAPACITY G_GUINT64_CONSTANT (1000000000)

/* Comparing -------------------------------------------------------------------------------------
 */

static gboolean are_equal (JsonNode *a, JsonNode *b);

static gboolean
are_arrays_equal (JsonArray *a, JsonArray *b)
{
  guint n = json_array_get_length (a);

  if (n != json_array_get_length (b))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!are_equal (json_array_get_element (a, i), json_array_get_element (b, i)))
      return FALSE;
  return TRUE;
}

static gboolean
are_objects_equal (JsonObject *a, JsonObject *b)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (json_object_get_size (a) != json_object_get_size (b))
    return FALSE;
  json_object_iter_init (&iter, a);
  while (json_object_iter_next (&iter, &name, &value))
    if (!json_object_has_member (b, name) || !are_equal (value, json_object_get_member (b, name)))
      return FALSE;
  return TRUE;
}

static gboolean
is_number (JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

/* Integers up to 2^63 with every digit. */
static gboolean
are_numbers_equal (JsonNode *a, JsonNode *b)
{
  if (json_node_get_value_type (a) == G_TYPE_INT64 && json_node_get_value_type (b) == G_TYPE_INT64)
    return json_node_get_int (a) == json_node_get_int (b);
  return json_node_get_double (a) == json_node_get_double (b);
}

/* As JSON values: 1 equals 1.0, and the order of keys does not count. */
static gboolean
are_equal (JsonNode *a, JsonNode *b)
{
  if (json_node_get_node_type (a) != json_node_get_node_type (b))
    return FALSE;
  switch (json_node_get_node_type (a))
    {
    case JSON_NODE_ARRAY:
      return are_arrays_equal (json_node_get_array (a), json_node_get_array (b));
    case JSON_NODE_OBJECT:
      return are_objects_equal (json_node_get_object (a), json_node_get_object (b));
    case JSON_NODE_VALUE:
      if (is_number (a) && is_number (b))
        return are_numbers_equal (a, b);
      return json_node_equal (a, b);
    case JSON_NODE_NULL:
    default:
      return TRUE;
    }
}

static gboolean
is_as_expected (const char *expected, const char *got)
{
  g_autoptr (JsonNode) a = json_from_string (expected, NULL);
  g_autoptr (JsonNode) b = json_from_string (got, NULL);

  if (g_str_equal (expected, got))
    return TRUE;
  return a != NULL && b != NULL && are_equal (a, b);
}

/* The ends --------------------------------------------------------------------------------------
 */

static void
replace_stage (WeirGraphNode *node, GType type)
{
  g_object_unref (node->stage);
  node->stage = g_object_new (type, "capacity", CAPACITY, NULL);
}

/* Feeds and collects at the ends instead of what the file names. */
static void
replace_ends (WeirGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);

      if (WEIR_IS_SOURCE (node->stage))
        replace_stage (node, WEIR_TYPE_APP_SOURCE);
      else if (WEIR_IS_SINK (node->stage))
        replace_stage (node, WEIR_TYPE_APP_SINK);
    }
  if (graph->dead_letter != NULL)
    replace_stage (graph->dead_letter, WEIR_TYPE_APP_SINK);
  if (graph->results != NULL)
    replace_stage (graph->results, WEIR_TYPE_APP_SINK);
}

static WeirGraphNode *
find_end (const WeirGraph *graph, const char *id, GType type)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (node->stage, type)
          && (id == NULL || g_str_equal (node->id, id)))
        return node;
    }
  return NULL;
}

static void
feed (const WeirGraph *graph, const WeirGraphTest *test)
{
  for (guint i = 0; i < test->inputs->len; i++)
    {
      const WeirGraphTestRows *rows = g_ptr_array_index (test->inputs, i);
      WeirGraphNode *node = find_end (graph, rows->id, WEIR_TYPE_APP_SOURCE);

      for (guint k = 0; node != NULL && k < rows->rows->len; k++)
        weir_app_source_push (WEIR_APP_SOURCE (node->stage), g_ptr_array_index (rows->rows, k), -1);
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);

      if (WEIR_IS_APP_SOURCE (node->stage))
        weir_app_source_end (WEIR_APP_SOURCE (node->stage));
    }
}

static GPtrArray *
collect (WeirGraphNode *node)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  WeirRecord *record;

  while ((record = weir_app_sink_try_pull (WEIR_APP_SINK (node->stage))) != NULL)
    {
      g_ptr_array_add (texts, weir_record_get_text (record));
      weir_record_free (record);
    }
  return texts;
}

/* The test --------------------------------------------------------------------------------------
 */

#define MAX_SHOWN 20 /* records of a sink that differ; the rest is counted */

static void
append_rows (GString *diff, const char *sink, GPtrArray *expected, GPtrArray *got)
{
  guint n = MAX (expected->len, got->len);
  guint n_different = 0;

  for (guint i = 0; i < n; i++)
    {
      const char *e = i < expected->len ? g_ptr_array_index (expected, i) : NULL;
      const char *g = i < got->len ? g_ptr_array_index (got, i) : NULL;

      if (e != NULL && g != NULL && is_as_expected (e, g))
        continue;
      if (++n_different > MAX_SHOWN)
        continue;
      g_string_append_printf (diff, "%s, record %u:\n", sink, i + 1);
      g_string_append_printf (diff, "- %s\n", e != NULL ? e : "(no more expected)");
      g_string_append_printf (diff, "+ %s\n", g != NULL ? g : "(nothing more came)");
    }
  if (n_different > MAX_SHOWN)
    g_string_append_printf (diff, "%s: %u more records differ\n", sink, n_different - MAX_SHOWN);
}

static void
compare (GString *diff, const WeirGraph *graph, const WeirGraphTest *test)
{
  for (guint i = 0; i < test->outputs->len; i++)
    {
      const WeirGraphTestRows *rows = g_ptr_array_index (test->outputs, i);
      WeirGraphNode *node = find_end (graph, rows->id, WEIR_TYPE_APP_SINK);
      g_autoptr (GPtrArray) got = NULL;

      if (node == NULL)
        continue;
      got = collect (node);
      append_rows (diff, node->id, rows->rows, got);
    }
}

char *
weir_graph_tester_run (WeirGraph *graph, const WeirGraphTest *test)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (WeirPipeline) pipeline = NULL;
  g_autoptr (GError) error = NULL;
  GString *diff = g_string_new (NULL);

  graph->n_threads = 0;
  replace_ends (graph);
  feed (graph, test);
  pipeline = weir_pipeline_new_from_graph (graph);
  weir_pipeline_set_clock (pipeline, clock);
  g_main_context_push_thread_default (context);
  if (!weir_pipeline_run (pipeline, NULL, &error))
    g_string_append_printf (diff, "the run failed: %s\n", error->message);
  g_main_context_pop_thread_default (context);
  compare (diff, graph, test);
  return g_string_free (diff, diff->len == 0);
}
