/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-private.h"
#include "test-stages.h"

/* tests/fixtures/broken: NAME.json is a pipeline that goes wrong in one way, NAME.expected what is
 * said of it. WEIR_TEST_WRITE=1 writes down what is said, to be read before it is kept. */

static void
what_is_wrong_is_told_as_expected (gconstpointer data)
{
  const char *path = data;
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".json"));
  g_autofree char *beside = g_strconcat (stem, ".expected", NULL);
  g_autofree char *text = NULL, *expected = NULL, *got = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_null (weir_graph_new_from_text (base, text, length, NULL, &error));
  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
  got = g_strconcat (error->message, "\n", NULL);
  if (g_getenv ("WEIR_TEST_WRITE") != NULL)
    g_file_set_contents (beside, got, -1, NULL);
  g_assert_true (g_file_get_contents (beside, &expected, NULL, NULL));
  g_assert_cmpstr (got, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_stages_add ();
  g_autofree char *folder = g_build_filename (g_getenv ("WEIR_TEST_FIXTURES"), "broken", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".json"))
      {
        g_autofree char *path = g_strconcat ("/broken-pipelines/", name, NULL);
        g_test_add_data_func_full (path, g_build_filename (folder, name, NULL),
                                   what_is_wrong_is_told_as_expected, g_free);
      }
  return g_test_run ();
}
