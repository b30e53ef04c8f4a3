/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-private.h"
#include "test-stages.h"

/* Any text, as a pipeline file and as a launch line: it becomes a graph or an error, and a graph
 * can be drawn. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
draw (WeirGraph *graph)
{
  g_autofree char *dot = weir_graph_to_dot (graph);
  g_autofree char *mermaid = weir_graph_to_mermaid (graph);

  g_assert_nonnull (dot);
  g_assert_nonnull (mermaid);
  weir_graph_unref (graph);
}

static void
check (WeirGraph *graph, GError *error)
{
  g_assert_true ((graph != NULL) != (error != NULL));
  if (graph != NULL)
    {
      draw (graph);
      return;
    }
  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
  g_assert_cmpuint (strlen (error->message), >, 0);
  g_error_free (error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *text = size > 0 ? (const char *)data : "";
  g_autofree char *line = g_strndup (text, size);
  GError *error = NULL;
  WeirGraph *graph;

  test_stages_add ();
  graph = weir_graph_new_from_text ("fuzz", size > 0 ? (const char *)data : "", (gssize)size, NULL,
                                    &error);
  check (graph, error);
  error = NULL;
  graph = weir_graph_new_from_launch (line, NULL, &error);
  check (graph, error);
  return 0;
}
