/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

/* Nanoseconds that a unit should take: long against a wake, short against a deadline. */
#define UNIT_TIME 10000000

/* Text that is given at once at most. */
#define UNIT_BYTES ((gsize)8 * 1024 * 1024)

/* Records out at most, for it to be worth while to look for their answers at once. */
#define FEW 16

/* Nanoseconds of silence after which a worker that has not answered anything gets more, and after
 * which one may be keeping its answers until the end of its input. */
#define WIDEN_AFTER  100000000
#define LONG_SILENCE 1000000000
#define WARY_PAUSE   5000000

/* Nanoseconds in which answers are left in the pipe, when they take a while each, and fit. */
#define LEAST_REST 100000
#define MOST_REST  (UNIT_TIME / 4)
#define QUICK      4000

#define FIRST_SILENCE G_GINT64_CONSTANT (2000000000)

/* Nanoseconds between the steps that end a worker. */
#define PATIENCE 200000000

static const char too_many[] = "it gave a reply too many";

/* Replies that are taken in one go. */
#define MOST_REPLIES 65536

/* Sent entries that are gone before they are cut off. */
#define MANY_GONE 4096

WeirLease *
weir_lease_new (WeirExchange *exchange, WeirProcess *process)
{
  WeirLease *lease = g_new0 (WeirLease, 1);

  lease->exchange = exchange;
  lease->process = process;
  lease->sent = g_ptr_array_new ();
  lease->first_id = (++exchange->n_leases << 32) + 1;
  lease->window = exchange->window;
  lease->earliest = WEIR_TIME_NEVER;
  process->user = lease;
  return lease;
}

void
weir_lease_free (WeirLease *lease)
{
  if (lease->process != NULL)
    lease->process->user = NULL;
  g_clear_pointer (&lease->kept, weir_batch_free);
  g_ptr_array_unref (lease->sent);
  g_free (lease);
}

static gboolean
has_units (const WeirLease *lease)
{
  return !weir_channel_has_ids (lease->process->channel);
}

guint
weir_lease_count_out (const WeirLease *lease)
{
  return lease->sent->len - lease->n_gone;
}

static guint64
count_uses_left (const WeirLease *lease)
{
  guint64 left = weir_process_pool_get_uses_left (lease->exchange->pool, lease->process);
  guint out = weir_lease_count_out (lease);

  return left == G_MAXUINT64 ? left : left > out ? left - out : 0;
}

/* Nothing was ever answered, so perhaps the worker waits for more. */
static gboolean
could_widen (const WeirLease *lease)
{
  const WeirExchange *exchange = lease->exchange;

  return has_units (lease) && !exchange->prompt && exchange->options.in_flight == 0
         && lease->n_answered == 0 && lease->window < WEIR_EXCHANGE_MAX_WINDOW && !lease->alone
         && !lease->closing && exchange->n_singles == 0 && count_uses_left (lease) > 0;
}

static gboolean
may_widen (const WeirLease *lease)
{
  return could_widen (lease)
         && lease->exchange->now - MAX (lease->since, lease->widened) > WIDEN_AFTER;
}

/* A unit may grow for a while, so that the worker does not run dry; then it has to be answered. */
static gboolean
may_join (const WeirLease *lease)
{
  const WeirExchange *exchange = lease->exchange;

  return lease->sent->len < lease->window && !lease->alone && exchange->n_singles == 0
         && exchange->options.batch_size == 0 && exchange->now - lease->unit_start < UNIT_TIME / 2;
}

gboolean
weir_lease_has_room (const WeirLease *lease)
{
  guint out;

  if (lease->process == NULL || lease->closing || lease->ending || lease->alone)
    return FALSE;
  out = weir_lease_count_out (lease);
  if (count_uses_left (lease) == 0)
    return FALSE;
  if (out > 0 && has_units (lease))
    return may_join (lease) || may_widen (lease);
  return out < lease->window;
}

/* Sending ------------------------------------------------------------------------------------ */

