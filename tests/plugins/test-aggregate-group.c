/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

#define ALL                                                                                        \
  "\"compute\": {\"n\": \"count()\", \"s\": \"sum(.v)\", \"lo\": \"min(.v)\", \"hi\": "            \
  "\"max(.v)\", \"m\": \"mean( .v )\"}"
#define COUNT "\"compute\": {\"n\": \"count()\"}"

static void
test_functions (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{\"by\": {\"k\": \".k\"}, " ALL "}");

  push_all (harness, (const char *[]){ "{\"k\":\"b\",\"v\":3}", "{\"k\":\"a\",\"v\":0.5}",
                                       "{\"k\":\"b\",\"v\":-1}", NULL });
  weir_harness_assert_pull (harness, "out", NULL);

  g_assert_cmpint (end_and_count (harness, ".records.absorbed"), ==, 3);
  weir_harness_assert_pull (harness, "out",
                            "{\"k\":\"b\",\"n\":2,\"s\":2,\"lo\":-1,\"hi\":3,\"m\":1}");
  weir_harness_assert_pull (harness, "out",
                            "{\"k\":\"a\",\"n\":1,\"s\":0.5,\"lo\":0.5,\"hi\":0.5,\"m\":0.5}");
  weir_harness_assert_pull (harness, "out", NULL);
}

static void
test_null_is_skipped (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{" ALL "}");

  push_all (harness, (const char *[]){ "{\"v\":null}", "{}", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 1);
  weir_harness_assert_pull (harness, "out", "{\"n\":2,\"s\":0,\"lo\":null,\"hi\":null,\"m\":null}");
}

static void
test_not_a_number (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{" ALL "}");

  push_all (harness, (const char *[]){ "{\"v\":1}", "{\"v\":\"2\"}", "{\"v\":1", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 2);
  assert_letter (harness, "failed", "\"s\" gives a value that is not a number");
  assert_letter (harness, "failed", "offset");
  weir_harness_assert_pull (harness, "out", "{\"n\":1,\"s\":1,\"lo\":1,\"hi\":1,\"m\":1}");
}

static void
test_window_of_records (void)
{
  g_autoptr (WeirHarness) harness
      = make ("aggregate.group", "{\"every\": 2, \"by\": {\"k\": \".\"}, " COUNT "}");

  push_all (harness, (const char *[]){ "1", "2", "3", NULL });

  weir_harness_assert_pull (harness, "out", "{\"k\":1,\"n\":1}");
  weir_harness_assert_pull (harness, "out", "{\"k\":2,\"n\":1}");
  weir_harness_assert_pull (harness, "out", NULL);
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 3);
  weir_harness_assert_pull (harness, "out", "{\"k\":3,\"n\":1}");
}

static void
test_window_of_time (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{\"every\": \"10s\", " COUNT "}");

  weir_harness_advance (harness, 4 * SECOND);
  push_all (harness, (const char *[]){ "1", "2", NULL });
  weir_harness_advance (harness, 5 * SECOND);
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_advance (harness, 1 * SECOND);
  weir_harness_assert_pull (harness, "out", "{\"n\":2}");
  weir_harness_advance (harness, 25 * SECOND);
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_push (harness, "3");
  weir_harness_advance (harness, 5 * SECOND);
  weir_harness_assert_pull (harness, "out", "{\"n\":1}");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 2);
}

static void
test_many_groups (void)
{
  g_autoptr (WeirHarness) harness
      = make ("aggregate.group", "{\"every\": 5000, \"by\": {\"k\": \".\"}, " COUNT "}");
  guint n = 0;
  char *text;

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *record = g_strdup_printf ("%u", i);

      weir_harness_push (harness, record);
    }
  for (; (text = weir_harness_pull (harness, "out")) != NULL; n++)
    {
      g_autofree char *got = text;
      g_autofree char *expected = g_strdup_printf ("{\"k\":%u,\"n\":1}", n);

      g_assert_cmpstr (got, ==, expected);
    }
  g_assert_cmpuint (n, ==, 5000);
  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 5000);
}

