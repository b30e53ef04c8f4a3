/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-worker-private.h"

static void
free_gate (gpointer data)
{
  WeirGate *gate = data;

  g_ptr_array_unref (gate->instances);
  g_free (gate);
}

/* Any thread. Before there are workers nobody sleeps. */
static void
wake_all (WeirExecutor *executor)
{
  if (!g_atomic_int_get (&executor->attached))
    return;
  for (guint i = 0; i < executor->workers->len; i++)
    weir_worker_wake (g_ptr_array_index (executor->workers, i));
}

/* Notifying -------------------------------------------------------------------------------------
 */

static void
push (WeirExecutor *executor, WeirSegment *segment)
{
  WeirWorker *worker = weir_worker_get_current ();
  gboolean is_foreign = worker == NULL || worker->executor != executor;

  if (!g_atomic_int_get (&executor->attached))
    return;
  if (is_foreign)
    worker = g_ptr_array_index (executor->workers, 0);
  weir_ready_queue_push (worker->ready, segment,
                         weir_segment_get_start_deadline (
                             segment, worker->flow, weir_clock_get_time (worker->flow->clock)),
                         segment->rank);
  if (is_foreign)
    wake_all (executor);
}

/* TRUE when the segment was idle. */
static gboolean
try_notify (WeirExecutor *executor, WeirSegment *segment, gboolean also_running)
{
  for (;;)
    switch (g_atomic_int_get (&segment->state))
      {
      case WEIR_SEGMENT_IDLE:
        if (!g_atomic_int_compare_and_exchange (&segment->state, WEIR_SEGMENT_IDLE,
                                                WEIR_SEGMENT_READY))
          break;
        push (executor, segment);
        return TRUE;
      case WEIR_SEGMENT_RUNNING:
        if (!also_running
            || g_atomic_int_compare_and_exchange (&segment->state, WEIR_SEGMENT_RUNNING,
                                                  WEIR_SEGMENT_NOTIFIED))
          return FALSE;
        break;
      case WEIR_SEGMENT_READY:
      case WEIR_SEGMENT_NOTIFIED:
      default:
        return FALSE;
      }
}

void
weir_executor_notify (WeirExecutor *executor, WeirSegment *segment)
{
  try_notify (executor, segment, TRUE);
}

/* One idle reader is enough for a batch, but not one that waits for its turn; when there is none,
 * those that run look again. */
static void
notify_readers (gpointer data, WeirQueue *queue)
{
  WeirExecutor *executor = data;
  gboolean has_ended = weir_queue_has_ended (queue);

  for (guint i = 0; i < queue->readers->len && !has_ended; i++)
    {
      WeirSegment *reader = g_ptr_array_index (queue->readers, i);

      if (!__atomic_load_n (&reader->has_ticket, __ATOMIC_SEQ_CST)
          && try_notify (executor, reader, FALSE))
        return;
    }
  for (guint i = 0; i < queue->readers->len; i++)
    weir_executor_notify (executor, g_ptr_array_index (queue->readers, i));
}

/* Life ------------------------------------------------------------------------------------------
 */

static void
take_flow (WeirExecutor *executor, WeirFlow *flow)
{
  flow->notify = notify_readers;
  flow->notify_data = executor;
  g_ptr_array_add (executor->flows, flow);
}

WeirExecutor *
weir_executor_new (WeirFlow *flow, const WeirExecutorEvents *events, gpointer data)
{
  WeirExecutor *executor = g_new0 (WeirExecutor, 1);

  executor->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_segment_free);
  executor->queues = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_queue_free);
  executor->gates = g_ptr_array_new_with_free_func (free_gate);
  executor->flows = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_flow_free);
  executor->workers = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_worker_free);
  executor->nodes = g_hash_table_new (NULL, NULL);
  executor->homes = g_hash_table_new (NULL, NULL);
  executor->events = events;
  executor->data = data;
  pthread_mutex_init (&executor->wait_lock, NULL);
  take_flow (executor, flow);
  executor->turned_id
      = g_signal_connect_swapped (flow->clock, "turned", G_CALLBACK (wake_all), executor);
  return executor;
}

void
weir_executor_free (WeirExecutor *executor)
{
  WeirFlow *first = g_ptr_array_index (executor->flows, 0);

  g_signal_handler_disconnect (first->clock, executor->turned_id);
  weir_wait_forget (executor);
  g_ptr_array_unref (executor->workers);
  g_ptr_array_unref (executor->segments);
  g_ptr_array_unref (executor->queues);
  g_ptr_array_unref (executor->gates);
  g_ptr_array_unref (executor->flows);
  g_hash_table_unref (executor->nodes);
  g_hash_table_unref (executor->homes);
  pthread_mutex_destroy (&executor->wait_lock);
  g_free (executor);
}

