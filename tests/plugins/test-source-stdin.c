/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>

#include "test-ends.h"

static const char source[] = "{\"type\": \"source.stdin\"}";

/* Standard input becomes a pipe; returns the other end. */
static int
replace_stdin (void)
{
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_cmpint (dup2 (fds[0], STDIN_FILENO), ==, STDIN_FILENO);
  close (fds[0]);
  return fds[1];
}

static void
test_pipe (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;
  int fd = replace_stdin ();

  g_assert_cmpint (write (fd, "1\n\n2\r\n3", 7), ==, 7);
  close (fd);
  lines = run_source (source, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "1\n2\n3\n");
  g_assert_cmpint (fcntl (STDIN_FILENO, F_GETFL) & O_NONBLOCK, ==, 0);
}

static gpointer
write_slowly (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  for (guint i = 0; i < 1000; i++)
    {
      g_assert_cmpint (write (fd, "{\"a\":", 5), ==, 5);
      g_thread_yield ();
      g_assert_cmpint (write (fd, "1}\n", 3), ==, 3);
    }
  close (fd);
  return NULL;
}

static void
test_slow_writer (void)
{
  g_autofree char *lines = NULL;
  GThread *thread = g_thread_new ("writer", write_slowly, GINT_TO_POINTER (replace_stdin ()));
  gint64 n_failed;

  lines = run_source (source, &n_failed, NULL);
  g_thread_join (thread);
  g_assert_cmpuint (strlen (lines), ==, 1000 * 8);
  g_assert_cmpint (n_failed, ==, 0);
}

static gpointer
run (gpointer pipeline)
{
  weir_pipeline_run (pipeline, NULL, NULL);
  return NULL;
}

static void
test_stop (void)
{
  g_autoptr (WeirPipeline) pipeline
      = make_pipeline ("{\"type\": \"source.stdin\"}, {\"type\": \"sink.app\"}");
  g_autoptr (GThread) thread = NULL;
  g_autofree char *lines = NULL;
  int fd = replace_stdin ();
  WeirRecord *first;

  g_assert_cmpint (write (fd, "1\n2\nhal", 7), ==, 7);
  thread = g_thread_new ("run", run, pipeline);
  first = weir_app_sink_pull (WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "app")));
  weir_record_free (first);
  weir_pipeline_stop (pipeline);
  g_thread_join (g_steal_pointer (&thread));
  lines = pull_lines (pipeline);
  g_assert_cmpstr (lines, ==, "2\n");
  g_assert_cmpint (count (pipeline, ".records.in"), ==, 3);
  g_assert_cmpint (count (pipeline, ".records.failed"), ==, 1);
  close (fd);
}

static void
test_directory (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;
  int fd = open ("/", O_RDONLY);

  g_assert_cmpint (dup2 (fd, STDIN_FILENO), ==, STDIN_FILENO);
  close (fd);
  lines = run_source (source, NULL, &error);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "standard input: Is a directory"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/stdin/reads a pipe to its end", test_pipe);
  g_test_add_func ("/source/stdin/waits for a slow writer", test_slow_writer);
  g_test_add_func ("/source/stdin/counts all that it read when it is stopped", test_stop);
  g_test_add_func ("/source/stdin/says why it cannot read", test_directory);
  return g_test_run ();
}