static void
send_task (WeirLease *lease, WeirTask *task)
{
  const WeirRecord *record = task->record;
  WeirRequest request = {
    .id = lease->first_id + lease->sent->len,
    .remaining = record->deadline == WEIR_TIME_NEVER
                     ? WEIR_TIME_NEVER
                     : MAX (0, record->deadline - lease->exchange->now),
    .text = record->text,
    .length = record->length,
  };

  lease->alone = task->alone;
  g_ptr_array_add (lease->sent, task);
  if (weir_exchange_cancels (lease->exchange))
    weir_lease_note_deadline (lease, task);
  weir_channel_send (lease->process->channel, &request);
}

/* What is queued is shared among those who could take it. */
static guint
get_share (const WeirLease *lease)
{
  const WeirExchange *exchange = lease->exchange;
  guint n_busy = 0;

  for (guint i = 0; i < exchange->leases->len; i++)
    {
      const WeirLease *other = g_ptr_array_index (exchange->leases, i);

      n_busy += other != lease && weir_lease_count_out (other) > 0;
    }
  guint n_free = MAX (1, exchange->options.pool.max - MIN (n_busy, exchange->options.pool.max));
  return (exchange->n_queued + n_free - 1) / n_free;
}

static guint
get_most (const WeirLease *lease)
{
  guint64 most = (guint64)weir_lease_count_out (lease)
                 + MIN ((guint64)get_share (lease), count_uses_left (lease));

  if (has_units (lease) && lease->exchange->n_singles > 0)
    return 1;
  return MIN (most, lease->exchange->buffers ? WEIR_EXCHANGE_MAX_WINDOW : lease->window);
}

/* Behind what is still to be written. */
static void
close_input (WeirLease *lease)
{
  lease->closing = TRUE;
  weir_lease_flush (lease);
}

/* As many as its window, its uses and the bytes of a unit allow; a suspect goes by itself. */
void
weir_lease_give (WeirLease *lease)
{
  WeirExchange *exchange = lease->exchange;
  guint most;
  gsize bytes = 0;
  WeirTask *task;

  if (weir_lease_count_out (lease) == 0)
    {
      lease->since = lease->unit_start = exchange->now;
      lease->heard = 0;
      lease->span = 0;
      lease->n_heard = lease->n_looked = 0;
      lease->unit_size = 0;
    }
  else if (has_units (lease) && !may_join (lease))
    {
      lease->window = MIN (2 * lease->window, WEIR_EXCHANGE_MAX_WINDOW);
      lease->widened = exchange->now;
    }
  most = get_most (lease);
  while (weir_lease_count_out (lease) < most && bytes < UNIT_BYTES && !lease->alone
         && (task = weir_exchange_peek_queued (exchange)) != NULL)
    {
      if (task->alone && weir_lease_count_out (lease) > 0)
        break;
      send_task (lease, weir_exchange_take_queued (exchange));
      bytes += task->record->length;
    }
  weir_lease_flush (lease);
  if (exchange->buffers && !lease->closing)
    close_input (lease);
  if (weir_lease_count_out (lease) <= FEW && weir_channel_spin (lease->process->channel))
    weir_lease_receive (lease);
}

void
weir_lease_flush (WeirLease *lease)
{
  WeirChannelStatus status;

  if (lease->ending)
    return;
  status = weir_channel_flush (lease->process->channel);
  weir_process_watch_output (lease->process, status == WEIR_CHANNEL_BLOCKED);
  if (status == WEIR_CHANNEL_DONE)
    g_clear_pointer (&lease->kept, weir_batch_free);
  if (status == WEIR_CHANNEL_CLOSED)
    lease->closing = TRUE; /* it takes nothing more; what it has it may still answer */
  else if (lease->closing && status == WEIR_CHANNEL_DONE)
    weir_channel_close_output (lease->process->channel);
}

/* Answers ------------------------------------------------------------------------------------ */

