/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-testing.h>

static void
test_ports (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHarness) harness
      = weir_harness_new ("filter.match", "{\"where\": \".n > 1\"}", &error);

  g_assert_no_error (error);
  weir_harness_push (harness, "{\"n\":1}");
  weir_harness_push (harness, "{\"n\":2}");

  weir_harness_assert_pull (harness, "out", "{\"n\":2}");
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_assert_pull (harness, "else", "{\"n\":1}");
  g_assert_true (weir_harness_end (harness, &error));
}

static void
test_clock (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHarness) harness = weir_harness_new (
      "aggregate.group", "{\"every\": \"1m\", \"compute\": {\"n\": \"count()\"}}", &error);

  g_assert_no_error (error);
  weir_harness_push (harness, "{}");
  weir_harness_assert_pull (harness, "out", NULL);
  weir_harness_advance (harness, 60 * G_GINT64_CONSTANT (1000000000));
  weir_harness_assert_pull (harness, "out", "{\"n\":1}");
}

static void
test_dead_letter (void)
{
  g_autoptr (WeirHarness) harness
      = weir_harness_new ("filter.match", "{\"where\": \".n > 1\"}", NULL);
  g_autofree char *letter = NULL;

  weir_harness_push (harness, "{\"n\":");
  letter = weir_harness_pull (harness, "failed");
  g_assert_true (g_str_has_prefix (letter, "{\"reason\":\"failed\",\"stage\":\"stage\","));
}

static void
test_mistake (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHarness) harness = weir_harness_new ("filter.match", "{\"wher\": 1}", &error);

  g_assert_null (harness);
  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/harness/gives what left by each port", test_ports);
  g_test_add_func ("/harness/turns the clock of the stage", test_clock);
  g_test_add_func ("/harness/tells why a record ended", test_dead_letter);
  g_test_add_func ("/harness/refuses options with mistakes", test_mistake);
  return g_test_run ();
}
