/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include <string.h>

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

static WeirRecord *
make_record (Fixture *fixture, const char *text)
{
  WeirRecord *record = weir_batch_append (fixture->batch);

  *record = (WeirRecord){ .batch = fixture->batch };
  weir_record_set_text (record, text, -1);
  return record;
}

static WeirExpression *
compile (const char *source)
{
  g_autoptr (GError) error = NULL;
  WeirExpression *expression = weir_expression_new (source, &error);

  g_assert_no_error (error);
  return expression;
}

/* All outputs, one behind the other. */
static char *
evaluate (WeirExpression *expression, WeirRecord *record)
{
  GString *outputs = g_string_new (NULL);
  WeirValue value;

  if (weir_expression_start (expression, record))
    while (weir_expression_next (expression, &value))
      {
        g_string_append (outputs, outputs->len > 0 ? " " : "");
        g_string_append_len (outputs, value.field.text, value.field.length);
      }
  return g_string_free (outputs, FALSE);
}

static const char *const results[][3] = {
  { ".", "{\"b\":1, \"a\":[ true,null ]}", "{\"b\":1, \"a\":[ true,null ]}" },
  { ".a", "{\"a\":1,\"a\":2}", "2" },
  { ".x", "{}", "null" },
  { ".[]", "[1,\"two\",[3]]", "1 \"two\" [3]" },
  { "empty", "{}", "" },
  { "{ip: .r, ms: (.t * 1000)}", "{\"r\":\"x\",\"t\":0.5}", "{\"ip\":\"x\",\"ms\":500}" },
  { ".a + .b", "{\"a\":0.1,\"b\":0.2}", "0.30000000000000004" },
  { ".", "12345678901234567890", "12345678901234567890" },
  { ".", "1e1000", "1e1000" },
  { ".", "[1e300,-0,1.0,100]", "[1e300,-0,1.0,100]" },
  { ".", "\"\\u00e9\\ud83d\\ude00\\/\\u0007\"", "\"é😀/\\u0007\"" },
  { ".", "\"\\ud800x\"", "\"\xef\xbf\xbdx\"" },
  { ".st", "{\"s\\u0074\":1}", "1" },
  { "length", "\"a\\u0000b\"", "3" },
  { ". + 0", "12345678901234567890", "12345678901234567000" },
  { "keys", "{\"b\":1,\"a\":2}", "[\"a\",\"b\"]" },
  { "nan", "{}", "null" },
  { "first(range(10;20))", "{}", "10" },
  { ". as {a: $x} | $x", "{\"a\":3}", "3" },
  { "label $f | 1, break $f, 2", "{}", "1" },
};

static void
test_gives_what_jq_gives (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (WeirExpression) expression = compile (results[i][0]);
      WeirRecord *record = make_record (fixture, results[i][1]);
      g_autofree char *outputs = evaluate (expression, record);

      g_assert_cmpstr (outputs, ==, results[i][2]);
      g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_PASS);
    }
}

static void
test_gives_typed_values (Fixture *fixture, gconstpointer data)
{
  static const WeirFieldType types[]
      = { WEIR_FIELD_NULL,   WEIR_FIELD_FALSE, WEIR_FIELD_TRUE,  WEIR_FIELD_NUMBER,
          WEIR_FIELD_STRING, WEIR_FIELD_ARRAY, WEIR_FIELD_OBJECT };
  g_autoptr (WeirExpression) expression = compile (".[]");
  WeirRecord *record = make_record (fixture, "[null,false,true,2.5,\"s\",[],{}]");
  WeirValue value;

  g_assert_true (weir_expression_start (expression, record));
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_assert_true (weir_expression_next (expression, &value));
      g_assert_cmpint (value.field.type, ==, types[i]);
      if (value.field.type == WEIR_FIELD_NUMBER)
        g_assert_cmpfloat (value.number, ==, 2.5);
    }
  g_assert_false (weir_expression_next (expression, &value));
  g_assert_false (weir_expression_next (expression, &value));
}

