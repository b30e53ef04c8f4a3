/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include "test-ends.h"

typedef struct
{
  char *folder;
  char *path; /* folder/out.ndjson */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "out.ndjson", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static char *
sink_at (const char *path, const char *options)
{
  return g_strdup_printf ("{\"type\": \"sink.file\", \"path\": \"%s\"%s}", path, options);
}

/* Writes lines to the path: how many records were out. */
static gint64
put (Fixture *fixture, const char *options, const char *lines)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sink = sink_at (fixture->path, options);
  gint64 n = run_sink (sink, lines, &error);

  g_assert_no_error (error);
  return n;
}

static void
assert_content (Fixture *fixture, const char *expected)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

/* All files read back in the order of their names: the finished ones first. */
static char *
read_back (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *source
      = g_strdup_printf ("{\"type\": \"source.file\", \"path\": \"%s/out*\"}", fixture->folder);
  char *lines = run_source (source, NULL, &error);

  g_assert_no_error (error);
  return lines;
}

/* Counts the files, none of which is larger than @most bytes. */
static guint
count_files (Fixture *fixture, gint64 most)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  guint n = 0;

  for (const char *name; (name = g_dir_read_name (dir)) != NULL; n++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      GStatBuf status;

      g_assert_cmpint (g_stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_size, <=, most);
    }

  return n;
}

static char *
make_lines (guint n)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (lines, "{\"n\":%u,\"pad\":\"%08x\"}\n", i, i * 2654435761u);

  return g_string_free (lines, FALSE);
}

static void
test_append (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (put (fixture, "", "1\n2"), ==, 2);
  g_assert_cmpint (put (fixture, "", "3"), ==, 1);
  assert_content (fixture, "1\n2\n3\n");
}

static void
test_torn (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_file_set_contents (fixture->path, "half", -1, NULL));
  put (fixture, "", "1\n2");
  assert_content (fixture, "half\n1\n2\n");
}

static void
test_rotate_size (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lines = make_lines (5000);
  g_autofree char *seen = NULL;

  g_assert_cmpint (put (fixture, ", \"rotate-size\": \"10KiB\"", lines), ==, 5000);
  g_assert_cmpuint (count_files (fixture, 10240), >=, strlen (lines) / 10240);
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, lines);
}

static void
test_rotate_large_record (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (100, '7');
  g_autofree char *lines = g_strdup_printf ("1\n2\n%s\n%s\n3\n4\n", large, large);
  g_autofree char *seen = NULL;

  put (fixture, ", \"rotate-size\": 20", lines);
  g_assert_cmpuint (count_files (fixture, 101), ==, 4);
  assert_content (fixture, "3\n4\n");
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, lines);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRegex) pattern
      = g_regex_new ("^out-[0-9]{8}T[0-9]{6}Z-[0-9]{6}\\.ndjson$", 0, 0, NULL);
  g_autoptr (GDir) dir = NULL;

  put (fixture, ", \"rotate-size\": 4", "1\n2\n3\n4\n5\n6");
  put (fixture, ", \"rotate-size\": 4", "7\n8\n9");
  g_assert_cmpuint (count_files (fixture, 4), ==, 5);
  dir = g_dir_open (fixture->folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    if (strcmp (name, "out.ndjson") != 0)
      g_assert_true (g_regex_match (pattern, name, 0, NULL));
}

static void
compress (Fixture *fixture, const char *format)
{
  g_autofree char *lines = make_lines (20000);
  g_autofree char *twice = g_strconcat (lines, lines, NULL);
  g_autofree char *options = g_strdup_printf (", \"compress\": \"%s\"", format);
  g_autofree char *seen = NULL;
  GStatBuf status;

  g_assert_cmpint (put (fixture, options, lines), ==, 20000);
  g_assert_cmpint (put (fixture, options, lines), ==, 20000);
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpuint (status.st_size, <, strlen (lines));
  g_assert_cmpuint (count_files (fixture, G_MAXINT64), ==, 1);
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, twice);
}

static void
test_gzip (Fixture *fixture, gconstpointer data)
{
  compress (fixture, "gzip");
}

static void
test_zstd (Fixture *fixture, gconstpointer data)
{
  compress (fixture, "zstd");
}

static void
rotate_compressed (Fixture *fixture, const char *format)
{
  g_autofree char *lines = make_lines (50000);
  g_autofree char *options
      = g_strdup_printf (", \"compress\": \"%s\", \"rotate-size\": \"20KiB\"", format);
  g_autofree char *seen = NULL;

  g_assert_cmpint (put (fixture, options, lines), ==, 50000);
  g_assert_cmpuint (count_files (fixture, 20480), >, 10);
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, lines);
}

static void
test_rotate_gzip (Fixture *fixture, gconstpointer data)
{
  rotate_compressed (fixture, "gzip");
}

static void
test_rotate_zstd (Fixture *fixture, gconstpointer data)
{
  rotate_compressed (fixture, "zstd");
}

static void
test_unfinished (Fixture *fixture, gconstpointer data)
{
  const char *const formats[] = { "gzip", "zstd" };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *options = g_strdup_printf (", \"compress\": \"%s\"", formats[i]);
      GStatBuf status;

      put (fixture, options, "1\n2\n3");
      g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
      g_assert_cmpint (truncate (fixture->path, status.st_size - 3), ==, 0);
      put (fixture, options, "4");
      g_assert_cmpuint (count_files (fixture, 100), ==, i + 2);
      g_remove (fixture->path);
    }
}