static void
learn_window (WeirLease *lease, guint n)
{
  WeirExchange *exchange = lease->exchange;
  gint64 each = MAX (1, (exchange->now - lease->unit_start) / n);
  guint64 good = CLAMP (UNIT_TIME / each, 1, WEIR_EXCHANGE_MAX_WINDOW);

  weir_pace_add (&exchange->turn, exchange->now - lease->unit_start);
  if (exchange->options.in_flight > 0 || lease->alone || lease->closing)
    return;
  lease->window = CLAMP (good, MAX (1, lease->window / 2), 2 * lease->window);
  if (exchange->options.batch_size > 0)
    lease->window = MIN (lease->window, exchange->options.batch_size);
  exchange->window = lease->window;
}

/* The outputs of an answer have one bound together. */
static gboolean
is_too_large (const WeirExchange *exchange, const WeirTask *task)
{
  return task->size > exchange->options.pool.channel.max_reply;
}

static void
fail_too_large (WeirExchange *exchange, WeirTask *task)
{
  g_autofree char *why = g_strdup_printf ("answer of %" G_GSIZE_FORMAT
                                          " bytes is over max-reply (%" G_GSIZE_FORMAT ")",
                                          task->size, exchange->options.pool.channel.max_reply);

  weir_exchange_fail_task (exchange, task, why);
}

static void
settle_answered (WeirLease *lease, WeirTask *task)
{
  WeirExchange *exchange = lease->exchange;

  exchange->answered = TRUE;
  weir_spell_add (&exchange->runs, exchange->run_time, exchange->now - task->since);
  if (!task->rejected)
    {
      if (is_too_large (exchange, task))
        fail_too_large (exchange, task);
      else
        weir_exchange_settle (exchange, task);
      return;
    }
  g_autofree char *why = g_strndup (task->output.text, task->output.length);
  weir_exchange_fail_task (exchange, task, why);
}

static void
forget_sent (WeirLease *lease)
{
  if (lease->n_gone < lease->sent->len && lease->n_gone < MANY_GONE)
    return;
  lease->first_id += lease->n_gone;
  g_ptr_array_remove_range (lease->sent, 0, lease->n_gone);
  lease->n_gone = 0;
}

/* A unit that was answered as a whole. */
static void
accept_unit (WeirLease *lease)
{
  WeirExchange *exchange = lease->exchange;
  guint n = lease->sent->len;

  exchange->buffers
      |= !exchange->prompt && lease->hushed > 0 && exchange->now - lease->hushed < LONG_SILENCE / 4;
  if (exchange->buffers)
    exchange->window = WEIR_EXCHANGE_MAX_WINDOW;
  exchange->prompt |= !lease->closing;
  exchange->n_singles -= MIN (1, exchange->n_singles);
  learn_window (lease, n);
  weir_process_pool_add_uses (exchange->pool, lease->process, n);
  for (guint i = 0; i < n; i++)
    if (g_ptr_array_index (lease->sent, i) != &weir_lease_cancelled)
      settle_answered (lease, g_ptr_array_index (lease->sent, i));
  lease->n_gone = n;
  lease->n_answered = 0;
  lease->alone = FALSE;
  forget_sent (lease);
}

/* Behind what was answered for good. */
static void
accept_head (WeirLease *lease)
{
  guint before = lease->n_gone;

  while (lease->n_gone < lease->sent->len && g_ptr_array_index (lease->sent, lease->n_gone) == NULL)
    lease->n_gone++;
  lease->n_since += lease->n_gone - before;
  if (lease->n_gone > before)
    weir_process_pool_add_uses (lease->exchange->pool, lease->process, lease->n_gone - before);
  if (weir_lease_count_out (lease) == 0)
    lease->alone = FALSE;
  if (lease->n_since >= lease->window || (lease->n_since > 0 && weir_lease_count_out (lease) == 0))
    {
      learn_window (lease, lease->n_since);
      lease->n_since = 0;
      lease->unit_start = lease->exchange->now;
    }
  forget_sent (lease);
}

