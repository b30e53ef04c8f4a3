/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-parser-private.h"

#include <weir/weir-error.h>

static const char *const names[] = {
  [WEIR_JQ_AST_IDENTITY] = ".",
  [WEIR_JQ_AST_RECURSE] = "..",
  [WEIR_JQ_AST_NULL] = "null",
  [WEIR_JQ_AST_FALSE] = "false",
  [WEIR_JQ_AST_TRUE] = "true",
  [WEIR_JQ_AST_STRING] = "string",
  [WEIR_JQ_AST_FORMAT] = "format",
  [WEIR_JQ_AST_INDEX] = "index",
  [WEIR_JQ_AST_SLICE] = "slice",
  [WEIR_JQ_AST_ITERATE] = "each",
  [WEIR_JQ_AST_ARRAY] = "array",
  [WEIR_JQ_AST_OBJECT] = "object",
  [WEIR_JQ_AST_ENTRY] = "entry",
  [WEIR_JQ_AST_NEGATE] = "neg",
  [WEIR_JQ_AST_PIPE] = "|",
  [WEIR_JQ_AST_COMMA] = ",",
  [WEIR_JQ_AST_AND] = "and",
  [WEIR_JQ_AST_OR] = "or",
  [WEIR_JQ_AST_ALTERNATIVE] = "//",
  [WEIR_JQ_AST_ASSIGN] = "=",
  [WEIR_JQ_AST_MODIFY] = "|=",
  [WEIR_JQ_AST_IF] = "if",
  [WEIR_JQ_AST_TRY] = "try",
  [WEIR_JQ_AST_REDUCE] = "reduce",
  [WEIR_JQ_AST_FOREACH] = "foreach",
  [WEIR_JQ_AST_AS] = "as",
  [WEIR_JQ_AST_LABEL] = "label",
  [WEIR_JQ_AST_BREAK] = "break",
  [WEIR_JQ_AST_DEFINE] = "def",
  [WEIR_JQ_AST_PARAMETER] = "param",
  [WEIR_JQ_AST_CALL] = "call",
  [WEIR_JQ_AST_VARIABLE] = "$",
  [WEIR_JQ_AST_LOCATION] = "loc",
  [WEIR_JQ_AST_PATTERN_ARRAY] = "pattern[]",
  [WEIR_JQ_AST_PATTERN_OBJECT] = "pattern{}",
};

static const char *const operators[]
    = { "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "//" };

static void
print_name (const WeirJqAst *ast, GString *out)
{
  if (ast->kind == WEIR_JQ_AST_BINARY)
    g_string_append (out, operators[ast->operation]);
  else if (ast->kind == WEIR_JQ_AST_UPDATE)
    g_string_append_printf (out, "%s=", operators[ast->operation]);
  else
    g_string_append (out, names[ast->kind]);
  if (ast->optional)
    g_string_append_c (out, '?');
  if (ast->name != NULL)
    g_string_append_printf (out, " %s", ast->name);
}

/* Lisp: (kind name children). */
static void
print (const WeirJqAst *ast, GString *out)
{
  const WeirJqAst *children[] = { ast->a, ast->pattern, ast->b, ast->c, ast->d };

  if (ast->kind == WEIR_JQ_AST_NUMBER)
    g_string_append_printf (out, "%g", ast->number);
  else if (ast->kind == WEIR_JQ_AST_TEXT)
    g_string_append_printf (out, "'%s'", ast->name);
  else if (ast->kind < WEIR_JQ_AST_NUMBER)
    g_string_append (out, names[ast->kind]);
  if (ast->kind <= WEIR_JQ_AST_TEXT)
    return;
  g_string_append_c (out, '(');
  print_name (ast, out);
  for (guint i = 0; i < weir_jq_ast_length (ast); i++)
    {
      g_string_append_c (out, ' ');
      print (weir_jq_ast_at (ast, i), out);
    }
  for (guint i = 0; i < G_N_ELEMENTS (children); i++)
    if (children[i] != NULL)
      {
        g_string_append_c (out, ' ');
        print (children[i], out);
      }
  g_string_append_c (out, ')');
}

static const char *const trees[][2] = {
  { "1 + 2 * 3", "(+ 1 (* 2 3))" },
  { "1 - 2 - 3", "(- (- 1 2) 3)" },
  { "1 | 2 | 3", "(| 1 (| 2 3))" },
  { "1, 2 | 3", "(| (, 1 2) 3)" },
  { "1 // 2 // 3", "(// 1 (// 2 3))" },
  { ".a // .b = 1", "(// (index . 'a') (= (index . 'b') 1))" },
  { "1 and 2 or 3", "(or (and 1 2) 3)" },
  { "1 == 2 and 3 < 4", "(and (== 1 2) (< 3 4))" },
  { "-1 + 2", "(+ (neg 1) 2)" },
  { "-1 * 2", "(neg (* 1 2))" },
  { "1 as $x | 2, $x", "(as 1 ($ x) (, 2 ($ x)))" },
  { "1 + 2 as $x | $x | 3", "(+ 1 (as 2 ($ x) (| ($ x) 3)))" },
  { "def f: 1; f | 2", "(def f 1 (| (call f) 2))" },
  { "def f(a; $b): a;", "(def f (param a) (param? b) (call a) .)" },
  { "try 1 catch 2 | 3", "(| (try 1 2) 3)" },
  { "try .a?", "(try (index? . 'a'))" },
  { "1?", "(try 1)" },
  { "-1?", "(neg (try 1))" },
  { ".a.b[0][]?", "(each? (index (index (index . 'a') 'b') 0))" },
  { ".a[1:]", "(slice (index . 'a') 1)" },
  { ".[:2].\"x\"", "(index (slice . 2) 'x')" },
  { ".a.and.if", "(index (index (index . 'a') 'and') 'if')" },
  { "{a, \"b\": 1 | 2, (.c): -1, $d,}",
    "(object (entry 'a') (entry 'b' (| 1 2)) (entry (index . 'c') (neg 1)) (entry 'd' ($ d)))" },
  { "{if: 1}", "(object (entry 'if' 1))" },
  { "\"a\\(1)b\"", "(string 'a' 1 'b')" },
  { "@json \"\\(1)\"", "(string json 1)" },
  { "@json", "(format json)" },
  { ". as [$a, {b: $c, $d: [$e]}] | 1",
    "(as . (pattern[] ($ a) (pattern{} (entry 'b' ($ c)) (entry d 'd' (pattern[] ($ e))))) 1)" },
  { "reduce .[] as $x (0; 1)", "(reduce (each .) ($ x) 0 1)" },
  { "foreach .[] as $x (0; 1; 2)", "(foreach (each .) ($ x) 0 1 2)" },
  { "if 1 then 2 elif 3 then 4 else 5 end", "(if 1 2 (if 3 4 5))" },
  { "label $f | break $f", "(label f (break f))" },
  { "f(1; 2).a", "(index (call f 1 2) 'a')" },
  { ".a += 1", "(+= (index . 'a') 1)" },
  { ".a //= 1", "(//= (index . 'a') 1)" },
  { "# nothing", "." },
};

static void
test_builds_the_tree_that_jq_builds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (trees); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (WeirJqTree) tree = NULL;
      gsize offset;

      tree = weir_jq_parse (trees[i][0], &offset, &error);
      g_assert_no_error (error);
      print (tree->root, text);
      g_assert_cmpstr (text->str, ==, trees[i][1]);
    }
}

