/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-exec.h"

static void
test_valid (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("validate.exec", "[\"sed\", \"s/.*/true/\"]", "");

  push_words (harness, "{\"n\":1} [2]");
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 2);
  assert_all (harness, "out", "{\"n\":1} [2]");
}

static void
test_false (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("validate.exec", "[\"sed\", \"s/1/false/\"]", "");

  push_words (harness, "true 1");
  g_assert_cmpint (end_and_count (harness, ".records.invalid"), ==, 1);
  assert_all (harness, "out", "true");
  assert_letter (harness, "invalid", "the worker answered false");
}

static void
test_error (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("validate.exec", "[\"cat\"]", "");

  push_words (harness, "true {\"error\":\"too\\u0020bad\"}");
  g_assert_cmpint (end_and_count (harness, ".records.invalid"), ==, 1);
  assert_letter (harness, "invalid", "too bad");
}

static void
test_other_answers (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("validate.exec", "[\"cat\"]", "");

  push_words (harness, "{\"eror\":1} {\"error\":1} maybe");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 3);
  assert_letter (harness, "failed", "\"{\"eror\":1}\"; true, false or {\"error\"");
}

static void
test_hopeless (void)
{
  assert_hopeless ("validate.exec");
}

#define ADD(name, func) g_test_add_func ("/validate-exec/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("passes what is answered with true, untouched", test_valid);
  ADD ("rejects what is answered with false", test_false);
  ADD ("rejects with the message of an error object", test_error);
  ADD ("fails what is answered with anything else", test_other_answers);
  ADD ("ends the run when its command cannot be started", test_hopeless);
  return g_test_run ();
}
