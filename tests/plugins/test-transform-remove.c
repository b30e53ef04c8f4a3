/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_removes (void)
{
  g_autoptr (WeirHarness) harness
      = make ("transform.remove", "{\"fields\": [\".password\", \".h.cookie\", \".none.x\"]}");

  weir_harness_push (harness, "{\"a\": 1.50,\"password\":\"x\",\"h\":{\"cookie\":1, \"b\":[ ]}}");

  weir_harness_assert_pull (harness, "out", "{\"a\": 1.50,\"h\":{\"b\":[ ]}}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1);
}

static void
test_untouched (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.remove", "{\"fields\": \".gone\"}");

  weir_harness_push (harness, "{ \"a\" : \"\\u0041\" }");

  weir_harness_assert_pull (harness, "out", "{ \"a\" : \"\\u0041\" }");
}

static void
test_bad_record (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.remove", "{\"fields\": [\".a\"]}");

  push_all (harness, (const char *[]){ "{\"a\":1", "{\"a\":1}", NULL });

  assert_letter (harness, "failed", "offset");
  weir_harness_assert_pull (harness, "out", "{}");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
}

static void
test_mistakes (void)
{
  assert_mistake ("transform.remove", "{}", "/fields", "needs");
  assert_mistake ("transform.remove", "{\"fields\": [\"a..b\"]}", "/fields/0", "");
  assert_mistake ("transform.remove", "{\"fields\": [1]}", "/fields/0", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/remove/takes fields out and leaves the other bytes", test_removes);
  g_test_add_func ("/transform/remove/leaves a record without the field as it is", test_untouched);
  g_test_add_func ("/transform/remove/fails a record that is not JSON", test_bad_record);
  g_test_add_func ("/transform/remove/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