void
weir_executor_add_segment (WeirExecutor *executor, WeirSegment *segment)
{
  /* Sources are alike, so that they take turns. */
  segment->rank = weir_segment_is_source (segment) ? 0 : executor->segments->len;
  g_ptr_array_add (executor->segments, segment);
  for (guint i = 0; i < segment->n_nodes; i++)
    if (!g_hash_table_contains (executor->nodes, segment->nodes[i]->stage))
      {
        g_hash_table_insert (executor->nodes, segment->nodes[i]->stage, segment->nodes[i]);
        g_hash_table_insert (executor->homes, segment->nodes[i]->stage, segment);
      }
}

void
weir_executor_add_queue (WeirExecutor *executor, WeirQueue *queue)
{
  g_ptr_array_add (executor->queues, queue);
}

void
weir_executor_add_gate (WeirExecutor *executor, WeirGate *gate)
{
  g_ptr_array_add (executor->gates, gate);
}

GPtrArray *
weir_executor_get_segments (WeirExecutor *executor)
{
  return executor->segments;
}

GPtrArray *
weir_executor_get_queues (WeirExecutor *executor)
{
  return executor->queues;
}

GPtrArray *
weir_executor_get_flows (WeirExecutor *executor)
{
  return executor->flows;
}

WeirNode *
weir_executor_get_node (WeirExecutor *executor, WeirStage *stage)
{
  return g_hash_table_lookup (executor->nodes, stage);
}

/* What a flow needs to look ahead. */
static void
give_view (WeirExecutor *executor, WeirFlow *flow, guint n_workers)
{
  flow->segments = executor->segments;
  flow->n_workers = n_workers;
}

void
weir_executor_attach (WeirExecutor *executor, GMainContext **contexts, GMainLoop **loops,
                      guint n_workers)
{
  executor->n_unfinished = executor->segments->len;
  executor->n_working = n_workers;
  for (guint i = 0; i < n_workers; i++)
    {
      if (i > 0)
        take_flow (executor, weir_flow_new_like (g_ptr_array_index (executor->flows, 0)));
      give_view (executor, g_ptr_array_index (executor->flows, i), n_workers);
      g_ptr_array_add (executor->workers,
                       weir_worker_new (executor, g_ptr_array_index (executor->flows, i),
                                        contexts[i], loops != NULL ? loops[i] : NULL));
    }
  /* What was notified before stands in no queue. */
  for (guint i = 0; i < executor->segments->len; i++)
    g_atomic_int_set (&((WeirSegment *)g_ptr_array_index (executor->segments, i))->state,
                      WEIR_SEGMENT_IDLE);
  g_atomic_int_set (&executor->attached, TRUE);
  for (guint i = 0; i < executor->segments->len; i++)
    executor->n_sources += weir_segment_is_source (g_ptr_array_index (executor->segments, i));
  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (executor->segments, i);

      if (segment->gate == NULL)
        weir_executor_notify (executor, segment);
    }
  for (guint i = 0; i < n_workers; i++)
    {
      WeirWorker *worker = g_ptr_array_index (executor->workers, i);

      g_source_attach (worker->source, worker->context);
    }
}

void
weir_executor_leave (WeirExecutor *executor)
{
  g_atomic_int_set (&executor->leaving, TRUE);
  wake_all (executor);
}

static void
stop_holders (const WeirSegment *segment)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    {
      const WeirNode *node = segment->nodes[i];

      if (node->holder == NULL || node->holder->stop == NULL)
        continue;
      node->holder->stop (node->stage);
      weir_stage_wake (node->stage);
    }
}

static void
tell_sinks (const WeirSegment *segment)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    {
      WeirStage *stage = segment->nodes[i]->stage;

      if (!WEIR_IS_SINK (stage))
        continue;
      weir_sink_set_ending (WEIR_SINK (stage));
      weir_stage_wake (stage);
    }
}

void
weir_executor_tell_end (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->segments->len; i++)
    tell_sinks (g_ptr_array_index (executor->segments, i));
}

void
weir_executor_stop (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (executor->segments, i);

      if (weir_segment_is_source (segment))
        weir_source_set_halting (WEIR_SOURCE (segment->nodes[0]->stage));
      stop_holders (segment);
    }
  weir_executor_tell_end (executor);
}

void
weir_executor_abort (WeirExecutor *executor)
{
  weir_executor_leave (executor);
}
