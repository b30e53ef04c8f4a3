/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>

#include "test-ends.h"

static const char sink[] = "{\"type\": \"sink.stdout\"}";

/* Standard output becomes @fd; returns what it was. */
static int
replace_stdout (int fd)
{
  int before;

  fflush (stdout);
  before = dup (STDOUT_FILENO);
  g_assert_cmpint (dup2 (fd, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (fd);
  return before;
}

static gint64
run_on (int fd, const char *lines, GError **error)
{
  int before = replace_stdout (fd);
  gint64 n = run_sink (sink, lines, error);

  close (replace_stdout (before));
  return n;
}

static gpointer
read_all (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  GString *seen = g_string_new (NULL);
  char bytes[4096];
  gssize n;

  while ((n = read (fd, bytes, sizeof bytes)) > 0)
    {
      g_string_append_len (seen, bytes, n);
      g_thread_yield ();
    }
  close (fd);
  return g_string_free (seen, FALSE);
}

static void
test_pipe (void)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *seen = NULL;
  GThread *thread;
  int fds[2];

  for (guint i = 0; i < 50000; i++)
    g_string_append_printf (lines, "{\"n\":%u}\n", i);
  g_assert_cmpint (pipe (fds), ==, 0);
  thread = g_thread_new ("reader", read_all, GINT_TO_POINTER (fds[0]));
  g_assert_cmpint (run_on (fds[1], lines->str, NULL), ==, 50000);
  seen = g_thread_join (thread);
  g_assert_cmpstr (seen, ==, lines->str);
}

static void
test_closed (void)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  close (fds[0]);
  g_assert_cmpint (run_on (fds[1], "1\n2\n3", &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_full (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run_on (open ("/dev/full", O_WRONLY), "1\n2\n3", &error), ==, 0);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "standard output: No space left on device"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink/stdout/writes lines to a slow pipe", test_pipe);
  g_test_add_func ("/sink/stdout/ends well when the reader goes away", test_closed);
  g_test_add_func ("/sink/stdout/says why it cannot write", test_full);
  return g_test_run ();
}