/* An error stands for the whole answer, whatever came before it. */
static void
add_output (WeirExchange *exchange, WeirTask *task, const WeirReply *reply)
{
  WeirOutputText output;

  if (reply->kind == WEIR_REPLY_ERROR)
    weir_task_clear_answer (task);
  else
    task->size += reply->length;
  if (is_too_large (exchange, task))
    return;
  output = weir_exchange_use_reply (exchange, reply);
  if (task->output.text == NULL)
    {
      task->output = output;
      return;
    }
  if (task->outputs == NULL)
    task->outputs = g_array_new (FALSE, FALSE, sizeof (WeirOutputText));
  g_array_append_val (task->outputs, output);
}

/* The task that a reply is for; NULL: none, or one that has its answer already. */
static WeirTask **
find_task (WeirLease *lease, const WeirReply *reply)
{
  guint64 i = reply->id != 0 ? reply->id - lease->first_id : lease->n_answered;

  if (i < lease->n_gone || i >= lease->sent->len)
    return NULL;
  return (WeirTask **)&g_ptr_array_index (lease->sent, i);
}

/* To a record that has ended at its deadline. */
static void
drop_reply (WeirLease *lease, WeirTask **place, const WeirReply *reply)
{
  lease->since = lease->exchange->now;
  lease->exchange->answered = TRUE;
  if (reply->kind == WEIR_REPLY_MORE)
    return;
  if (reply->id == 0)
    lease->n_answered++;
  else
    *place = NULL;
}

static const char *
take_reply (WeirLease *lease, const WeirReply *reply)
{
  WeirExchange *exchange = lease->exchange;
  WeirTask **place = find_task (lease, reply);
  WeirTask *task = place != NULL ? *place : NULL;

  lease->unit_size += reply->length + 1;
  if (task == &weir_lease_cancelled)
    {
      drop_reply (lease, place, reply);
      return NULL;
    }
  if (task == NULL)
    return reply->id != 0 ? "it answered what it was not asked" : too_many;
  if (reply->kind != WEIR_REPLY_END)
    add_output (exchange, task, reply);
  if (reply->kind == WEIR_REPLY_MORE)
    return NULL;
  exchange->slowest = MAX (exchange->slowest, exchange->now - lease->since);
  lease->since = exchange->now;
  task->rejected = reply->kind == WEIR_REPLY_ERROR;
  task->answered = TRUE;
  if (reply->id == 0)
    {
      lease->n_answered++;
      return NULL;
    }
  *place = NULL;
  settle_answered (lease, task);
  return NULL;
}

static void
give_up (WeirLease *lease, const char *why)
{
  WeirProcess *process = lease->process;
  g_autofree char *text = g_strdup (why);

  lease->exchange->wary |= why == too_many;
  lease->ending = TRUE;
  if (lease->n_answered > 0) /* wrongly, but it runs: that is no crash loop */
    weir_process_pool_add_uses (lease->exchange->pool, process, lease->n_answered);
  weir_lease_fail (lease, text);
  lease->process = NULL;
  process->user = NULL;
  weir_process_pool_discard (lease->exchange->pool, process, text);
}

/* A worker that ends by itself between two records is no fault of the next one. That it had
 * answered some bounds how often this can be. */
static gboolean
has_read_nothing (const WeirLease *lease)
{
  const WeirChannel *channel = lease->process->channel;
  gsize sent = 0;

  if (lease->n_answered > 0 || weir_process_pool_get_uses (lease->process) == 0)
    return FALSE;
  for (guint i = lease->n_gone; i < lease->sent->len; i++)
    {
      const WeirTask *task = g_ptr_array_index (lease->sent, i);

      if (task == &weir_lease_cancelled)
        return FALSE;
      if (task != NULL)
        sent += weir_channel_get_request_size (channel, task->record->length);
    }
  return weir_channel_count_unread (channel) >= sent;
}

/* The worker's output has ended. What it has not answered fails when it has been reaped: then it is
 * known how it ended. */
