/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-private.h"

#include <string.h>

static const char *const good[] = {
  "0",
  "-0",
  "1.5e-7",
  "1E+9",
  "\"\"",
  "true",
  "false",
  "null",
  "[]",
  "{}",
  " [ ] ",
  "\t{\n}\r",
  "[1,[2,[3]]]",
  "{\"a\":{\"a\":[]}}",
  "\"\\ud83d\\ude00\"",
  "\"\\ud800\"",
  "\"\\udc00x\"",
  "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
  "{\"a\":1,\"a\":2}",
  "\"\x7f\"",
  "\"€\"",
  "1e400",
  "123456789012345678901234567890",
  "[\"]\",\"{\"]",
  "\"\\\\\"",
};

static const char *const bad[] = {
  "",
  " ",
  "01",
  "-",
  "-01",
  "+1",
  ".5",
  "1.",
  "1.e3",
  "1e",
  "1e+",
  "0x1",
  "1 2",
  "NaN",
  "Infinity",
  "tru",
  "truex",
  "nul",
  "nulll",
  "True",
  "'a'",
  "\"",
  "\"\\\"",
  "\"\\x\"",
  "\"\\u12g4\"",
  "\"\\u12\"",
  "\"a\nb\"",
  "\"\x01\"",
  "[",
  "]",
  "[1",
  "[1,",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1}",
  "{",
  "}",
  "{1:2}",
  "{\"a\"}",
  "{\"a\":}",
  "{\"a\":1,}",
  "{\"a\" 1}",
  "{\"a\":1 \"b\":2}",
  "{a:1}",
  "{a\"b\":1}",
  "{1\"b\":1,\"c\":2}",
  "{\"a\":1]",
  "{,}",
  "{}{}",
  "{} x",
  "[]]",
  "1,",
  "\"a\" \"b\"",
  "\"a\"b",
  "1\"b\"",
  "[1\"b\"]",
  "{\"\\x\":1}",
  "// x\n1",
  "[1]#",
  "\f1",
  "\"\xc0\xaf\"",
  "\"\xed\xa0\x80\"",
  "\xff",
  "[1,\v2]",
  "\xef\xbb\xbf{}",
  "{\"a\":tr}",
  "[nul]",
  "\"\xf4\x90\x80\x80\"",
};

static void
test_takes_the_whole_grammar (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", good[i]);
      weir_json_check (good[i], strlen (good[i]), &error);
      g_assert_no_error (error);
    }
}

static void
test_refuses_every_breach (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *shown = g_strescape (bad[i], NULL);

      g_test_message ("%s", shown);
      g_assert_false (weir_json_check (bad[i], strlen (bad[i]), &error));
      g_assert_true (error->domain == WEIR_JSON_ERROR);
      g_assert_true (g_str_has_prefix (error->message, "offset "));
    }
}

static void
test_tells_the_kinds_of_breach_apart (void)
{
  g_autofree char *deep = g_strnfill (257, '[');
  g_autoptr (GError) depth = NULL;
  g_autoptr (GError) utf8 = NULL;
  g_autoptr (GError) syntax = NULL;

  weir_json_check (deep, 257, &depth);
  g_assert_error (depth, WEIR_JSON_ERROR, WEIR_JSON_ERROR_DEPTH);
  g_assert_cmpstr (depth->message, ==, "offset 256: nested deeper than 256");
  weir_json_check ("[\"a\xff\"]", 6, &utf8);
  g_assert_error (utf8, WEIR_JSON_ERROR, WEIR_JSON_ERROR_UTF8);
  g_assert_cmpstr (utf8->message, ==, "offset 3: not UTF-8");
  weir_json_check ("[1,\"\\q\"]", 8, &syntax);
  g_assert_error (syntax, WEIR_JSON_ERROR, WEIR_JSON_ERROR_SYNTAX);
  g_assert_cmpstr (syntax->message, ==, "offset 4: malformed escape");
}

static void
test_takes_256_levels (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 256; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 256; i++)
    g_string_append_c (text, ']');
  weir_json_check (text->str, text->len, &error);
  g_assert_no_error (error);
}

/* A text that grows over every block size of the index, without a byte behind it. */
static void
test_reads_texts_of_every_length (void)
{
  for (guint n = 0; n < 300; n++)
    {
      g_autoptr (GString) text = g_string_new ("[\"");
      g_autofree char *tight = NULL;

      for (guint i = 0; i < n; i++)
        g_string_append_c (text, 'a' + i % 26);
      g_string_append (text, "\"]");
      tight = g_memdup2 (text->str, text->len);
      g_assert_true (weir_json_check (tight, text->len, NULL));
      g_assert_false (weir_json_check (tight, text->len - 1, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/check/takes-the-whole-grammar", test_takes_the_whole_grammar);
  g_test_add_func ("/json/check/refuses-every-breach", test_refuses_every_breach);
  g_test_add_func ("/json/check/tells-the-kinds-of-breach-apart",
                   test_tells_the_kinds_of_breach_apart);
  g_test_add_func ("/json/check/takes-256-levels", test_takes_256_levels);
  g_test_add_func ("/json/check/reads-texts-of-every-length", test_reads_texts_of_every_length);
  return g_test_run ();
}
