/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-private.h"
#include "test-stages.h"

static WeirGraph *
load (void)
{
  g_autoptr (GError) error = NULL;
  WeirGraph *graph = weir_graph_new_from_launch (
      "name='a \"b\"' late=dead-letter dead-letter='{\"type\":\"sink.test\"}' ! source.test id=in "
      "! filter.test id=f ! sink.test id=out ! sink.test id=rest from='[\"f.else\", \"f.failed\"]'",
      NULL, &error);

  g_assert_no_error (error);
  return graph;
}

static void
dot_shows_stages_ports_and_dead_letters (void)
{
  g_autoptr (WeirGraph) graph = load ();
  g_autofree char *dot = weir_graph_to_dot (graph);

  g_assert_cmpstr (
      dot, ==,
      "digraph \"a \\\"b\\\"\" {\n"
      "  rankdir=LR;\n"
      "  node [shape=box, style=rounded];\n"
      "  \"in\" [label=\"in\\nsource.test\"];\n"
      "  \"f\" [label=\"f\\nfilter.test\"];\n"
      "  \"out\" [label=\"out\\nsink.test\"];\n"
      "  \"rest\" [label=\"rest\\nsink.test\"];\n"
      "  \"dead-letter\" [label=\"dead-letter\\nsink.test\", style=\"rounded,dashed\"];\n"
      "  \"in\" -> \"f\";\n"
      "  \"f\" -> \"out\";\n"
      "  \"f\" -> \"rest\" [label=\"else\"];\n"
      "  \"f\" -> \"rest\" [label=\"failed\"];\n"
      "  \"in\" -> \"dead-letter\" [label=\"late, failed\", style=dashed];\n"
      "  \"f\" -> \"dead-letter\" [label=\"late\", style=dashed];\n"
      "  \"out\" -> \"dead-letter\" [label=\"late, failed\", style=dashed];\n"
      "  \"rest\" -> \"dead-letter\" [label=\"late, failed\", style=dashed];\n"
      "}\n");
}

static void
mermaid_shows_the_same (void)
{
  g_autoptr (WeirGraph) graph = load ();
  g_autofree char *mermaid = weir_graph_to_mermaid (graph);

  g_assert_cmpstr (mermaid, ==,
                   "flowchart LR\n"
                   "  s0[\"in<br/>source.test\"]\n"
                   "  s1[\"f<br/>filter.test\"]\n"
                   "  s2[\"out<br/>sink.test\"]\n"
                   "  s3[\"rest<br/>sink.test\"]\n"
                   "  dead[\"dead-letter<br/>sink.test\"]\n"
                   "  s0 --> s1\n"
                   "  s1 --> s2\n"
                   "  s1 -->|else| s3\n"
                   "  s1 -->|failed| s3\n"
                   "  s0 -.->|late, failed| dead\n"
                   "  s1 -.->|late| dead\n"
                   "  s2 -.->|late, failed| dead\n"
                   "  s3 -.->|late, failed| dead\n");
}

static void
results_come_from_every_stage (void)
{
  g_autoptr (WeirGraph) graph = weir_graph_new_from_launch (
      "results='{\"type\":\"sink.test\"}' ! source.test id=in ! sink.test id=out", NULL, NULL);
  g_autofree char *dot = weir_graph_to_dot (graph);
  g_autofree char *mermaid = weir_graph_to_mermaid (graph);

  g_assert_true (g_str_has_suffix (
      dot, "  \"results\" [label=\"results\\nsink.test\", style=\"rounded,dashed\"];\n"
           "  \"in\" -> \"out\";\n"
           "  \"in\" -> \"results\" [style=dotted];\n"
           "  \"out\" -> \"results\" [style=dotted];\n}\n"));
  g_assert_true (g_str_has_suffix (mermaid, "  results[\"results<br/>sink.test\"]\n"
                                            "  s0 --> s1\n"
                                            "  s0 -.-> results\n"
                                            "  s1 -.-> results\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_stages_add ();
  g_test_add_func ("/picture/dot_shows_stages_ports_and_dead_letters",
                   dot_shows_stages_ports_and_dead_letters);
  g_test_add_func ("/picture/mermaid_shows_the_same", mermaid_shows_the_same);
  g_test_add_func ("/picture/results_come_from_every_stage", results_come_from_every_stage);
  return g_test_run ();
}
