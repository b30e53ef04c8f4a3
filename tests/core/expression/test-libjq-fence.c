/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-expression-private.h"

#include "base/weir-batch-private.h"
#include "libjq-leaks.h"

typedef struct
{
  WeirBufferPool *pool;
  WeirBatch *batch;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->pool = weir_buffer_pool_new (0);
  fixture->batch = weir_batch_new (fixture->pool);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_batch_free (fixture->batch);
  weir_buffer_pool_unref (fixture->pool);
}

/* All outputs, one behind the other; or "failed". */
static char *
evaluate (Fixture *fixture, WeirExpression *expression, const char *input)
{
  WeirRecord *record = weir_batch_append (fixture->batch);
  GString *outputs = g_string_new (NULL);
  WeirValue value;

  *record = (WeirRecord){ .batch = fixture->batch };
  weir_record_set_text (record, input, -1);
  if (weir_expression_start (expression, record))
    while (weir_expression_next (expression, &value))
      g_string_append_len (outputs, value.field.text, value.field.length);
  if (record->verdict == WEIR_VERDICT_FAILED)
    g_string_assign (outputs, "failed");
  return g_string_free (outputs, FALSE);
}

typedef struct
{
  const char *program;
  const char *input;
  const char *expected;
} Row;

static void
assert_rows (Fixture *fixture, const Row *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeirExpression) any = weir_expression_new (rows[i].program, &error);
      g_autoptr (WeirExpression) libjq = weir_expression_new_libjq (rows[i].program, &error);
      g_autofree char *first = NULL;
      g_autofree char *second = NULL;

      g_assert_no_error (error);
      g_test_message ("%s", rows[i].program);
      first = evaluate (fixture, any, rows[i].input);
      second = evaluate (fixture, libjq, rows[i].input);
      g_assert_cmpstr (first, ==, rows[i].expected);
      g_assert_cmpstr (second, ==, rows[i].expected);
    }
}

static void
test_empty_matches_are_replaced_once (Fixture *fixture, gconstpointer data)
{
  static const Row rows[] = {
    { "gsub(\"\"; \"x\")", "\"abc\"", "\"xaxbxc\"" },
    { "gsub(\"\"; \"x\")", "\"\"", "\"x\"" },
    { "gsub(\"^\"; \"x\")", "\"abc\"", "\"xabc\"" },
    { "gsub(\"$\"; \"x\")", "\"abc\"", "\"abcx\"" },
    { "gsub(\"b*\"; \"x\")", "\"abc\"", "\"xaxxc\"" },
    { "gsub(\"a|\"; \"x\")", "\"abc\"", "\"xxbxc\"" },
    { "gsub(\"(?=u)\"; \"u\")", "\"qux\"", "\"quux\"" },
    { "gsub(\"(?=c)\"; \"-\")", "\"abcbc\"", "\"ab-cb-c\"" },
    { "sub(\"\"; \"x\"; \"g\")", "\"ab\"", "\"xaxb\"" },
    { "gsub(\"\\\\b\"; \"|\")", "\"é b\"", "\"|é| |b\"" },
    { "gsub(\"(?<x>b)|$\"; \"[\\(.x)]\")", "\"aéb\"", "\"aé[b]\"" },
    { "[gsub(\"b|\"; \"1\", \"2\")]", "\"b\"", "[\"1\",\"2\"]" },
    { ". as $p | \"aéb\" | gsub($p; \"-\")", "\"\"", "\"-a-é-b\"" },
    { ". as $p | \"aéb\" | gsub($p; \"-\")", "\"é\"", "\"a-b\"" },
    { "gsub(\" B # c\"; \"x\"; \"xi\")", "\"aéb\"", "\"aéx\"" },
  };

  assert_rows (fixture, rows, G_N_ELEMENTS (rows));
}

