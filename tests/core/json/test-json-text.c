/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-text-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void
assert_double (double value, const char *text)
{
  g_autoptr (GString) json = g_string_new (NULL);

  weir_json_append_double (json, value);
  g_assert_cmpstr (json->str, ==, text);
}

static void
test_prints_numbers_as_jq_does (void)
{
  assert_double (0, "0");
  assert_double (-0.0, "-0");
  assert_double (1, "1");
  assert_double (-1.5, "-1.5");
  assert_double (0.1, "0.1");
  assert_double (0.00012345, "0.00012345");
  assert_double (0.00001, "1e-05");
  assert_double (1e15, "1000000000000000");
  assert_double (1e16, "1e+16");
  assert_double (123e15, "123000000000000000");
  assert_double (1.5e17, "1.5e+17");
  assert_double (1e300, "1e+300");
  assert_double (5e-324, "5e-324");
  assert_double (1 / 3.0, "0.3333333333333333");
  assert_double (NAN, "null");
  assert_double (INFINITY, "1.7976931348623157e+308");
  assert_double (-INFINITY, "-1.7976931348623157e+308");
}

static double
random_double (GRand *random)
{
  union
  {
    guint64 bits;
    double value;
  } number;

  do
    number.bits = (guint64)g_rand_int (random) << 32 | g_rand_int (random);
  while (!isfinite (number.value));
  return number.value;
}

static void
test_numbers_read_back_as_they_were (void)
{
  GRand *random = g_rand_new_with_seed (1);

  for (guint i = 0; i < 100000; i++)
    {
      double value = random_double (random);
      double back = 0;
      g_autoptr (GString) json = g_string_new (NULL);
      WeirField field = { .type = WEIR_FIELD_NUMBER };

      weir_json_append_double (json, value);
      field.text = json->str;
      field.length = json->len;
      g_assert_true (weir_field_get_double (&field, &back));
      g_assert_true (memcmp (&back, &value, sizeof back) == 0);
    }
  g_rand_free (random);
}

static void
test_numbers_out_of_range_are_as_strtod_says (void)
{
  static const char *const texts[] = { "1e400", "-1e400", "1e-400", "-1e-400", "4e-324" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      WeirField field = { texts[i], strlen (texts[i]), WEIR_FIELD_NUMBER };
      double value = 1;

      g_assert_true (weir_field_get_double (&field, &value));
      g_assert_cmpfloat (value, ==, g_ascii_strtod (texts[i], NULL));
    }
}

static void
assert_string (const char *text, gssize length, const char *expected)
{
  g_autoptr (GString) json = g_string_new (NULL);

  weir_json_append_string (json, text, length);
  g_assert_cmpstr (json->str, ==, expected);
}

static void
test_escapes_what_must_be_and_no_more (void)
{
  assert_string ("", -1, "\"\"");
  assert_string ("a/b €\x7f", -1, "\"a/b €\x7f\"");
  assert_string ("\"\\\b\f\n\r\t", -1, "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
  assert_string ("\x01\x1f", -1, "\"\\u0001\\u001f\"");
  assert_string ("a\0b", 3, "\"a\\u0000b\"");
}

static void
test_repairs_what_is_not_utf8 (void)
{
  assert_string ("a\xffz", -1, "\"a\xef\xbf\xbdz\"");
}

static void
assert_unescaped (const char *json, const char *expected)
{
  WeirField field = { json, strlen (json), WEIR_FIELD_STRING };
  g_autofree char *string = weir_field_dup_string (&field);

  g_assert_cmpstr (string, ==, expected);
}

static void
test_unescapes_strings (void)
{
  assert_unescaped ("\"\"", "");
  assert_unescaped ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
  assert_unescaped ("\"\\u0041\\u00e9\\u20AC\"", "Aé€");
  assert_unescaped ("\"\\ud83d\\ude00\"", "😀");
  assert_unescaped ("\"\\ud83d\"", "\xef\xbf\xbd");
  assert_unescaped ("\"\\ude00x\"", "\xef\xbf\xbdx");
  assert_unescaped ("\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd😀");
  assert_unescaped ("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                          "A");
}

static void
test_only_strings_have_a_string (void)
{
  WeirField number = { "1", 1, WEIR_FIELD_NUMBER };
  WeirField string = { "\"1\"", 3, WEIR_FIELD_STRING };
  double value;

  g_assert_null (weir_field_dup_string (&number));
  g_assert_false (weir_field_get_double (&string, &value));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/text/prints-numbers-as-jq-does", test_prints_numbers_as_jq_does);
  g_test_add_func ("/json/text/numbers-read-back-as-they-were",
                   test_numbers_read_back_as_they_were);
  g_test_add_func ("/json/text/numbers-out-of-range-are-as-strtod-says",
                   test_numbers_out_of_range_are_as_strtod_says);
  g_test_add_func ("/json/text/escapes-what-must-be-and-no-more",
                   test_escapes_what_must_be_and_no_more);
  g_test_add_func ("/json/text/repairs-what-is-not-utf8", test_repairs_what_is_not_utf8);
  g_test_add_func ("/json/text/unescapes-strings", test_unescapes_strings);
  g_test_add_func ("/json/text/only-strings-have-a-string", test_only_strings_have_a_string);
  return g_test_run ();
}
