/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_truth (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.match", "{\"where\": \".a > 1\"}");

  weir_harness_push (harness, "{\"a\":1}");
  weir_harness_push (harness, "{\"a\" : 2.0}");

  weir_harness_assert_pull (harness, "out", "{\"a\" : 2.0}");
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_assert_pull (harness, "else", "{\"a\":1}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 2);
}

static void
test_null_is_false (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.match", "{\"where\": \".a\"}");

  push_all (harness, (const char *[]){ "{}", "{\"a\":null}", "{\"a\":false}", "{\"a\":0}", NULL });

  weir_harness_assert_pull (harness, "out", "{\"a\":0}");
  weir_harness_assert_pull (harness, "out", NULL);
}

static void
test_first_output (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.match", "{\"where\": \".[]\"}");

  push_all (harness, (const char *[]){ "[true,false]", "[false,true]", "[]", NULL });

  weir_harness_assert_pull (harness, "out", "[true,false]");
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_assert_pull (harness, "else", "[false,true]");
  weir_harness_assert_pull (harness, "else", "[]");
}

static void
test_failure (void)
{
  g_autoptr (WeirHarness) harness = make ("filter.match", "{\"where\": \".a + 1 > 0\"}");

  weir_harness_push (harness, "{\"a\":\"x\"}");
  weir_harness_push (harness, "{\"a\":1");
  weir_harness_push (harness, "{\"a\":1}");

  assert_letter (harness, "failed", "cannot be added");
  assert_letter (harness, "failed", "offset");
  weir_harness_assert_pull (harness, "out", "{\"a\":1}");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
}

static void
test_mistakes (void)
{
  assert_mistake ("filter.match", "{}", "/where", "needs");
  assert_mistake ("filter.match", "{\"where\": \".a ===\"}", "/where", "");
  assert_mistake ("filter.match", "{\"wher\": \".a\"}", "/wher", "where");
  assert_mistake ("filter.match", "{\"where\": \"input\"}", "/where", "input");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/match/passes what is true and gives the rest to else", test_truth);
  g_test_add_func ("/filter/match/takes null and false for no, and all else for yes",
                   test_null_is_false);
  g_test_add_func ("/filter/match/decides by the first output", test_first_output);
  g_test_add_func ("/filter/match/fails a record on which the expression fails", test_failure);
  g_test_add_func ("/filter/match/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
