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

/* What is answered and is not accepted yet will be in a moment. */
gint64
weir_lease_get_cancel_time (const WeirLease *lease)
{
  return lease->earliest == WEIR_TIME_NEVER || is_answered (lease) ? WEIR_TIME_NEVER
                                                                   : lease->earliest + 1;
}

static gboolean
is_late (const WeirLease *lease, const WeirTask *task)
{
  return task->record->deadline < lease->exchange->now
         && !(task->record->flags & WEIR_RECORD_LATE_ROUTED);
}

static gboolean
cancel_tasks (WeirLease *lease)
{
  gboolean found = FALSE;

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
      g_ptr_array_index (lease->sent, i) = &weir_lease_cancelled;
      weir_exchange_expire_task (lease->exchange, task);
      found = TRUE;
    }
  return found;
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
  gboolean has_ids;

  if (lease->process == NULL || lease->ending || lease->exchange->now <= lease->earliest)
    return;
  weir_lease_receive (lease);
  if (lease->process == NULL || lease->ending || lease->unread || is_answered (lease))
    return;
  has_ids = weir_channel_has_ids (lease->process->channel);
  if (has_ids)
    weir_channel_keep (lease->process->channel);
  if (cancel_tasks (lease) && !has_ids)
    weir_lease_recall (lease);
}
