/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-worker-private.h"

#include "flow/weir-outlook-private.h"

/* Tasks in one dispatch, and nanoseconds after which no other is begun: other sources of the
 * context, and descriptors that became ready, get their turn in between. */
#define MAX_TASKS    32
#define MAX_DISPATCH 1000000

/* Nanoseconds of work from which on a second thread is worth the wake. */
#define WORTH_A_WAKE 50000

typedef struct
{
  GSource source;
  WeirWorker *worker;
} WorkerSource;

static __thread WeirWorker *current;

WeirWorker *
weir_worker_get_current (void)
{
  return current;
}

void
weir_worker_wake (WeirWorker *worker)
{
  g_atomic_int_set (&worker->woken, TRUE);
  g_main_context_wakeup (worker->context);
}

/* Running a task --------------------------------------------------------------------------------
 */

static WeirStep
run_steps (WeirWorker *worker, WeirSegment *segment)
{
  WeirExecutor *executor = worker->executor;
  WeirStep step;

  do
    {
      WeirNode *node = NULL;
      g_autoptr (GError) error = NULL;

      step = weir_segment_step (segment, worker->flow, &node, &error);
      if (error != NULL)
        executor->events->broken (executor->data, node, error);
    }
  while (step == WEIR_STEP_PROGRESS && weir_segment_has_begun (segment)
         && !g_atomic_int_get (&executor->leaving));
  return step;
}

static gboolean
is_its_turn (const WeirGate *gate, const WeirSegment *segment)
{
  return __atomic_load_n (&segment->has_ticket, __ATOMIC_SEQ_CST)
         && __atomic_load_n (&segment->ticket, __ATOMIC_SEQ_CST)
                == __atomic_load_n (&gate->turn, __ATOMIC_SEQ_CST);
}

/* A turn for the instance that has the next ticket; and from one that has just finished, the end
 * for all. That is told once: two that have to wait before they finish would else tell each other
 * for ever. */
static void
notify_twins (WeirExecutor *executor, WeirSegment *segment, gboolean just_finished)
{
  GPtrArray *instances = segment->gate->instances;

  for (guint i = 0; i < instances->len; i++)
    {
      WeirSegment *other = g_ptr_array_index (instances, i);

      if (other != segment && !__atomic_load_n (&other->finished, __ATOMIC_ACQUIRE)
          && (just_finished || is_its_turn (segment->gate, other)))
        weir_executor_notify (executor, other);
    }
}

/* Room in the input for those who had none. */
static void
notify_neighbours (WeirExecutor *executor, WeirSegment *segment, gboolean just_finished)
{
  if (segment->input != NULL && weir_queue_take_starved (segment->input))
    for (guint i = 0; i < segment->input->writers->len; i++)
      weir_executor_notify (executor, g_ptr_array_index (segment->input->writers, i));
  if (segment->gate != NULL)
    notify_twins (executor, segment, just_finished);
}

static void
push (WeirWorker *worker, WeirSegment *segment)
{
  g_atomic_int_set (&segment->state, WEIR_SEGMENT_READY);
  weir_ready_queue_push (
      worker->ready, segment,
      weir_segment_get_start_deadline (segment, worker->flow, worker->flow->now), segment->rank);
}

static void
run_task (WeirWorker *worker, WeirSegment *segment)
{
  WeirExecutor *executor = worker->executor;
  gboolean was_finished = segment->finished;
  gboolean had_ended = segment->source_ended;
  gboolean just_finished;
  WeirStep step;

  g_atomic_int_set (&segment->state, WEIR_SEGMENT_RUNNING);
  weir_wait_resume (executor, segment, weir_flow_read_clock (worker->flow));
  step = run_steps (worker, segment);
  if (step != WEIR_STEP_PROGRESS)
    weir_wait_suspend (executor, segment);
  just_finished = segment->finished && !was_finished;
  notify_neighbours (executor, segment, just_finished);
  if (segment->source_ended && !had_ended
      && __atomic_sub_fetch (&executor->n_sources, 1, __ATOMIC_ACQ_REL) == 0)
    weir_executor_tell_end (executor);
  if (just_finished && __atomic_sub_fetch (&executor->n_unfinished, 1, __ATOMIC_ACQ_REL) == 0)
    weir_executor_leave (executor);
  if (step == WEIR_STEP_PROGRESS
      || !g_atomic_int_compare_and_exchange (&segment->state, WEIR_SEGMENT_RUNNING,
                                             WEIR_SEGMENT_IDLE))
    push (worker, segment);
}

/* Finding a task --------------------------------------------------------------------------------
 */

static WeirSegment *
find_task (WeirWorker *worker)
{
  GPtrArray *workers = worker->executor->workers;
  WeirSegment *task = weir_ready_queue_take (worker->ready);

  for (guint i = 0; task == NULL && i < workers->len; i++)
    {
      WeirWorker *victim = g_ptr_array_index (workers, i);

      if (victim != worker)
        task = weir_ready_queue_steal (victim->ready);
    }
  return task;
}

static gboolean
is_anything_ready (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->workers->len; i++)
    {
      WeirWorker *worker = g_ptr_array_index (executor->workers, i);

      if (!weir_ready_queue_is_empty (worker->ready))
        return TRUE;
    }
  return FALSE;
}

