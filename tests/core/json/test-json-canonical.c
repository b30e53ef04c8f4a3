/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <weir/weir-json.h>

static void
assert_canonical (const char *text, const char *expected)
{
  g_autoptr (GString) json = g_string_new (NULL);

  weir_json_append_canonical (json, text, strlen (text));
  g_assert_cmpstr (json->str, ==, expected);
}

static void
equal_scalars_have_one_text (void)
{
  assert_canonical ("1", "1");
  assert_canonical ("1.0", "1");
  assert_canonical ("10e-1", "1");
  assert_canonical ("-0.0", "0");
  assert_canonical ("0.50", "0.5");
  assert_canonical ("-12", "-12");
  assert_canonical ("12345678901234567890", "12345678901234567000");
  assert_canonical ("\"\\u0061\\/\"", "\"a/\"");
  assert_canonical ("\"a\\\"\\\\\"", "\"a\\\"\\\\\"");
  assert_canonical ("\"\"", "\"\"");
  assert_canonical (" null ", "null");
  assert_canonical ("true", "true");
}

static void
equal_objects_have_one_text (void)
{
  assert_canonical ("{\"b\": 1, \"a\": [ 1.0, {} , []]}", "{\"a\":[1,{},[]],\"b\":1}");
  assert_canonical ("{\"a\":[1,{},[]],\"b\":1}", "{\"a\":[1,{},[]],\"b\":1}");
  assert_canonical ("{\"\\u0062\":{\"z\":1,\"y\":\"}\\\"\"},\"a\":2}",
                    "{\"a\":2,\"b\":{\"y\":\"}\\\"\",\"z\":1}}");
}

static void
the_last_of_repeated_keys_counts (void)
{
  assert_canonical ("{\"a\":1,\"b\":2,\"a\":3,\"\\u0061\":4}", "{\"a\":4,\"b\":2}");
}

static void
what_breaks_off_ends (void)
{
  assert_canonical ("", "");
  assert_canonical ("[1", "[1]");
  assert_canonical ("{\"a\"", "{\"a\":}");
  assert_canonical ("[:", "[:]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/json-canonical/" #test, test)
  ADD (equal_scalars_have_one_text);
  ADD (equal_objects_have_one_text);
  ADD (the_last_of_repeated_keys_counts);
  ADD (what_breaks_off_ends);

  return g_test_run ();
}
