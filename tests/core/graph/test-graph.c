/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>

#include "base/weir-batch-private.h"
#include "graph/weir-graph-private.h"
#include "test-stages.h"

static WeirGraph *
load (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeirGraph *graph = weir_graph_new_from_text ("dir/p.json", text, -1, NULL, &error);

  g_assert_no_error (error);
  return graph;
}

/* The edges as "from.port>to from.port>to". */
static char *
list_edges (const WeirGraph *graph)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < graph->edges->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (graph->edges, i);
      g_string_append_printf (text, "%s%s.%s>%s", i > 0 ? " " : "", edge->from->id, edge->port,
                              edge->to->id);
    }
  return g_string_free (text, FALSE);
}

static void
a_pipeline_without_keys_has_the_defaults (void)
{
  g_autoptr (WeirGraph) graph
      = load ("{\"stages\":[{\"type\":\"source.test\"},{\"type\":\"sink.test\"}]}");

  g_assert_cmpstr (graph->name, ==, "p");
  g_assert_null (graph->description);
  g_assert_cmpint (graph->deadline, ==, WEIR_TIME_NEVER);
  g_assert_cmpint (graph->late, ==, WEIR_LATE_DELIVER);
  g_assert_cmpint (graph->n_threads, ==, -1);
  g_assert_cmpuint (graph->priority, ==, WEIR_GRAPH_DEFAULT_PRIORITY);
  g_assert_null (graph->dead_letter);
  g_assert_null (graph->results);
}

static void
pipeline_keys_are_kept (void)
{
  g_autoptr (WeirGraph) graph = load (
      "{\"name\":\"n\",\"description\":\"d\",\"deadline\":\"50ms\",\"late\":\"dead-letter\","
      "\"overload\":\"block\",\"priority\":\".p\",\"threads\":0,"
      "\"dead-letter\":{\"type\":\"sink.test\"},\"results\":{\"type\":\"sink.test\"},"
      "\"stages\":[{\"type\":\"source.test\"},{\"type\":\"sink.test\"}]}");

  g_assert_cmpstr (graph->name, ==, "n");
  g_assert_cmpstr (graph->description, ==, "d");
  g_assert_cmpint (graph->deadline, ==, 50000000);
  g_assert_cmpint (graph->late, ==, WEIR_LATE_DEAD_LETTER);
  g_assert_cmpint (graph->n_threads, ==, 0);
  g_assert_cmpstr (weir_expression_get_source (graph->priority_expression), ==, ".p");
  g_assert_cmpstr (graph->dead_letter->id, ==, "dead-letter");
  g_assert_cmpstr (graph->results->id, ==, "results");
  g_assert_cmpuint (graph->nodes->len, ==, 2);
}

static void
stages_read_the_one_before_or_what_from_names (void)
{
  g_autoptr (WeirGraph) graph
      = load ("{\"stages\":[{\"type\":\"source.test\",\"id\":\"s\"},"
              "{\"type\":\"filter.test\",\"id\":\"f\"},{\"type\":\"sink.test\",\"id\":\"a\"},"
              "{\"type\":\"validate.test\",\"id\":\"v\",\"from\":\"f.else\"},"
              "{\"type\":\"sink.test\",\"id\":\"b\",\"from\":[\"v\",\"v.invalid\",\"f\"]},"
              "{\"type\":\"sink.test\",\"id\":\"c\",\"from\":\"b.failed\"}]}");
  g_autofree char *edges = list_edges (graph);

  g_assert_cmpstr (edges, ==, "s.out>f f.out>a f.else>v v.out>b v.invalid>b f.out>b b.failed>c");
  g_assert_cmpuint (weir_graph_node_count_readers (weir_graph_get_node (graph, "f"), "out"), ==, 2);
  g_assert_cmpuint (weir_graph_get_node (graph, "b")->inputs->len, ==, 3);
  g_assert_null (weir_graph_get_node (graph, "x"));
}

static void
ids_come_from_the_type_and_avoid_those_given (void)
{
  g_autoptr (WeirGraph) graph
      = load ("{\"stages\":[{\"type\":\"source.test\",\"id\":\"in\"},{\"type\":\"filter.test\"},"
              "{\"type\":\"transform.test\"},{\"type\":\"filter.test\",\"id\":\"test-2\"},"
              "{\"type\":\"sink.test\"}]}");
  static const char *const expected[] = { "in", "test", "test-3", "test-2", "test-4" };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      g_assert_cmpstr (node->id, ==, expected[i]);
    }
}

