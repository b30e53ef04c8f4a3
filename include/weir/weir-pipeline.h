/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_PIPELINE (weir_pipeline_get_type ())
WEIR_API G_DECLARE_FINAL_TYPE (WeirPipeline, weir_pipeline, WEIR, PIPELINE, GObject)

WEIR_API WeirPipeline *weir_pipeline_new_from_file (const char *path,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirPipeline *weir_pipeline_new_from_json (const char *text,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirPipeline *weir_pipeline_new_from_launch (const char *line,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

WEIR_API const char *weir_pipeline_get_name (WeirPipeline *pipeline);
WEIR_API WeirStage *weir_pipeline_get_stage (WeirPipeline *pipeline, const char *id);
WEIR_API void weir_pipeline_set_clock (WeirPipeline *pipeline, WeirClock *clock);

WEIR_API gboolean weir_pipeline_run (WeirPipeline *pipeline, GCancellable *cancellable,
                                     GError **error);
WEIR_API void weir_pipeline_run_async (WeirPipeline *pipeline, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
WEIR_API gboolean weir_pipeline_run_finish (WeirPipeline *pipeline, GAsyncResult *result,
                                            GError **error);
WEIR_API void weir_pipeline_stop (WeirPipeline *pipeline);
WEIR_API void weir_pipeline_abort (WeirPipeline *pipeline);

WEIR_API char *weir_pipeline_get_report (WeirPipeline *pipeline);

G_END_DECLS
