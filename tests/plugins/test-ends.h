/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of sources and sinks share: they run whole pipelines, with an end of the
 * application's own at the other side. */

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <weir/weir.h>

#define ROOM "\"capacity\": 1000000"

static inline char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("weir-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

static inline void
remove_folder_content (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
}

static inline void
remove_folder (const char *folder)
{
  remove_folder_content (folder);
  g_rmdir (folder);
}

static inline WeirPipeline *
make_pipeline (const char *stages)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("{\"stages\": [%s]}", stages);
  WeirPipeline *pipeline = weir_pipeline_new_from_json (text, &error);

  g_assert_no_error (error);
  return pipeline;
}

static inline gint64
count (WeirPipeline *pipeline, const char *path)
{
  g_autofree char *report = weir_pipeline_get_report (pipeline);
  g_autoptr (WeirRecord) record = weir_record_new (report, -1);
  gboolean balanced = FALSE;
  gint64 n = -1;

  g_assert_true (weir_record_get_boolean (record, ".balanced", &balanced) && balanced);
  g_assert_true (weir_record_get_int64 (record, path, &n));
  return n;
}

/* The records that came to the sink of the application, as lines. */
static inline char *
pull_lines (WeirPipeline *pipeline)
{
  WeirAppSink *sink = WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "app"));
  GString *lines = g_string_new (NULL);
  WeirRecord *record;

  while ((record = weir_app_sink_try_pull (sink)) != NULL)
    {
      g_autofree char *text = weir_record_get_text (record);

      g_string_append_printf (lines, "%s\n", text);
      weir_record_free (record);
    }
  return g_string_free (lines, FALSE);
}

/* Runs a source to its end: what it gave, as lines. */
static inline char *
run_source (const char *source, gint64 *n_failed, GError **error)
{
  g_autofree char *stages = g_strdup_printf ("%s, {\"type\": \"sink.app\", " ROOM "}", source);
  g_autoptr (WeirPipeline) pipeline = make_pipeline (stages);

  weir_pipeline_run (pipeline, NULL, error);
  if (n_failed != NULL)
    *n_failed = count (pipeline, ".records.failed");
  return pull_lines (pipeline);
}

/* Runs a sink on some lines: how many records were out. */
static inline gint64
run_sink (const char *sink, const char *lines, GError **error)
{
  g_autofree char *stages = g_strdup_printf ("{\"type\": \"source.app\", " ROOM "}, %s", sink);
  g_autoptr (WeirPipeline) pipeline = make_pipeline (stages);
  WeirAppSource *source = WEIR_APP_SOURCE (weir_pipeline_get_stage (pipeline, "app"));
  g_auto (GStrv) texts = g_strsplit (lines, "\n", -1);

  for (guint i = 0; texts[i] != NULL; i++)
    g_assert_true (weir_app_source_push (source, texts[i], -1));
  weir_app_source_end (source);
  weir_pipeline_run (pipeline, NULL, error);
  return count (pipeline, ".records.out");
}
