/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-private.h"

#include <pthread.h>

#include "engine/weir-dead-letter-private.h"
#include "engine/weir-run-builder-private.h"

/* A run goes through named steps, each logged with its time:
 *
 *   plan, open-sinks, open-stages, open-sources, run, drain, close
 *
 * Up to `run` and from `close` on, everything is on the control thread. In between, the executor
 * runs on the worker thread, or with no threads on the control thread's own context. The worker
 * tells its end by an idle source on the control context; the control thread then joins it. */
struct _WeirRun
{
  WeirGraph *graph;
  WeirFlow *flow;
  WeirExecutor *executor;
  GPtrArray *field_sets;
  GPtrArray *started; /* WeirGraphNode whose stage was started */

  GMainContext *control;
  GMainContext *worker_context;
  GMainLoop *worker_loop;
  GThread *worker;

  gint64 start_time;
  gint64 end_time; /* 0 while it runs */
  gint64 step_time;

  pthread_mutex_t lock; /* of error */
  GError *error;        /* the first one */

  WeirRunFinished finished;
  gpointer data;
};

static void
log_step (WeirRun *run, const char *step)
{
  gint64 now = g_get_monotonic_time ();

  g_debug ("%s: %s (%.3f ms since the step before)", run->graph->name, step,
           (double)(now - run->step_time) / 1e3);
  run->step_time = now;
}

/* Errors ----------------------------------------------------------------------------------------
 */

static void
keep_error (WeirRun *run, GError *error)
{
  pthread_mutex_lock (&run->lock);
  if (run->error == NULL)
    run->error = g_steal_pointer (&error);
  pthread_mutex_unlock (&run->lock);
  g_clear_error (&error);
}

/* A stage broke: the run ends as if it had been stopped, and fails unless only a reader has gone.
 */
static void
on_broken (gpointer data, WeirNode *node, const GError *error)
{
  WeirRun *run = data;

  if (!g_error_matches (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_CLOSED))
    keep_error (run, g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN, "%s: %s", node->id,
                                  error->message));
  weir_run_stop (run);
}

static void
check_result (WeirRun *run)
{
  g_autoptr (WeirReport) report = weir_run_snapshot (run);

  if (report->dead_letters_lost > 0)
    keep_error (run, g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_DEAD_LETTERS,
                                  "%" G_GUINT64_FORMAT " dead letters could not be written",
                                  report->dead_letters_lost));
  if (!report->balanced)
    keep_error (run, g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_UNBALANCED,
                                  "the ledger does not balance"));
}

/* The end ---------------------------------------------------------------------------------------
 */

static void
stop_stages (WeirRun *run)
{
  for (guint i = run->started->len; i > 0; i--)
    {
      const WeirGraphNode *node = g_ptr_array_index (run->started, i - 1);
      WeirStageClass *klass = WEIR_STAGE_GET_CLASS (node->stage);

      if (klass->stop != NULL)
        klass->stop (node->stage);
    }
  g_ptr_array_set_size (run->started, 0);
}

static gboolean
close_run (gpointer data)
{
  WeirRun *run = data;

  if (run->worker != NULL)
    g_thread_join (g_steal_pointer (&run->worker));
  log_step (run, "close");
  stop_stages (run);
  check_result (run);
  run->finished (run->data);
  return G_SOURCE_REMOVE;
}

static void
on_finished (gpointer data)
{
  WeirRun *run = data;
  g_autoptr (GSource) source = g_idle_source_new ();

  run->end_time = weir_flow_read_clock (run->flow);
  if (run->worker_loop != NULL)
    g_main_loop_quit (run->worker_loop);
  g_source_set_name (source, "weir-run-close");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, close_run, run, NULL);
  g_source_attach (source, run->control);
}

static const WeirExecutorEvents events = { .broken = on_broken, .finished = on_finished };

/* The start -------------------------------------------------------------------------------------
 */

static WeirFlow *
make_flow (const WeirGraph *graph, WeirClock *clock)
{
  WeirFlow *flow = weir_flow_new (clock);

  flow->deadline = graph->deadline;
  flow->late = graph->late;
  flow->priority = graph->priority;
  if (graph->priority_expression != NULL)
    flow->priority_expression = weir_expression_ref (graph->priority_expression);
  flow->write_dead_letter = weir_dead_letter_write;
  return flow;
}

