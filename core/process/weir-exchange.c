/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

#include "json/weir-json-private.h"

/* Records of one key have one lane; different keys may share one. */
#define N_LANES 1024

/* What is held at most, for each worker: a unit beyond the one that it has, and some. */
#define HELD_RECORDS ((guint)2048)
#define HELD_BYTES   ((gsize)16 * 1024 * 1024)

#define FIRST_WINDOW 16

/* Nanoseconds. */
#define MOST_LOOKING 100000

/* Crashes in vain after which the rest fails at the end. */
#define MANY_CRASHES 8

/* Bytes of reply buffers that are kept for the next ones. */
#define IDLE_BUFFERS ((gsize)4 * 1024 * 1024)

/* Held batches ------------------------------------------------------------------------------- */

static void
stop_using (WeirReplyBuffer *buffer)
{
  if (--buffer->n_uses > 0)
    return;
  weir_buffer_unref (buffer->buffer);
  g_free (buffer);
}

static void
forget_replies (WeirExchange *exchange)
{
  if (exchange->replies != NULL)
    stop_using (g_steal_pointer (&exchange->replies));
}

WeirOutputText
weir_exchange_use_reply (WeirExchange *exchange, const WeirReply *reply)
{
  if (exchange->replies == NULL || exchange->replies->buffer != reply->buffer)
    {
      forget_replies (exchange);
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

static gboolean
has_room (const WeirExchange *exchange)
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

/* Workers ------------------------------------------------------------------------------------ */

/* Who can take the task; a suspect must be the only one out. */
static WeirLease *
find_lease (WeirExchange *exchange, const WeirTask *task)
{
  WeirProcess *process = NULL;
  WeirLease *lease;

  if (exchange->leases->len < exchange->options.pool.max)
    process = weir_process_pool_acquire (exchange->pool, NULL);
  for (guint i = 0; process == NULL && i < exchange->leases->len; i++)
    {
      lease = g_ptr_array_index (exchange->leases, i);
      if (weir_lease_has_room (lease) && !(task->alone && weir_lease_count_out (lease) > 0))
        return lease;
    }
  if (process == NULL)
    return NULL;
  lease = weir_lease_new (exchange, process);
  g_ptr_array_add (exchange->leases, lease);
  return lease;
}

static void
tell_demand (WeirExchange *exchange)
{
  guint n_units = (exchange->n_queued + exchange->window - 1) / exchange->window;

  weir_process_pool_set_demand (exchange->pool, exchange->leases->len + n_units);
}

/* Workers that answer while they are looked at could be kept busy for long; but what is answered
 * has to go on. */
static gboolean
is_time_to_pass_on (WeirExchange *exchange)
{
  gint64 began = exchange->now;

  exchange->now = weir_clock_get_time (exchange->clock);
  exchange->looked += exchange->now - began;
  return exchange->settled != NULL && exchange->looked > MOST_LOOKING;
}

static void
send_queued (WeirExchange *exchange)
{
  WeirTask *task;

  exchange->paused = FALSE;
  exchange->looked = 0;
  while (exchange->error == NULL && !exchange->paused
         && (task = weir_exchange_peek_queued (exchange)) != NULL)
    {
      WeirLease *lease = find_lease (exchange, task);

      if (lease == NULL)
        break;
      weir_lease_give (lease);
      exchange->paused = is_time_to_pass_on (exchange);
    }
  tell_demand (exchange);
}

/* The pool is told first that less is asked for: it would else replace a process that ends now. */
static void
release (WeirExchange *exchange, WeirProcess *process, gboolean closing)
{
  process->user = NULL;
  tell_demand (exchange);
  if (closing)
    weir_process_end (process, exchange->options.pool.patience);
  weir_process_pool_release (exchange->pool, process, 0);
}

/* Workers that have nothing out go back to the pool, those that are gone are forgotten. */
static void
end_leases (WeirExchange *exchange)
{
  for (guint i = exchange->leases->len; i > 0; i--)
    {
      WeirLease *lease = g_ptr_array_index (exchange->leases, i - 1);
      gboolean closing = lease->closing;
      WeirProcess *process = lease->process;

      if (process != NULL && (lease->ending || weir_lease_count_out (lease) > 0))
        continue;
      lease->process = NULL;
      g_ptr_array_remove_index_fast (exchange->leases, i - 1);
      if (process != NULL)
        release (exchange, process, closing);
    }
}

static void
on_available (WeirProcessPool *pool, gpointer data)
{
}

static void
on_readable (WeirProcess *process, gpointer data)
{
  if (process->user != NULL)
    weir_lease_receive (process->user);
}

static void
on_writable (WeirProcess *process, gpointer data)
{
  if (process->user != NULL)
    weir_lease_flush (process->user);
}

static void
on_ended (WeirProcess *process, gpointer data)
{
  WeirLease *lease = process->user;
  g_autofree char *why = NULL;

  if (lease == NULL)
    return;
  weir_lease_receive (lease);
  why = weir_process_describe_end (process);
  weir_lease_fail (lease, why);
  lease->process = NULL;
}

/* A worker that ends before it can be given anything would keep the records for ever: where no
 * other has any, the first one takes the blame. */
static void
on_stillborn (WeirProcessPool *pool, WeirProcess *process, gpointer data)
{
  WeirExchange *exchange = data;
  g_autofree char *why = NULL;

  if (exchange->leases->len > 0 || weir_exchange_peek_queued (exchange) == NULL)
    return;
  why = weir_process_describe_end (process);
  weir_exchange_blame (exchange, weir_exchange_take_queued (exchange), why);
}

static void
fail_queued (WeirExchange *exchange, const char *why)
{
  while (peek (exchange) != NULL)
    weir_exchange_fail_task (exchange, take (exchange), why);
}

static void
fail_all (WeirExchange *exchange)
{
  for (guint i = 0; i < exchange->leases->len; i++)
    {
      WeirLease *lease = g_ptr_array_index (exchange->leases, i);

      if (lease->process != NULL)
        weir_lease_fail (lease, exchange->error->message);
    }
  fail_queued (exchange, exchange->error->message);
}

/* At the end, nobody waits through the backoff of a command that has never answered anything. */
static gboolean
is_in_vain (const WeirExchange *exchange)
{
  return (exchange->ending || g_atomic_int_get (&exchange->stopping)) && !exchange->answered
         && exchange->last_end != NULL && exchange->stats.tripped
         && exchange->stats.n_crashed >= MANY_CRASHES;
}

static void
on_hopeless (WeirProcessPool *pool, const GError *error, gpointer data)
{
  WeirExchange *exchange = data;

  if (exchange->error == NULL)
    exchange->error = g_error_copy (error);
}

static const WeirProcessPoolEvents events = {
  .available = on_available,
  .readable = on_readable,
  .writable = on_writable,
  .ended = on_ended,
  .stillborn = on_stillborn,
  .hopeless = on_hopeless,
};

/* Life --------------------------------------------------------------------------------------- */

WeirExchange *
weir_exchange_new (const WeirExchangeOptions *options, WeirCommand *command, WeirExpression *key,
                   WeirClock *clock, GError **error)
{
  g_autoptr (WeirExchange) exchange = g_new0 (WeirExchange, 1);

  g_assert (options->order != WEIR_ORDER_KEY || key != NULL);
  exchange->options = *options;
  exchange->clock = g_object_ref (clock);
  exchange->command = weir_command_ref (command);
  if (key != NULL)
    exchange->key = weir_expression_ref (key);
  exchange->window = options->in_flight > 0 ? options->in_flight : FIRST_WINDOW;
  if (options->batch_size > 0)
    exchange->window = MIN (exchange->window, options->batch_size);
  exchange->late_after = G_MININT64;
  exchange->lanes = g_new0 (WeirLane, N_LANES);
  exchange->leases = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_lease_free);
  exchange->queue_wait = weir_histogram_new ();
  exchange->run_time = weir_histogram_new ();
  g_queue_init (&exchange->retries);
  pthread_mutex_init (&exchange->lock, NULL);
  exchange->reply_pool = weir_buffer_pool_new (IDLE_BUFFERS);
  exchange->options.pool.channel.buffers = exchange->reply_pool;
  exchange->pool
      = weir_process_pool_new (&exchange->options.pool, command, clock, &events, exchange, error);
  return exchange->pool != NULL ? g_steal_pointer (&exchange) : NULL;
}

void
weir_exchange_free (WeirExchange *exchange)
{
  g_ptr_array_unref (exchange->leases);
  g_clear_pointer (&exchange->pool, weir_process_pool_free);
  g_queue_clear (&exchange->retries);
  forget_replies (exchange);
  free_list (exchange->first);
  free_list (exchange->idle);
  g_free (exchange->lanes);
  g_clear_pointer (&exchange->key, weir_expression_unref);
  weir_buffer_pool_unref (exchange->reply_pool);
  weir_histogram_free (exchange->queue_wait);
  weir_histogram_free (exchange->run_time);
  g_clear_error (&exchange->error);
  weir_command_unref (exchange->command);
  g_object_unref (exchange->clock);
  pthread_mutex_destroy (&exchange->lock);
  g_free (exchange->last_end);
  g_free (exchange);
}

gboolean
weir_exchange_hold (WeirExchange *exchange, WeirBatch *batch)
{
  WeirHeldBatch *held;

  if (!has_room (exchange))
    return FALSE;
  exchange->now = weir_clock_get_time (exchange->clock);
  held = take_held (exchange, batch->n_selected - batch->cursor);
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
  send_queued (exchange);
  end_leases (exchange);
  return TRUE;
}

/* Nanoseconds from one look at what live workers have used to the next. */
#define STATS_INTERVAL 500000000

static void
take_stats (WeirExchange *exchange)
{
  WeirProcessPoolStats stats;

  weir_process_pool_get_stats (exchange->pool, &stats);
  weir_spell_end (&exchange->waits, exchange->queue_wait);
  weir_spell_end (&exchange->runs, exchange->run_time);
  exchange->next_stats = exchange->now + STATS_INTERVAL;
  pthread_mutex_lock (&exchange->lock);
  exchange->stats = stats;
  pthread_mutex_unlock (&exchange->lock);
}

static void
append_times (GString *json, const char *name, const WeirHistogram *histogram)
{
  g_string_append_printf (json, ",\"%s\":{\"p50\":", name);
  weir_json_append_double (json, (double)weir_histogram_get_quantile (histogram, 0.5) / 1e3);
  g_string_append (json, ",\"p99\":");
  weir_json_append_double (json, (double)weir_histogram_get_quantile (histogram, 0.99) / 1e3);
  g_string_append_c (json, '}');
}

static void
append_usage (GString *json, const WeirUsage *usage)
{
  g_string_append (json, ",\"cpu_seconds\":{\"user\":");
  weir_json_append_double (json, (double)usage->user / 1e9);
  g_string_append (json, ",\"system\":");
  weir_json_append_double (json, (double)usage->system / 1e9);
  g_string_append_printf (json, "},\"peak_bytes\":%" G_GUINT64_FORMAT, usage->peak);
}

char *
weir_exchange_describe (WeirExchange *exchange)
{
  GString *json = g_string_new ("{");
  WeirProcessPoolStats stats;

  pthread_mutex_lock (&exchange->lock);
  stats = exchange->stats;
  pthread_mutex_unlock (&exchange->lock);
  g_string_append_printf (json, "\"processes\":%u,\"idle\":%u,\"started\":%" G_GUINT64_FORMAT,
                          stats.n_processes, stats.n_idle, stats.n_started);
  g_string_append_printf (json, ",\"failed\":%" G_GUINT64_FORMAT ",\"crashed\":%" G_GUINT64_FORMAT,
                          stats.n_failed, stats.n_crashed);
  g_string_append_printf (json,
                          ",\"recycled\":%" G_GUINT64_FORMAT ",\"retired\":%" G_GUINT64_FORMAT,
                          stats.n_recycled, stats.n_retired);
  g_string_append_printf (json, ",\"retries\":%" G_GUINT64_FORMAT,
                          __atomic_load_n (&exchange->n_retried, __ATOMIC_RELAXED));
  append_times (json, "queue_wait_us", exchange->queue_wait);
  append_times (json, "run_us", exchange->run_time);
  append_usage (json, &stats.usage);
  g_string_append_printf (
      json, ",\"stderr_bytes\":{\"in\":%" G_GUINT64_FORMAT ",\"dropped\":%" G_GUINT64_FORMAT "}}",
      stats.n_said, stats.n_dropped);
  return g_string_free (json, FALSE);
}

gboolean
weir_exchange_service (WeirExchange *exchange, gint64 late_after, gboolean ending, GError **error)
{
  exchange->now = weir_clock_get_time (exchange->clock);
  exchange->late_after = late_after;
  if (ending && !exchange->ending)
    weir_process_pool_finish (exchange->pool);
  exchange->ending = ending;
  exchange->emitted_batch = NULL;
  weir_process_pool_dispatch (exchange->pool);
  forget_replies (exchange);
  for (guint i = 0; i < exchange->leases->len; i++)
    weir_lease_check (g_ptr_array_index (exchange->leases, i));
  end_leases (exchange);
  send_queued (exchange);
  end_leases (exchange);
  if (exchange->now >= exchange->next_stats)
    take_stats (exchange);
  if (is_in_vain (exchange))
    fail_queued (exchange, exchange->last_end);
  if (exchange->error == NULL)
    return TRUE;
  fail_all (exchange);
  g_propagate_error (error, g_error_copy (exchange->error));
  return FALSE;
}

void
weir_exchange_stop (WeirExchange *exchange)
{
  g_atomic_int_set (&exchange->stopping, TRUE);
}

gboolean
weir_exchange_end (WeirExchange *exchange)
{
  g_assert (exchange->n_held == 0);

  end_leases (exchange);
  if (!exchange->drained)
    weir_process_pool_drain (exchange->pool);
  exchange->drained = TRUE;
  weir_process_pool_dispatch (exchange->pool);
  take_stats (exchange);
  return weir_process_pool_is_empty (exchange->pool);
}

void
weir_spell_add (WeirSpell *spell, WeirHistogram *histogram, gint64 value)
{
  if (spell->n > 0 && spell->value != value)
    weir_spell_end (spell, histogram);
  spell->value = value;
  spell->n++;
}

void
weir_spell_end (WeirSpell *spell, WeirHistogram *histogram)
{
  if (spell->n > 0)
    weir_histogram_add (histogram, MAX (0, spell->value), spell->n);
  spell->n = 0;
}

gint64
weir_exchange_get_next_time (WeirExchange *exchange)
{
  gint64 next = weir_process_pool_get_next_time (exchange->pool);

  if (exchange->paused)
    return exchange->now;
  for (guint i = 0; i < exchange->leases->len; i++)
    if (((WeirLease *)g_ptr_array_index (exchange->leases, i))->unread)
      return exchange->now;
  for (guint i = 0; i < exchange->leases->len; i++)
    next = MIN (next, weir_lease_get_next_time (g_ptr_array_index (exchange->leases, i)));
  return next;
}

int
weir_exchange_get_fd (WeirExchange *exchange)
{
  return weir_process_pool_get_fd (exchange->pool);
}
