/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_bounds (void)
{
  g_autoptr (WeirHarness) harness
      = make ("validate.range", "{\"fields\": {\".a\": [1, 5], \".b\": [null, 0.5]}}");

  push_all (harness, (const char *[]){ "{\"a\":1,\"b\":0.5}", "{\"a\":5.0,\"b\":-1e300}",
                                       "{\"a\":0.999,\"b\":0}", "{\"a\":3,\"b\":1}", NULL });

  weir_harness_assert_pull (harness, "out", "{\"a\":1,\"b\":0.5}");
  weir_harness_assert_pull (harness, "out", "{\"a\":5.0,\"b\":-1e300}");
  weir_harness_assert_pull (harness, "out", NULL);
  assert_letter (harness, "invalid", "`.a` is 0.999, expected a number from 1 to 5");
  assert_letter (harness, "invalid", "`.b` is 1, expected a number of at most 0.5");
  g_assert_cmpint (end_and_count (harness, ".records.invalid"), ==, 2);
}

static void
test_not_a_number (void)
{
  g_autoptr (WeirHarness) harness = make ("validate.range", "{\"fields\": {\".a\": [0, null]}}");

  push_all (harness, (const char *[]){ "{}", "{\"a\":\"3\"}", "{\"a\":null}", NULL });

  assert_letter (harness, "invalid", "`.a` is missing, expected a number of at least 0");
  assert_letter (harness, "invalid", "`.a` is a string");
  assert_letter (harness, "invalid", "`.a` is null");
}

static void
test_bad_record (void)
{
  g_autoptr (WeirHarness) harness = make ("validate.range", "{\"fields\": {\".a\": [0, 1]}}");

  push_all (harness, (const char *[]){ "{\"a\":1}{\"a\":2}", "{\"a\":01}", "{\"a\":1}", NULL });

  assert_letter (harness, "failed", "offset");
  assert_letter (harness, "failed", "offset");
  weir_harness_assert_pull (harness, "out", "{\"a\":1}");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
}

static void
test_mistakes (void)
{
  assert_mistake ("validate.range", "{}", "/fields", "needs");
  assert_mistake ("validate.range", "{\"fields\": {\".a\": [5, 1]}}", "/fields/.a",
                  "low bound first");
  assert_mistake ("validate.range", "{\"fields\": {\".a\": [5]}}", "/fields/.a", "");
  assert_mistake ("validate.range", "{\"fields\": {\".a\": [\"x\", 1]}}", "/fields/.a", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/validate/range/includes both bounds, and null leaves one open", test_bounds);
  g_test_add_func ("/validate/range/rejects what is missing or no number", test_not_a_number);
  g_test_add_func ("/validate/range/fails a record that is not JSON", test_bad_record);
  g_test_add_func ("/validate/range/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
