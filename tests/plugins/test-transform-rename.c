/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_moves (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.rename", "{\"fields\": {\".a\": \".b.c\", \".none\": \".d\"}}");

  weir_harness_push (harness, "{\"a\":1.10,\"x\": [1, 2]}");

  weir_harness_assert_pull (harness, "out", "{\"x\": [1, 2],\"b\":{\"c\":1.10}}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1);
}

static void
test_swap (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.rename", "{\"fields\": {\".a\": \".b\", \".b\": \".a\"}}");

  weir_harness_push (harness, "{\"a\":1,\"b\":2}");

  weir_harness_assert_pull (harness, "out", "{\"b\":1,\"a\":2}");
}

static void
test_replaces (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.rename", "{\"fields\": {\".a\": \".b\"}}");

  weir_harness_push (harness, "{\"a\":\"new\",\"b\":\"old\"}");
  weir_harness_push (harness, "{\"b\":\"old\"}");

  weir_harness_assert_pull (harness, "out", "{\"b\":\"new\"}");
  weir_harness_assert_pull (harness, "out", "{\"b\":\"old\"}");
}

static void
test_failure (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.rename", "{\"fields\": {\".a\": \".b.c\"}}");

  push_all (harness, (const char *[]){ "{\"a\":1,\"b\":2}", "{\"a\":1", NULL });

  assert_letter (harness, "failed", "");
  assert_letter (harness, "failed", "offset");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
}

static void
test_mistakes (void)
{
  assert_mistake ("transform.rename", "{}", "/fields", "needs");
  assert_mistake ("transform.rename", "{\"fields\": {\".a\": \"b c\"}}", "/fields/.a", "");
  assert_mistake ("transform.rename", "{\"fields\": {\".a\": \".c\", \".b\": \".c\"}}",
                  "/fields/.b", "same path");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/rename/moves values with their exact text", test_moves);
  g_test_add_func ("/transform/rename/lets two fields change places", test_swap);
  g_test_add_func ("/transform/rename/replaces what stood at the new path", test_replaces);
  g_test_add_func ("/transform/rename/fails a record that cannot take the field", test_failure);
  g_test_add_func ("/transform/rename/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
