/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-buffer-private.h"

#include <pthread.h>

#define SMALLEST  ((gsize)64 * 1024)
#define N_CLASSES 5 /* 64 KiB to 1 MiB, each twice the one before */

/* Idle buffers are kept in one list a size class, up to max_idle bytes in all; what is more, and
 * what is larger than the largest class, goes back to the system. The lock is taken once a buffer,
 * never once a record. Each buffer holds a reference to its pool. */
struct _WeirBufferPool
{
  gint refs; /* atomic */
  pthread_mutex_t lock;
  WeirBuffer *idle[N_CLASSES];
  gsize idle_bytes;
  gsize max_idle;
  gsize used_bytes;
};

static guint
size_class (gsize size)
{
  guint class = 0;

  while (class < N_CLASSES && (SMALLEST << class) < size)
    class ++;
  return class;
}

static void
free_buffer (WeirBuffer *buffer)
{
  g_free (buffer->data);
  g_free (buffer);
}

WeirBufferPool *
weir_buffer_pool_new (gsize max_idle)
{
  WeirBufferPool *pool = g_new0 (WeirBufferPool, 1);

  pool->refs = 1;
  pool->max_idle = max_idle;
  pthread_mutex_init (&pool->lock, NULL);
  return pool;
}

static void
empty_pool (WeirBufferPool *pool)
{
  for (guint i = 0; i < N_CLASSES; i++)
    while (pool->idle[i] != NULL)
      {
        WeirBuffer *buffer = pool->idle[i];

        pool->idle[i] = buffer->next_free;
        free_buffer (buffer);
      }
}

WeirBufferPool *
weir_buffer_pool_ref (WeirBufferPool *pool)
{
  g_atomic_int_inc (&pool->refs);
  return pool;
}

void
weir_buffer_pool_unref (WeirBufferPool *pool)
{
  if (!g_atomic_int_dec_and_test (&pool->refs))
    return;
  empty_pool (pool);
  pthread_mutex_destroy (&pool->lock);
  g_free (pool);
}

gsize
weir_buffer_pool_get_used (WeirBufferPool *pool)
{
  gsize used;

  pthread_mutex_lock (&pool->lock);
  used = pool->used_bytes;
  pthread_mutex_unlock (&pool->lock);
  return used;
}

static WeirBuffer *
take_idle (WeirBufferPool *pool, guint class, gsize size)
{
  WeirBuffer *buffer = NULL;

  pthread_mutex_lock (&pool->lock);
  if (class < N_CLASSES)
    buffer = pool->idle[class];
  if (buffer != NULL)
    {
      pool->idle[class] = buffer->next_free;
      pool->idle_bytes -= buffer->size;
    }
  pool->used_bytes += size;
  pthread_mutex_unlock (&pool->lock);
  return buffer;
}

WeirBuffer *
weir_buffer_new (WeirBufferPool *pool, gsize size)
{
  guint class = size_class (size);
  gsize rounded = class < N_CLASSES ? SMALLEST << class : size;
  WeirBuffer *buffer = take_idle (pool, class, rounded);

  if (buffer == NULL)
    {
      buffer = g_new0 (WeirBuffer, 1);
      buffer->size_class = class;
      buffer->size = rounded;
      buffer->data = g_malloc (rounded + WEIR_BUFFER_PADDING);
      memset (buffer->data + rounded, 0, WEIR_BUFFER_PADDING);
    }
  buffer->refs = 1;
  buffer->next_free = NULL;
  buffer->pool = pool;
  g_atomic_int_inc (&pool->refs);
  return buffer;
}

WeirBuffer *
weir_buffer_ref (WeirBuffer *buffer)
{
  g_atomic_int_inc (&buffer->refs);
  return buffer;
}

void
weir_buffer_unref (WeirBuffer *buffer)
{
  WeirBufferPool *pool = buffer->pool;
  gboolean keep;

  if (!g_atomic_int_dec_and_test (&buffer->refs))
    return;
  pthread_mutex_lock (&pool->lock);
  pool->used_bytes -= buffer->size;
  keep = buffer->size_class < N_CLASSES && pool->idle_bytes + buffer->size <= pool->max_idle;
  if (keep)
    {
      buffer->next_free = pool->idle[buffer->size_class];
      pool->idle[buffer->size_class] = buffer;
      pool->idle_bytes += buffer->size;
    }
  pthread_mutex_unlock (&pool->lock);
  if (!keep)
    free_buffer (buffer);
  weir_buffer_pool_unref (pool);
}
