/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include "graph/weir-affinity-private.h"

static char *
read_again (const char *text, gboolean verbatim)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autoptr (GArray) cpus = weir_affinity_read (node, verbatim, NULL);

  return cpus == NULL ? NULL : weir_affinity_format (cpus);
}

static void
test_a_list_keeps_its_order (void)
{
  g_autofree char *text = read_again (" 0 ,0-0", FALSE);
  g_autofree char *launch = read_again ("[0, 0]", TRUE);

  g_assert_cmpstr (text, ==, "0,0");
  g_assert_cmpstr (launch, ==, "0,0");
}

static void
test_what_is_no_list_is_a_mistake (void)
{
  static const char *const values[]
      = { "\"\"",        "\"a\"", "\"0,\"",   "\"1-0\"", "\"0-4000000000\"", "\"-1\"", "\"[0]\"",
          "\"0-99999\"", "[]",    "[-1]",     "[0.5]",   "[\"0\"]",          "[9999]", "0",
          "true",        "null",  "{\"a\":1}" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *json = g_strdup_printf (
          "{\"affinity\":%s,\"stages\":[{\"type\":\"source.app\"},{\"type\":\"sink.app\"}]}",
          values[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (json, &error);

      g_test_message ("%s", error->message);
      g_assert_null (pipeline);
      g_assert_nonnull (strstr (error->message, "/affinity: "));
    }
}

static void
test_without_threads_there_is_nothing_to_pin (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPipeline) pipeline
      = weir_pipeline_new_from_launch ("threads=0 affinity=0 ! source.app ! sink.app", &error);

  g_assert_null (pipeline);
  g_assert_nonnull (strstr (error->message, "/affinity: with \"threads\": 0"));
}

#define ADD(name, func) g_test_add_func ("/graph/affinity/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a list keeps its order", test_a_list_keeps_its_order);
  ADD ("what is no list is a mistake", test_what_is_no_list_is_a_mistake);
  ADD ("without threads there is nothing to pin", test_without_threads_there_is_nothing_to_pin);
  return g_test_run ();
}
