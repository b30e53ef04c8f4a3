/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-block-private.h"

#include <string.h>

#define CHUNK     ((gsize)64 * 1024)
#define ALIGNMENT 8

/* A set of buffers that lives and dies as one, and an arena: memory is cut from the last chunk,
 * which is the block's own, and never given back alone. A shared block is not added to.
 *
 *   buffers  [ read buffer | read buffer | chunk | chunk ]
 *                                                 ^^^^^ used
 */
struct _WeirBlock
{
  gint refs; /* atomic */
  WeirBufferPool *pool;
  WeirBuffer **buffers;
  guint n_buffers;
  guint max_buffers;
  gsize pinned;
  WeirBuffer *chunk; /* borrowed from buffers, or NULL */
  gsize used;
};

WeirBlock *
weir_block_new (WeirBufferPool *pool)
{
  WeirBlock *block = g_new0 (WeirBlock, 1);

  block->refs = 1;
  block->pool = pool;
  return block;
}

WeirBlock *
weir_block_ref (WeirBlock *block)
{
  g_atomic_int_inc (&block->refs);
  return block;
}

void
weir_block_unref (WeirBlock *block)
{
  if (!g_atomic_int_dec_and_test (&block->refs))
    return;
  for (guint i = 0; i < block->n_buffers; i++)
    weir_buffer_unref (block->buffers[i]);
  g_free (block->buffers);
  g_free (block);
}

gboolean
weir_block_is_shared (WeirBlock *block)
{
  return g_atomic_int_get (&block->refs) > 1;
}

void
weir_block_take_buffer (WeirBlock *block, WeirBuffer *buffer)
{
  if (block->n_buffers > 0 && block->buffers[block->n_buffers - 1] == buffer)
    {
      weir_buffer_unref (buffer); /* held already */
      return;
    }
  if (block->n_buffers == block->max_buffers)
    {
      block->max_buffers = MAX (4, block->max_buffers * 2);
      block->buffers = g_renew (WeirBuffer *, block->buffers, block->max_buffers);
    }
  block->buffers[block->n_buffers++] = buffer;
  block->pinned += buffer->size;
}

static char *
cut (WeirBlock *block, gsize size)
{
  char *memory;

  g_assert (!weir_block_is_shared (block));
  if (block->chunk == NULL || block->used + size > block->chunk->size)
    {
      block->chunk = weir_buffer_new (block->pool, MAX (CHUNK, size));
      block->used = 0;
      weir_block_take_buffer (block, block->chunk);
    }
  memory = block->chunk->data + block->used;
  block->used += size;
  return memory;
}

/* Aligned to 8 bytes. */
gpointer
weir_block_allocate (WeirBlock *block, gsize size)
{
  block->used = (block->used + ALIGNMENT - 1) & ~(gsize)(ALIGNMENT - 1);
  return cut (block, size);
}

/* Not aligned: texts that are allocated one after the other lie one after the other. */
char *
weir_block_allocate_text (WeirBlock *block, gsize size)
{
  return cut (block, size);
}

gsize
weir_block_get_pinned (const WeirBlock *block)
{
  return block->pinned;
}
