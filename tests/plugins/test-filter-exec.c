/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-exec.h"

/* Even numbers pass. */
#define EVEN "[\"sed\", \"s/.*[02468]$/true/; t; s/.*/false/\"]"

static void
test_answers (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("filter.exec", EVEN, "");

  push_words (harness, "1 2 3 4");
  end_and_count (harness, ".records.out");
  assert_all (harness, "out", "2 4");
  assert_all (harness, "else", "1 3");
}

static void
test_other_answers (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("filter.exec", "[\"sed\", \"s/1/true/\"]", "");

  push_words (harness, "1 \"maybe\" 1");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_all (harness, "out", "1 1");
  assert_letter (harness, "failed", "the worker answered \"\"maybe\"\"");
}

static void
test_empty_answer (void)
{
  g_autoptr (WeirHarness) harness = make_exec ("filter.exec", "[\"sed\", \"s/.*//\"]", "");

  push_words (harness, "1");
  g_assert_cmpint (end_and_count (harness, ".records.failed"), ==, 1);
  assert_letter (harness, "failed", "the worker answered \"\"");
}

/* What is not read is not changed, also when its mates leave before it. */
static void
test_free_order (void)
{
  g_autoptr (WeirHarness) harness
      = make_exec ("filter.exec", EVEN, ", \"order\": \"free\", \"workers\": 3, \"in-flight\": 2");

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      weir_harness_push (harness, text);
    }
  g_assert_cmpint (end_and_count (harness, ".records.out"), ==, 1000);
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *text = weir_harness_pull (harness, "out");

      g_assert_nonnull (text);
      g_assert_cmpint (atoi (text) % 2, ==, 0);
    }
}

static void
test_hopeless (void)
{
  assert_hopeless ("filter.exec");
}

#define ADD(name, func) g_test_add_func ("/filter-exec/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("passes what is answered with true, untouched", test_answers);
  ADD ("fails what is answered with anything else", test_other_answers);
  ADD ("fails what is answered with nothing", test_empty_answer);
  ADD ("passes records in the order of the answers", test_free_order);
  ADD ("ends the run when its command cannot be started", test_hopeless);
  return g_test_run ();
}
