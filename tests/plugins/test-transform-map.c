/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

static void
test_one (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.map", "{\"to\": \"{b: (.a + 1)}\"}");

  weir_harness_push (harness, "{\"a\": 1}");

  weir_harness_assert_pull (harness, "out", "{\"b\":2}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1);
}

static void
test_many_and_none (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.map", "{\"to\": \"range(.n)\"}");

  push_all (harness, (const char *[]){ "{\"n\":0}", "{\"n\":3}", NULL });

  weir_harness_assert_pull (harness, "out", "0");
  weir_harness_assert_pull (harness, "out", "1");
  weir_harness_assert_pull (harness, "out", "2");
  weir_harness_assert_pull (harness, "out", NULL);
  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 2);
}

static void
test_none_is_filtered (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.map", "{\"to\": \"empty\"}");

  push_all (harness, (const char *[]){ "1", "2", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.filtered"), ==, 2);
}

static void
test_failure_takes_back (void)
{
  g_autoptr (WeirHarness) harness = make ("transform.map", "{\"to\": \".[] + 1\"}");

  push_all (harness, (const char *[]){ "[1]", "[2,3,\"x\"]", "[4]", "[5", NULL });

  weir_harness_assert_pull (harness, "out", "2");
  weir_harness_assert_pull (harness, "out", "5");
  weir_harness_assert_pull (harness, "out", NULL);
  assert_letter (harness, "failed", "cannot be added");
  assert_letter (harness, "failed", "offset");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
}

static void
test_deadline (void)
{
  g_autoptr (WeirHarness) harness = weir_harness_new_full (
      "transform.map", "{\"to\": \"., .\"}", "{\"deadline\": \"50ms\", \"late\": \"drop\"}", NULL);

  weir_harness_push (harness, "1");

  g_assert_cmpint (end_and_count (harness, ".deadline.met"), ==, 2);
}

static void
test_mistakes (void)
{
  assert_mistake ("transform.map", "{}", "/to", "needs");
  assert_mistake ("transform.map", "{\"to\": \"{a: }\"}", "/to", "");
  assert_mistake ("transform.map", "{\"to\": 1}", "/to", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/map/makes a record of each output", test_one);
  g_test_add_func ("/transform/map/counts what it makes beyond one", test_many_and_none);
  g_test_add_func ("/transform/map/filters a record that gives nothing", test_none_is_filtered);
  g_test_add_func ("/transform/map/gives no output of a record that fails",
                   test_failure_takes_back);
  g_test_add_func ("/transform/map/hands the deadline on to each output", test_deadline);
  g_test_add_func ("/transform/map/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
