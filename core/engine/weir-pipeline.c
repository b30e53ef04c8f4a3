/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-pipeline-private.h"

#include "engine/weir-run-private.h"

/* A checked graph that can be run once. The pipeline owns the graph and the run; the stages belong
 * to the graph. A run holds a reference to the pipeline until its end has been told. All functions
 * are called on one thread, the control thread, except weir_pipeline_stop() and
 * weir_pipeline_abort(). */
struct _WeirPipeline
{
  GObject parent;

  WeirGraph *graph;
  WeirClock *clock;
  WeirRun *run; /* atomic */
  GTask *task;
  gulong cancelled_id;
};

G_DEFINE_FINAL_TYPE (WeirPipeline, weir_pipeline, G_TYPE_OBJECT)

static void
weir_pipeline_finalize (GObject *object)
{
  WeirPipeline *pipeline = WEIR_PIPELINE (object);

  g_clear_pointer (&pipeline->run, weir_run_free);
  g_clear_pointer (&pipeline->graph, weir_graph_unref);
  g_clear_object (&pipeline->clock);
  G_OBJECT_CLASS (weir_pipeline_parent_class)->finalize (object);
}

static void
weir_pipeline_class_init (WeirPipelineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weir_pipeline_finalize;
}

static void
weir_pipeline_init (WeirPipeline *pipeline)
{
  pipeline->clock = g_object_ref (weir_clock_get_system ());
}

WeirPipeline *
weir_pipeline_new_from_graph (WeirGraph *graph)
{
  WeirPipeline *pipeline = g_object_new (WEIR_TYPE_PIPELINE, NULL);

  pipeline->graph = weir_graph_ref (graph);
  return pipeline;
}

static WeirPipeline *
take_graph (WeirGraph *graph)
{
  g_autoptr (WeirGraph) taken = graph;

  return taken == NULL ? NULL : weir_pipeline_new_from_graph (taken);
}

/**
 * weir_pipeline_new_from_file: (constructor)
 * @path: (type filename): a pipeline file
 * @error: return location for an error
 *
 * Reads and checks a pipeline file. All mistakes are in the message of the error, a line each.
 *
 * Errors: %WEIR_GRAPH_ERROR_READ, %WEIR_GRAPH_ERROR_MISTAKES.
 *
 * Returns: (transfer full): a pipeline that can be run
 */
WeirPipeline *
weir_pipeline_new_from_file (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return take_graph (weir_graph_new_from_file (path, NULL, error));
}

/**
 * weir_pipeline_new_from_json: (constructor)
 * @text: a pipeline file as text
 * @error: return location for an error
 *
 * Checks a pipeline. All mistakes are in the message of the error, a line each.
 *
 * Errors: %WEIR_GRAPH_ERROR_MISTAKES.
 *
 * Returns: (transfer full): a pipeline that can be run
 */
WeirPipeline *
weir_pipeline_new_from_json (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  return take_graph (weir_graph_new_from_text ("pipeline", text, -1, NULL, error));
}

/**
 * weir_pipeline_new_from_launch: (constructor)
 * @line: a launch line: `source.stdin ! filter.match where=.ok ! sink.stdout`
 * @error: return location for an error
 *
 * Checks a pipeline in one line. All mistakes are in the message of the error, a line each.
 *
 * Errors: %WEIR_GRAPH_ERROR_MISTAKES.
 *
 * Returns: (transfer full): a pipeline that can be run
 */
WeirPipeline *
weir_pipeline_new_from_launch (const char *line, GError **error)
{
  g_return_val_if_fail (line != NULL, NULL);

  return take_graph (weir_graph_new_from_launch (line, NULL, error));
}

/**
 * weir_pipeline_get_name:
 * @pipeline: a pipeline
 *
 * Returns: (transfer none): the name
 */
const char *
weir_pipeline_get_name (WeirPipeline *pipeline)
{
  g_return_val_if_fail (WEIR_IS_PIPELINE (pipeline), NULL);

  return pipeline->graph->name;
}

/**
 * weir_pipeline_get_stage:
 * @pipeline: a pipeline
 * @id: the id of a stage; "dead-letter" and "results" are the sinks under those keys, if there are
 *
 * Returns: (transfer none) (nullable): the stage, or %NULL when there is none of that id
 */
WeirStage *
weir_pipeline_get_stage (WeirPipeline *pipeline, const char *id)
{
  WeirGraphNode *node;

  g_return_val_if_fail (WEIR_IS_PIPELINE (pipeline) && id != NULL, NULL);

  node = weir_graph_get_node (pipeline->graph, id);
  if (node == NULL && g_str_equal (id, "dead-letter"))
    node = pipeline->graph->dead_letter;
  if (node == NULL && g_str_equal (id, "results"))
    node = pipeline->graph->results;
  return node == NULL ? NULL : node->stage;
}

/**
 * weir_pipeline_set_clock:
 * @pipeline: a pipeline that has not been run
 * @clock: the clock that it runs on
 *
 * Replaces the clock of the machine, for tests.
 */
