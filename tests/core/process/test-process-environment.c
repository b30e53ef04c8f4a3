/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-environment-private.h"

static GStrv
make_with_deadline (const char *environment, WeirFraming framing, gint64 deadline)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (WeirCommand) command = weir_command_new (argv);
  WeirChannel channel = { .options = { .framing = framing } };

  command->environment = g_strsplit (environment, ",", -1);
  return weir_process_make_environment (command, &channel, deadline);
}

static GStrv
make (const char *environment, WeirFraming framing)
{
  return make_with_deadline (environment, framing, 0);
}

static void
test_python_and_stdio_hold_no_line_back (void)
{
  g_auto (GStrv) lines = make ("A=b", WEIR_FRAMING_LINES);

  g_assert_cmpstr (g_environ_getenv (lines, "PYTHONUNBUFFERED"), ==, "1");
  if (!g_file_test ("/usr/libexec/coreutils/libstdbuf.so", G_FILE_TEST_EXISTS))
    return;
  g_assert_cmpstr (g_environ_getenv (lines, "_STDBUF_O"), ==, "L");
  g_assert_true (g_str_has_suffix (g_environ_getenv (lines, "LD_PRELOAD"), "libstdbuf.so"));
}

static void
test_frames_are_left_to_the_worker (void)
{
  g_auto (GStrv) frames = make ("A=b", WEIR_FRAMING_FRAMES);

  g_assert_cmpstr (g_environ_getenv (frames, "PYTHONUNBUFFERED"), ==, "1");
  g_assert_null (g_environ_getenv (frames, "LD_PRELOAD"));
}

static void
test_what_the_user_says_is_kept (void)
{
  g_auto (GStrv) lines
      = make ("PYTHONUNBUFFERED=,LD_PRELOAD=/lib/mine.so,_STDBUF_O=0", WEIR_FRAMING_LINES);

  g_assert_null (g_environ_getenv (lines, "PYTHONUNBUFFERED"));
  g_assert_null (g_environ_getenv (lines, "_STDBUF_O"));
  if (g_environ_getenv (lines, "LD_PRELOAD") != NULL)
    g_assert_true (g_str_has_prefix (g_environ_getenv (lines, "LD_PRELOAD"), "/lib/mine.so:"));
}

static void
test_without_a_channel_lines_are_expected (void)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (WeirCommand) command = weir_command_new (argv);
  g_auto (GStrv) environment = weir_process_make_environment (command, NULL, 0);
  g_auto (GStrv) lines = make ("A=b", WEIR_FRAMING_LINES);

  g_assert_true (g_strv_equal ((const char *const *)environment, (const char *const *)lines));
}

static void
assert_deadline (gint64 deadline, const char *expected)
{
  g_auto (GStrv) frames = make_with_deadline ("A=b", WEIR_FRAMING_FRAMES, deadline);

  g_assert_cmpstr (g_environ_getenv (frames, "WEIR_DEADLINE_MS"), ==, expected);
}

static void
test_a_deadline_is_told_in_milliseconds (void)
{
  assert_deadline (50000000, "50");
  assert_deadline (500000, "0.5");
  assert_deadline (1, "1e-06");
  assert_deadline (G_GINT64_CONSTANT (3600000000000), "3600000");
  assert_deadline (0, NULL);
}

static void
test_a_deadline_that_the_user_tells_is_kept (void)
{
  g_auto (GStrv) frames = make_with_deadline ("WEIR_DEADLINE_MS=7", WEIR_FRAMING_FRAMES, 1000000);

  g_assert_null (g_environ_getenv (frames, "WEIR_DEADLINE_MS"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("PYTHONUNBUFFERED");
  g_unsetenv ("LD_PRELOAD");
#define TEST(name) g_test_add_func ("/process-environment/" #name, test_##name)
  TEST (python_and_stdio_hold_no_line_back);
  TEST (frames_are_left_to_the_worker);
  TEST (what_the_user_says_is_kept);
  TEST (without_a_channel_lines_are_expected);
  TEST (a_deadline_is_told_in_milliseconds);
  TEST (a_deadline_that_the_user_tells_is_kept);
  return g_test_run ();
}
