/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-expression-private.h"

#include <string.h>

static const char *const refused[][2] = {
  { "input", "input" },
  { "[inputs]", "inputs" },
  { ". as $x | debug", "debug" },
  { "{a: input}", "input" },
  { "{(input): 1}", "input" },
  { "{a: 1, b: (2, input)}", "input" },
  { "\"x \\(input) y\"", "input" },
  { "\"x \\(\"y \\(halt)\") z\"", "halt" },
  { "\"\\(1)\" | stderr", "stderr" },
  { "1 # comment\n| halt_error", "halt_error" },
  { "import \"a\" as a; .", "import" },
  { "include \"a\"; .", "include" },
  { "{a: {b: 1}, c: [input]}", "input" },
  { "input_filename, input_line_number", "input_filename" },
  { "modulemeta", "modulemeta" },
  { "get_search_list", "get_search_list" },
};

static const char *const allowed[] = {
  ".input",
  ".a.input?",
  "$input",
  "\"input\"",
  "{input: 1}",
  "{input}",
  "{a, input}",
  "{a: 1, input: 2}",
  "{\"a\": 1, input}",
  "# input\n.",
  ". #debug",
  "\"\\\"input\"",
  "\"\\(.a) input\"",
  "inputx",
  "my_input",
  "@input",
  ".a | .[\"input\"]",
  "{ # x\n input: 1}",
  ". as {input: $x} | $x",
  "{a: {debug: 1}, halt: 2}",
  "\"\\\\\" | .debug",
  "a::input",
  "",
  "]})",
};

static void
test_names_the_function_it_refuses (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *start = g_strconcat (refused[i][1], " is refused", NULL);

      g_test_message ("%s", refused[i][0]);
      g_assert_false (weir_expression_guard (refused[i][0], &error));
      g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED);
      g_assert_true (g_str_has_prefix (error->message, start));
    }
}

static void
test_lets_the_same_words_pass_elsewhere (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", allowed[i]);
      weir_expression_guard (allowed[i], &error);
      g_assert_no_error (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/expression/guard/names-the-function-it-refuses",
                   test_names_the_function_it_refuses);
  g_test_add_func ("/expression/guard/lets-the-same-words-pass-elsewhere",
                   test_lets_the_same_words_pass_elsewhere);
  return g_test_run ();
}
