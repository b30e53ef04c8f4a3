/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

/* Runs a fuzz target on each file of its corpus: fuzz-NAME CORPUS. The text has no byte after its
 * end that could be read unseen. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
run_file (gconstpointer path)
{
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_autofree guint8 *exact = g_memdup2 (text, length);
  LLVMFuzzerTestOneInput (exact, length);
}

static void
add_corpus (const char *corpus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (corpus, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/corpus/", name, NULL);
      g_test_add_data_func_full (path, g_build_filename (corpus, name, NULL), run_file, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    {
      g_printerr ("usage: %s CORPUS\n", argv[0]);
      return 2;
    }
  add_corpus (argv[1]);
  return g_test_run ();
}