static void
wake_a_sleeper (WeirExecutor *executor)
{
  for (guint i = 0; i < executor->workers->len; i++)
    {
      WeirWorker *worker = g_ptr_array_index (executor->workers, i);

      if (g_atomic_int_compare_and_exchange (&worker->parked, TRUE, FALSE))
        {
          weir_worker_wake (worker);
          return;
        }
    }
}

/* Shares what it leaves in its queue when there is a backlog. */
static void
share (WeirWorker *worker)
{
  if (worker->executor->workers->len > 1 && !weir_ready_queue_is_empty (worker->ready)
      && worker->flow->now - worker->busy_since > WORTH_A_WAKE)
    wake_a_sleeper (worker->executor);
}

static void
run_tasks (WeirWorker *worker)
{
  worker->runnable = TRUE;
  for (guint n = 0; n < MAX_TASKS && worker->flow->now - worker->checked < MAX_DISPATCH; n++)
    {
      WeirSegment *segment
          = g_atomic_int_get (&worker->executor->leaving) ? NULL : find_task (worker);

      if (segment == NULL)
        {
          worker->runnable = FALSE;
          return;
        }
      share (worker);
      run_task (worker, segment);
    }
}

/* Poll counts in microseconds of the same monotonic clock. A change of the time costs two system
 * calls: one that is early by then only leads here again. */
static void
set_ready_time (WeirWorker *worker, gint64 next)
{
  gboolean sets_time = next != WEIR_TIME_NEVER && !weir_clock_is_virtual (worker->flow->clock);
  gint64 time = sets_time ? next / 1000 + 1 : -1;
  gint64 before = g_source_get_ready_time (worker->source);

  if (before != time && (time < 0 || before < worker->checked / 1000 || before > time))
    g_source_set_ready_time (worker->source, time);
}

/* What came due since the dispatch began was not seen by weir_wait_check(): such a time has passed,
 * and poll returns at once. */
static void
park (WeirWorker *worker)
{
  set_ready_time (worker, weir_wait_get_next_time (worker->executor, worker->checked));
  worker->rested = TRUE;
  g_atomic_int_set (&worker->parked, TRUE);
  if (is_anything_ready (worker->executor) || g_atomic_int_get (&worker->executor->leaving))
    worker->runnable = TRUE;
}

/* The source ------------------------------------------------------------------------------------
 */

static gboolean
worker_source_check (GSource *source)
{
  WeirWorker *worker = ((WorkerSource *)source)->worker;

  return worker->runnable || g_atomic_int_get (&worker->woken);
}

static gboolean
worker_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return worker_source_check (source);
}

/* The last worker to leave tells the end: nobody touches anything any more. */
static void
leave (WeirWorker *worker)
{
  WeirExecutor *executor = worker->executor;
  GMainLoop *loop = worker->loop;
  gboolean is_last = __atomic_sub_fetch (&executor->n_working, 1, __ATOMIC_ACQ_REL) == 0;

  if (is_last)
    executor->events->finished (executor->data);
  if (loop != NULL)
    g_main_loop_quit (loop);
}

static gboolean
worker_source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  WeirWorker *worker = ((WorkerSource *)source)->worker;
  WeirWorker *outer = current;

  current = worker;
  g_atomic_int_set (&worker->woken, FALSE);
  g_atomic_int_set (&worker->parked, FALSE);
  weir_wait_check (worker);
  if (worker->rested)
    worker->busy_since = worker->checked;
  worker->rested = FALSE;
  if (worker->flow->deadline != WEIR_TIME_NEVER)
    weir_outlook_update (worker->executor->segments, worker->executor->workers->len);
  run_tasks (worker);
  if (!worker->runnable)
    park (worker);
  current = outer;
  if (!g_atomic_int_get (&worker->executor->leaving))
    return G_SOURCE_CONTINUE;
  leave (worker);
  return G_SOURCE_REMOVE;
}

static GSourceFuncs worker_source_funcs = {
  .prepare = worker_source_prepare,
  .check = worker_source_check,
  .dispatch = worker_source_dispatch,
};

/* Life ------------------------------------------------------------------------------------------
 */

WeirWorker *
weir_worker_new (WeirExecutor *executor, WeirFlow *flow, GMainContext *context, GMainLoop *loop)
{
  WeirWorker *worker = g_new0 (WeirWorker, 1);

  worker->executor = executor;
  worker->flow = flow;
  worker->ready = weir_ready_queue_new ();
  worker->context = g_main_context_ref (context);
  worker->loop = loop;
  worker->runnable = TRUE;
  worker->source = g_source_new (&worker_source_funcs, sizeof (WorkerSource));
  ((WorkerSource *)worker->source)->worker = worker;
  g_source_set_name (worker->source, "weir-worker");
  /* Nobody iterates the context of a thread of ours from inside; so GLib need not take the
   * descriptors out of its poll set during each dispatch. */
  g_source_set_can_recurse (worker->source, loop != NULL);
  return worker;
}

void
weir_worker_free (WeirWorker *worker)
{
  g_source_destroy (worker->source);
  g_source_unref (worker->source);
  weir_ready_queue_free (worker->ready);
  g_main_context_unref (worker->context);
  g_free (worker);
}
