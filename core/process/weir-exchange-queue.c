/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

/* Records of one key have one lane; different keys may share one. */
#define N_LANES 1024

/* What is held at most, for each worker: a unit beyond the one that it has, and some. */
#define HELD_RECORDS ((guint)2048)
#define HELD_BYTES   ((gsize)16 * 1024 * 1024)

/* Held batches ------------------------------------------------------------------------------- */

static void
stop_using (WeirReplyBuffer *buffer)
{
  if (--buffer->n_uses > 0)
    return;
  weir_buffer_unref (buffer->buffer);
  g_free (buffer);
}

void
weir_exchange_forget_replies (WeirExchange *exchange)
{
  if (exchange->replies != NULL)
    stop_using (g_steal_pointer (&exchange->replies));
}

WeirOutputText
weir_exchange_use_reply (WeirExchange *exchange, const WeirReply *reply)
{
  if (exchange->replies == NULL || exchange->replies->buffer != reply->buffer)
    {
      weir_exchange_forget_replies (exchange);
      exchange->replies = g_new (WeirReplyBuffer, 1);
      exchange->replies->buffer = weir_buffer_ref (reply->buffer);
      exchange->replies->n_uses = 1;
    }
  exchange->replies->n_uses++;
  return (WeirOutputText){ exchange->replies, reply->text, reply->length };
}

void
weir_task_clear_answer (WeirTask *task)
{
  if (task->output.text != NULL)
    stop_using (task->output.buffer);
  task->output = (WeirOutputText){ 0 };
  for (guint i = 0; task->outputs != NULL && i < task->outputs->len; i++)
    stop_using (g_array_index (task->outputs, WeirOutputText, i).buffer);
  g_clear_pointer (&task->outputs, g_array_unref);
  task->answered = FALSE;
  task->rejected = FALSE;
  task->size = 0;
}

static WeirHeldBatch *
take_held (WeirExchange *exchange, guint n_tasks)
{
  WeirHeldBatch *held = exchange->idle;

  if (held == NULL)
    held = g_new0 (WeirHeldBatch, 1);
  else
    exchange->idle = held->next;
  held->next = NULL;
  held->n_tasks = n_tasks;
  held->n_sent = held->n_settled = 0;
  if (n_tasks > held->max_tasks)
    {
      held->max_tasks = MAX (n_tasks, WEIR_BATCH_FULL);
      held->tasks = g_renew (WeirTask, held->tasks, held->max_tasks);
    }
  return held;
}

static void
free_held (WeirHeldBatch *held)
{
  for (guint i = 0; held->batch != NULL && i < held->n_tasks; i++)
    weir_task_clear_answer (&held->tasks[i]);
  g_clear_pointer (&held->batch, weir_batch_free);
  g_free (held->tasks);
  g_free (held);
}

static void
free_list (WeirHeldBatch *held)
{
  while (held != NULL)
    {
      WeirHeldBatch *next = held->next;

      free_held (held);
      held = next;
    }
}

static void
unlink_held (WeirExchange *exchange, WeirHeldBatch *held)
{
  WeirHeldBatch **place = &exchange->first;
  WeirHeldBatch *before = NULL;

  while (*place != held)
    {
      before = *place;
      place = &before->next;
    }
  *place = held->next;
  if (exchange->last == held)
    exchange->last = before;
  held->next = exchange->idle;
  exchange->idle = held;
}

static WeirLane *
find_lane (WeirExchange *exchange, WeirRecord *record)
{
  WeirValue value;
  guint hash = 5381;

  if (exchange->options.order == WEIR_ORDER_FREE)
    return NULL;
  if (exchange->options.order == WEIR_ORDER_KEEP)
    return exchange->lanes;
  if (!weir_expression_first (exchange->key, record, &value))
    return NULL;
  for (gsize i = 0; i < value.field.length; i++)
    hash = hash * 33 + (guchar)value.field.text[i];
  return &exchange->lanes[hash % N_LANES];
}

static void
join_lane (WeirLane *lane, WeirTask *task)
{
  if (lane->last != NULL)
    lane->last->next = task;
  else
    lane->first = task;
  lane->last = task;
}

static void
add_task (WeirExchange *exchange, WeirHeldBatch *held, guint i)
{
  WeirTask *task = &held->tasks[i];

  *task = (WeirTask){
    .held = held,
    .record = weir_batch_record (held->batch, held->batch->cursor + i),
    .position = held->batch->cursor + i,
    .since = exchange->now,
  };
  if (task->record->verdict == WEIR_VERDICT_PASS)
    task->lane = find_lane (exchange, task->record);
  if (task->lane != NULL)
    join_lane (task->lane, task);
}

gboolean
weir_exchange_has_room (const WeirExchange *exchange)
{
  guint n = exchange->options.pool.max;
  guint most = MAX (HELD_RECORDS, 2 * exchange->window) * n;

  return exchange->n_held == 0 || (exchange->n_held < most && exchange->pinned < HELD_BYTES * n);
}

/* The queue ---------------------------------------------------------------------------------- */

static WeirTask *
peek_fresh (WeirExchange *exchange)
{
  while (exchange->fresh != NULL && exchange->fresh->n_sent == exchange->fresh->n_tasks)
    exchange->fresh = exchange->fresh->next;
  return exchange->fresh != NULL ? &exchange->fresh->tasks[exchange->fresh->n_sent] : NULL;
}

static WeirTask *
peek (WeirExchange *exchange)
{
  WeirTask *task = g_queue_peek_head (&exchange->retries);

  return task != NULL ? task : peek_fresh (exchange);
}

static WeirTask *
take (WeirExchange *exchange)
{
  WeirTask *task = g_queue_pop_head (&exchange->retries);

  if (task == NULL)
    {
      task = peek_fresh (exchange);
      exchange->fresh->n_sent++;
    }
  exchange->n_queued--;
  return task;
}

