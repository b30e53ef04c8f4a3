/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-queue-private.h"

#include "flow/weir-ledger-private.h"

WeirQueue *
weir_queue_new (guint max_batches, gsize max_bytes)
{
  WeirQueue *queue = g_new0 (WeirQueue, 1);

  g_assert (max_batches > 0);
  queue->max_batches = max_batches;
  queue->max_bytes = max_bytes;
  return queue;
}

void
weir_queue_free (WeirQueue *queue)
{
  WeirBatch *batch;

  while ((batch = weir_queue_take (queue)) != NULL)
    weir_batch_free (batch);
  g_free (queue);
}

gboolean
weir_queue_has_room (const WeirQueue *queue)
{
  return queue->n_batches == 0
         || (queue->n_batches < queue->max_batches && queue->bytes < queue->max_bytes);
}

void
weir_queue_put (WeirQueue *queue, WeirBatch *batch)
{
  guint n = batch->n_selected - batch->cursor;

  g_assert (n > 0);
  batch->next = NULL;
  batch->earliest = weir_batch_get_earliest_deadline (batch);
  if (queue->tail != NULL)
    queue->tail->next = batch;
  else
    queue->head = batch;
  queue->tail = batch;
  queue->n_batches++;
  queue->bytes += weir_batch_get_pinned (batch);
  weir_count (&queue->n_records, n);
  weir_count (&queue->sent, n);
}

WeirBatch *
weir_queue_take (WeirQueue *queue)
{
  WeirBatch *batch = queue->head;

  if (batch == NULL)
    return NULL;
  queue->head = batch->next;
  if (queue->head == NULL)
    queue->tail = NULL;
  batch->next = NULL;
  queue->n_batches--;
  queue->bytes -= weir_batch_get_pinned (batch);
  weir_count (&queue->n_records, -(guint64)(batch->n_selected - batch->cursor));
  weir_count (&queue->taken, batch->n_selected - batch->cursor);
  return batch;
}

gboolean
weir_queue_has_ended (const WeirQueue *queue)
{
  return queue->head == NULL && queue->n_writers == 0;
}
