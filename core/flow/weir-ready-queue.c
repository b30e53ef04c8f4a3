/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ready-queue-private.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct
{
  gint64 deadline;
  guint rank;
  guint64 number; /* of the push */
  gpointer task;
} Entry;

struct _WeirReadyQueue
{
  pthread_mutex_t lock; /* of heap and n_pushed */
  GArray *heap;         /* Entry; the most urgent first */
  guint64 n_pushed;
  _Atomic guint n; /* its length: a hint for who does not hold the lock */
};

WeirReadyQueue *
weir_ready_queue_new (void)
{
  WeirReadyQueue *queue = g_new0 (WeirReadyQueue, 1);

  pthread_mutex_init (&queue->lock, NULL);
  queue->heap = g_array_new (FALSE, FALSE, sizeof (Entry));
  return queue;
}

void
weir_ready_queue_free (WeirReadyQueue *queue)
{
  g_array_unref (queue->heap);
  pthread_mutex_destroy (&queue->lock);
  g_free (queue);
}

static gboolean
is_before (const Entry *a, const Entry *b)
{
  if (a->deadline != b->deadline)
    return a->deadline < b->deadline;
  return a->rank != b->rank ? a->rank > b->rank : a->number < b->number;
}

static void
swap (Entry *a, Entry *b)
{
  Entry kept = *a;

  *a = *b;
  *b = kept;
}

static void
sift_up (Entry *heap, guint i)
{
  while (i > 0 && is_before (&heap[i], &heap[(i - 1) / 2]))
    {
      swap (&heap[i], &heap[(i - 1) / 2]);
      i = (i - 1) / 2;
    }
}

static void
sift_down (Entry *heap, guint n, guint i)
{
  for (;;)
    {
      guint first = i;

      for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
        if (is_before (&heap[child], &heap[first]))
          first = child;
      if (first == i)
        return;
      swap (&heap[i], &heap[first]);
      i = first;
    }
}

/* Sequentially consistent: a worker that is about to sleep says so before it looks here, and who
 * pushes looks for sleepers afterwards. */
static void
publish_length (WeirReadyQueue *queue)
{
  atomic_store (&queue->n, queue->heap->len);
}

void
weir_ready_queue_push (WeirReadyQueue *queue, gpointer task, gint64 deadline, guint rank)
{
  Entry entry = { deadline, rank, 0, task };

  pthread_mutex_lock (&queue->lock);
  entry.number = queue->n_pushed++;
  g_array_append_val (queue->heap, entry);
  sift_up ((Entry *)queue->heap->data, queue->heap->len - 1);
  publish_length (queue);
  pthread_mutex_unlock (&queue->lock);
}

static gpointer
take_first (WeirReadyQueue *queue)
{
  Entry *heap = (Entry *)queue->heap->data;
  gpointer task;

  if (queue->heap->len == 0)
    return NULL;
  task = heap[0].task;
  heap[0] = heap[queue->heap->len - 1];
  g_array_set_size (queue->heap, queue->heap->len - 1);
  sift_down (heap, queue->heap->len, 0);
  publish_length (queue);
  return task;
}

gpointer
weir_ready_queue_take (WeirReadyQueue *queue)
{
  gpointer task;

  if (weir_ready_queue_is_empty (queue))
    return NULL;
  pthread_mutex_lock (&queue->lock);
  task = take_first (queue);
  pthread_mutex_unlock (&queue->lock);
  return task;
}

gpointer
weir_ready_queue_steal (WeirReadyQueue *queue)
{
  gpointer task;

  if (weir_ready_queue_is_empty (queue) || pthread_mutex_trylock (&queue->lock) != 0)
    return NULL;
  task = take_first (queue);
  pthread_mutex_unlock (&queue->lock);
  return task;
}

gboolean
weir_ready_queue_is_empty (WeirReadyQueue *queue)
{
  return atomic_load (&queue->n) == 0;
}