static const struct
{
  const char *source;
  gsize offset;
  const char *message;
} mistakes[] = {
  { ".a |", 4, "syntax error, unexpected end of the expression" },
  { ".a b", 3, "syntax error, unexpected 'b', expecting end of the expression" },
  { "1 == 2 == 3", 7, "syntax error, unexpected '=='" },
  { ".a = .b = .c", 8, "syntax error, unexpected '='" },
  { "{a b}", 3, "syntax error, unexpected 'b', expecting ',' or '}'" },
  { "{a: 1 + 2}", 6, "syntax error, unexpected '+', expecting ',' or '}'" },
  { "{and}", 4, "syntax error, unexpected '}', expecting ':'" },
  { "\"abc", 0, "syntax error, a string is not closed" },
  { "1 | \"a\\qb\"", 6, "syntax error, malformed escape" },
  { "\"\\(1; 2)\"", 4, "syntax error, unexpected ';', expecting ')'" },
  { "1.2.3", 0, "syntax error, malformed number" },
  { "if 1 then 2 end", 12, "syntax error, unexpected 'end', expecting 'else' or 'elif'" },
  { "f?[0]", 2, "syntax error, unexpected '[', expecting end of the expression" },
  { ".a.[0]", 3, "syntax error, unexpected '[', expecting a string" },
  { ".a?//1", 2, "syntax error, unexpected '?//', expecting end of the expression" },
  { "$and", 1, "syntax error, unexpected 'and', expecting a name" },
  { "def f: 1", 8, "syntax error, unexpected end of the expression, expecting ';'" },
};

static void
test_tells_what_is_wrong_and_where (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize offset = 0;

      g_test_message ("%s", mistakes[i].source);
      g_assert_null (weir_jq_parse (mistakes[i].source, &offset, &error));
      g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, mistakes[i].message);
      g_assert_cmpuint (offset, ==, mistakes[i].offset);
    }
}

static void
test_does_not_overflow_on_deep_nesting (void)
{
  g_autofree char *open = g_strnfill (100000, '[');
  g_autofree char *minus = g_strnfill (100000, '-');
  gsize offset;

  g_assert_null (weir_jq_parse (open, &offset, NULL));
  g_assert_null (weir_jq_parse (minus, &offset, NULL));
}

static void
test_refuses_modules (void)
{
  g_autoptr (GError) error = NULL;
  gsize offset;

  g_assert_null (weir_jq_parse ("import \"a\" as a; .", &offset, &error));
  g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_REFUSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jq-parser/builds-the-tree-that-jq-builds",
                   test_builds_the_tree_that_jq_builds);
  g_test_add_func ("/jq-parser/tells-what-is-wrong-and-where", test_tells_what_is_wrong_and_where);
  g_test_add_func ("/jq-parser/does-not-overflow-on-deep-nesting",
                   test_does_not_overflow_on_deep_nesting);
  g_test_add_func ("/jq-parser/refuses-modules", test_refuses_modules);
  return g_test_run ();
}