void
weir_pipeline_set_clock (WeirPipeline *pipeline, WeirClock *clock)
{
  g_return_if_fail (WEIR_IS_PIPELINE (pipeline) && WEIR_IS_CLOCK (clock));
  g_return_if_fail (pipeline->run == NULL);

  g_set_object (&pipeline->clock, clock);
}

static void
on_finished (gpointer data)
{
  WeirPipeline *pipeline = data;
  g_autoptr (GTask) task = g_steal_pointer (&pipeline->task);
  g_autoptr (GError) error = NULL;

  g_cancellable_disconnect (g_task_get_cancellable (task), pipeline->cancelled_id);
  if (weir_run_get_result (pipeline->run, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  weir_run_stop (((WeirPipeline *)data)->run);
}

static gboolean
start (WeirPipeline *pipeline, GTask *task, GError **error)
{
  if (pipeline->run != NULL)
    {
      g_set_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_STATE,
                   "the pipeline has been run already; load it again to run it again");
      return FALSE;
    }
  g_atomic_pointer_set (&pipeline->run, weir_run_new (pipeline->graph, pipeline->clock));
  return weir_run_start (pipeline->run, on_finished, pipeline, error);
}

/**
 * weir_pipeline_run_async:
 * @pipeline: a pipeline that has not been run
 * @cancellable: (nullable): stops the run as weir_pipeline_stop() does, with the error
 *   %G_IO_ERROR_CANCELLED
 * @callback: (scope async): called on the thread-default main context when the run is over
 * @user_data: for @callback
 *
 * Runs the pipeline while the caller's main context is iterated.
 */
void
weir_pipeline_run_async (WeirPipeline *pipeline, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (WEIR_IS_PIPELINE (pipeline));

  task = g_task_new (pipeline, cancellable, callback, user_data);
  g_task_set_source_tag (task, weir_pipeline_run_async);
  if (!start (pipeline, task, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  pipeline->task = g_steal_pointer (&task);
  if (cancellable != NULL)
    pipeline->cancelled_id
        = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), pipeline, NULL);
}

/**
 * weir_pipeline_run_finish:
 * @pipeline: a pipeline
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends weir_pipeline_run_async().
 *
 * Errors: %WEIR_ENGINE_ERROR_STATE, %WEIR_ENGINE_ERROR_START, %WEIR_ENGINE_ERROR_RUN,
 * %WEIR_ENGINE_ERROR_UNBALANCED, %WEIR_ENGINE_ERROR_DEAD_LETTERS, %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when the run is done and its ledger balances
 */
gboolean
weir_pipeline_run_finish (WeirPipeline *pipeline, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, pipeline), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
take_result (GObject *object, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

/**
 * weir_pipeline_run:
 * @pipeline: a pipeline that has not been run
 * @cancellable: (nullable): stops the run as weir_pipeline_stop() does, with the error
 *   %G_IO_ERROR_CANCELLED
 * @error: return location for an error
 *
 * Runs the pipeline until it is done. The thread-default main context is iterated meanwhile.
 *
 * Errors: those of weir_pipeline_run_finish().
 *
 * Returns: %TRUE when the run is done and its ledger balances
 */
gboolean
weir_pipeline_run (WeirPipeline *pipeline, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GMainContext) context = NULL;

  g_return_val_if_fail (WEIR_IS_PIPELINE (pipeline), FALSE);

  context = g_main_context_ref_thread_default ();
  weir_pipeline_run_async (pipeline, cancellable, take_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  return weir_pipeline_run_finish (pipeline, result, error);
}

/**
 * weir_pipeline_stop:
 * @pipeline: a pipeline
 *
 * Stops the sources; what has been read is worked off, then the run is over. Any thread.
 */
void
weir_pipeline_stop (WeirPipeline *pipeline)
{
  WeirRun *run;

  g_return_if_fail (WEIR_IS_PIPELINE (pipeline));

  run = g_atomic_pointer_get (&pipeline->run);
  if (run != NULL)
    weir_run_stop (run);
}

/**
 * weir_pipeline_abort:
 * @pipeline: a pipeline
 *
 * Ends the run after the step in hand; records that are in flight are counted as such. Any thread.
 */
void
weir_pipeline_abort (WeirPipeline *pipeline)
{
  WeirRun *run;

  g_return_if_fail (WEIR_IS_PIPELINE (pipeline));

  run = g_atomic_pointer_get (&pipeline->run);
  if (run != NULL)
    weir_run_abort (run);
}

WeirReport *
weir_pipeline_snapshot (WeirPipeline *pipeline)
{
  WeirReport *report;

  if (pipeline->run != NULL)
    return weir_run_snapshot (pipeline->run);
  report = weir_report_new (pipeline->graph->name);
  report->balanced = TRUE;
  return report;
}

/**
 * weir_pipeline_get_report:
 * @pipeline: a pipeline
 *
 * What the run did so far, as the JSON of `weir run --report`.
 *
 * Returns: (transfer full): one line of JSON
 */
char *
weir_pipeline_get_report (WeirPipeline *pipeline)
{
  g_autoptr (WeirReport) report = NULL;

  g_return_val_if_fail (WEIR_IS_PIPELINE (pipeline), NULL);

  report = weir_pipeline_snapshot (pipeline);
  return weir_report_to_json (report);
}
