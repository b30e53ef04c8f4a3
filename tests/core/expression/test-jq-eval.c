/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include "base/weir-batch-private.h"
#include "expression/weir-expression-private.h"

/* What the native engine gives, on its own: the outputs, and "!" with the message when it fails.
 * The first row of a run of rows names a program, the others leave it out. */
typedef struct
{
  const char *program;
  const char *record;
  const char *outcome;
} Row;

static WeirBufferPool *pool;

static char *
evaluate (WeirExpression *expression, const char *text)
{
  g_autoptr (WeirBatch) batch = weir_batch_new (pool);
  WeirRecord *record = weir_batch_append (batch);
  GString *outcome = g_string_new (NULL);
  WeirValue value;

  *record = (WeirRecord){ .batch = batch };
  weir_record_set_text (record, text, -1);
  if (weir_expression_start (expression, record))
    while (weir_expression_next (expression, &value))
      {
        g_string_append (outcome, outcome->len > 0 ? " " : "");
        g_string_append_len (outcome, value.field.text, value.field.length);
      }
  if (record->verdict == WEIR_VERDICT_FAILED)
    g_string_append_printf (outcome, "%s! %s", outcome->len > 0 ? " " : "",
                            weir_batch_get_message (batch, record));
  return g_string_free (outcome, FALSE);
}

static void
check_rows (gconstpointer data)
{
  g_autoptr (WeirExpression) expression = NULL;

  for (const Row *row = data; row->record != NULL; row++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *outcome = NULL;

      if (row->program != NULL)
        {
          g_clear_pointer (&expression, weir_expression_unref);
          expression = weir_expression_new_native (row->program, &error);
          g_assert_no_error (error);
        }
      outcome = evaluate (expression, row->record);
      g_test_message ("%s on %s", weir_expression_get_source (expression), row->record);
      g_assert_cmpstr (outcome, ==, row->outcome);
    }
}

