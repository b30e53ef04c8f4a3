/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-private.h"

#include <pthread.h>

#include <weir/weir-app-sink.h>
#include <weir/weir-app-source.h>

#include "engine/weir-dead-letter-private.h"
#include "engine/weir-result-private.h"
#include "engine/weir-run-builder-private.h"
#include "engine/weir-run-report-private.h"

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
  WeirOverload *overload; /* or NULL */
  GPtrArray *field_sets;
  WeirClock *clock;
  GPtrArray *started; /* WeirGraphNode whose stage was started */

  GMainContext *control;
  guint n_workers;     /* threads; 0: the control thread does the work */
  GPtrArray *contexts; /* GMainContext, one a worker */
  GPtrArray *loops;    /* GMainLoop */
  GPtrArray *workers;  /* GThread, until they are joined */

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
  if (report->results_lost > 0)
    keep_error (run, g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RESULTS,
                                  "%" G_GUINT64_FORMAT " results could not be written",
                                  report->results_lost));
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

/* Nothing will come, or be taken: whoever waits at an end of the application learns it, also when
 * the start did not get there. */
static void
close_ends (WeirRun *run)
{
  for (guint i = 0; i < run->graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (run->graph->nodes, i);

      if (WEIR_IS_APP_SINK (node->stage) || WEIR_IS_APP_SOURCE (node->stage))
        WEIR_STAGE_GET_CLASS (node->stage)->stop (node->stage);
    }
}

static gboolean
close_run (gpointer data)
{
  WeirRun *run = data;

  for (guint i = 0; i < run->workers->len; i++)
    g_thread_join (g_ptr_array_index (run->workers, i));
  g_ptr_array_set_size (run->workers, 0);
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

  __atomic_store_n (&run->end_time, weir_clock_get_time (run->clock), __ATOMIC_RELAXED);
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
  flow->dead_letters.write = weir_dead_letter_write;
  flow->results.write = weir_result_write;
  return flow;
}

WeirRun *
weir_run_new (WeirGraph *graph, WeirClock *clock)
{
  WeirRun *run = g_new0 (WeirRun, 1);
  guint n_workers = weir_plan_count_workers (graph);
  g_autoptr (WeirPlan) plan = weir_plan_new (graph, n_workers);

  run->step_time = g_get_monotonic_time ();
  run->graph = weir_graph_ref (graph);
  run->clock = g_object_ref (clock);
  run->n_workers = n_workers;
  run->flow = make_flow (graph, clock);
  if (graph->overload == WEIR_OVERLOAD_SHED && graph->deadline != WEIR_TIME_NEVER)
    run->flow->overload = run->overload = weir_overload_new ();
  run->executor = weir_executor_new (run->flow, &events, run);
  run->contexts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_main_context_unref);
  run->loops = g_ptr_array_new_with_free_func ((GDestroyNotify)g_main_loop_unref);
  run->workers = g_ptr_array_new ();
  run->field_sets = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_field_set_free);
  run->started = g_ptr_array_new ();
  run->control = g_main_context_ref_thread_default ();
  pthread_mutex_init (&run->lock, NULL);
  weir_run_build (run->executor, run->flow, graph, plan, MAX (1, n_workers), run->field_sets);
  log_step (run, "plan");
  return run;
}

static void
detach (WeirRun *run, const WeirGraphNode *node)
{
  if (node != NULL)
    weir_stage_attach (node->stage, node->id, run->clock, NULL, NULL);
}

void
weir_run_free (WeirRun *run)
{
  g_assert (run->workers->len == 0);

  stop_stages (run);
  for (guint i = 0; i < run->graph->nodes->len; i++)
    detach (run, g_ptr_array_index (run->graph->nodes, i));
  detach (run, run->graph->dead_letter);
  detach (run, run->graph->results);
  weir_executor_free (run->executor);
  g_clear_pointer (&run->overload, weir_overload_free);
  g_ptr_array_unref (run->field_sets);
  g_ptr_array_unref (run->started);
  g_ptr_array_unref (run->workers);
  g_ptr_array_unref (run->loops);
  g_ptr_array_unref (run->contexts);
  g_object_unref (run->clock);
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
  const char *missing = weir_stage_get_missing_verb (node->stage);
  g_autoptr (GError) local_error = NULL;

  if (missing != NULL)
    {
      g_set_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START,
                   "%s: its type %s does not implement \"%s\"", node->id,
                   G_OBJECT_TYPE_NAME (node->stage), missing);
      return FALSE;
    }
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
  if (run->graph->results != NULL && !start_stage (run, run->graph->results, error))
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

/* What a thread is given when it starts, and frees. */
typedef struct
{
  GMainLoop *loop;
  gint cpu; /* -1: any */
} Thread;

/* A thread that cannot be pinned works all the same: the process may be confined to other CPUs. */
static void
pin (gint cpu)
{
  cpu_set_t set;
  int status;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  status = pthread_setaffinity_np (pthread_self (), sizeof set, &set);
  if (status != 0)
    g_warning ("a worker thread cannot be pinned to CPU %d: %s", cpu, g_strerror (status));
}

static gpointer
work (gpointer data)
{
  g_autofree Thread *thread = data;
  GMainContext *context = g_main_loop_get_context (thread->loop);

  if (thread->cpu >= 0)
    pin (thread->cpu);
  g_main_context_push_thread_default (context);
  g_main_loop_run (thread->loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
start_worker (WeirRun *run, guint i)
{
  const GArray *affinity = run->graph->affinity;
  Thread *thread = g_new (Thread, 1);

  thread->loop = g_ptr_array_index (run->loops, i);
  thread->cpu = affinity == NULL ? -1 : (gint)g_array_index (affinity, guint, i % affinity->len);
  g_ptr_array_add (run->workers, g_thread_new ("weir-worker", work, thread));
}

static void
start_workers (WeirRun *run)
{
  for (guint i = 0; i < run->n_workers; i++)
    {
      g_ptr_array_add (run->contexts, g_main_context_new ());
      g_ptr_array_add (run->loops, g_main_loop_new (g_ptr_array_index (run->contexts, i), FALSE));
    }
  weir_executor_attach (run->executor, (GMainContext **)run->contexts->pdata,
                        (GMainLoop **)run->loops->pdata, run->n_workers);
  for (guint i = 0; i < run->n_workers; i++)
    start_worker (run, i);
}

gboolean
weir_run_start (WeirRun *run, WeirRunFinished finished, gpointer data, GError **error)
{
  run->finished = finished;
  run->data = data;
  run->start_time = weir_clock_get_time (run->clock);
  if (!open_stages (run, error))
    {
      stop_stages (run);
      close_ends (run);
      return FALSE;
    }
  log_step (run, "run");
  if (run->n_workers == 0)
    weir_executor_attach (run->executor, &run->control, NULL, 1);
  else
    start_workers (run);
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

WeirReport *
weir_run_snapshot (WeirRun *run)
{
  gint64 end = __atomic_load_n (&run->end_time, __ATOMIC_RELAXED);

  if (end == 0)
    end = weir_clock_get_time (run->clock);
  return weir_run_report_new (run->graph, run->executor, (double)(end - run->start_time) / 1e9);
}