static void
test_max_keys (void)
{
  g_autoptr (WeirHarness) harness
      = make ("aggregate.group", "{\"by\": {\"k\": \".\"}, \"max-keys\": 2, " COUNT "}");

  push_all (harness, (const char *[]){ "1", "2", "3", "2", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_letter (harness, "failed", "max-keys");
  weir_harness_assert_pull (harness, "out", "{\"k\":1,\"n\":1}");
  weir_harness_assert_pull (harness, "out", "{\"k\":2,\"n\":2}");
}

static void
test_keys (void)
{
  g_autoptr (WeirHarness) harness
      = make ("aggregate.group",
              "{\"by\": {\"a\\\"b\": \".x\", \"y\": \".y | select(. != 0)\"}, " COUNT "}");

  push_all (harness, (const char *[]){ "{\"x\":[1,\"2\"],\"y\":\"é\"}", "{\"x\":1,\"y\":0}",
                                       "{\"x\":[1,\"2\"],\"y\":\"é\"}", "{\"y\":1}", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_letter (harness, "failed", "by \"y\" gives no value");
  weir_harness_assert_pull (harness, "out", "{\"a\\\"b\":[1,\"2\"],\"y\":\"é\",\"n\":2}");
  weir_harness_assert_pull (harness, "out", "{\"a\\\"b\":null,\"y\":1,\"n\":1}");
}

static void
test_equal_keys (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{\"by\": {\"k\": \".\"}, " COUNT "}");

  push_all (harness, (const char *[]){ "{\"b\":1,\"a\":2}", "{\"a\":2.0,\"b\":1}", "1", "1.0",
                                       "\"\\u0061\"", "\"a\"", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 3);
  weir_harness_assert_pull (harness, "out", "{\"k\":{\"a\":2,\"b\":1},\"n\":2}");
  weir_harness_assert_pull (harness, "out", "{\"k\":1,\"n\":2}");
  weir_harness_assert_pull (harness, "out", "{\"k\":\"a\",\"n\":2}");
}

static void
test_exact_sum (void)
{
  g_autoptr (WeirHarness) harness
      = make ("aggregate.group", "{\"compute\": {\"s\": \"sum(.)\", \"m\": \"mean(.)\"}}");

  push_all (harness, (const char *[]){ "1", "1e100", "1", "-1e100", NULL });

  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1);
  weir_harness_assert_pull (harness, "out", "{\"s\":2,\"m\":0.5}");
}

static void
test_no_input (void)
{
  g_autoptr (WeirHarness) harness = make ("aggregate.group", "{" ALL "}");

  g_assert_cmpint (end_and_count (harness, ".records.created"), ==, 0);
  weir_harness_assert_pull (harness, "out", NULL);
}

static void
test_mistakes (void)
{
  const char *type = "aggregate.group";

  assert_mistake (type, "{}", "/compute", "needs");
  assert_mistake (type, "{\"compute\": {}}", "/compute", "empty");
  assert_mistake (type, "{\"compute\": {\"a\": \"cuont()\"}}", "/compute/a", "count");
  assert_mistake (type, "{\"compute\": {\"a\": \"count(.x)\"}}", "/compute/a", "no expression");
  assert_mistake (type, "{\"compute\": {\"a\": \"sum()\"}}", "/compute/a", "sum(EXPR)");
  assert_mistake (type, "{\"compute\": {\"a/b\": \"sum(.x +)\"}}", "/compute/a~1b", "");
  assert_mistake (type, "{\"compute\": {\"a\": \"sum\"}}", "/compute/a", "NAME(EXPR)");
  assert_mistake (type, "{\"by\": {\"n\": \".x\"}, " COUNT "}", "/compute/n", "taken");
  assert_mistake (type, "{\"every\": \"often\", " COUNT "}", "/every", "often");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aggregate/group/computes its functions by key", test_functions);
  g_test_add_func ("/aggregate/group/skips null", test_null_is_skipped);
  g_test_add_func ("/aggregate/group/fails a record without having counted it", test_not_a_number);
  g_test_add_func ("/aggregate/group/gives results after so many records", test_window_of_records);
  g_test_add_func ("/aggregate/group/gives results after so much time", test_window_of_time);
  g_test_add_func ("/aggregate/group/gives all groups of a large window", test_many_groups);
  g_test_add_func ("/aggregate/group/fails a record of one key too many", test_max_keys);
  g_test_add_func ("/aggregate/group/keeps the JSON text of its keys", test_keys);
  g_test_add_func ("/aggregate/group/takes equal keys as one", test_equal_keys);
  g_test_add_func ("/aggregate/group/sums without losing what rounding takes", test_exact_sum);
  g_test_add_func ("/aggregate/group/gives nothing for no input", test_no_input);
  g_test_add_func ("/aggregate/group/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
