/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

/* Nanoseconds between the steps that end a worker whose answer nobody waits for. */
#define PATIENCE 200000000

WeirTask weir_lease_cancelled;

void
weir_lease_note_deadline (WeirLease *lease, const WeirTask *task)
{
  const WeirRecord *record = task->record;

  if (!(record->flags & WEIR_RECORD_LATE_ROUTED))
    lease->earliest = MIN (lease->earliest, record->deadline);
}

static gboolean
is_answered (const WeirLease *lease)
{
  return lease->n_answered > 0 && lease->n_answered == lease->sent->len;
}

/* When a worker that others would wait for has been silent for too long; before that the record may
 * only have reached it late. With ids it holds nobody up. */
static gint64
get_stuck_time (const WeirLease *lease)
{
  if (weir_channel_has_ids (lease->process->channel) || lease->n_answered >= lease->sent->len
      || g_ptr_array_index (lease->sent, lease->n_answered) != &weir_lease_cancelled)
    return WEIR_TIME_NEVER;
  return lease->since + lease->span;
}

/* What is answered and is not accepted yet will be in a moment. */
gint64
weir_lease_get_cancel_time (const WeirLease *lease)
{
  gint64 time = get_stuck_time (lease);

  return lease->earliest == WEIR_TIME_NEVER || is_answered (lease)
             ? time
             : MIN (time, lease->earliest + 1);
}

static gboolean
is_late (const WeirLease *lease, const WeirTask *task)
{
  return task->record->deadline < lease->exchange->now
         && !(task->record->flags & WEIR_RECORD_LATE_ROUTED);
}

/* What is not written yet of the records that end. */
static void
keep_unwritten (WeirLease *lease)
{
  WeirChannel *channel = lease->process->channel;

  if (weir_channel_has_ids (channel))
    weir_channel_keep (channel);
  else if (lease->kept == NULL && weir_channel_flush (channel) != WEIR_CHANNEL_DONE)
    lease->kept = weir_batch_new (lease->exchange->reply_pool);
}

/* Those who share its unit wait for its answer: the next ones are sent by themselves. */
static void
note_cancelled (WeirLease *lease, const WeirRecord *record)
{
  lease->span = MAX (lease->span, record->deadline - record->ingest);
  if (!weir_channel_has_ids (lease->process->channel) && lease->sent->len > 1)
    lease->exchange->n_singles = WEIR_EXCHANGE_SINGLES;
}

static void
cancel_tasks (WeirLease *lease)
{
  const WeirHeldBatch *held = NULL;

  lease->earliest = WEIR_TIME_NEVER;
  for (guint i = lease->n_gone; i < lease->sent->len; i++)
    {
      WeirTask *task = g_ptr_array_index (lease->sent, i);

      if (task == NULL || task == &weir_lease_cancelled)
        continue;
      if (!is_late (lease, task))
        {
          weir_lease_note_deadline (lease, task);
          continue;
        }
      if (lease->kept != NULL && task->held != held)
        weir_batch_share_blocks (lease->kept, task->held->batch);
      held = task->held;
      g_ptr_array_index (lease->sent, i) = &weir_lease_cancelled;
      note_cancelled (lease, task->record);
      weir_exchange_expire_task (lease->exchange, task);
    }
}

/* The pool is told that it has been used up: that is no crash. */
void
weir_lease_recall (WeirLease *lease)
{
  if (lease->process == NULL || lease->ending || weir_lease_count_out (lease) == 0)
    return;
  if (weir_lease_count_out (lease) > 1)
    lease->exchange->n_singles = WEIR_EXCHANGE_SINGLES;
  for (guint i = lease->sent->len; i > lease->n_gone; i--)
    {
      WeirTask *task = g_ptr_array_index (lease->sent, i - 1);

      if (task != NULL && task != &weir_lease_cancelled)
        weir_exchange_requeue (lease->exchange, task);
    }
  g_ptr_array_set_size (lease->sent, 0);
  lease->n_gone = lease->n_answered = 0;
  lease->earliest = WEIR_TIME_NEVER;
  lease->closing = TRUE;
  weir_process_end (lease->process, PATIENCE);
}

/* The last look is for an answer that is there, but was not looked for. */
void
weir_lease_cancel_late (WeirLease *lease)
{
  gint64 now = lease->exchange->now;

  if (lease->process == NULL || lease->ending
      || (now <= lease->earliest && now < get_stuck_time (lease)))
    return;
  weir_lease_receive (lease);
  if (lease->process == NULL || lease->ending || lease->unread || is_answered (lease))
    return;
  keep_unwritten (lease);
  cancel_tasks (lease);
  if (now >= get_stuck_time (lease))
    weir_lease_recall (lease);
}
