/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-ends.h"

static void
test_counts (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPipeline) pipeline = make_pipeline (
      "{\"type\": \"source.generate\", \"count\": 5000, \"record\": 1}, {\"type\": \"sink.null\"}");

  g_assert_true (weir_pipeline_run (pipeline, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (count (pipeline, ".records.out"), ==, 5000);
  g_assert_cmpint (count (pipeline, ".bytes.out"), ==, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink/null/counts what it is given", test_counts);
  return g_test_run ();
}