static void
test_fsync (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lines = make_lines (300);
  g_autofree char *seen = NULL;

  put (fixture, ", \"fsync\": \"batch\", \"rotate-size\": \"4KiB\"", lines);
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, lines);
  remove_folder_content (fixture->folder);
  put (fixture, ", \"fsync\": \"rotate\", \"compress\": \"gzip\", \"rotate-size\": \"1KiB\"",
       lines);
  g_free (g_steal_pointer (&seen));
  seen = read_back (fixture);
  g_assert_cmpstr (seen, ==, lines);
}

static void
test_rotate_every (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autofree char *sink = sink_at (fixture->path, ", \"rotate-every\": \"1m\"");
  g_autofree char *text
      = g_strdup_printf ("{\"threads\": 0, \"stages\": [{\"type\": \"source.app\"}, %s]}", sink);
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (text, NULL);
  WeirAppSource *source = WEIR_APP_SOURCE (weir_pipeline_get_stage (pipeline, "app"));

  weir_pipeline_set_clock (pipeline, clock);
  weir_pipeline_run_async (pipeline, NULL, NULL, NULL);
  for (guint i = 0; i < 4; i++)
    {
      if (i != 2)
        weir_app_source_push (source, "1", -1);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      weir_test_clock_advance (WEIR_TEST_CLOCK (clock), 60 * G_GINT64_CONSTANT (1000000000));
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  g_assert_cmpuint (count_files (fixture, 2), ==, 4);
  assert_content (fixture, "");
  weir_pipeline_abort (pipeline);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
assert_fails (const char *path, const char *options, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sink = sink_at (path, options);

  g_assert_cmpint (run_sink (sink, "1\n2\n3", &error), ==, 0);
  g_assert_nonnull (error);
  if (strstr (error->message, words) == NULL || strstr (error->message, path) == NULL)
    g_error ("\"%s\" or \"%s\" is not in \"%s\"", words, path, error->message);
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "where", NULL);

  assert_fails (nowhere, "", "does not exist");
  assert_fails (fixture->folder, "", "directory");
  assert_fails ("/dev/full", "", "No space left");
  assert_fails ("/dev/full", ", \"compress\": \"gzip\"", "No space left");
  assert_fails ("/dev/null", ", \"rotate-size\": 10", "cannot be rotated");
}

static void
test_device (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sink = sink_at ("/dev/null", "");

  g_assert_cmpint (run_sink (sink, "1\n2\n3", NULL), ==, 3);
}

static gpointer
read_fifo (gpointer path)
{
  char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  return content;
}

static void
test_fifo (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lines = make_lines (20000);
  g_autofree char *seen = NULL;
  GThread *thread;

  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  thread = g_thread_new ("reader", read_fifo, fixture->path);
  g_assert_cmpint (put (fixture, "", lines), ==, 20000);
  seen = g_thread_join (thread);
  g_assert_cmpstr (seen, ==, lines);
}

static gboolean
has_file (Fixture *fixture, const char *start, const char *end)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_prefix (name, start) && g_str_has_suffix (name, end))
      return TRUE;
  return FALSE;
}

static void
test_extension (Fixture *fixture, gconstpointer data)
{
  static const char *const names[][3] = {
    { "10.0.0.1.log", "10.0.0.1-", "-000001.log" },
    { "a.b.ndjson.gz", "a.b-", "-000001.ndjson.gz" },
    { "c.gz", "c-", "-000001.gz" },
    { "plain", "plain-", "-000001" },
    { ".dot", ".dot-", "-000001" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_free (fixture->path);
      fixture->path = g_build_filename (fixture->folder, names[i][0], NULL);
      put (fixture, ", \"rotate-size\": 1", "1\n2\n");
      g_assert_true (has_file (fixture, names[i][1], names[i][2]));
    }
}

static void
test_start_that_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stages
      = g_strdup_printf ("{\"type\": \"source.app\"}, "
                         "{\"type\": \"sink.file\", \"path\": \"%s/none/out\"}, "
                         "{\"type\": \"sink.app\", \"id\": \"last\", \"from\": \"app\"}",
                         fixture->folder);
  g_autoptr (WeirPipeline) pipeline = make_pipeline (stages);

  g_assert_false (weir_pipeline_run (pipeline, NULL, &error));
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START);
  g_assert_null (weir_app_sink_pull (WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "last"))));
  g_assert_false (
      weir_app_source_push (WEIR_APP_SOURCE (weir_pipeline_get_stage (pipeline, "app")), "{}", -1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, test) g_test_add ("/sink/file/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("appends to what is there", test_append);
  ADD ("does not join a torn line", test_torn);
  ADD ("rotates by size and loses nothing", test_rotate_size);
  ADD ("gives a large record a file of its own", test_rotate_large_record);
  ADD ("names finished files after the stem and the time", test_names);
  ADD ("keeps the extension of finished files", test_extension);
  ADD ("writes gzip that grows by members", test_gzip);
  ADD ("writes zstd that grows by frames", test_zstd);
  ADD ("rotates gzip by its compressed size", test_rotate_gzip);
  ADD ("rotates zstd by its compressed size", test_rotate_zstd);
  ADD ("sets a compressed file aside that a crash cut off", test_unfinished);
  ADD ("waits for the disk when told to", test_fsync);
  ADD ("rotates by the clock of the pipeline", test_rotate_every);
  ADD ("names a file that it cannot write", test_errors);
  ADD ("writes to a device", test_device);
  ADD ("writes to a named pipe", test_fifo);
  ADD ("tells the ends of the application that the start failed", test_start_that_fails);
  return g_test_run ();
}