static const char *const errors[][3] = {
  { ".a + .b", "{\"a\":\"x\",\"b\":1}", "string (\"x\") and number (1) cannot be added" },
  { ".a.b", "{\"a\":1}", "Cannot index number with string \"b\"" },
  { "error(\"two\\nlines\")", "{}", "two lines" },
  { "error({a:1})", "{}", "{\"a\":1}" },
  { ".", "{\"a\":tru}", "not JSON: offset 5: expected true, false, null, a number or a string" },
  { ".b", "{\"a\":1} {}", "not JSON: offset 8: expected the end of the record" },
  { ".b", "{\"b\":\"\\q\"}", "not JSON: offset 6: malformed escape" },
  { ".b", "", "not JSON: offset 0: expected a value" },
  { "reduce range(300) as $i (0; [.])", "{}", "the result is nested deeper than 256" },
};

static void
test_an_error_fails_the_record_with_its_message (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_autoptr (WeirExpression) expression = compile (errors[i][0]);
      WeirRecord *record = make_record (fixture, errors[i][1]);
      WeirRecord *next = make_record (fixture, "{\"a\":{},\"b\":{}}");
      g_autofree char *outputs = evaluate (expression, record);

      g_assert_cmpstr (outputs, ==, "");
      g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_FAILED);
      g_assert_cmpstr (weir_batch_get_message (fixture->batch, record), ==, errors[i][2]);
      weir_expression_matches (expression, next);
    }
}

static void
test_outputs_before_an_error_are_given (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) expression = compile ("1, error(\"late\"), 2");
  WeirRecord *record = make_record (fixture, "{}");
  g_autofree char *outputs = evaluate (expression, record);

  g_assert_cmpstr (outputs, ==, "1");
  g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_FAILED);
}

static gboolean
matches (Fixture *fixture, const char *source, const char *text)
{
  g_autoptr (WeirExpression) expression = compile (source);

  return weir_expression_matches (expression, make_record (fixture, text));
}

static void
test_matches_by_the_first_output (Fixture *fixture, gconstpointer data)
{
  g_assert_true (matches (fixture, ".status >= 500", "{\"status\":503}"));
  g_assert_false (matches (fixture, ".status >= 500", "{\"status\":200}"));
  g_assert_true (matches (fixture, ".a", "{\"a\":0}"));
  g_assert_true (matches (fixture, ".a", "{\"a\":\"\"}"));
  g_assert_false (matches (fixture, ".a", "{\"a\":null}"));
  g_assert_false (matches (fixture, "empty", "{}"));
  g_assert_true (matches (fixture, "true, error(\"not reached\")", "{}"));
  g_assert_false (matches (fixture, "false, true", "{}"));
  g_assert_false (matches (fixture, "true", "{"));
}

static void
assert_verdicts (Fixture *fixture, const char *source, const char *expected)
{
  g_autoptr (WeirExpression) expression = compile (source);

  weir_expression_match_batch (expression, fixture->batch);
  for (guint i = 0; i < fixture->batch->n_records; i++)
    {
      guint verdict = fixture->batch->records[i].verdict;

      g_test_message ("%s of record %u", source, i);
      g_assert_cmpint (verdict == WEIR_VERDICT_PASS   ? '+'
                       : verdict == WEIR_VERDICT_ELSE ? '-'
                                                      : '!',
                       ==, expected[i]);
    }
}

/* Native, many outputs, left to libjq; each goes on with what the one before has passed. */
static void
test_matches_a_batch_record_by_record (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "{\"a\":2}", "{\"a\":1}", " {\"a\":3} ", "{\"a\":[]}",
                                       "{\"a\":",   "{\"a\":4}", "{\"a\":{}}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    make_record (fixture, texts[i]);
  assert_verdicts (fixture, ".a > 1", "+-++!++");
  assert_verdicts (fixture, "(.a | numbers), .a == []", "+-++!+-");
  assert_verdicts (fixture, ".a + 1 > 3", "--+!!+-");
  assert_verdicts (fixture, "getpath([\"a\"]) != 3", "---!!+-");
  assert_verdicts (fixture, "empty", "---!!--");
}

static void
test_starts_anew_after_an_early_stop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) expression = compile (".[] | select(. > 1)");
  WeirRecord *first = make_record (fixture, "[1,2,3]");
  WeirRecord *second = make_record (fixture, "[9,8]");
  g_autofree char *outputs = NULL;
  WeirValue value;

  g_assert_true (weir_expression_first (expression, first, &value));
  g_assert_cmpfloat (value.number, ==, 2);
  g_assert_false (weir_expression_next (expression, &value));
  g_assert_true (weir_expression_start (expression, first));
  g_assert_true (weir_expression_next (expression, &value));
  outputs = evaluate (expression, second);
  g_assert_cmpstr (outputs, ==, "9 8");
}

