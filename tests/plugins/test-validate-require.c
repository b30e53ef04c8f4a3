/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-plugin.h"

#define FIELDS "{\"fields\": {\".ip\": \"string\", \".user.id\": \"integer\"}}"

static void
test_valid (void)
{
  g_autoptr (WeirHarness) harness = make ("validate.require", FIELDS);

  weir_harness_push (harness, "{ \"ip\":\"1.1.1.1\",\"user\":{\"id\":1.0}}");

  weir_harness_assert_pull (harness, "out", "{ \"ip\":\"1.1.1.1\",\"user\":{\"id\":1.0}}");
  g_assert_cmpint (end_and_count (harness, ".records.invalid"), ==, 0);
}

static void
test_invalid (void)
{
  g_autoptr (WeirHarness) harness = make ("validate.require", FIELDS);

  push_all (harness, (const char *[]){ "{\"ip\":5,\"user\":{\"id\":1}}", "{\"ip\":\"x\"}",
                                       "{\"ip\":\"x\",\"user\":{\"id\":1.5}}",
                                       "{\"ip\":null,\"user\":{\"id\":1}}", NULL });

  assert_letter (harness, "invalid", "`.ip` is number, expected string");
  assert_letter (harness, "invalid", "`.user.id` is missing");
  assert_letter (harness, "invalid", "`.user.id` is number, expected integer");
  assert_letter (harness, "invalid", "`.ip` is null, expected string");
  g_assert_cmpint (end_and_count (harness, ".records.invalid"), ==, 4);
}

static void
assert_accepts (const char *type, const char *good)
{
  static const char *const values[]
      = { "null", "true", "false", "7", "-1e2", "1.5", "\"s\"", "[]", "{}" };
  g_autofree char *options = g_strdup_printf ("{\"fields\": {\".v\": \"%s\"}}", type);
  g_autoptr (WeirHarness) harness = make ("validate.require", options);
  g_autoptr (GString) accepted = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *record = g_strdup_printf ("{\"v\":%s}", values[i]);
      g_autofree char *out = NULL;

      weir_harness_push (harness, record);
      out = weir_harness_pull (harness, "out");
      if (out != NULL)
        g_string_append_printf (accepted, "%s ", values[i]);
    }
  g_assert_cmpstr (accepted->str, ==, good);
}

static void
test_types (void)
{
  assert_accepts ("null", "null ");
  assert_accepts ("boolean", "true false ");
  assert_accepts ("number", "7 -1e2 1.5 ");
  assert_accepts ("integer", "7 -1e2 ");
  assert_accepts ("string", "\"s\" ");
  assert_accepts ("array", "[] ");
  assert_accepts ("object", "{} ");
  assert_accepts ("any", "null true false 7 -1e2 1.5 \"s\" [] {} ");
}

static void
test_bad_record (void)
{
  g_autoptr (WeirHarness) harness = make ("validate.require", FIELDS);

  weir_harness_push (harness, "{broken");

  assert_letter (harness, "failed", "offset");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
}

static void
test_mistakes (void)
{
  assert_mistake ("validate.require", "{}", "/fields", "needs");
  assert_mistake ("validate.require", "{\"fields\": {\".a\": \"strng\"}}", "/fields/.a", "string");
  assert_mistake ("validate.require", "{\"fields\": {\"a b\": \"string\"}}", "/fields/a b", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/validate/require/passes a record with its fields", test_valid);
  g_test_add_func ("/validate/require/names the field that is wrong", test_invalid);
  g_test_add_func ("/validate/require/knows each type", test_types);
  g_test_add_func ("/validate/require/fails a record that is not JSON", test_bad_record);
  g_test_add_func ("/validate/require/tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
