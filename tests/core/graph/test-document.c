/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

static WeirDocument *
parse (const char *text)
{
  WeirDocument *document = weir_document_new (text, strlen (text));
  g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "f");

  g_assert_true (weir_document_parse (document, mistakes));
  return document;
}

static void
assert_place (WeirDocument *document, const char *pointer, guint line, guint column)
{
  WeirPlace place;

  g_assert_true (weir_document_find (document, pointer, &place));
  g_assert_cmpuint (place.line, ==, line);
  g_assert_cmpuint (place.column, ==, column);
}

static void
every_value_and_key_has_its_place (void)
{
  g_autoptr (WeirDocument) document = parse ("{\n  \"a\": [1, {\"b/c\" : true}],\n \"d\":\"x\"}");
  WeirPlace place;

  assert_place (document, "", 1, 1);
  assert_place (document, "/a", 2, 8);
  assert_place (document, "/a/0", 2, 9);
  assert_place (document, "/a/1/b~1c", 2, 21);
  assert_place (document, "/d", 3, 6);
  g_assert_true (weir_document_find_key (document, "/a/1/b~1c", &place));
  g_assert_cmpuint (place.column, ==, 13);
  g_assert_false (weir_document_find (document, "/e", &place));
  g_assert_false (weir_document_find_key (document, "/a/0", &place));
}

static void
columns_count_characters_not_bytes (void)
{
  g_autoptr (WeirDocument) document = parse ("{\"ä€😀\": 1}");
  WeirPlace place;

  assert_place (document, "/ä€😀", 1, 9);
  g_assert_true (weir_document_find (document, "/ä€😀", &place));
  g_assert_cmpuint (place.start, ==, 14);
  g_assert_cmpuint (place.end, ==, 15);
}

static void
a_value_is_cut_as_it_stands_but_on_one_line (void)
{
  g_autoptr (WeirDocument) document
      = parse ("{\"r\": [ {\n\t\"a\" :1.10 ,\r\n\n \"b\":\"\\u0041\\n \"\n} ]}");
  g_autofree char *row = weir_document_cut (document, "/r/0");

  g_assert_cmpstr (row, ==, "{\"a\" :1.10 , \"b\":\"\\u0041\\n \"}");
}

static void
what_is_broken_is_so_with_all_that_it_is_in (void)
{
  g_autoptr (WeirDocument) document = parse ("{\"a\": {\"b\": 1, \"c\": 2}}");

  weir_document_mark_broken (document, "/a/b");
  g_assert_true (weir_document_is_broken (document, "/a/b"));
  g_assert_true (weir_document_is_broken (document, "/a"));
  g_assert_false (weir_document_is_broken (document, "/a/c"));
  assert_place (document, "/a/b", 1, 13);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/document/" #name, name)
  ADD (every_value_and_key_has_its_place);
  ADD (columns_count_characters_not_bytes);
  ADD (a_value_is_cut_as_it_stands_but_on_one_line);
  ADD (what_is_broken_is_so_with_all_that_it_is_in);
  return g_test_run ();
}
