/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-ends.h"

typedef struct
{
  char *folder;
  char *path; /* of a file that commands write */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = make_folder ();
  fixture->path = g_build_filename (fixture->folder, "out", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static gint64
run (Fixture *fixture, const char *script, const char *options, const char *lines, GError **error)
{
  g_autofree char *sink
      = g_strdup_printf ("{\"type\": \"sink.exec\", \"command\": \"%s\", \"shell\": true, "
                         "\"directory\": \"%s\"%s}",
                         script, fixture->folder, options);

  return run_sink (sink, lines, error);
}

static void
assert_content (Fixture *fixture, const char *expected)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

/* Lines that are more than a pipe holds. */
static char *
make_lines (guint n)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (lines, "%s\"%0100u\"", i > 0 ? "\n" : "", i);
  return g_string_free (lines, FALSE);
}

static void
test_input (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run (fixture, "tac >out", "", "1\n2\n3", &error), ==, 3);
  g_assert_no_error (error);
  assert_content (fixture, "3\n2\n1\n");
}

static void
test_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = make_lines (20000);

  g_assert_cmpint (run (fixture, "wc -l >out", "", lines, &error), ==, 20000);
  g_assert_no_error (error);
  assert_content (fixture, "20000\n");
}

static void
test_failure_at_the_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run (fixture, "cat >out; echo why >&2; exit 3", "", "1\n2", &error), ==, 2);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "exit status 3: why"));
  assert_content (fixture, "1\n2\n");
}

static void
test_death (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = make_lines (20000);

  g_assert_cmpint (run (fixture, "read a; kill -9 $$", "", lines, &error), <, 20000);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "signal 9"));
}

/* It is warned of. */
static void
test_enough (Fixture *fixture, gconstpointer data)
{
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = make_lines (20000);

  g_assert_cmpint (run (fixture, "head -c 1 >out", "", lines, &error), <, 20000);
  g_log_set_always_fatal (fatal);
  g_assert_no_error (error);
  assert_content (fixture, "\"");
}

static void
test_no_start (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run_sink ("{\"type\": \"sink.exec\", \"command\": \"/no/such\", \"restart\": "
                             "\"always\"}",
                             "1\n2", &error),
                   ==, 0);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "/no/such: cannot be started: exec: No such file"));
}

static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = make_lines (20000);
  const char *script = "if [ -e again ]; then tail -n 1 >out; else touch again; exit 1; fi";

  g_assert_cmpint (run (fixture, script,
                        ", \"restart\": \"on-failure\", \"restart-delay\": \"1ms\"", lines, &error),
                   ==, 20000);
  g_assert_no_error (error);

  g_autofree char *last = g_strdup_printf ("\"%0100u\"\n", 19999);
  assert_content (fixture, last);
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run (fixture, "exec sleep 1000", ", \"timeout\": \"10ms\"", "1", &error), ==, 1);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "did not end in time"));
  g_assert_nonnull (strstr (error->message, "signal 15"));
}

static void
test_stuck (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = make_lines (1000);

  g_assert_cmpint (run (fixture, "exec sleep 1000", ", \"timeout\": \"10ms\"", lines, &error), <,
                   1000);
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  g_assert_nonnull (strstr (error->message, "took no records in time"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/sink/exec/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("hands the command each record as a line", test_input);
  ADD ("writes more than a pipe holds", test_much);
  ADD ("fails when the command fails at the end", test_failure_at_the_end);
  ADD ("fails what a command that died did not take", test_death);
  ADD ("ends without an error when the command wants no more", test_enough);
  ADD ("takes nothing for a command that cannot be started", test_no_start);
  ADD ("gives the rest to the command that follows", test_restart);
  ADD ("ends a command that does not end", test_timeout);
  ADD ("ends a command that takes nothing while the run ends", test_stuck);
  return g_test_run ();
}
