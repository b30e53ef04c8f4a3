/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

static const struct
{
  const char *text;
  const char *says;
  gsize offset;
  guint column; /* 0: not found */
} places[] = {
  { "{\"x\": \"abc\"}", "abc", 0, 8 },
  { "{\"x\": \"abc\"}", "abc", 2, 10 },
  { "{\"x\": \"abc\"}", "abc", 3, 11 },
  { "{\"x\": \"a\\u0062c\"}", "abc", 2, 15 },
  { "{\"x\": \"\\\"b\"}", "\"b", 1, 10 },
  { "{\"x\": \"é)\"}", "é)", 2, 9 },
  { "{\"x\": \"\\ud83d\\ude00)\"}", "😀)", 4, 20 },
  { "{\"x\": \"${A}\"}", "value", 1, 0 },
  { "{\"x\": 12}", "12", 1, 0 },
};

static void
test_finds_a_character_of_a_json_string (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (WeirDocument) document
          = weir_document_new (places[i].text, strlen (places[i].text));
      g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "f");
      WeirPlace place = { 0 };
      gboolean found;

      g_assert_true (weir_document_parse (document, mistakes));
      found = weir_document_find_inside (document, "/x", places[i].says, places[i].offset, &place);
      g_assert_cmpint (found, ==, places[i].column > 0);
      if (found)
        g_assert_cmpuint (place.column, ==, places[i].column);
    }
}

static const struct
{
  const char *line;
  const char *says;
  gsize offset;
  guint column;
} words[] = {
  { "name='a b' ! x", "a b", 2, 9 },
  { "name=\"a\\\"b\" ! x", "a\"b", 2, 10 },
  { "name=a\\ b ! x", "a b", 2, 9 },
  { "name='a'\"'\"'b' ! x", "a'b", 2, 13 },
};

static void
test_finds_a_character_of_a_word_in_quotes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (WeirDocument) document = weir_document_new (words[i].line, strlen (words[i].line));
      g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "f");
      WeirPlace place = { 0 };

      g_assert_true (weir_document_parse_launch (document, mistakes));
      g_assert_true (
          weir_document_find_inside (document, "/name", words[i].says, words[i].offset, &place));
      g_assert_cmpuint (place.column, ==, words[i].column);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/document-inside/finds-a-character-of-a-json-string",
                   test_finds_a_character_of_a_json_string);
  g_test_add_func ("/document-inside/finds-a-character-of-a-word-in-quotes",
                   test_finds_a_character_of_a_word_in_quotes);
  return g_test_run ();
}
