/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-batch-private.h"

#include <math.h>

static const char sample[]
    = "{\"s\":\"a\\nb\",\"n\":42,\"f\":1.5,\"e\":1e3,\"big\":9223372036854775808,"
      "\"low\":-9223372036854775808,\"t\":true,\"z\":null,\"o\":{\"k\":[1,2]}}";

static void
assert_text (const WeirRecord *record, const char *expected)
{
  g_autofree char *text = weir_record_get_text (record);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_reads_by_path (void)
{
  g_autoptr (WeirRecord) record = weir_record_new (sample, -1);
  g_autofree char *string = weir_record_get_string (record, ".s");
  g_autofree char *json = weir_record_get_json (record, ".o.k");
  gint64 integer = 0;
  double number = 0;
  gboolean boolean = FALSE;

  g_assert_cmpstr (string, ==, "a\nb");
  g_assert_cmpstr (json, ==, "[1,2]");
  g_assert_true (weir_record_get_int64 (record, ".o.k[-1]", &integer));
  g_assert_cmpint (integer, ==, 2);
  g_assert_true (weir_record_get_double (record, ".f", &number));
  g_assert_cmpfloat (number, ==, 1.5);
  g_assert_true (weir_record_get_boolean (record, ".t", &boolean));
  g_assert_true (boolean);
  g_assert_true (weir_record_has (record, ".z"));
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_PASS);
}

static void
test_what_is_absent_fails_nothing (void)
{
  g_autoptr (WeirRecord) record = weir_record_new (sample, -1);
  gint64 integer;

  g_assert_false (weir_record_has (record, ".nope.x"));
  g_assert_null (weir_record_get_string (record, ".nope"));
  g_assert_null (weir_record_get_string (record, ".n"));
  g_assert_null (weir_record_get_json (record, ".n.x"));
  g_assert_false (weir_record_get_int64 (record, ".s", &integer));
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_PASS);
}

static void
test_integers_are_whole_and_in_range (void)
{
  g_autoptr (WeirRecord) record = weir_record_new (sample, -1);
  gint64 value = 7;

  g_assert_false (weir_record_get_int64 (record, ".f", &value));
  g_assert_false (weir_record_get_int64 (record, ".big", &value));
  g_assert_cmpint (value, ==, 7);
  g_assert_true (weir_record_get_int64 (record, ".low", &value));
  g_assert_cmpint (value, ==, G_MININT64);
  g_assert_true (weir_record_get_int64 (record, ".e", &value));
  g_assert_cmpint (value, ==, 1000);
}

static void
test_a_getter_fails_a_record_that_is_not_json (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("{\"a\":1", -1);

  g_assert_null (weir_record_get_json (record, ".a"));
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_FAILED);
}

static void
test_sets_by_path (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("{\"a\":1}", -1);

  weir_record_set_string (record, ".a", "x\"y");
  weir_record_set_int64 (record, ".i", G_MININT64);
  weir_record_set_double (record, ".d", 0.5);
  weir_record_set_double (record, ".nan", NAN);
  weir_record_set_boolean (record, ".b.c", TRUE);
  weir_record_set_json (record, ".j", " [1,\n2] ");
  weir_record_remove (record, ".d");
  assert_text (record, "{\"a\":\"x\\\"y\",\"i\":-9223372036854775808,\"nan\":null,"
                       "\"b\":{\"c\":true},\"j\":[1, 2]}");
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_PASS);
}

static void
test_a_value_that_does_not_fit_fails_the_record (void)
{
  static const char *const changes[][2]
      = { { ".a.b", "1" }, { ".x", "{" }, { ".x", "1 2" }, { "x", "1" }, { ".l[5]", "1" } };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (WeirRecord) record = weir_record_new ("{\"a\":1,\"l\":[]}", -1);

      weir_record_set_json (record, changes[i][0], changes[i][1]);
      g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_FAILED);
      assert_text (record, "{\"a\":1,\"l\":[]}");
    }
}

static void
test_a_record_of_a_batch_says_why (void)
{
  WeirBufferPool *pool = weir_buffer_pool_new (0);
  WeirBatch *batch = weir_batch_new (pool);
  WeirRecord *record = weir_batch_append (batch);

  *record = (WeirRecord){ .batch = batch };
  weir_record_set_text (record, "{\"a\":[]}", -1);
  weir_record_set_int64 (record, ".a[0]", 5);
  assert_text (record, "{\"a\":[5]}");
  weir_record_set_int64 (record, ".a.b", 5);
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_FAILED);
  g_assert_cmpstr (weir_batch_get_message (batch, record), ==, ".a is an array, not an object");
  weir_batch_free (batch);
  weir_buffer_pool_unref (pool);
}

static void
test_a_change_keeps_a_checked_record_checked (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("{}", -1);

  record->flags |= WEIR_RECORD_CHECKED;
  weir_record_set_int64 (record, ".a", 1);
  g_assert_true (record->flags & WEIR_RECORD_CHECKED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/record/reads-by-path", test_reads_by_path);
  g_test_add_func ("/json/record/what-is-absent-fails-nothing", test_what_is_absent_fails_nothing);
  g_test_add_func ("/json/record/integers-are-whole-and-in-range",
                   test_integers_are_whole_and_in_range);
  g_test_add_func ("/json/record/a-getter-fails-a-record-that-is-not-json",
                   test_a_getter_fails_a_record_that_is_not_json);
  g_test_add_func ("/json/record/sets-by-path", test_sets_by_path);
  g_test_add_func ("/json/record/a-value-that-does-not-fit-fails-the-record",
                   test_a_value_that_does_not_fit_fails_the_record);
  g_test_add_func ("/json/record/a-record-of-a-batch-says-why", test_a_record_of_a_batch_says_why);
  g_test_add_func ("/json/record/a-change-keeps-a-checked-record-checked",
                   test_a_change_keeps_a_checked_record_checked);
  return g_test_run ();
}
