/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-edit-private.h"

#include <string.h>

typedef struct
{
  const char *text;
  const char *path;
  const char *value; /* NULL: remove */
  const char *result;
} EditCase;

static const EditCase good[] = {
  { "{\"a\":1}", ".a", "2", "{\"a\":2}" },
  { "{ \"a\" : 1 , \"b\":2 }", ".a", "[3]", "{ \"a\" : [3] , \"b\":2 }" },
  { "{ \"a\" : {\"x\":1} }", ".a", "null", "{ \"a\" : null }" },
  { "{\"a\":1 }", ".b", "2", "{\"a\":1,\"b\":2 }" },
  { "{ }", ".b", "2", "{\"b\":2 }" },
  { "{}", ".b.c.d", "true", "{\"b\":{\"c\":{\"d\":true}}}" },
  { "{\"b\":null}", ".b.c", "1", "{\"b\":{\"c\":1}}" },
  { "{\"b\":{\"x\":0}}", ".b.c", "1", "{\"b\":{\"x\":0,\"c\":1}}" },
  { "null", ".a", "1", "{\"a\":1}" },
  { "[1,2]", ".[0]", "9", "[9,2]" },
  { "[1,2]", ".[2]", "9", "[1,2,9]" },
  { "[1,2]", ".[-1]", "9", "[1,9]" },
  { "[ ]", ".[0]", "9", "[9 ]" },
  { "{}", ".a[0].b", "9", "{\"a\":[{\"b\":9}]}" },
  { "{\"a\":[{\"b\":1},{\"b\":2}]}", ".a[1].b", "3", "{\"a\":[{\"b\":1},{\"b\":3}]}" },
  { "{\"a\":1,\"a\":2}", ".a", "3", "{\"a\":1,\"a\":3}" },
  { "{\"\\u0061\":1}", ".a", "3", "{\"\\u0061\":3}" },
  { "{}", ".\"x \\\"y\\\"\"", "1", "{\"x \\\"y\\\"\":1}" },
  { "{\"a\":1}", ".", "[]", "[]" },
  { " 5 ", ".", "6", " 6 " },
  { "{\"a\":1}", ".a", NULL, "{}" },
  { "{\"a\":1,\"b\":2}", ".a", NULL, "{\"b\":2}" },
  { "{\"a\":1,\"b\":2}", ".b", NULL, "{\"a\":1}" },
  { "{ \"a\":1, \"b\":2, \"c\":3 }", ".b", NULL, "{ \"a\":1, \"c\":3 }" },
  { "{\"a\":1,\"b\":2,\"a\":3}", ".a", NULL, "{\"b\":2}" },
  { "{\"a\":1,\"a\":3}", ".a", NULL, "{}" },
  { "{\"a\":1,\"a\":3,\"b\":2}", ".a", NULL, "{\"b\":2}" },
  { "{\"b\":0,\"a\":1,\"a\":3,\"c\":2,\"a\":4}", ".a", NULL, "{\"b\":0,\"c\":2}" },
  { "{\"x\":{\"a\":1,\"b\":2}}", ".x.a", NULL, "{\"x\":{\"b\":2}}" },
  { "{\"x\":{\"a\":1},\"x\":{\"a\":2}}", ".x.a", NULL, "{\"x\":{\"a\":1},\"x\":{}}" },
  { "[1,2,3]", ".[1]", NULL, "[1,3]" },
  { "[1,2,3]", ".[-1]", NULL, "[1,2]" },
  { "[1]", ".[0]", NULL, "[]" },
};

static const EditCase bad[] = {
  { "{\"a\":1}", ".a.b", "2", ".a is a number, not an object" },
  { "{\"a\":\"x\"}", ".a[0]", "2", ".a is a string, not an array" },
  { "[1]", ".a", "2", "the record is an array, not an object" },
  { "[1]", ".[2]", "2", ".[2] is out of range: the array has 1 elements" },
  { "[1]", ".[-2]", "2", ".[-2] is out of range: the array has 1 elements" },
  { "{}", ".a[1]", "2", ".a[1] is out of range: the array has 0 elements" },
  { "{\"a-b\":1}", ".\"a-b\".c", "2", ".\"a-b\" is a number, not an object" },
  { "{\"a\":1", ".a", "2", "not JSON: offset 6: expected ',' or '}'" },
  { "{\"a\":1}}", ".a", NULL, "not JSON: offset 7: expected the end of the record" },
  { "{}", ".", NULL, "the record itself cannot be removed" },
};

static gboolean
edit (const EditCase *change, GString *out, GError **error)
{
  g_autoptr (WeirJsonIndex) index = weir_json_index_new ();
  g_autoptr (WeirPath) path = weir_path_new (change->path, NULL);
  gboolean changed;

  g_test_message ("%s %s of %s", change->value != NULL ? "set" : "remove", change->path,
                  change->text);
  if (change->value != NULL)
    return weir_json_edit_set (index, change->text, strlen (change->text), path, change->value, out,
                               error);
  return weir_json_edit_remove (index, change->text, strlen (change->text), path, out, &changed,
                                error)
         && changed;
}

static void
test_changes_one_value_and_no_other_byte (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (edit (&good[i], out, &error));
      g_assert_cmpstr (out->str, ==, good[i].result);
    }
}

static void
test_says_why_a_value_cannot_be_set (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (edit (&bad[i], out, &error));
      g_assert_cmpstr (error->message, ==, bad[i].result);
    }
}

static void
test_removing_what_is_missing_changes_nothing (void)
{
  static const char *const paths[] = { ".b", ".a.b", ".c.x", ".[0]", ".l[7]", ".l[-7]", ".l.x" };
  const char *text = "{\"a\":1,\"c\":null,\"l\":[1]}";

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (WeirJsonIndex) index = weir_json_index_new ();
      g_autoptr (WeirPath) path = weir_path_new (paths[i], NULL);
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      gboolean changed = TRUE;

      g_assert_true (
          weir_json_edit_remove (index, text, strlen (text), path, out, &changed, &error));
      g_assert_false (changed);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/edit/changes-one-value-and-no-other-byte",
                   test_changes_one_value_and_no_other_byte);
  g_test_add_func ("/json/edit/says-why-a-value-cannot-be-set",
                   test_says_why_a_value_cannot_be_set);
  g_test_add_func ("/json/edit/removing-what-is-missing-changes-nothing",
                   test_removing_what_is_missing_changes_nothing);
  return g_test_run ();
}
