/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-ends.h"

#define SHELL "{\"type\": \"source.exec\", \"shell\": true, "

static void
assert_gives (const char *source, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = run_source (source, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, expected);
}

static void
assert_fails (const char *source, const char *expected, gint64 n_expected, const char *message)
{
  g_autoptr (GError) error = NULL;
  gint64 n_failed;
  g_autofree char *lines = run_source (source, &n_failed, &error);

  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN);
  if (strstr (error->message, message) == NULL)
    g_error ("no \"%s\" in \"%s\"", message, error->message);
  g_assert_cmpstr (lines, ==, expected);
  g_assert_cmpint (n_failed, ==, n_expected);
}

static void
test_output (void)
{
  assert_gives ("{\"type\": \"source.exec\", \"command\": [\"seq\", \"3\"]}", "1\n2\n3\n");
  assert_gives ("{\"type\": \"source.exec\", \"command\": \"true\"}", "");
  assert_gives (
      "{\"type\": \"source.exec\", \"command\": [\"printf\", \"%s\\n%s\", \"a b\", \"-$c\"]}",
      "a b\n-$c\n");
}

static void
test_shell (void)
{
  assert_gives (SHELL
                "\"command\": [\"echo $A $1 | tr a b\", \"a1\"], \"environment\": {\"A\": \"a0\"}}",
                "b0 b1\n");
}

static void
test_chain (void)
{
  assert_gives (
      "{\"type\": \"source.exec\", \"chain\": [[\"seq\", \"20\"], [\"grep\", \"1\"], \"tac\"], "
      "\"pipe-size\": \"64KiB\"}",
      "19\n18\n17\n16\n15\n14\n13\n12\n11\n10\n1\n");
  assert_gives (SHELL "\"chain\": [\"yes | head -9\", \"head -n 2\"]}", "y\ny\n");
}

static void
test_much (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = run_source (
      "{\"type\": \"source.exec\", \"command\": [\"seq\", \"200000\"]}", NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (lines, "\n199999\n200000\n"));
  g_assert_cmpuint (strlen (lines), ==, 1288895);
}

static void
test_failures (void)
{
  assert_fails (SHELL "\"command\": \"echo 1; printf half; echo why >&2; exit 3\"}", "1\n", 1,
                "exit status 3: why");
  assert_fails (SHELL "\"command\": \"kill -9 $$\"}", "", 0, "signal 9");
  assert_fails (SHELL "\"chain\": [\"seq 2; exit 4\", \"cat\"]}", "1\n2\n", 0, "exit status 4");
}

static void
test_no_start (void)
{
  assert_fails ("{\"type\": \"source.exec\", \"command\": \"/no/such\", \"restart\": \"always\"}",
                "", 0, "/no/such: cannot be started: exec: No such file or directory");
  assert_fails ("{\"type\": \"source.exec\", \"command\": \"true\", \"directory\": \"/no/such\"}",
                "", 0, "chdir");
}

static void
test_report (void)
{
  g_autoptr (WeirPipeline) pipeline
      = make_pipeline (SHELL "\"id\": \"x\", \"chain\": [\"echo 1; echo why >&2\", \"cat\"]}, "
                             "{\"type\": \"sink.null\"}");
  g_autofree char *text = NULL;

  g_assert_true (weir_pipeline_run (pipeline, NULL, NULL));
  g_assert_cmpint (count (pipeline, ".stages[0].workers.started"), ==, 2);
  g_assert_cmpint (count (pipeline, ".stages[0].workers.each[0].stderr_bytes.in"), ==, 4);
  g_assert_cmpint (count (pipeline, ".stages[0].workers.each[1].peak_bytes"), >, 0);

  g_object_get (weir_pipeline_get_stage (pipeline, "x"), "workers-report", &text, NULL);
  g_assert_nonnull (strstr (text, "\"end\":\"exit status 0: why\""));
}

static void
test_restart (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *source = g_strdup_printf (
      SHELL "\"restart\": \"on-failure\", \"restart-delay\": \"1ms\", "
            "\"command\": \"cd %s; printf x >>n; wc -c <n; [ $(wc -c <n) = 3 ]\"}",
      folder);

  assert_gives (source, "1\n2\n3\n");
  remove_folder (folder);
}

static void
test_bad_records (void)
{
  g_autoptr (GError) error = NULL;
  gint64 n_failed;
  g_autofree char *lines
      = run_source (SHELL "\"command\": \"echo 1; echo nope; echo 1234567890; echo 2\", "
                          "\"check\": \"full\", \"max-record\": 9}",
                    &n_failed, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "1\n2\n");
  g_assert_cmpint (n_failed, ==, 2);
}

static void
test_mistakes (void)
{
  static const char *const cases[][2] = {
    { "\"shell\": true", "/stages/0/command:" },
    { "\"shell\": true", "\"chain\"" },
    { "\"limits\": {\"cpu\": 1}", "/stages/0/limits/cpu:" },
    { "\"command\": []", "/stages/0/command:" },
    { "\"command\": \"a\", \"chain\": [[\"b\"]]", "/stages/0/chain:" },
    { "\"chain\": [[\"a\"], []]", "/stages/0/chain/1:" },
    { "\"chain\": [[\"a\"], [\"b\", 2]]", "/stages/0/chain/1/1:" },
    { "\"chain\": 3", "/stages/0/chain:" },
    { "\"command\": \"a\", \"limits\": {\"cpu\": 1}", "/stages/0/limits/cpu:" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = g_strdup_printf (
          "{\"stages\": [{\"type\": \"source.exec\", %s}, {\"type\": \"sink.null\"}]}",
          cases[i][0]);

      g_assert_null (weir_pipeline_new_from_json (text, &error));
      if (strstr (error->message, cases[i][1]) == NULL)
        g_error ("no %s in %s", cases[i][1], error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/source/exec/" name, test)
  ADD ("gives the lines that the command writes", test_output);
  ADD ("runs a script when asked to", test_shell);
  ADD ("joins a chain by pipes", test_chain);
  ADD ("reads more than a pipe holds", test_much);
  ADD ("tells how a command failed, and fails the torn line", test_failures);
  ADD ("ends the run when a command cannot be started", test_no_start);
  ADD ("tells in the report what its commands used", test_report);
  ADD ("starts a command again after a failure", test_restart);
  ADD ("fails bad records alone", test_bad_records);
  ADD ("tells mistakes in its options", test_mistakes);
  return g_test_run ();
}
