/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-resolver-private.h"

#include <weir/weir-error.h>

#include "expression/weir-jq-parser-private.h"

static gboolean
resolve (const char *source, gboolean *unsure, gsize *offset, GError **error)
{
  g_autoptr (WeirJqTree) tree = weir_jq_parse (source, offset, error);

  g_assert_nonnull (tree);
  return weir_jq_resolve (tree, unsure, offset, error);
}

static const struct
{
  const char *source;
  gsize offset;
  const char *message;
} undefined[] = {
  { ".a | foo(1)", 5, "foo/1 is not defined" },
  { "foo, bar", 0, "foo/0 is not defined; bar/0 is not defined" },
  { ". as $x | $y", 10, "$y is not defined" },
  { "def f(g): g; f", 13, "f/0 is not defined" },
  { "break $x", 0, "the label $x is not defined" },
  { "def f: def g: 1; g; g", 20, "g/0 is not defined" },
  { "length(1)", 0, "length/1 is not defined" },
  { "1 / 0", 2, "Division by zero" },
  { "{(1): 2}", 2, "Cannot use a number as object key" },
};

static void
test_finds_what_is_not_defined (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (undefined); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean unsure;
      gsize offset;

      g_assert_false (resolve (undefined[i].source, &unsure, &offset, &error));
      g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, undefined[i].message);
      g_assert_cmpuint (offset, ==, undefined[i].offset);
    }
}

static const char *const refused[][2] = {
  { "input", "input" },
  { "[inputs]", "inputs" },
  { ". as $x | debug", "debug" },
  { "{a: input}", "input" },
  { "\"x \\(\"y \\(halt)\") z\"", "halt" },
  { "1 # comment\n| halt_error", "halt_error" },
  { "input_filename, input_line_number", "input_filename" },
  { "modulemeta", "modulemeta" },
  { "_plus(1; 2)", "_plus" },
  { "$__prog_args", "$__prog_args" },
  { "def f: f; f", "f" },
  { "def f: . | f; f", "f" },
  { "def f: def g: f; g; f", "g" },
  { "def f: if . then f else f end; f", "f" },
  { "def f: f + 1; f", "f" },
};

static void
test_refuses_what_has_no_place_in_a_stream (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *start = g_strconcat (refused[i][1], " is refused", NULL);
      gboolean unsure;
      gsize offset;

      g_test_message ("%s", refused[i][0]);
      g_assert_false (resolve (refused[i][0], &unsure, &offset, &error));
      g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED);
      g_assert_true (g_str_has_prefix (error->message, start));
    }
}

static const char *const good[] = {
  ".input",
  "{input: 1, debug: 2}",
  "{input}",
  "\"input\"",
  "def input: 1; input",
  "def f: foo; 1",
  "def _f: 1; _f",
  "def f: if . > 9 then . else . + 1 | f end; f",
  "def f: ., (.[]? | f); f",
  "def f(g): g; f(f(1))",
  ". as {a: $x, $b: [$c]} | $x, $b, $c",
  "label $x | break $x",
  "$ENV.HOME",
  ". as [$a] | def f: $a; f",
};

static void
test_lets_all_else_pass (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean unsure;
      gsize offset;

      resolve (good[i], &unsure, &offset, &error);
      g_assert_no_error (error);
      g_assert_false (unsure);
    }
}

static void
test_says_when_only_libjq_can_tell (void)
{
  static const char *const sources[]
      = { "{([]): 1}", ". as [$a] ?// $a | $a", "{(1 == 1): 2}" };

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      gboolean unsure;
      gsize offset;

      g_assert_true (resolve (sources[i], &unsure, &offset, NULL));
      g_assert_true (unsure);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jq-resolver/finds-what-is-not-defined", test_finds_what_is_not_defined);
  g_test_add_func ("/jq-resolver/refuses-what-has-no-place-in-a-stream",
                   test_refuses_what_has_no_place_in_a_stream);
  g_test_add_func ("/jq-resolver/lets-all-else-pass", test_lets_all_else_pass);
  g_test_add_func ("/jq-resolver/says-when-only-libjq-can-tell",
                   test_says_when_only_libjq_can_tell);
  return g_test_run ();
}