static void
options_reach_the_stages (void)
{
  g_autoptr (GHashTable) variables = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = NULL;
  TestKinds *stage;

  g_hash_table_insert (variables, "RATE", "0.25");
  graph = weir_graph_new_from_text (
      NULL,
      "{\"stages\":[{\"type\":\"source.test\"},{\"type\":\"transform.kinds\",\"id\":\"k\","
      "\"real\":\"${RATE}\",\"duration\":\"${D:-3s}\",\"whole\":2},{\"type\":\"sink.test\"}]}",
      -1, variables, &error);
  g_assert_no_error (error);
  stage = (TestKinds *)weir_graph_get_node (graph, "k")->stage;
  g_assert_cmpfloat (stage->real, ==, 0.25);
  g_assert_cmpuint (stage->duration, ==, G_GUINT64_CONSTANT (3000000000));
  g_assert_cmpint (stage->whole, ==, 2);
}

static void
a_launch_line_is_the_same_graph (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = weir_graph_new_from_launch (
      "deadline=1s priority=3 threads=2 ! source.test ! filter.test-need id=f need='.a > 1' ! "
      "sink.test id=a ! sink.test from='[\"f.else\", \"f.failed\"]'",
      NULL, &error);
  g_autofree char *edges = NULL;

  g_assert_no_error (error);
  edges = list_edges (graph);
  g_assert_cmpstr (edges, ==, "test.out>f f.out>a f.else>test-2 f.failed>test-2");
  g_assert_cmpint (graph->deadline, ==, 1000000000);
  g_assert_cmpuint (graph->priority, ==, 3);
  g_assert_cmpint (graph->n_threads, ==, 2);
}

static void
tests_keep_the_text_of_their_rows (void)
{
  g_autoptr (WeirGraph) graph
      = load ("{\"stages\":[{\"type\":\"source.test\",\"id\":\"i\"},{\"type\":\"sink.test\","
              "\"id\":\"o\"}],\"tests\":[{\"name\":\"n\",\"input\":[{\"a\" :1.10},\"\\u0041\"],"
              "\"output\":{\"o\":[]}}]}");
  const WeirGraphTest *test = g_ptr_array_index (graph->tests, 0);
  const WeirGraphTestRows *input = g_ptr_array_index (test->inputs, 0);
  const WeirGraphTestRows *output = g_ptr_array_index (test->outputs, 0);

  g_assert_cmpstr (test->name, ==, "n");
  g_assert_null (input->id);
  g_assert_cmpstr (g_ptr_array_index (input->rows, 0), ==, "{\"a\" :1.10}");
  g_assert_cmpstr (g_ptr_array_index (input->rows, 1), ==, "\"\\u0041\"");
  g_assert_cmpstr (output->id, ==, "o");
  g_assert_cmpuint (output->rows->len, ==, 0);
}

static void
a_file_that_cannot_be_read_is_told (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weir-graph-XXXXXX", NULL);
  g_autofree char *expected
      = g_strdup_printf ("%s: is a directory (expected a pipeline file)", folder);
  g_autoptr (GError) is_folder = NULL;
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) endless = NULL;

  g_assert_null (weir_graph_new_from_file (folder, NULL, &is_folder));
  g_assert_error (is_folder, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_READ);
  g_assert_cmpstr (is_folder->message, ==, expected);
  g_assert_null (weir_graph_new_from_file ("/no/such.json", NULL, &missing));
  g_assert_cmpstr (missing->message, ==, "/no/such.json: No such file or directory");
  g_assert_null (weir_graph_new_from_file ("/dev/zero", NULL, &endless));
  g_assert_error (endless, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_READ);
  g_rmdir (folder);
}

static void
a_long_pipeline_costs_no_more_than_its_length (void)
{
  g_autoptr (GString) text = g_string_new ("{\"stages\":[{\"type\":\"source.test\"}");
  g_autoptr (WeirGraph) graph = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (text, ",{\"type\":\"filter.test\"}");
  g_string_append (text, ",{\"type\":\"sink.test\"}]}");
  graph = load (text->str);
  g_assert_cmpuint (graph->edges->len, ==, 5001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_stages_add ();
#define ADD(name) g_test_add_func ("/graph/" #name, name)
  ADD (a_pipeline_without_keys_has_the_defaults);
  ADD (pipeline_keys_are_kept);
  ADD (stages_read_the_one_before_or_what_from_names);
  ADD (ids_come_from_the_type_and_avoid_those_given);
  ADD (options_reach_the_stages);
  ADD (a_launch_line_is_the_same_graph);
  ADD (tests_keep_the_text_of_their_rows);
  ADD (a_file_that_cannot_be_read_is_told);
  ADD (a_long_pipeline_costs_no_more_than_its_length);
  return g_test_run ();
}
