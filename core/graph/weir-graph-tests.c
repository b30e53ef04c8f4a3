/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

static const char *const test_keys[] = { "name", "input", "output", NULL };

static void
rows_free (WeirGraphTestRows *rows)
{
  g_free (rows->id);
  g_ptr_array_unref (rows->rows);
  g_free (rows);
}

static void
read_rows (WeirGraphBuilder *builder, GPtrArray *list, const char *id, const char *pointer,
           JsonNode *node)
{
  WeirGraphTestRows *rows = g_new0 (WeirGraphTestRows, 1);

  rows->id = g_strdup (id);
  rows->rows = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (list, rows);
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_autofree char *value = weir_node_describe (node);
      weir_mistakes_addf (builder->mistakes, pointer, "%s is not a list of records", value);
      return;
    }
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    {
      g_autofree char *row = weir_pointer_join_index (pointer, i);
      g_ptr_array_add (rows->rows, weir_document_cut (builder->document, row));
    }
}

static void
check_end (WeirGraphBuilder *builder, const char *pointer, const char *id, const char *kind)
{
  g_autofree const char **ids = weir_graph_list_ids (builder, kind);
  const char *nearest = weir_nearest_name (id, ids);
  g_autofree char *message
      = nearest != NULL
            ? g_strdup_printf ("there is no %s \"%s\" (did you mean \"%s\"?)", kind, id, nearest)
            : g_strdup_printf ("there is no %s \"%s\"", kind, id);

  if (!g_strv_contains (ids, id))
    weir_document_add_at_key (builder->document, builder->mistakes, pointer, message);
}

/* A list is for the first source or sink; an object has a list for each that it names. */
static void
read_side (WeirGraphBuilder *builder, GPtrArray *list, JsonObject *test, const char *above,
           const char *key, const char *kind)
{
  g_autofree char *pointer = weir_pointer_join (above, key);
  JsonNode *node = json_object_get_member (test, key);
  JsonObjectIter iter;
  const char *id;
  JsonNode *rows;

  if (node == NULL)
    {
      weir_mistakes_addf (builder->mistakes, pointer, "a test needs an \"%s\" (a list of records)",
                          key);
      return;
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      read_rows (builder, list, NULL, pointer, node);
      return;
    }
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &id, &rows))
    {
      g_autofree char *below = weir_pointer_join (pointer, id);
      check_end (builder, below, id, kind);
      read_rows (builder, list, id, below, rows);
    }
}

static void
read_name (WeirGraphBuilder *builder, WeirGraphTest *test, JsonObject *object)
{
  g_autofree char *pointer = weir_pointer_join (test->pointer, "name");
  JsonNode *node = json_object_get_member (object, "name");

  if (node == NULL)
    weir_mistakes_add (builder->mistakes, pointer,
                       "a test needs a \"name\" (a sentence that says what it shows)");
  else
    test->name = g_strdup (weir_graph_read_string (builder, node, pointer, "a name"));
}

static void
check_keys (WeirGraphBuilder *builder, const WeirGraphTest *test, JsonObject *object)
{
  JsonObjectIter iter;
  const char *key;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, NULL))
    if (!g_strv_contains (test_keys, key))
      {
        g_autofree char *pointer = weir_pointer_join (test->pointer, key);
        weir_graph_add_unknown (builder, pointer, "key of a test", key, test_keys);
      }
}

static void
read_test (WeirGraphBuilder *builder, const char *pointer, JsonNode *node)
{
  WeirGraphTest *test = g_new0 (WeirGraphTest, 1);

  test->pointer = g_strdup (pointer);
  test->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)rows_free);
  test->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify)rows_free);
  g_ptr_array_add (builder->graph->tests, test);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      weir_mistakes_add (builder->mistakes, pointer,
                         "a test is an object with \"name\", \"input\" and \"output\"");
      return;
    }

  JsonObject *object = json_node_get_object (node);
  check_keys (builder, test, object);
  read_name (builder, test, object);
  read_side (builder, test->inputs, object, pointer, "input", "source");
  read_side (builder, test->outputs, object, pointer, "output", "sink");
}

void
weir_graph_build_tests (WeirGraphBuilder *builder)
{
  JsonNode *node = json_object_get_member (weir_document_get_root (builder->document), "tests");

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node) || weir_document_is_verbatim (builder->document, "/tests"))
    {
      weir_mistakes_add (builder->mistakes, "/tests",
                         "expected a list of tests, in a pipeline file");
      return;
    }
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    {
      g_autofree char *pointer = weir_pointer_join_index ("/tests", i);
      read_test (builder, pointer, json_array_get_element (json_node_get_array (node), i));
    }
}
