/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "engine/weir-graph-tester-private.h"

typedef struct
{
  const WeirArguments *arguments;
  guint n_passed;
  guint n_failed;
  guint n_untested; /* files without tests */
  guint n_broken;   /* files with mistakes */
} WeirTestTally;

/* Also a file that is not JSON but was meant as a pipeline: its mistakes are to be seen. */
static gboolean
is_pipeline (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!g_file_get_contents (path, &text, NULL, NULL) || !strstr (text, "\"stages\""))
    return FALSE;
  if (!json_parser_load_from_data (parser, text, -1, NULL))
    return TRUE;

  JsonNode *root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root)
         && json_object_has_member (json_node_get_object (root), "stages");
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_folder (const char *path, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (!folder)
    return NULL;
  while ((name = g_dir_read_name (folder)))
    if (name[0] != '.')
      g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
find_pipelines (const char *path, GPtrArray *files, GError **error)
{
  g_autoptr (GPtrArray) entries = list_folder (path, error);

  for (guint i = 0; entries && i < entries->len; i++)
    {
      const char *entry = g_ptr_array_index (entries, i);
      gboolean is_folder = g_file_test (entry, G_FILE_TEST_IS_DIR);

      if (is_folder && g_file_test (entry, G_FILE_TEST_IS_SYMLINK))
        continue;
      if (is_folder && !find_pipelines (entry, files, error))
        return FALSE;
      if (!is_folder && g_str_has_suffix (entry, ".json") && is_pipeline (entry))
        g_ptr_array_add (files, g_strdup (entry));
    }

  return entries != NULL;
}

static void
print_indented (const char *text)
{
  g_autofree char *chomped = g_strchomp (g_strdup (text));
  g_auto (GStrv) lines = g_strsplit (chomped, "\n", -1);

  for (char **line = lines; *line; line++)
    printf ("    %s\n", *line);
}

static void
run_test (WeirTestTally *tally, WeirGraph *graph, const WeirGraphTest *test)
{
  g_autofree char *diff = weir_graph_tester_run (graph, test);

  printf ("%s %s\n", diff ? "not ok" : "ok", test->name);
  if (diff)
    {
      print_indented (diff);
      tally->n_failed++;
    }
  else
    tally->n_passed++;
  fflush (stdout);
}

/* Each test gets a graph of its own: state does not leak from one to the next. */
static void
test_file (WeirTestTally *tally, const char *file)
{
  for (guint i = 0;; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeirGraph) graph
          = weir_graph_new_from_file (file, tally->arguments->variables, &error);

      if (!graph)
        {
          weir_complain_error (error);
          tally->n_broken++;
          return;
        }
      if (i == 0)
        printf ("# %s%s\n", file, graph->tests->len == 0 ? ": no tests" : "");
      if (graph->tests->len == 0)
        tally->n_untested++;
      if (i >= graph->tests->len)
        return;

      run_test (tally, graph, g_ptr_array_index (graph->tests, i));
    }
}

static gboolean
test_path (WeirTestTally *tally, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    g_ptr_array_add (files, g_strdup (path));
  else if (!find_pipelines (path, files, &error))
    weir_complain ("%s", error->message);
  else if (files->len == 0)
    weir_complain ("test: no pipeline file in %s", path);

  for (guint i = 0; i < files->len; i++)
    test_file (tally, g_ptr_array_index (files, i));
  return files->len > 0 && !error;
}

int
weir_command_test (const WeirCliCommand *command, char **argv)
{
  int status;
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_SET, NULL, &status);
  WeirTestTally tally = { .arguments = arguments };
  gboolean found = TRUE;

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, -1))
    return WEIR_EXIT_USAGE;

  for (char **path = arguments->rest; *path; path++)
    found &= test_path (&tally, *path);

  printf ("%u passed, %u failed", tally.n_passed, tally.n_failed);
  if (tally.n_untested > 0)
    printf (", %u %s without tests", tally.n_untested, tally.n_untested == 1 ? "file" : "files");
  if (tally.n_broken > 0)
    printf (", %u %s with mistakes", tally.n_broken, tally.n_broken == 1 ? "file" : "files");
  putchar ('\n');
  if (tally.n_broken > 0 || !found)
    return WEIR_EXIT_USAGE;
  return tally.n_failed > 0 ? WEIR_EXIT_FAILED : WEIR_EXIT_DONE;
}