static void
meet_end (WeirLease *lease)
{
  if (lease->ending || weir_lease_count_out (lease) == 0)
    return;
  lease->ending = TRUE;
  lease->spared = has_read_nothing (lease);
  if (lease->process->state != WEIR_PROCESS_ENDED)
    weir_process_end (lease->process, PATIENCE);
}

/* After a reply too many, one that is late could come for another record: what has come is only
 * accepted after a pause. */
static gboolean
is_settling (const WeirLease *lease)
{
  return lease->exchange->wary && !lease->closing
         && lease->exchange->now - lease->since < WARY_PAUSE;
}

static gboolean
is_unit_answered (const WeirLease *lease)
{
  return lease->n_answered > 0 && lease->n_answered == lease->sent->len;
}

/* Nanoseconds for which nobody need look for answers; 0: somebody does. Their pace is trusted for
 * as long again as it was seen. The pages of the pipe may be half empty. */
static gint64
get_rest (const WeirLease *lease)
{
  gint64 seen = lease->exchange->now - lease->heard;
  gsize room = weir_channel_get_reply_room (lease->process->channel) / 2;
  guint left = lease->sent->len - lease->n_answered;
  gint64 each, rest;

  if (lease->n_answered <= lease->n_heard || lease->ending)
    return 0;
  each = seen / (lease->n_answered - lease->n_heard);
  rest = MIN (each * (gint64)MIN (left - left / 4, room * lease->n_answered / lease->unit_size),
              CLAMP (seen, LEAST_REST, MOST_REST));
  return each < QUICK || rest < MAX (LEAST_REST, 2 * each) ? 0 : rest;
}

/* The answers of a unit count when the last one has come. Until that is near, nobody need be woken
 * by each of them: the worker writes on into its pipe. Where a look found none, the next one tells.
 */
static void
rest (WeirLease *lease)
{
  gboolean found = lease->n_answered > lease->n_looked;
  gint64 time;

  lease->n_looked = lease->n_answered;
  if (lease->heard == 0 && found)
    {
      lease->heard = lease->exchange->now;
      lease->n_heard = lease->n_answered;
    }
  time = found ? get_rest (lease) : 0;
  if (time > 0)
    weir_process_rest_input (lease->process, lease->exchange->now + time);
  else
    weir_process_end_rest (lease->process);
}

void
weir_lease_receive (WeirLease *lease)
{
  WeirChannel *channel = lease->process->channel;
  WeirChannelStatus status;
  const char *fault = NULL;
  WeirReply reply;
  guint n = 0;

  lease->unread = FALSE;
  while (fault == NULL && !lease->unread
         && (status = weir_channel_receive (channel, &reply)) == WEIR_CHANNEL_DONE)
    {
      fault = take_reply (lease, &reply);
      lease->unread = ++n == MOST_REPLIES && lease->process->state != WEIR_PROCESS_ENDED;
    }
  if (lease->unread && fault == NULL)
    return;
  if (fault == NULL && status == WEIR_CHANNEL_BROKEN)
    fault = weir_channel_get_fault (channel);
  if (fault == NULL && is_unit_answered (lease) && weir_channel_has_part (channel))
    fault = too_many;
  if (weir_channel_has_ids (channel))
    accept_head (lease);
  else if (fault == NULL && is_unit_answered (lease)
           && (status != WEIR_CHANNEL_BLOCKED || !is_settling (lease)))
    accept_unit (lease);
  if (fault != NULL && lease->process->state != WEIR_PROCESS_ENDED)
    give_up (lease, fault);
  else if (status != WEIR_CHANNEL_BLOCKED)
    meet_end (lease);
  else if (has_units (lease))
    rest (lease);
}

/* The end ------------------------------------------------------------------------------------ */

static guint
find_suspect (const WeirLease *lease)
{
  guint i = lease->n_gone;

  while (i < lease->sent->len && g_ptr_array_index (lease->sent, i) != NULL
         && (i < lease->n_answered || ((WeirTask *)g_ptr_array_index (lease->sent, i))->answered))
    i++;
  return i;
}

