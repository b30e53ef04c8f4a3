/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-private.h"
#include "test-stages.h"

static void
says (const char *line, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = weir_graph_new_from_launch (line, NULL, &error);

  g_assert_cmpstr (error != NULL ? error->message : NULL, ==, expected);
}

static void
a_cycle_is_told_once_at_its_first_stage (void)
{
  says ("source.test ! sink.test ! filter.test id=a from=b ! filter.test id=b ! sink.test",
        "-e:1:27: /stages/2: cycle: a -> b -> a");
  says ("source.test ! filter.test id=a from='[\"test\", \"c\"]' ! filter.test id=b ! filter.test "
        "id=c ! sink.test",
        "-e:1:15: /stages/1: cycle: a -> b -> c -> a");
}

static void
a_stage_that_reads_itself_is_a_cycle (void)
{
  says ("source.test ! sink.test ! filter.test id=a from=a.else ! sink.test",
        "-e:1:27: /stages/2: cycle: a -> a");
}

static void
each_of_two_cycles_is_told (void)
{
  says ("source.test ! sink.test ! filter.test id=a from=a ! sink.test ! filter.test id=b from=b "
        "! sink.test",
        "-e:1:27: /stages/2: cycle: a -> a\n-e:1:65: /stages/4: cycle: b -> b");
}

static void
a_diamond_is_no_cycle (void)
{
  says ("source.test id=s ! filter.test id=a ! filter.test id=b from=a.else ! sink.test "
        "from='[\"a\", \"b\", \"b.else\", \"s.failed\"]'",
        NULL);
}

static void
a_stage_that_nobody_reads_is_told (void)
{
  says ("source.test id=s ! source.test id=t ! filter.test id=f",
        "-e:1:1: /stages/0: nobody reads \"s\" (put a sink after it, or name it in a \"from\")\n"
        "-e:1:39: /stages/2: nobody reads \"f\" (put a sink after it, or name it in a \"from\")");
}

static void
a_stage_of_which_a_side_port_is_read_is_read (void)
{
  says ("source.test ! filter.test id=f ! sink.test from=f.else", NULL);
}

static void
an_edge_that_could_not_be_made_out_hides_who_is_unread (void)
{
  says ("source.test id=s ! filter.test id=f ! sink.test from=g",
        "-e:1:54: /stages/2/from: there is no stage \"g\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_stages_add ();
#define ADD(name) g_test_add_func ("/graph-flow/" #name, name)
  ADD (a_cycle_is_told_once_at_its_first_stage);
  ADD (a_stage_that_reads_itself_is_a_cycle);
  ADD (each_of_two_cycles_is_told);
  ADD (a_diamond_is_no_cycle);
  ADD (a_stage_that_nobody_reads_is_told);
  ADD (a_stage_of_which_a_side_port_is_read_is_read);
  ADD (an_edge_that_could_not_be_made_out_hides_who_is_unread);
  return g_test_run ();
}
