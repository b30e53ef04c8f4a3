/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

/* The document with its variables replaced as JSON, or its mistakes; A is "1", E is "", S is a text
 * that itself looks like a variable. */
static char *
substitute (const char *text, WeirDocument **document)
{
  g_autoptr (GHashTable) variables = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (WeirMistakes) mistakes = NULL;

  *document = weir_document_new (text, strlen (text));
  mistakes = weir_document_new_mistakes (*document, "f");
  g_hash_table_insert (variables, "A", "1");
  g_hash_table_insert (variables, "E", "");
  g_hash_table_insert (variables, "S", "${A}");
  g_assert_true (weir_document_parse (*document, mistakes));
  weir_document_substitute (*document, variables, mistakes);
  if (weir_mistakes_get_count (mistakes) > 0)
    return weir_mistakes_to_text (mistakes);
  g_autoptr (JsonNode) root
      = json_node_init_object (json_node_alloc (), weir_document_get_root (*document));
  return json_to_string (root, FALSE);
}

static void
becomes (const char *text, const char *expected)
{
  g_autoptr (WeirDocument) document = NULL;
  g_autofree char *result = substitute (text, &document);

  g_assert_cmpstr (result, ==, expected);
}

static void
variables_and_defaults_are_put_in (void)
{
  becomes ("{\"a\":\"x${A}y${A}\"}", "{\"a\":\"x1y1\"}");
  becomes ("{\"a\":\"${NOT_THERE:-5}\"}", "{\"a\":\"5\"}");
  becomes ("{\"a\":\"${NOT_THERE:-}\"}", "{\"a\":\"\"}");
  becomes ("{\"a\":\"${E:-5}${E}\"}", "{\"a\":\"5\"}");
  becomes ("{\"a\":\"${A:-5}\"}", "{\"a\":\"1\"}");
}

static void
what_a_variable_holds_is_not_looked_into_again (void)
{
  becomes ("{\"a\":\"${S}\"}", "{\"a\":\"${A}\"}");
}

static void
two_dollars_are_a_plain_one (void)
{
  becomes ("{\"a\":\"$${A} $ $$ $x\"}", "{\"a\":\"${A} $ $$ $x\"}");
}

static void
values_at_any_depth_are_replaced_and_keys_are_not (void)
{
  becomes ("{\"a\":[{\"${A}\":[\"${A}\",2]}]}", "{\"a\":[{\"${A}\":[\"1\",2]}]}");
}

static void
names_descriptions_and_tests_stay_as_they_are (void)
{
  static const char text[]
      = "{\"name\":\"${A}\",\"description\":\"${B}\",\"tests\":[{\"name\":\"${C}\"}]}";

  becomes (text, text);
}

static void
what_was_replaced_is_verbatim (void)
{
  g_autoptr (WeirDocument) document = NULL;
  g_autofree char *result = substitute ("{\"a\":\"${A}\",\"b\":\"1\",\"c\":\"$\"}", &document);

  g_assert_nonnull (result);
  g_assert_true (weir_document_is_verbatim (document, "/a"));
  g_assert_false (weir_document_is_verbatim (document, "/b"));
  g_assert_false (weir_document_is_verbatim (document, "/c"));
}

static void
the_environment_comes_after_what_was_set_by_hand (void)
{
  g_setenv ("A", "2", TRUE);
  g_setenv ("WEIR_TEST_VALUE", "3", TRUE);
  becomes ("{\"a\":\"${A}${WEIR_TEST_VALUE}\"}", "{\"a\":\"13\"}");
}

static void
a_variable_that_is_not_set_is_named (void)
{
  g_autoptr (WeirDocument) document = NULL;
  g_autofree char *text = substitute ("{\"a\":[\"${NOT_THERE}\"]}", &document);

  g_assert_true (g_str_has_prefix (text, "f:1:7: /a/0: ${NOT_THERE} is not set (set it"));
  g_assert_true (weir_document_is_broken (document, "/a"));
}

static void
a_malformed_variable_is_a_mistake (void)
{
  static const char *const bad[] = { "${", "${}", "${1}", "${A", "${A:}", "${A-x}", "${A:-x" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (WeirDocument) document = NULL;
      g_autofree char *json = g_strdup_printf ("{\"a\":\"%s\"}", bad[i]);
      g_autofree char *text = substitute (json, &document);
      g_assert_true (g_str_has_prefix (text, "f:1:6: /a: malformed ${…}"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/substitution/" #name, name)
  ADD (variables_and_defaults_are_put_in);
  ADD (what_a_variable_holds_is_not_looked_into_again);
  ADD (two_dollars_are_a_plain_one);
  ADD (values_at_any_depth_are_replaced_and_keys_are_not);
  ADD (names_descriptions_and_tests_stay_as_they_are);
  ADD (what_was_replaced_is_verbatim);
  ADD (the_environment_comes_after_what_was_set_by_hand);
  ADD (a_variable_that_is_not_set_is_named);
  ADD (a_malformed_variable_is_a_mistake);
  return g_test_run ();
}
