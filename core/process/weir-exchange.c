/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

#define FIRST_WINDOW 16

/* Nanoseconds. */
#define MOST_LOOKING 100000

/* Crashes in vain after which the rest fails at the end. */
#define MANY_CRASHES 8

/* Bytes of reply buffers that are kept for the next ones. */
#define IDLE_BUFFERS ((gsize)4 * 1024 * 1024)

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
fail_all (WeirExchange *exchange)
{
  for (guint i = 0; i < exchange->leases->len; i++)
    {
      WeirLease *lease = g_ptr_array_index (exchange->leases, i);

      if (lease->process != NULL)
        weir_lease_fail (lease, exchange->error->message);
    }
  weir_exchange_fail_queued (exchange, exchange->error->message);
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
  weir_exchange_init_queue (exchange);
  exchange->leases = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_lease_free);
  exchange->queue_wait = weir_histogram_new ();
  exchange->run_time = weir_histogram_new ();
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
  weir_exchange_clear_queue (exchange);
  g_clear_pointer (&exchange->key, weir_expression_unref);
  weir_buffer_pool_unref (exchange->reply_pool);
  weir_histogram_free (exchange->queue_wait);
  weir_histogram_free (exchange->run_time);
  g_clear_error (&exchange->error);
  weir_command_unref (exchange->command);
  g_object_unref (exchange->clock);
  pthread_mutex_destroy (&exchange->lock);
  g_free (exchange->workers);
  g_free (exchange->last_end);
  g_free (exchange);
}

gboolean
weir_exchange_hold (WeirExchange *exchange, WeirBatch *batch)
{
  if (!weir_exchange_has_room (exchange))
    return FALSE;
  exchange->now = weir_clock_get_time (exchange->clock);
  weir_exchange_put (exchange, batch);
  send_queued (exchange);
  end_leases (exchange);
  return TRUE;
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
  weir_exchange_forget_replies (exchange);
  for (guint i = 0; i < exchange->leases->len; i++)
    {
      weir_lease_check (g_ptr_array_index (exchange->leases, i));
      weir_lease_cancel_late (g_ptr_array_index (exchange->leases, i));
    }
  end_leases (exchange);
  send_queued (exchange);
  end_leases (exchange);
  if (exchange->now >= exchange->next_stats)
    weir_exchange_take_stats (exchange);
  if (is_in_vain (exchange))
    weir_exchange_fail_queued (exchange, exchange->last_end);
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

  for (guint i = 0; i < exchange->leases->len; i++)
    weir_lease_recall (g_ptr_array_index (exchange->leases, i));
  end_leases (exchange);
  if (!exchange->drained)
    weir_process_pool_drain (exchange->pool);
  exchange->drained = TRUE;
  weir_process_pool_dispatch (exchange->pool);
  weir_exchange_take_stats (exchange);
  return weir_process_pool_is_empty (exchange->pool);
}

gint64
weir_exchange_get_next_time (WeirExchange *exchange)
{
  gint64 next = weir_process_pool_get_next_time (exchange->pool);
  gint64 deadline = weir_exchange_get_queued_deadline (exchange);

  if (deadline < WEIR_TIME_NEVER)
    next = MIN (next, deadline + 1);
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
