/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-lexer-private.h"

/* The texts of all tokens, each behind the letter of its kind. */
static char *
list_tokens (const char *source)
{
  static const char letters[] = "EINKFONQS";
  WeirJqLexer lexer = { source, source };
  GString *list = g_string_new (NULL);
  WeirJqToken token;

  for (;;)
    {
      weir_jq_lexer_next (&lexer, &token);
      if (token.kind == WEIR_JQ_TOKEN_END || token.kind == WEIR_JQ_TOKEN_QUOTE)
        break;
      g_string_append_printf (list, "%s%c%.*s", list->len > 0 ? " " : "",
                              token.kind == WEIR_JQ_TOKEN_NUMBER ? '#' : letters[token.kind],
                              (int)token.length, token.text);
    }
  return g_string_free (list, FALSE);
}

static const char *const tokens[][2] = {
  { ".a.b", "F.a F.b" },
  { ".and", "F.and" },
  { "a::b::c and", "Na::b::c Kand" },
  { "a:b", "Na S: Nb" },
  { "..", "S.." },
  { "...", "#..." },
  { ".5 5. 1.e2 1e-3", "#.5 #5. #1.e2 #1e-3" },
  { ".e5 .e5x", "#.e5 F.e5x" },
  { "?//=", "S?// S=" },
  { "//= // /", "S//= S// S/" },
  { "a # b\n c", "Na Nc" },
  { "@base64 @ x", "O@base64 I@ Nx" },
  { "a\rb", "Na I\r Nb" },
  { "é", "Ié" },
  { "$__loc__", "S$ K__loc__" },
  { "1.2.3", "#1.2.3" },
};

static void
test_cuts_a_program_into_tokens_as_jq_does (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autofree char *list = list_tokens (tokens[i][0]);

      g_assert_cmpstr (list, ==, tokens[i][1]);
    }
}

static const struct
{
  const char *source; /* behind the quote */
  WeirJqPiece last;
  const char *text;
} strings[] = {
  { "abc\"", WEIR_JQ_PIECE_CLOSE, "abc" },
  { "\\n\\\"\\/\"", WEIR_JQ_PIECE_CLOSE, "\n\"/" },
  { "\\u00e9\\ud83d\\ude00\"", WEIR_JQ_PIECE_CLOSE, "é😀" },
  { "\\udc00\"", WEIR_JQ_PIECE_CLOSE, "\xef\xbf\xbd" },
  { "a\\(b", WEIR_JQ_PIECE_OPEN, "a" },
  { "\\ud800x\"", WEIR_JQ_PIECE_WRONG, "" },
  { "\\x\"", WEIR_JQ_PIECE_WRONG, "" },
  { "\\u12\"", WEIR_JQ_PIECE_WRONG, "" },
  { "abc", WEIR_JQ_PIECE_UNCLOSED, "abc" },
};

static void
test_decodes_the_pieces_of_strings (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      WeirJqLexer lexer = { strings[i].source, strings[i].source };
      g_autoptr (GString) text = g_string_new (NULL);
      WeirJqPiece piece = WEIR_JQ_PIECE_TEXT;

      while (piece == WEIR_JQ_PIECE_TEXT)
        piece = weir_jq_lexer_next_piece (&lexer, text);
      g_assert_cmpint (piece, ==, strings[i].last);
      g_assert_cmpstr (text->str, ==, strings[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jq-lexer/cuts-a-program-into-tokens-as-jq-does",
                   test_cuts_a_program_into_tokens_as_jq_does);
  g_test_add_func ("/jq-lexer/decodes-the-pieces-of-strings", test_decodes_the_pieces_of_strings);
  return g_test_run ();
}
