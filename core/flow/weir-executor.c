/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-executor-private.h"

#include <glib-unix.h>

/* Steps in one dispatch: other sources of the context get their turn in between. */
#define MAX_STEPS 32

/* Runs segments, one step at a time, from one GSource on one context: a worker thread's own, or the
 * caller's. A task is a segment and the batch that its next step works on.
 *
 * The next task is work that was begun; else the batch with the earliest deadline, downstream
 * first where deadlines are equal; else the sources in turn. A task that finds a queue full or a
 * descriptor not ready is passed over. When no task can do anything, the executor sleeps in poll:
 * until a descriptor that a stage waits for is ready, a time comes, or weir_stage_wake() is called.
 *
 * All is used by the thread of the context; the flags `woken`, `aborted` and a node's wake_pending
 * may be set by any thread. */
struct _WeirExecutor
{
  WeirFlow *flow;
  GPtrArray *segments; /* WeirSegment, in the order of flow */
  GHashTable *nodes;   /* WeirStage → WeirNode; constant once attached */
  guint last_source;   /* index of the source segment that was filled last */
  guint round;
  gboolean runnable;
  gboolean finished;

  GSource *source;
  GMainContext *context;
  gint woken;
  gint aborted;
  gulong turned_id;

  const WeirExecutorEvents *events;
  gpointer data;
};

typedef struct
{
  GSource source;
  WeirExecutor *executor;
} ExecutorSource;

static WeirSegment *
segment_at (WeirExecutor *executor, guint index)
{
  return g_ptr_array_index (executor->segments, index);
}

/* Waiting ---------------------------------------------------------------------------------------
 */

static void
stop_waiting (WeirExecutor *executor, WeirNode *node)
{
  if (node->fd_tag != NULL)
    g_source_remove_unix_fd (executor->source, g_steal_pointer (&node->fd_tag));
  node->wait_until = WEIR_TIME_NEVER;
  node->waits = FALSE;
}

static gboolean
is_wait_over (WeirExecutor *executor, WeirNode *node, gint64 now)
{
  if (g_atomic_int_compare_and_exchange (&node->wake_pending, TRUE, FALSE))
    return TRUE;
  if (node->fd_tag != NULL && g_source_query_unix_fd (executor->source, node->fd_tag) != 0)
    return TRUE;
  return node->wait_until <= now;
}

static void
resume_waiting (WeirExecutor *executor)
{
  gint64 now = weir_flow_read_clock (executor->flow);

  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = segment_at (executor, i);

      for (guint k = 0; k < segment->n_nodes; k++)
        if (segment->nodes[k]->waits && is_wait_over (executor, segment->nodes[k], now))
          stop_waiting (executor, segment->nodes[k]);
    }
}

/* An alarm that is due already waits for its segment, not for a time. */
static gint64
get_next_time_of_node (const WeirNode *node, gint64 now)
{
  gint64 alarm = node->alarm > now ? node->alarm : WEIR_TIME_NEVER;

  return node->waits ? MIN (alarm, node->wait_until) : alarm;
}

/* When something happens by itself; WEIR_TIME_NEVER: nothing does. */
static gint64
get_next_time (WeirExecutor *executor)
{
  gint64 next = WEIR_TIME_NEVER;
  gint64 now = weir_flow_read_clock (executor->flow);

  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = segment_at (executor, i);

      for (guint k = 0; !segment->finished && k < segment->n_nodes; k++)
        next = MIN (next, get_next_time_of_node (segment->nodes[k], now));
    }
  return next;
}

/* Poll counts in microseconds of the same monotonic clock. */
static void
set_ready_time (WeirExecutor *executor)
{
  gint64 next = get_next_time (executor);

  if (next == WEIR_TIME_NEVER || weir_clock_is_virtual (executor->flow->clock))
    g_source_set_ready_time (executor->source, -1);
  else
    g_source_set_ready_time (executor->source, next / 1000 + 1);
}

static void
wake (WeirExecutor *executor)
{
  g_atomic_int_set (&executor->woken, TRUE);
  if (executor->context != NULL)
    g_main_context_wakeup (executor->context);
}

static void
host_set_alarm (gpointer engine, WeirStage *stage, gint64 time)
{
  weir_executor_get_node (engine, stage)->alarm = time;
}

static void
host_wait_fd (gpointer engine, WeirStage *stage, int fd, GIOCondition condition)
{
  WeirExecutor *executor = engine;
  WeirNode *node = weir_executor_get_node (executor, stage);

  if (node->fd_tag != NULL)
    g_source_remove_unix_fd (executor->source, node->fd_tag);
  node->fd_tag = g_source_add_unix_fd (executor->source, fd, condition | G_IO_HUP | G_IO_ERR);
}

static void
host_wait_until (gpointer engine, WeirStage *stage, gint64 time)
{
  weir_executor_get_node (engine, stage)->wait_until = time;
}

static void
host_wake (gpointer engine, WeirStage *stage)
{
  g_atomic_int_set (&weir_executor_get_node (engine, stage)->wake_pending, TRUE);
  wake (engine);
}

const WeirStageHost weir_executor_host = {
  .set_alarm = host_set_alarm,
  .wait_fd = host_wait_fd,
  .wait_until = host_wait_until,
  .wake = host_wake,
};

/* Choosing and doing ----------------------------------------------------------------------------
 */