static void
test_expressions_share_a_record_and_change_it_apart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) change = compile (".a.b = 2 | del(.c)");
  g_autoptr (WeirExpression) keep = compile (".");
  WeirRecord *record = make_record (fixture, "{\"a\":{\"b\":1},\"c\":3}");
  g_autofree char *before = evaluate (keep, record);
  g_autofree char *changed = evaluate (change, record);
  g_autofree char *after = evaluate (keep, record);

  g_assert_cmpstr (changed, ==, "{\"a\":{\"b\":2}}");
  g_assert_cmpstr (before, ==, "{\"a\":{\"b\":1},\"c\":3}");
  g_assert_cmpstr (after, ==, before);
}

static void
test_sees_text_that_changed_in_its_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) expression = compile (".a");
  char text[] = "{\"a\":1}";
  WeirRecord *record = make_record (fixture, text);
  WeirValue value;

  record->text = text;
  g_assert_true (weir_expression_first (expression, record, &value));
  g_assert_cmpfloat (value.number, ==, 1);
  text[5] = '2';
  g_assert_true (weir_expression_first (expression, record, &value));
  g_assert_cmpfloat (value.number, ==, 2);
}

static void
test_takes_256_levels_and_no_more (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) expression = compile (".");
  g_autofree char *open = g_strnfill (256, '[');
  g_autofree char *close = g_strnfill (256, ']');
  g_autofree char *deep = g_strconcat (open, close, NULL);
  g_autofree char *deeper = g_strconcat ("[", open, close, "]", NULL);
  g_autofree char *outputs = evaluate (expression, make_record (fixture, deep));
  WeirRecord *record = make_record (fixture, deeper);

  g_assert_cmpstr (outputs, ==, deep);
  g_assert_false (weir_expression_matches (expression, record));
  g_assert_cmpstr (weir_batch_get_message (fixture->batch, record), ==,
                   "not JSON: offset 256: nested deeper than 256");
}

static const char *const wrong[][2] = {
  { ".a |", "syntax error, unexpected end of the expression" },
  { ".a b", "syntax error, unexpected 'b', expecting end of the expression" },
  { "foo(1)", "foo/1 is not defined" },
  { "foo, bar", "foo/0 is not defined; bar/0 is not defined" },
  { "$x", "$x is not defined" },
  { "\"abc", "syntax error, a string is not closed" },
  { "\"a \\(1", "syntax error, a string is not closed" },
  { "{a b}", "syntax error, unexpected 'b', expecting ',' or '}'" },
  { ".a\n| )", "syntax error, unexpected ')'" },
  { "{([]): 1}", "Cannot use array ([]) as object key" },
};

static void
test_says_in_one_line_what_does_not_compile (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (weir_expression_new (wrong[i][0], &error));
      g_assert_error (error, WEIR_EXPRESSION_ERROR, WEIR_EXPRESSION_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, wrong[i][1]);
    }
}

static void
test_keeps_its_source (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirExpression) expression = compile (".a  # x");
  g_autoptr (WeirExpression) other = weir_expression_ref (expression);

  g_assert_cmpstr (weir_expression_get_source (other), ==, ".a  # x");
}

#define TEST(name, function)                                                                       \
  g_test_add ("/expression/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("gives-what-jq-gives", test_gives_what_jq_gives);
  TEST ("gives-typed-values", test_gives_typed_values);
  TEST ("an-error-fails-the-record-with-its-message",
        test_an_error_fails_the_record_with_its_message);
  TEST ("outputs-before-an-error-are-given", test_outputs_before_an_error_are_given);
  TEST ("matches-by-the-first-output", test_matches_by_the_first_output);
  TEST ("matches-a-batch-record-by-record", test_matches_a_batch_record_by_record);
  TEST ("starts-anew-after-an-early-stop", test_starts_anew_after_an_early_stop);
  TEST ("expressions-share-a-record-and-change-it-apart",
        test_expressions_share_a_record_and_change_it_apart);
  TEST ("sees-text-that-changed-in-its-place", test_sees_text_that_changed_in_its_place);
  TEST ("takes-256-levels-and-no-more", test_takes_256_levels_and_no_more);
  TEST ("says-in-one-line-what-does-not-compile", test_says_in_one_line_what_does_not_compile);
  TEST ("keeps-its-source", test_keeps_its_source);
  return g_test_run ();
}