/* What has failed before it was sent, and work that could not be in time, is never started. */
static gboolean
is_over (const WeirExchange *exchange, WeirTask *task)
{
  const WeirRecord *record = task->record;

  if (record->verdict == WEIR_VERDICT_PASS && record->deadline < exchange->late_after
      && !(record->flags & WEIR_RECORD_LATE_ROUTED))
    weir_record_set_verdict (task->record, WEIR_VERDICT_LATE, NULL);
  return task->record->verdict != WEIR_VERDICT_PASS;
}

WeirTask *
weir_exchange_peek_queued (WeirExchange *exchange)
{
  WeirTask *task = peek (exchange);

  while (task != NULL && is_over (exchange, task))
    {
      weir_exchange_settle (exchange, take (exchange));
      task = peek (exchange);
    }
  return task;
}

WeirTask *
weir_exchange_take_queued (WeirExchange *exchange)
{
  WeirTask *task = take (exchange);

  weir_spell_add (&exchange->waits, exchange->queue_wait, exchange->now - task->since);
  task->since = exchange->now;
  return task;
}

gint64
weir_exchange_get_queued_deadline (WeirExchange *exchange)
{
  WeirTask *task = weir_exchange_cancels (exchange) ? peek (exchange) : NULL;

  return task == NULL || (task->record->flags & WEIR_RECORD_LATE_ROUTED) ? WEIR_TIME_NEVER
                                                                         : task->record->deadline;
}

void
weir_exchange_requeue (WeirExchange *exchange, WeirTask *task)
{
  weir_task_clear_answer (task);
  task->since = exchange->now;
  g_queue_push_head (&exchange->retries, task);
  exchange->n_queued++;
  __atomic_fetch_add (&exchange->n_retried, 1, __ATOMIC_RELAXED);
}

/* Settling ----------------------------------------------------------------------------------- */

static void
append_settled (WeirExchange *exchange, WeirTask *task)
{
  task->next = NULL;
  if (exchange->last_settled != NULL)
    exchange->last_settled->next = task;
  else
    exchange->settled = task;
  exchange->last_settled = task;
}

void
weir_exchange_settle (WeirExchange *exchange, WeirTask *task)
{
  WeirLane *lane = task->lane;

  task->settled = TRUE;
  if (lane == NULL)
    append_settled (exchange, task);
  while (lane != NULL && lane->first != NULL && lane->first->settled)
    {
      WeirTask *first = lane->first;

      lane->first = first->next;
      if (lane->first == NULL)
        lane->last = NULL;
      append_settled (exchange, first);
    }
}

void
weir_exchange_fail_task (WeirExchange *exchange, WeirTask *task, const char *why)
{
  weir_task_clear_answer (task);
  weir_record_set_verdict (task->record, WEIR_VERDICT_FAILED, why);
  weir_exchange_settle (exchange, task);
}

void
weir_exchange_expire_task (WeirExchange *exchange, WeirTask *task)
{
  weir_task_clear_answer (task);
  weir_record_set_verdict (task->record, WEIR_VERDICT_LATE, NULL);
  weir_exchange_settle (exchange, task);
}

void
weir_exchange_blame (WeirExchange *exchange, WeirTask *task, const char *why)
{
  task->alone = TRUE;
  task->attempts++;
  task->record->attempts = MIN (task->attempts, exchange->options.retries);
  if (task->attempts <= exchange->options.retries)
    weir_exchange_requeue (exchange, task);
  else
    weir_exchange_fail_task (exchange, task, why);
}

WeirTask *
weir_exchange_peek (WeirExchange *exchange)
{
  return exchange->settled;
}

void
weir_exchange_pop (WeirExchange *exchange, WeirBatch **batch)
{
  WeirTask *task = exchange->settled;
  WeirHeldBatch *held = task->held;

  exchange->settled = task->next;
  if (exchange->settled == NULL)
    exchange->last_settled = NULL;
  weir_task_clear_answer (task);
  exchange->n_held--;
  *batch = NULL;
  if (++held->n_settled < held->n_tasks)
    return;
  *batch = g_steal_pointer (&held->batch);
  exchange->pinned -= held->pinned;
  if (exchange->fresh == held)
    exchange->fresh = held->next;
  unlink_held (exchange, held);
}

void
weir_exchange_fail_queued (WeirExchange *exchange, const char *why)
{
  while (peek (exchange) != NULL)
    weir_exchange_fail_task (exchange, take (exchange), why);
}

/* Life --------------------------------------------------------------------------------------- */

void
weir_exchange_put (WeirExchange *exchange, WeirBatch *batch)
{
  WeirHeldBatch *held = take_held (exchange, batch->n_selected - batch->cursor);

  held->exchange = exchange;
  held->batch = batch;
  held->pinned = weir_batch_get_pinned (batch);
  for (guint i = 0; i < held->n_tasks; i++)
    add_task (exchange, held, i);
  if (exchange->last != NULL)
    exchange->last->next = held;
  else
    exchange->first = held;
  exchange->last = held;
  if (exchange->fresh == NULL)
    exchange->fresh = held;
  exchange->n_held += held->n_tasks;
  exchange->n_queued += held->n_tasks;
  exchange->pinned += held->pinned;
}

void
weir_exchange_init_queue (WeirExchange *exchange)
{
  exchange->lanes = g_new0 (WeirLane, N_LANES);
  g_queue_init (&exchange->retries);
}

void
weir_exchange_clear_queue (WeirExchange *exchange)
{
  g_queue_clear (&exchange->retries);
  weir_exchange_forget_replies (exchange);
  free_list (exchange->first);
  free_list (exchange->idle);
  g_free (exchange->lanes);
}