WeirRun *
weir_run_new (WeirGraph *graph, WeirClock *clock)
{
  WeirRun *run = g_new0 (WeirRun, 1);
  g_autoptr (WeirPlan) plan = weir_plan_new (graph);

  run->step_time = g_get_monotonic_time ();
  run->graph = weir_graph_ref (graph);
  run->flow = make_flow (graph, clock);
  run->executor = weir_executor_new (run->flow, &events, run);
  run->field_sets = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_field_set_free);
  run->started = g_ptr_array_new ();
  run->control = g_main_context_ref_thread_default ();
  pthread_mutex_init (&run->lock, NULL);
  weir_run_build (run->executor, run->flow, graph, plan, run->field_sets);
  log_step (run, "plan");
  return run;
}

void
weir_run_free (WeirRun *run)
{
  g_assert (run->worker == NULL);

  stop_stages (run);
  for (guint i = 0; i < run->graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (run->graph->nodes, i);

      weir_stage_attach (node->stage, node->id, run->flow->clock, NULL, NULL);
    }
  if (run->graph->dead_letter != NULL)
    weir_stage_attach (run->graph->dead_letter->stage, run->graph->dead_letter->id,
                       run->flow->clock, NULL, NULL);
  weir_executor_free (run->executor);
  weir_flow_free (run->flow);
  g_ptr_array_unref (run->field_sets);
  g_ptr_array_unref (run->started);
  g_clear_pointer (&run->worker_loop, g_main_loop_unref);
  g_clear_pointer (&run->worker_context, g_main_context_unref);
  g_main_context_unref (run->control);
  g_clear_error (&run->error);
  pthread_mutex_destroy (&run->lock);
  weir_graph_unref (run->graph);
  g_free (run);
}

static gboolean
start_stage (WeirRun *run, WeirGraphNode *node, GError **error)
{
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (node->stage);
  g_autoptr (GError) local_error = NULL;

  if (klass->start != NULL && !klass->start (node->stage, &local_error))
    {
      g_set_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START, "%s: %s", node->id,
                   local_error != NULL ? local_error->message : "could not start");
      return FALSE;
    }
  g_ptr_array_add (run->started, node);
  return TRUE;
}

typedef gboolean (*NodeTest) (const WeirGraphNode *node);

static gboolean
is_sink (const WeirGraphNode *node)
{
  return WEIR_IS_SINK (node->stage);
}

static gboolean
is_source (const WeirGraphNode *node)
{
  return WEIR_IS_SOURCE (node->stage);
}

static gboolean
is_between (const WeirGraphNode *node)
{
  return !is_sink (node) && !is_source (node);
}