/* The oldest that was not answered is the suspect. Where each was answered, and something more,
 * nobody knows whose it was: each is sent again by itself. */
void
weir_lease_fail (WeirLease *lease, const char *why)
{
  WeirExchange *exchange = lease->exchange;
  guint n = lease->sent->len;
  guint suspect = find_suspect (lease);
  gboolean nobody = suspect == n && weir_lease_count_out (lease) > 1;

  if (has_units (lease) && weir_lease_count_out (lease) > 1 && !lease->spared)
    exchange->n_singles = WEIR_EXCHANGE_SINGLES;
  g_free (exchange->last_end);
  exchange->last_end = g_strdup (why);
  if (weir_lease_count_out (lease) == 1)
    suspect = lease->n_gone;
  for (guint i = n; i > lease->n_gone; i--)
    {
      WeirTask *task = g_ptr_array_index (lease->sent, i - 1);

      if (task == NULL || task == &weir_lease_cancelled)
        continue;
      task->alone |= nobody;
      if (i - 1 == suspect && !lease->spared)
        weir_exchange_blame (exchange, task, why);
      else
        weir_exchange_requeue (exchange, task);
    }
  g_ptr_array_set_size (lease->sent, 0);
  lease->n_gone = lease->n_answered = 0;
  lease->earliest = WEIR_TIME_NEVER;
}

/* Time --------------------------------------------------------------------------------------- */

/* Before the first answer nobody knows how long it takes to be ready. */
static gint64
get_silence (const WeirExchange *exchange)
{
  gint64 usual = exchange->slowest > 0 ? MIN (exchange->slowest, exchange->options.timeout) * 10
                                       : FIRST_SILENCE;

  return CLAMP (usual, LONG_SILENCE, MAX (LONG_SILENCE, exchange->options.timeout / 2));
}

/* Whether it may be one that keeps its answers. */
static gboolean
is_doubtful (const WeirLease *lease)
{
  return has_units (lease) && !lease->closing && !lease->exchange->prompt;
}

gint64
weir_lease_get_next_time (const WeirLease *lease)
{
  const WeirExchange *exchange = lease->exchange;
  gint64 next;

  if (lease->process == NULL || lease->ending || weir_lease_count_out (lease) == 0)
    return WEIR_TIME_NEVER;
  next = MIN (exchange->options.timeout, WEIR_TIME_NEVER - lease->since - 1);
  if (is_doubtful (lease))
    next = MIN (next, get_silence (exchange));
  next += lease->since + 1;
  next = MIN (next, weir_lease_get_cancel_time (lease));
  if (is_unit_answered (lease))
    next = MIN (next, lease->since + WARY_PAUSE);
  if (exchange->n_queued > 0 && could_widen (lease))
    next = MIN (next, MAX (lease->since, lease->widened) + WIDEN_AFTER + 1);
  return next;
}

/* A worker that was silent for long gets the end of its input: if it had kept its answers, they
 * come now, and from then on each unit is ended like that. */
static void
check_silence (WeirLease *lease)
{
  WeirExchange *exchange = lease->exchange;

  if (lease->closing || !has_units (lease))
    return;
  if (exchange->ending && exchange->n_queued == 0)
    close_input (lease);
  else if (is_doubtful (lease) && exchange->now - lease->since > get_silence (exchange))
    {
      lease->hushed = exchange->now;
      close_input (lease);
    }
}

void
weir_lease_check (WeirLease *lease)
{
  WeirExchange *exchange = lease->exchange;
  g_autofree char *why = NULL;

  if (lease->process == NULL || lease->ending || weir_lease_count_out (lease) == 0)
    return;
  if (lease->unread || is_unit_answered (lease))
    {
      weir_lease_receive (lease);
      return;
    }
  if (exchange->now - lease->since <= exchange->options.timeout)
    {
      check_silence (lease);
      return;
    }
  why = g_strdup_printf ("no answer within %.6g ms", (double)exchange->options.timeout / 1e6);
  give_up (lease, why);
}
