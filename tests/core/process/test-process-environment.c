/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-environment-private.h"

static GStrv
make (const char *environment, WeirFraming framing)
{
  const char *argv[] = { "cat", NULL };
  g_autoptr (WeirCommand) command = weir_command_new (argv);
  WeirChannel channel = { .options = { .framing = framing } };

  command->environment = g_strsplit (environment, ",", -1);
  return weir_process_make_environment (command, &channel);
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
  g_auto (GStrv) environment = weir_process_make_environment (command, NULL);
  g_auto (GStrv) lines = make ("A=b", WEIR_FRAMING_LINES);

  g_assert_true (g_strv_equal ((const char *const *)environment, (const char *const *)lines));
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
  return g_test_run ();
}
