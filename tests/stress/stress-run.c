/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-run.h"

#include <unistd.h>

#define WATCHDOG_SECONDS 300

const guint stress_threads[5] = { 0, 1, 2, 3, 8 };

void
stress_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  alarm (WATCHDOG_SECONDS);
  stress_stages_register ();
}

WeirPipeline *
stress_pipeline_new (guint threads, const char *stages)
{
  g_autofree char *json
      = g_strdup_printf ("{\"name\":\"stress\",\"threads\":%u,\"stages\":[%s]}", threads, stages);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = weir_graph_new_from_text ("stress", json, -1, NULL, &error);

  g_test_message ("%s", json);
  g_assert_no_error (error);
  return weir_pipeline_new_from_graph (graph);
}

guint64
stress_run (WeirPipeline *pipeline)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirReport) report = NULL;

  weir_pipeline_run (pipeline, NULL, &error);
  g_assert_no_error (error);
  report = weir_pipeline_snapshot (pipeline);
  g_assert_true (report->balanced);
  return report->records.in_flight;
}

gpointer
stress_get (WeirPipeline *pipeline, const char *id)
{
  WeirStage *stage = weir_pipeline_get_stage (pipeline, id);

  g_assert_nonnull (stage);
  return stage;
}

void
stress_sink_set_stalled (StressSink *sink, gboolean stalled)
{
  __atomic_store_n (&sink->stalled, stalled, __ATOMIC_RELEASE);
  weir_stage_wake (WEIR_STAGE (sink));
}