/* A wake that came before the wait counts: the next dispatch ends the wait. */
static gboolean
step (WeirExecutor *executor, WeirSegment *segment)
{
  WeirNode *node = NULL;
  g_autoptr (GError) error = NULL;
  WeirStep result = weir_segment_step (segment, executor->flow, &node, &error);

  segment->round = executor->round;
  if (error != NULL)
    executor->events->broken (executor->data, node, error);
  if (result == WEIR_STEP_WAITING && g_atomic_int_get (&node->wake_pending))
    g_atomic_int_set (&executor->woken, TRUE);
  return result == WEIR_STEP_PROGRESS;
}

/* The segment with the most urgent work that was not tried in this round; sources without work
 * begun do not count. */
static WeirSegment *
get_most_urgent (WeirExecutor *executor)
{
  WeirSegment *urgent = NULL;
  gint64 earliest = WEIR_TIME_NEVER;

  for (guint i = executor->segments->len; i > 0; i--)
    {
      WeirSegment *segment = segment_at (executor, i - 1);
      gint64 deadline;

      if (segment->finished || segment->round == executor->round)
        continue;
      deadline = weir_segment_get_deadline (segment);
      if (weir_segment_is_source (segment) && deadline != G_MININT64)
        continue;
      if (urgent == NULL || deadline < earliest)
        {
          urgent = segment;
          earliest = deadline;
        }
    }
  return urgent;
}

static gboolean
step_source (WeirExecutor *executor)
{
  guint n = executor->segments->len;

  for (guint i = 1; i <= n; i++)
    {
      guint index = (executor->last_source + i) % n;
      WeirSegment *segment = segment_at (executor, index);

      if (!weir_segment_is_source (segment) || segment->round == executor->round)
        continue;
      if (step (executor, segment))
        {
          executor->last_source = index;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
run_one (WeirExecutor *executor)
{
  WeirSegment *segment;

  executor->round++;
  while ((segment = get_most_urgent (executor)) != NULL)
    if (step (executor, segment))
      return TRUE;
  return step_source (executor);
}

static gboolean
is_all_finished (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->segments->len; i++)
    if (!segment_at (executor, i)->finished)
      return FALSE;
  return TRUE;
}

static gboolean
is_aborted (WeirExecutor *executor)
{
  return g_atomic_int_get (&executor->aborted);
}

static void
run_some (WeirExecutor *executor)
{
  guint n = 0;

  executor->runnable = TRUE;
  while (n++ < MAX_STEPS && executor->runnable && !is_aborted (executor))
    executor->runnable = run_one (executor);
}

/* The source ------------------------------------------------------------------------------------
 */

static gboolean
executor_source_check (GSource *source)
{
  WeirExecutor *executor = ((ExecutorSource *)source)->executor;

  return executor->runnable || g_atomic_int_get (&executor->woken);
}

static gboolean
executor_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return executor_source_check (source);
}

static gboolean
executor_source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  WeirExecutor *executor = ((ExecutorSource *)source)->executor;

  g_atomic_int_set (&executor->woken, FALSE);
  resume_waiting (executor);
  run_some (executor);
  if (is_all_finished (executor) || is_aborted (executor))
    {
      executor->finished = TRUE;
      executor->events->finished (executor->data);
      return G_SOURCE_REMOVE;
    }
  if (!executor->runnable)
    set_ready_time (executor);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs executor_source_funcs = {
  .prepare = executor_source_prepare,
  .check = executor_source_check,
  .dispatch = executor_source_dispatch,
};

/* Life ------------------------------------------------------------------------------------------
 */

WeirExecutor *
weir_executor_new (WeirFlow *flow, const WeirExecutorEvents *events, gpointer data)
{
  WeirExecutor *executor = g_new0 (WeirExecutor, 1);

  executor->flow = flow;
  executor->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_segment_free);
  executor->nodes = g_hash_table_new (NULL, NULL);
  executor->events = events;
  executor->data = data;
  executor->source = g_source_new (&executor_source_funcs, sizeof (ExecutorSource));
  ((ExecutorSource *)executor->source)->executor = executor;
  g_source_set_name (executor->source, "weir-executor");
  executor->turned_id
      = g_signal_connect_swapped (flow->clock, "turned", G_CALLBACK (wake), executor);
  return executor;
}

void
weir_executor_free (WeirExecutor *executor)
{
  g_signal_handler_disconnect (executor->flow->clock, executor->turned_id);
  g_source_destroy (executor->source);
  g_source_unref (executor->source);
  g_clear_pointer (&executor->context, g_main_context_unref);
  g_ptr_array_unref (executor->segments);
  g_hash_table_unref (executor->nodes);
  g_free (executor);
}

void
weir_executor_add (WeirExecutor *executor, WeirSegment *segment)
{
  g_ptr_array_add (executor->segments, segment);
  for (guint i = 0; i < segment->n_nodes; i++)
    g_hash_table_insert (executor->nodes, segment->nodes[i]->stage, segment->nodes[i]);
}

GPtrArray *
weir_executor_get_segments (WeirExecutor *executor)
{
  return executor->segments;
}

WeirNode *
weir_executor_get_node (WeirExecutor *executor, WeirStage *stage)
{
  return g_hash_table_lookup (executor->nodes, stage);
}

void
weir_executor_attach (WeirExecutor *executor, GMainContext *context)
{
  executor->runnable = TRUE;
  executor->context = g_main_context_ref (context);
  g_source_attach (executor->source, context);
}

void
weir_executor_stop (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = segment_at (executor, i);

      if (weir_segment_is_source (segment))
        weir_source_set_halting (WEIR_SOURCE (segment->nodes[0]->stage));
    }
}

void
weir_executor_abort (WeirExecutor *executor)
{
  g_atomic_int_set (&executor->aborted, TRUE);
  wake (executor);
}