static gboolean
start_all (WeirRun *run, NodeTest test, GError **error)
{
  for (guint i = 0; i < run->graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (run->graph->nodes, i);

      if (test (node) && !start_stage (run, node, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
open_stages (WeirRun *run, GError **error)
{
  if (run->graph->dead_letter != NULL && !start_stage (run, run->graph->dead_letter, error))
    return FALSE;
  if (!start_all (run, is_sink, error))
    return FALSE;
  log_step (run, "open-sinks");
  if (!start_all (run, is_between, error))
    return FALSE;
  log_step (run, "open-stages");
  if (!start_all (run, is_source, error))
    return FALSE;
  log_step (run, "open-sources");
  return TRUE;
}

static gpointer
work (gpointer data)
{
  WeirRun *run = data;

  g_main_context_push_thread_default (run->worker_context);
  g_main_loop_run (run->worker_loop);
  g_main_context_pop_thread_default (run->worker_context);
  return NULL;
}

gboolean
weir_run_start (WeirRun *run, WeirRunFinished finished, gpointer data, GError **error)
{
  run->finished = finished;
  run->data = data;
  run->start_time = weir_flow_read_clock (run->flow);
  if (!open_stages (run, error))
    {
      stop_stages (run);
      return FALSE;
    }
  log_step (run, "run");
  if (run->graph->n_threads == 0)
    {
      weir_executor_attach (run->executor, run->control);
      return TRUE;
    }
  run->worker_context = g_main_context_new ();
  run->worker_loop = g_main_loop_new (run->worker_context, FALSE);
  weir_executor_attach (run->executor, run->worker_context);
  run->worker = g_thread_new ("weir-worker", work, run);
  return TRUE;
}

void
weir_run_stop (WeirRun *run)
{
  g_debug ("%s: drain", run->graph->name);
  weir_executor_stop (run->executor);
}

void
weir_run_abort (WeirRun *run)
{
  weir_executor_abort (run->executor);
}

gboolean
weir_run_get_result (WeirRun *run, GError **error)
{
  if (run->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (run->error));
  return FALSE;
}

/* The report ------------------------------------------------------------------------------------
 */

static void
report_node (WeirReport *report, const WeirNode *node, const char *type)
{
  WeirStageReport *stage = g_new0 (WeirStageReport, 1);

  stage->id = g_strdup (node->id);
  stage->type = g_strdup (type);
  stage->records = weir_ledger_read (&node->ledger);
  stage->busy_seconds = (double)weir_count_read (&node->busy) / 1e9;
  stage->process_us_p50 = (double)weir_histogram_get_quantile (node->process, 0.5) / 1e3;
  stage->process_us_p99 = (double)weir_histogram_get_quantile (node->process, 0.99) / 1e3;
  report->balanced &= weir_ledger_is_balanced (&stage->records);
  g_ptr_array_add (report->stages, stage);
}

/* The graph takes in what its sources do, gives out what its sinks do, and holds what its stages
 * and queues hold; all else is the sum of the stages. */
static void
add_node (WeirReport *report, const WeirNode *node)
{
  WeirLedger ledger = weir_ledger_read (&node->ledger);

  if (!WEIR_IS_SOURCE (node->stage))
    ledger.in = 0;
  if (WEIR_IS_SINK (node->stage))
    report->bytes_out += weir_sink_get_bytes (WEIR_SINK (node->stage));
  else
    ledger.out = 0;
  ledger.in_flight += weir_count_read (&node->held);
  if (node->next != NULL)
    report->balanced
        &= weir_count_read (&node->sent_on)
           == weir_count_read (&node->next->ledger.in) + weir_count_read (&node->next->held);
  weir_ledger_add (&report->records, &ledger);
}

static void
add_dead_letters (WeirReport *report, const WeirNode *node)
{
  report->dead_letters_written = weir_count_read (&node->ledger.out);
  report->dead_letters_lost = weir_count_read (&node->ledger.failed);
}

static void
add_queue (WeirReport *report, const WeirQueue *queue)
{
  guint64 held = weir_count_read (&queue->n_records);

  report->records.in_flight += held;
  report->balanced &= weir_count_read (&queue->sent) == weir_count_read (&queue->taken) + held;
}

static void
add_segments (WeirReport *report, WeirRun *run)
{
  GPtrArray *segments = weir_executor_get_segments (run->executor);

  for (guint i = 0; i < segments->len; i++)
    {
      const WeirSegment *segment = g_ptr_array_index (segments, i);

      if (segment->nodes[0]->aside)
        {
          add_dead_letters (report, segment->nodes[0]);
          continue;
        }
      if (segment->input != NULL)
        add_queue (report, segment->input);
      for (guint k = 0; k < segment->n_nodes; k++)
        add_node (report, segment->nodes[k]);
    }
}

static void
add_latency (WeirReport *report, const WeirHistogram *latency)
{
  static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999, 1.0 };

  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    report->latency_us[i] = (double)weir_histogram_get_quantile (latency, quantiles[i]) / 1e3;
}

WeirReport *
weir_run_snapshot (WeirRun *run)
{
  WeirReport *report = weir_report_new (run->graph->name);
  gint64 end = run->end_time != 0 ? run->end_time : weir_clock_get_time (run->flow->clock);

  report->seconds = (double)(end - run->start_time) / 1e9;
  report->balanced = TRUE;
  for (guint i = 0; i < run->graph->nodes->len; i++)
    {
      const WeirGraphNode *described = g_ptr_array_index (run->graph->nodes, i);

      report_node (report, weir_executor_get_node (run->executor, described->stage),
                   described->info != NULL ? described->info->name : "");
    }
  add_segments (report, run);
  report->balanced &= weir_ledger_is_balanced (&report->records);
  report->bytes_in = weir_count_read (&run->flow->bytes_in);
  report->deadline_met = weir_count_read (&run->flow->met);
  report->deadline_missed = weir_count_read (&run->flow->missed);
  add_latency (report, run->flow->latency);
  return report;
}