static void
test_searches_go_on_at_characters (Fixture *fixture, gconstpointer data)
{
  static const Row rows[] = {
    { "[match(\"\"; \"g\").offset]", "\"aé日\"", "[0,1,2]" },
    { "[match(\"b*\"; \"g\").length]", "\"éb\"", "[0,1]" },
    { "[match([\"b?\", \"g\"]).offset]", "\"é\\u0000b\"", "[0,1,2]" },
    { "[match(\"(?=b)\"; \"g\").offset]", "\"abc\"", "[1,1]" },
    { "[scan(\"b?\")]", "\"éb\"", "[\"\",\"b\"]" },
    { "[splits(\"\")]", "\"éb\"", "[\"\",\"é\",\"b\"]" },
    { "split(\"b*\"; null)", "\"aéb\"", "[\"\",\"a\",\"é\",\"\"]" },
    { "[capture(\"(?<x>b)|\"; \"g\")]", "\"éb\"", "[{},{\"x\":\"b\"}]" },
    { "[match((\"a\", \"é\"); (\"g\", null)).offset]", "\"aéa\"", "[0,2,1,0,1]" },
    { "match(\"\"; \"g\")", "1", "failed" },
  };

  assert_rows (fixture, rows, G_N_ELEMENTS (rows));
}

static void
test_nan_is_no_place (Fixture *fixture, gconstpointer data)
{
  static const Row rows[] = {
    { ".[nan:]", "[1,2]", "failed" },
    { ".[nan:]", "\"ab\"", "failed" },
    { ".[:nan]", "[1,2]", "[]" },
    { ".[.[0]:nan]", "[1,2]", "[]" },
    { ".[{start: nan, end: null}]", "[1,2]", "failed" },
    { "getpath([{start: nan, end: null}])", "[1,2]", "failed" },
    { ".[nan:] = [3]", "[1,2]", "failed" },
    { ".[:nan] = [3]", "[1,2]", "[3,1,2]" },
    { "del(.[nan:])", "[1,2]", "failed" },
    { "del(.[nan])", "[1,2]", "[1,2]" },
    { "del(.[0, nan])", "[1,2]", "[2]" },
    { "delpaths([[0, nan], [nan, \"a\"]])", "[[1],2]", "[[1],2]" },
    { "delpaths([[nan]])", "{}", "failed" },
    { ".[nan] |= empty", "[1,2]", "[1,2]" },
    { ".[nan] = 1", "[1,2]", "failed" },
    { "nan | [truncate_stream([[0], 1])]", "null", "failed" },
  };

  assert_rows (fixture, rows, G_N_ELEMENTS (rows));
}

static void
test_what_stands_in_brackets_means_the_same (Fixture *fixture, gconstpointer data)
{
  static const Row rows[] = {
    { ".[.[0][0]][0]", "[[1,2],[3]]", "3" },
    { "[.[0, 1 - 1]]", "[5,6]", "[5,5]" },
    { ".[1 as $x | $x][\"a\" # ]\n]", "[0,{\"a\":7}]", "7" },
    { "\"<\\(.[. | length - 1:][0])>\"", "[1,2]", "\"<2>\"" },
    { "[path(.[.[0]][(0 | .):1])]", "[1,[2]]", "[[1,{\"start\":0,\"end\":1}]]" },
    { ".[(1 | .):] |= map(. + 1)", "[1,2]", "[1,3]" },
  };

  assert_rows (fixture, rows, G_N_ELEMENTS (rows));
}

static void
test_the_rest_ends (Fixture *fixture, gconstpointer data)
{
  static const Row rows[] = {
    { "index(\"\")", "\"ab\"", "failed" },
    { "rindex(\"\")", "\"ab\"", "failed" },
    { "indices(\"\")", "\"ab\"", "failed" },
    { "index(\"b\"), rindex(\"b\"), indices(\"b\")", "\"abb\"", "12[1,2]" },
    { "indices(\"\"), indices([2])", "[1,2]", "[][1]" },
    { ".[0] % .[1]", "[-1e300,-1]", "0" },
    { ".[0] %= -1.5 | .[0]", "[-1e300]", "0" },
    { ".[0] % .[1]", "[7,-4]", "3" },
    { ".[0] % .[1]", "[7,0]", "failed" },
    { "1e300 | todate", "null", "failed" },
    { ".[1000000000] = 1", "[]", "failed" },
    { ".[1000000000] |= empty", "[1]", "[1]" },
  };

  assert_rows (fixture, rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/libjq-fence/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("empty-matches-are-replaced-once", test_empty_matches_are_replaced_once);
  ADD ("searches-go-on-at-characters", test_searches_go_on_at_characters);
  ADD ("nan-is-no-place", test_nan_is_no_place);
  ADD ("what-stands-in-brackets-means-the-same", test_what_stands_in_brackets_means_the_same);
  ADD ("the-rest-ends", test_the_rest_ends);
#undef ADD
  return g_test_run ();
}
