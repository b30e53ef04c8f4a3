/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-queue-private.h"

#include <sched.h>

#include "flow/weir-ledger-private.h"

/* Batches that keep the readers busy until another one is put. */
#define BUSY 2

WeirQueue *
weir_queue_new (guint max_batches, gsize max_bytes)
{
  WeirQueue *queue = g_new0 (WeirQueue, 1);

  g_assert (max_batches > 0);
  queue->max_batches = max_batches;
  queue->max_bytes = max_bytes;
  queue->writers = g_ptr_array_new ();
  queue->readers = g_ptr_array_new ();
  return queue;
}

void
weir_queue_free (WeirQueue *queue)
{
  WeirBatch *batch;
  guint64 ticket;

  while (queue->ring != NULL && (batch = weir_queue_take (queue, &ticket)) != NULL)
    weir_batch_free (batch);
  g_clear_pointer (&queue->ring, weir_ring_free);
  g_ptr_array_unref (queue->writers);
  g_ptr_array_unref (queue->readers);
  g_free (queue);
}

static guint
round_up_to_power_of_two (guint n)
{
  guint power = 2;

  while (power < n)
    power *= 2;
  return power;
}

void
weir_queue_add_writer (WeirQueue *queue, gpointer segment)
{
  g_ptr_array_add (queue->writers, segment);
  queue->n_open++;
  g_clear_pointer (&queue->ring, weir_ring_free);
  queue->ring = weir_ring_new (round_up_to_power_of_two (queue->max_batches + queue->writers->len));
}

void
weir_queue_add_reader (WeirQueue *queue, gpointer segment)
{
  g_ptr_array_add (queue->readers, segment);
}

static gboolean
is_below_bounds (const WeirQueue *queue)
{
  guint n = __atomic_load_n (&queue->n_batches, __ATOMIC_SEQ_CST);

  return n == 0
         || (n < queue->max_batches
             && __atomic_load_n (&queue->bytes, __ATOMIC_SEQ_CST) < queue->max_bytes);
}

gboolean
weir_queue_has_room (WeirQueue *queue)
{
  if (is_below_bounds (queue))
    return TRUE;
  /* Sequentially consistent with the count in take(): either the taker sees the flag, or the
   * writer sees the room. */
  __atomic_store_n (&queue->starved, TRUE, __ATOMIC_SEQ_CST);
  return is_below_bounds (queue);
}

gboolean
weir_queue_is_busy (WeirQueue *queue)
{
  if (__atomic_load_n (&queue->n_batches, __ATOMIC_SEQ_CST) < BUSY)
    return FALSE;
  __atomic_store_n (&queue->starved, TRUE, __ATOMIC_SEQ_CST); /* as in has_room() */
  return __atomic_load_n (&queue->n_batches, __ATOMIC_SEQ_CST) >= BUSY;
}

gboolean
weir_queue_take_starved (WeirQueue *queue)
{
  return __atomic_load_n (&queue->starved, __ATOMIC_SEQ_CST)
         && __atomic_exchange_n (&queue->starved, FALSE, __ATOMIC_SEQ_CST);
}

void
weir_queue_put (WeirQueue *queue, WeirBatch *batch)
{
  guint n = batch->n_selected - batch->cursor;

  g_assert (n > 0);
  weir_count (&queue->n_records, n);
  weir_count (&queue->sent, n);
  __atomic_fetch_add (&queue->bytes, weir_batch_get_pinned (batch), __ATOMIC_SEQ_CST);
  __atomic_fetch_add (&queue->n_batches, 1, __ATOMIC_SEQ_CST);
  /* There is a place for it; a reader that was interrupted while it emptied that place is waited
   * for. */
  while (!weir_ring_put (queue->ring, batch, weir_batch_get_urgency (batch)))
    sched_yield ();
}

WeirBatch *
weir_queue_take (WeirQueue *queue, guint64 *ticket)
{
  WeirBatch *batch = weir_ring_take (queue->ring, ticket);
  guint n;

  if (batch == NULL)
    return NULL;
  n = batch->n_selected - batch->cursor;
  weir_count (&queue->n_records, -(guint64)n);
  weir_count (&queue->taken, n);
  __atomic_fetch_sub (&queue->bytes, weir_batch_get_pinned (batch), __ATOMIC_SEQ_CST);
  __atomic_fetch_sub (&queue->n_batches, 1, __ATOMIC_SEQ_CST);
  return batch;
}

gint64
weir_queue_get_urgency (const WeirQueue *queue)
{
  gint64 urgency;

  return weir_ring_peek_key (queue->ring, &urgency) ? urgency : WEIR_TIME_NEVER;
}

gboolean
weir_queue_is_empty (const WeirQueue *queue)
{
  return __atomic_load_n (&queue->n_batches, __ATOMIC_SEQ_CST) == 0;
}

gboolean
weir_queue_close (WeirQueue *queue)
{
  return __atomic_sub_fetch (&queue->n_open, 1, __ATOMIC_SEQ_CST) == 0;
}

/* The writers first: who closes has put all before. */
gboolean
weir_queue_has_ended (const WeirQueue *queue)
{
  return __atomic_load_n (&queue->n_open, __ATOMIC_SEQ_CST) == 0 && weir_queue_is_empty (queue);
}
