/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib-unix.h>

#include "flow/weir-worker-private.h"

/* How stages wait. A source or sink that says so is not run until its descriptor is ready, its time
 * has come, or it was woken. A descriptor is watched by the source of the worker that ran the
 * stage; times are watched by each worker that goes to sleep. Whoever sees that a wait is over
 * marks the node and notifies its segment; the wait ends when the segment is run. */

/* Whether it was watched. */
static gboolean
unwatch (WeirExecutor *executor, WeirNode *node)
{
  gboolean watched;

  pthread_mutex_lock (&executor->wait_lock);
  watched = node->fd_tag != NULL;
  if (watched)
    g_source_remove_unix_fd (node->fd_source, g_steal_pointer (&node->fd_tag));
  pthread_mutex_unlock (&executor->wait_lock);
  return watched;
}

static gint64
get_wait_until (const WeirNode *node)
{
  return __atomic_load_n (&node->wait_until, __ATOMIC_RELAXED);
}

static void
set_wait_until (WeirNode *node, gint64 time)
{
  __atomic_store_n (&node->wait_until, time, __ATOMIC_RELAXED);
}

/* The descriptor of a stage that holds records stays watched while it waits; not behind its end,
 * and not when it has something to do and cannot, because a stage behind it waits or is full. */
void
weir_wait_suspend (WeirExecutor *executor, WeirSegment *segment)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    {
      WeirNode *node = segment->nodes[i];

      if (node->holder == NULL || (node->waits && !segment->finished))
        continue;
      if (unwatch (executor, node))
        g_atomic_int_set (&node->wake_pending, TRUE);
    }
}

/* Ends the waits of the segment that are over; by the worker that runs it. */
void
weir_wait_resume (WeirExecutor *executor, WeirSegment *segment, gint64 now)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    {
      WeirNode *node = segment->nodes[i];

      if (!node->waits)
        continue;
      if (!g_atomic_int_compare_and_exchange (&node->wake_pending, TRUE, FALSE)
          && get_wait_until (node) > now)
        continue;
      if (node->holder == NULL)
        unwatch (executor, node);
      set_wait_until (node, WEIR_TIME_NEVER);
      node->waits = FALSE;
    }
}

/* A watch that stays would wake this worker again and again while another runs the segment. */
static gboolean
take_ready_fd (WeirWorker *worker, const WeirSegment *segment, WeirNode *node)
{
  WeirExecutor *executor = worker->executor;
  gboolean ready = FALSE;

  pthread_mutex_lock (&executor->wait_lock);
  if (node->fd_tag != NULL && node->fd_source == worker->source
      && g_source_query_unix_fd (worker->source, node->fd_tag) != 0)
    {
      if (node->holder == NULL || g_atomic_int_get (&segment->state) != WEIR_SEGMENT_IDLE)
        g_source_remove_unix_fd (worker->source, g_steal_pointer (&node->fd_tag));
      ready = TRUE;
    }
  pthread_mutex_unlock (&executor->wait_lock);
  return ready;
}

static void
check_node (WeirWorker *worker, WeirSegment *segment, WeirNode *node, gint64 now)
{
  gboolean is_due = weir_node_get_alarm (node) <= now || get_wait_until (node) <= now;

  if (take_ready_fd (worker, segment, node))
    g_atomic_int_set (&node->wake_pending, TRUE);
  else if (!is_due)
    return;
  weir_executor_notify (worker->executor, segment);
}

/* Only the ends of a graph and stages with an alarm wait: there is one instance of these. */
void
weir_wait_check (WeirWorker *worker)
{
  worker->checked = weir_flow_read_clock (worker->flow);
  for (guint i = 0; i < worker->executor->segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (worker->executor->segments, i);

      for (guint k = 0; segment->gate == NULL && k < segment->n_nodes; k++)
        check_node (worker, segment, segment->nodes[k], worker->checked);
    }
}

/* When something happens by itself; WEIR_TIME_NEVER: nothing does. Whose time had come when it was
 * checked last waits for its segment, not for a time. */
gint64
weir_wait_get_next_time (WeirExecutor *executor, gint64 checked)
{
  gint64 next = WEIR_TIME_NEVER;

  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (executor->segments, i);

      for (guint k = 0; segment->gate == NULL && k < segment->n_nodes; k++)
        {
          gint64 alarm = weir_node_get_alarm (segment->nodes[k]);
          gint64 wait = get_wait_until (segment->nodes[k]);

          next = MIN (next, MIN (alarm > checked ? alarm : WEIR_TIME_NEVER,
                                 wait > checked ? wait : WEIR_TIME_NEVER));
        }
    }
  return next;
}

void
weir_wait_forget (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (executor->segments, i);

      for (guint k = 0; k < segment->n_nodes; k++)
        unwatch (executor, segment->nodes[k]);
    }
}

/* The host ---------------------------------------------------------------------------------- */

static void
host_set_alarm (gpointer engine, WeirStage *stage, gint64 time)
{
  __atomic_store_n (&weir_executor_get_node (engine, stage)->alarm, time, __ATOMIC_RELAXED);
}

static void
host_wait_fd (gpointer engine, WeirStage *stage, int fd, GIOCondition condition)
{
  WeirExecutor *executor = engine;
  WeirNode *node = weir_executor_get_node (executor, stage);
  WeirWorker *worker = weir_worker_get_current ();

  g_return_if_fail (worker != NULL && worker->executor == executor);

  if (node->holder == NULL)
    unwatch (executor, node);
  pthread_mutex_lock (&executor->wait_lock);
  if (node->fd_tag == NULL)
    {
      node->fd_source = worker->source;
      node->fd_tag = g_source_add_unix_fd (worker->source, fd, condition | G_IO_HUP | G_IO_ERR);
    }
  pthread_mutex_unlock (&executor->wait_lock);
}

/* Before there are workers nobody waits: each segment is run once when they come. */
static void
host_wake (gpointer engine, WeirStage *stage)
{
  WeirExecutor *executor = engine;
  WeirSegment *home;

  if (!g_atomic_int_get (&executor->attached))
    return;
  home = g_hash_table_lookup (executor->homes, stage);
  g_atomic_int_set (&weir_executor_get_node (executor, stage)->wake_pending, TRUE);
  weir_executor_notify (executor, home);
}

/* Nobody looks at times that had passed before: such a wait is over at once. */
static void
host_wait_until (gpointer engine, WeirStage *stage, gint64 time)
{
  const WeirWorker *worker = weir_worker_get_current ();

  set_wait_until (weir_executor_get_node (engine, stage), time);
  if (worker != NULL && time <= worker->checked)
    host_wake (engine, stage);
}

static gint64
host_get_deadline (gpointer engine)
{
  const WeirFlow *flow = g_ptr_array_index (weir_executor_get_flows (engine), 0);

  return flow->deadline == WEIR_TIME_NEVER ? 0 : flow->deadline;
}

const WeirStageHost weir_executor_host = {
  .set_alarm = host_set_alarm,
  .wait_fd = host_wait_fd,
  .wait_until = host_wait_until,
  .wake = host_wake,
  .get_deadline = host_get_deadline,
};
