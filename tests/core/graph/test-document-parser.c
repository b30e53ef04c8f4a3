/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

/* The first mistake of the text, or NULL. */
static char *
parse (const char *text, gsize length, gboolean *parsed)
{
  g_autoptr (WeirDocument) document = weir_document_new (text, length);
  g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, "f");

  *parsed = weir_document_parse (document, mistakes);
  return weir_mistakes_get_count (mistakes) > 0 ? weir_mistakes_to_text (mistakes) : NULL;
}

static const char *const good_rows[] = {
  "{}",
  " \t\r\n{ } ",
  "\xef\xbb\xbf{\"a\":1}",
  "{\"a\":[0,-0,1.5,-1.5e+10,1E5,1e-5,true,false,null,\"\",[],{}]}",
  "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\x7f\"}",
  "{\"a\":123456789012345678901234567890}",
  "{\"tests\":[\"\\u0000\"]}",
  "{\"\":1}",
};

static void
what_rfc_8259_allows_is_parsed (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good_rows); i++)
    {
      gboolean parsed;
      g_autofree char *text = parse (good_rows[i], strlen (good_rows[i]), &parsed);
      g_assert_cmpstr (text, ==, NULL);
      g_assert_true (parsed);
    }
}

typedef struct
{
  const char *text;
  const char *mistake;
} Row;

static const Row bad_rows[] = {
  { "", "1:1: /: there is nothing in it (expected a JSON object with \"stages\")" },
  { " \n", "2:1: /: there is nothing in it (expected a JSON object with \"stages\")" },
  { "[]", "1:1: /: a pipeline is a JSON object (expected {\"stages\": …})" },
  { "{", "1:2: /: expected a key in double quotes, found the end of the text" },
  { "{\"a\" 1}", "1:6: /a: expected ':' after the key, found '1'" },
  { "{\"a\":}", "1:6: /a: expected a value, found '}'" },
  { "{\"a\":1,}", "1:8: /: a comma with no member after it" },
  { "{\"a\":[1,]}", "1:9: /a: a comma with no value after it" },
  { "{\"a\":[1 2]}", "1:9: /a: expected ',' or ']', found '2'" },
  { "{a:1}", "1:2: /: expected a key in double quotes, found 'a'" },
  { "{'a':1}",
    "1:2: /: expected a key in double quotes, found ''' (strings stand in double quotes)" },
  { "{\"a\":1} x", "1:9: /: expected the end of the text, found 'x'" },
  { "{\"a\":1}\n// x", "2:1: /: expected the end of the text, found '/' (JSON has no comments)" },
  { "{\"a\":01}", "1:7: /a: a number must not begin with 0" },
  { "{\"a\":1.}", "1:8: /a: expected a digit after the decimal point, found '}'" },
  { "{\"a\":.5}", "1:6: /a: expected a value, found '.'" },
  { "{\"a\":+1}", "1:6: /a: expected a value, found '+'" },
  { "{\"a\":-}", "1:7: /a: expected a digit, found '}'" },
  { "{\"a\":1e}", "1:8: /a: expected a digit in the exponent, found '}'" },
  { "{\"a\":tru}", "1:6: /a: expected a value, found 't'" },
  { "{\"a\":NaN}", "1:6: /a: expected a value, found 'N'" },
  { "{\"a\":\"x", "1:8: /a: the string has no end (expected '\"')" },
  { "{\"a\":\"\t\"}",
    "1:7: /a: a control character in a string (write it as an escape: \\n, \\t)" },
  { "{\"a\":\"\\x\"}",
    "1:8: /a: expected an escape that JSON knows after the backslash, found 'x'" },
  { "{\"a\":\"\\u00g0\"}", "1:11: /a: expected four hexadecimal digits, found 'g'" },
  { "{\"a\":\"\\ud800x\"}", "1:13: /a: half of a surrogate pair in a string" },
  { "{\"a\":\"\\udc00\"}", "1:13: /a: half of a surrogate pair in a string" },
  { "{\"a\":\"\\u0000\"}", "1:13: /a: a NUL character has no place in a pipeline" },
  { "{\"a\":\"\xff\"}", "1:7: /: the text is not UTF-8" },
  { "{\"a\":1,\n\"a\":2}", "2:1: /a: duplicate key \"a\"" },
};

static void
every_breach_is_told_with_its_place (gconstpointer data)
{
  const Row *row = data;
  gboolean parsed;
  g_autofree char *text = parse (row->text, strlen (row->text), &parsed);
  g_autofree char *expected = g_strconcat ("f:", row->mistake, NULL);

  g_assert_cmpstr (text, ==, expected);
}

static void
a_nul_byte_is_a_breach (void)
{
  gboolean parsed;
  g_autofree char *text = parse ("{\"a\"\0:1}", 8, &parsed);

  g_assert_cmpstr (text, ==, "f:1:5: /: a NUL byte in the text");
  g_assert_false (parsed);
}

static char *
nest (guint depth)
{
  g_autofree char *open = g_strnfill (depth - 1, '[');
  g_autofree char *close = g_strnfill (depth - 1, ']');

  return g_strconcat ("{\"a\":", open, close, "}", NULL);
}

static void
nesting_ends_at_256 (void)
{
  g_autofree char *deep = nest (256);
  g_autofree char *deeper = nest (257);
  gboolean parsed;
  g_autofree char *good = parse (deep, strlen (deep), &parsed);
  g_autofree char *bad = parse (deeper, strlen (deeper), &parsed);

  g_assert_null (good);
  g_assert_nonnull (strstr (bad, "nest deeper than 256"));
}

static void
duplicate_keys_hide_no_other_mistake (void)
{
  gboolean parsed;
  static const char two[] = "{\"a\":1,\"a\":2,\"b\":{\"c\":1,\"c\":2}}";
  g_autofree char *text = parse (two, strlen (two), &parsed);

  g_assert_true (parsed);
  g_assert_cmpstr (text, ==, "f:1:8: /a: duplicate key \"a\"\nf:1:25: /b/c: duplicate key \"c\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/document-parser/" #name, name)
  ADD (what_rfc_8259_allows_is_parsed);
  for (guint i = 0; i < G_N_ELEMENTS (bad_rows); i++)
    {
      g_autofree char *path
          = g_strdup_printf ("/document-parser/every_breach_is_told_with_its_place/%u", i);
      g_test_add_data_func (path, &bad_rows[i], every_breach_is_told_with_its_place);
    }
  ADD (a_nul_byte_is_a_breach);
  ADD (nesting_ends_at_256);
  ADD (duplicate_keys_hide_no_other_mistake);
  return g_test_run ();
}