static const Row paths[] = {
  { ".a", "{\"a\":1}", "1" },
  { NULL, "{\"a\":1,\"a\":2}", "2" },
  { NULL, "{\"\\u0061\":3}", "3" },
  { NULL, "{}", "null" },
  { NULL, "null", "null" },
  { NULL, "[1]", "! Cannot index array with string \"a\"" },
  { NULL, "7", "! Cannot index number with string \"a\"" },
  { ".a.b.c", "{\"a\":{\"b\":{\"c\":1.50}}}", "1.50" },
  { NULL, "{\"a\":{}}", "null" },
  { NULL, "{\"a\":{\"b\":\"x\"}}", "! Cannot index string with string \"c\"" },
  { NULL, "{\"a\":{\"b\":{\"c\":1}},\"a\":null}", "null" },
  { ".a?.b?", "{\"a\":1}", "" },
  { NULL, "{\"a\":{\"b\":2}}", "2" },
  { ".a[-1]", "{\"a\":[1,2,3]}", "3" },
  { ".a[0].b", "{\"a\":[{\"b\":1}]}", "1" },
  { ".[0]", "[5]", "5" },
  { ".\"a b\"[\"\\u00e9\"]", "{\"a b\":{\"é\":1}}", "1" },
  { ".a as $x | $x.b", "{\"a\":{\"b\":4}}", "4" },
  { ".a | .b, .c", "{\"a\":{\"b\":1,\"c\":2}}", "1 2" },
  { ".", " {\"b\":1, \"a\":[ 1 ]}", "{\"b\":1, \"a\":[ 1 ]}" },
  { NULL, "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
  { NULL, "[\"\\ud800\"]", "[\"\xef\xbf\xbd\"]" },
  { ".a", "{\"a\":{\"x\":tru}}",
    "! not JSON: offset 10: expected true, false, null, a number or a string" },
  { "1", "{", "! not JSON: offset 1: expected a key or '}'" },
  { NULL, NULL, NULL },
};

static const Row order[] = {
  { "(1, 2) + (10, 20)", "null", "11 12 21 22" },
  { "{a: (1, 2), b: (3, 4)}", "null",
    "{\"a\":1,\"b\":3} {\"a\":1,\"b\":4} {\"a\":2,\"b\":3} {\"a\":2,\"b\":4}" },
  { "\"\\(1, 2) \\(3, 4)\"", "null", "\"1 3\" \"2 3\" \"1 4\" \"2 4\"" },
  { "(true, false) and (true, false)", "null", "true false false" },
  { "(true, false) or (true, false)", "null", "true true false" },
  { "(1, null, 2) // 3", "null", "1 2" },
  { "(null, false) // (3, 4)", "null", "3 4" },
  { "if (true, false, null) then 1 else 2 end", "null", "1 2 2" },
  { "range(0, 1; 3, 4)", "null", "0 1 2 0 1 2 3 1 2 1 2 3" },
  { "[.[] | select(. > 1)], length", "[1,2,3]", "[2,3] 3" },
  { "join(\"x\", \"y\")", "[\"a\",\"b\"]", "\"axb\" \"ayb\"" },
  { "[limit(0; 1, 2)], [limit(1; 1, error(\"x\"))], [limit(-1; 1, 2)]", "null", "[1] [1] [1,2]" },
  { "reduce (1, 2) as $x (0; empty), reduce empty as $x (0; 1)", "null", "null 0" },
  { "[foreach (1, 2, 3) as $x (0; . + $x; [$x, .])]", "null", "[[1,1],[2,3],[3,6]]" },
  { NULL, NULL, NULL },
};

static const Row errors[] = {
  { "1, error(\"late\"), 2", "null", "1 ! late" },
  { "error({a: 1})", "null", "! {\"a\":1}" },
  { "1, error(null), 2", "null", "1 2" },
  { "try error(\"x\") catch .", "null", "\"x\"" },
  { "[.[] | tonumber?]", "[\"1\",\"x\",2]", "[1,2]" },
  { "(1)? | error(\"x\")", "null", "" },
  { "[(1)? + \"x\"]", "null", "[]" },
  { "(error(\"x\")) // 1", "null", "! x" },
  { ".a |= tonumber?", "{\"a\":\"1\"}", "{}" },
  { "label $out | ((1)?, 2) | ., break $out", "null", "1 2" },
  { "any(true, error(\"x\"); .)", "null", "! x" },
  { ".[]", "\"abcdefghijklmnop\"", "! Cannot iterate over string (\"abcdefghij...)" },
  { ".[0] + .[1]", "[1,\"x\"]", "! number (1) and string (\"x\") cannot be added" },
  { ".[0] / .[1]", "[1,0]",
    "! number (1) and number (0) cannot be divided because the divisor is zero" },
  { NULL, NULL, NULL },
};

static const Row numbers[] = {
  { ".a, .a + 0, (.a | tostring)", "{\"a\":1.10}", "1.10 1.1 \"1.1\"" },
  { ".", "12345678901234567890", "12345678901234567890" },
  { ". + 0", "12345678901234567890", "12345678901234567000" },
  { "., . + 0", "1E400", "1E400 1.7976931348623157e+308" },
  { "-(.), . * 0.1", "3", "-3 0.30000000000000004" },
  { ". % 7, . % -2, -(.) % 3", "5", "5 1 -2" },
  { "1e19 % 7, 5 % 1e19", "null", "-1 5" },
  { "\"ab\" * ., \"ab\" * 0, \"ab\" * 0.5", "2", "\"abab\" null \"ab\"" },
  { "[.[] | floor]", "[1.5,-1.5,2]", "[1,-2,2]" },
  { "(. - .) / 1 | -(.)", "0", "-0" },
  { "[nan] | sort, (nan < 1), [nan]", "null", "[null] true [null]" },
  { "tonumber", "\" 0x1\"",
    "! Invalid numeric literal at EOF at line 1, column 4 (while parsing ' 0x1')" },
  { NULL, NULL, NULL },
};

static const Row assignments[] = {
  { ".a = 1", "{\"a\":{\"x\":1},\"b\":[ 1 ]}", "{\"a\":1,\"b\":[ 1 ]}" },
  { NULL, "null", "{\"a\":1}" },
  { NULL, "5", "! Cannot index number with string \"a\"" },
  { ".a.b |= . + 1", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}" },
  { ".a += (1, 2)", "{\"a\":1}", "{\"a\":2} {\"a\":3}" },
  { ".a //= 3", "{\"a\":null}", "{\"a\":3}" },
  { ".[] |= empty", "[1,2,3,4]", "[2,4]" },
  { ".[1:] = [9]", "[1,2,3]", "[1,9]" },
  { ".[3] = 1", "null", "[null,null,null,1]" },
  { ".[1000000000] = 1", "null", "! an array would have more than 1048576 elements" },
  { ".[-2] = 1", "[1]", "! Out of bounds negative array index" },
  { "del(.a, .b[0])", "{\"a\":1,\"b\":[1,2]}", "{\"b\":[2]}" },
  { "del(.[] | select(. > 1))", "[1,2,3]", "[1]" },
  { "[path(..)]", "{\"a\":[1]}", "[[],[\"a\"],[\"a\",0]]" },
  { "(.a // .b) |= 3", "{\"a\":null}", "{\"a\":null,\"b\":3}" },
  { NULL, NULL, NULL },
};

static const Row texts[] = {
  { "test(\"^[a-z]+/\")", "\"api/v1\"", "true" },
  { "[match(\"(b)(z)?\"; \"g\") | .captures[].string]", "\"abc\"", "[\"b\",null]" },
  { "[match(\"\"; \"g\").offset]", "\"abc\"", "[0,1,2]" },
  { "gsub(\"^a\"; \"b\")", "\"aaa\"", "\"bbb\"" },
  { "gsub(\"\"; \"b\")", "\"aaa\"", "\"bababa\"" },
  { "gsub(\"(?<l>[a-c])\"; \"<\\(.l)>\")", "\"axb\"", "\"<a>x<b>\"" },
  { "[splits(\", *\")], split(\"\")", "\"a, b\"", "[\"a\",\"b\"] [\"a\",\",\",\" \",\"b\"]" },
  { "ascii_upcase, explode, (explode | implode)", "\"aé\"", "\"Aé\" [97,233] \"aé\"" },
  { "index(\"b\"), rindex(\"b\"), indices(\"b\")", "\"ébab\"", "2 4 [2,4]" },
  { "index(\"\")", "\"abc\"", "! the empty string is everywhere: indices of it have no end" },
  { "@base64, @uri, @html", "\"<é\"", "\"PMOp\" \"%3C%C3%A9\" \"&lt;é\"" },
  { "@base64 \"\\(\"a\")-\", @base64 \"\\(\"a\")\", @base64 \"a\"", "1",
    "\"YQ==-\" \"YQ==\" \"a\"" },
  { "@csv, @tsv", "[1,\"a\\\"b\",null,true]",
    "\"1,\\\"a\\\"\\\"b\\\",,true\" \"1\\ta\\\"b\\t\\ttrue\"" },
  { ".[1:], .[-1:], length", "\"aéb\"", "\"éb\" \"b\" 3" },
  { "tojson, (tojson | fromjson)", "{\"a\":[1.0,\"\\u007f\"]}",
    "\"{\\\"a\\\":[1,\\\"\\\\u007f\\\"]}\" {\"a\":[1,\"\\u007f\"]}" },
  { NULL, NULL, NULL },
};

static const Row dates[] = {
  { "todate", "1425599621.9", "\"2015-03-05T23:53:41Z\"" },
  { NULL, "1e300", "! error converting number of seconds since epoch to datetime" },
  { NULL, "\"x\"", "! strftime/1 requires parsed datetime inputs" },
  { "fromdate", "\"2015-03-05T23:51:47Z\"", "1425599507" },
  { NULL, "\"2015-03-05\"", "! date \"2015-03-05\" does not match format \"%Y-%m-%dT%H:%M:%SZ\"" },
  { "gmtime", "1425599621", "[2015,2,5,23,53,41,4,63]" },
  { "strftime(\"%A, %d\")", "1425599621", "\"Thursday, 05\"" },
  { "strptime(\"%d %b %Y\") | mktime", "\"5 Mar 2015\"", "1425513600" },
  { NULL, NULL, NULL },
};

static void
test_takes_no_more_memory_for_the_next_record (void)
{
  g_autoptr (WeirExpression) expression = weir_expression_new_native ("[range(.)] | length", NULL);
  g_autofree char *large = evaluate (expression, "300000");
  g_autofree char *small = evaluate (expression, "3");

  g_assert_cmpstr (large, ==, "300000");
  g_assert_cmpstr (small, ==, "3");
}

static void
test_leaves_what_goes_too_deep_to_libjq (void)
{
  g_autoptr (WeirExpression) expression
      = weir_expression_new_native ("last(recurse(if . < 20000 then . + 1 else empty end))", NULL);
  guint64 before = weir_expression_get_n_deferred ();
  g_autofree char *outcome = evaluate (expression, "0");

  g_assert_cmpstr (outcome, ==, "20000");
  g_assert_cmpuint (weir_expression_get_n_deferred (), ==, before + 1);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pool = weir_buffer_pool_new (0);
  g_test_add_data_func ("/jq-eval/follows-paths", paths, check_rows);
  g_test_add_data_func ("/jq-eval/gives-outputs-in-the-order-of-jq", order, check_rows);
  g_test_add_data_func ("/jq-eval/fails-and-catches-as-jq-does", errors, check_rows);
  g_test_add_data_func ("/jq-eval/keeps-the-text-of-numbers-and-calculates-as-jq", numbers,
                        check_rows);
  g_test_add_data_func ("/jq-eval/assigns-and-deletes", assignments, check_rows);
  g_test_add_data_func ("/jq-eval/works-on-text", texts, check_rows);
  g_test_add_data_func ("/jq-eval/reads-and-writes-dates", dates, check_rows);
  g_test_add_func ("/jq-eval/takes-no-more-memory-for-the-next-record",
                   test_takes_no_more_memory_for_the_next_record);
  g_test_add_func ("/jq-eval/leaves-what-goes-too-deep-to-libjq",
                   test_leaves_what_goes_too_deep_to_libjq);
  result = g_test_run ();
  weir_buffer_pool_unref (pool);
  return result;
}
