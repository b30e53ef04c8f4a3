/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_sets (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.set", "{\"fields\": {\".sum\": \".a + .b.c\", \".b.e\": \"\\\"x\\\"\"}}");

  weir_harness_push (harness, "{\"a\": 1.0, \"b\": {\"c\":2}}");

  weir_harness_assert_pull (harness, "out", "{\"a\": 1.0, \"b\": {\"c\":2,\"e\":\"x\"},\"sum\":3}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1);
}

static void
test_reads_before (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.set", "{\"fields\": {\".a\": \".b\", \".b\": \".a\"}}");

  weir_harness_push (harness, "{\"a\":1,\"b\":2}");

  weir_harness_assert_pull (harness, "out", "{\"a\":2,\"b\":1}");
}

static void
test_no_value (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.set", "{\"fields\": {\".a\": \"empty\", \".b\": \"1, 2\"}}");

  weir_harness_push (harness, "{\"a\":1e2}");

  weir_harness_assert_pull (harness, "out", "{\"a\":1e2,\"b\":1}");
}

static void
test_failure (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.set", "{\"fields\": {\".a.b\": \".n + 1\"}}");

  push_all (harness, (const char *[]){ "{\"n\":\"x\"}", "{\"a\":1,\"n\":1}", "{\"n\":1",
                                       "{\"n\":1}", NULL });

  assert_letter (harness, "failed", "cannot be added");
  assert_letter (harness, "failed", "");
  assert_letter (harness, "failed", "offset");
  weir_harness_assert_pull (harness, "out", "{\"n\":1,\"a\":{\"b\":2}}");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 3);
}

static void
test_failed_record_is_whole (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.set", "{\"fields\": {\".a\": \"1\", \".b.c\": \"1\"}}");
  g_autofree char *letter = NULL;

  weir_harness_push (harness, "{\"b\":0}");

  letter = weir_harness_pull (harness, "failed");
  g_assert_nonnull (strstr (letter, "\"record\":{\"b\":0}"));
}

static void
test_mistakes (void)
{
  assert_mistake ("transform.set", "{}", "/fields", "needs");
  assert_mistake ("transform.set", "{\"fields\": {\"a b\": \"1\"}}", "/fields/a b", "");
  assert_mistake ("transform.set", "{\"fields\": {\".a\": \"1 +\"}}", "/fields/.a", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/set/splices values in and leaves the other bytes", test_sets);
  g_test_add_func ("/transform/set/reads the record as it came in", test_reads_before);
  g_test_add_func ("/transform/set/takes the first output, and none leaves the field",
                   test_no_value);
  g_test_add_func ("/transform/set/fails a record that cannot take the field", test_failure);
  g_test_add_func ("/transform/set/gives a failed record back as it came in",
                   test_failed_record_is_whole);
  g_test_add_func ("/transform/set/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
