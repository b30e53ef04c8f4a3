/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-private.h"

static void
test_reads_names_strings_and_indexes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPath) path = weir_path_new (".a.\"b c\"[\"d\\u0065\"][2].[-1]._x1", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (path->n_steps, ==, 6);
  g_assert_cmpstr (path->steps[0].key, ==, "a");
  g_assert_cmpstr (path->steps[1].key, ==, "b c");
  g_assert_cmpstr (path->steps[2].key, ==, "de");
  g_assert_null (path->steps[3].key);
  g_assert_cmpint (path->steps[3].index, ==, 2);
  g_assert_cmpint (path->steps[4].index, ==, -1);
  g_assert_cmpstr (path->steps[5].key, ==, "_x1");
}

static void
test_the_record_itself_has_no_steps (void)
{
  g_autoptr (WeirPath) path = weir_path_new (".", NULL);

  g_assert_cmpuint (path->n_steps, ==, 0);
}

static void
test_refuses_what_is_no_path (void)
{
  static const char *const bad[] = {
    "",       "a",     "..",    ".a.",  ".a b",           ".1",    ".[",       ".[]",
    ".[1",    ".[a]",  ".a-b",  ".\"a", ".a[ 1]",         ".[+1]", ".\"\\x\"", ".\"\\u0000\"",
    ".[1.5]", ".\xff", ".a|.b", "[0]",  ".[99999999999]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_null (weir_path_new (bad[i], &error));
      g_assert_error (error, WEIR_JSON_ERROR, WEIR_JSON_ERROR_PATH);
    }
}

static void
test_says_where_it_goes_wrong (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_path_new (".a.-", &error));
  g_assert_cmpstr (error->message, ==, "\".a.-\" is no field path: expected a name at 3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/path/reads-names-strings-and-indexes",
                   test_reads_names_strings_and_indexes);
  g_test_add_func ("/json/path/the-record-itself-has-no-steps",
                   test_the_record_itself_has_no_steps);
  g_test_add_func ("/json/path/refuses-what-is-no-path", test_refuses_what_is_no_path);
  g_test_add_func ("/json/path/says-where-it-goes-wrong", test_says_where_it_goes_wrong);
  return g_test_run ();
}
