/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ring-private.h"

#include <stdatomic.h>

#define CACHE_LINE 64

typedef struct
{
  _Atomic guint64 sequence;
  gpointer item;
  gint64 key; /* atomic: also read while others put and take */
} Cell;

struct _WeirRing
{
  Cell *cells;
  guint64 mask;
  _Alignas(CACHE_LINE) _Atomic guint64 tail;
  _Alignas(CACHE_LINE) _Atomic guint64 head;
};

WeirRing *
weir_ring_new (guint capacity)
{
  WeirRing *ring = g_aligned_alloc0 (1, sizeof (WeirRing), CACHE_LINE);

  g_assert (capacity >= 2 && (capacity & (capacity - 1)) == 0);
  ring->cells = g_new0 (Cell, capacity);
  ring->mask = capacity - 1;
  for (guint i = 0; i < capacity; i++)
    atomic_init (&ring->cells[i].sequence, i);
  return ring;
}

void
weir_ring_free (WeirRing *ring)
{
  g_free (ring->cells);
  g_aligned_free (ring);
}

gboolean
weir_ring_put (WeirRing *ring, gpointer item, gint64 key)
{
  guint64 position = atomic_load_explicit (&ring->tail, memory_order_relaxed);

  for (;;)
    {
      Cell *cell = &ring->cells[position & ring->mask];
      /* pairs with the release in take(): the cell is free, its old item was read */
      guint64 sequence = atomic_load_explicit (&cell->sequence, memory_order_acquire);
      gint64 difference = (gint64)(sequence - position);

      if (difference < 0)
        return FALSE;
      if (difference > 0)
        position = atomic_load_explicit (&ring->tail, memory_order_relaxed);
      else if (atomic_compare_exchange_weak_explicit (&ring->tail, &position, position + 1,
                                                      memory_order_relaxed, memory_order_relaxed))
        {
          cell->item = item;
          __atomic_store_n (&cell->key, key, __ATOMIC_RELAXED);
          /* pairs with the load in take(): the item is there. Sequentially consistent, as that
           * is: who puts looks afterwards whether a reader sleeps, who sleeps has looked here. */
          atomic_store (&cell->sequence, position + 1);
          return TRUE;
        }
    }
}

gboolean
weir_ring_peek_key (WeirRing *ring, gint64 *key)
{
  guint64 position = atomic_load_explicit (&ring->head, memory_order_relaxed);
  Cell *cell = &ring->cells[position & ring->mask];

  /* pairs with the store in put(): the key is there */
  if (atomic_load_explicit (&cell->sequence, memory_order_acquire) != position + 1)
    return FALSE;
  *key = __atomic_load_n (&cell->key, __ATOMIC_RELAXED);
  return TRUE;
}

gpointer
weir_ring_take (WeirRing *ring, guint64 *position_out)
{
  guint64 position = atomic_load_explicit (&ring->head, memory_order_relaxed);

  for (;;)
    {
      Cell *cell = &ring->cells[position & ring->mask];
      /* pairs with the store in put(): the item is there */
      guint64 sequence = atomic_load (&cell->sequence);
      gint64 difference = (gint64)(sequence - (position + 1));

      if (difference < 0)
        return NULL;
      if (difference > 0)
        position = atomic_load_explicit (&ring->head, memory_order_relaxed);
      else if (atomic_compare_exchange_weak_explicit (&ring->head, &position, position + 1,
                                                      memory_order_relaxed, memory_order_relaxed))
        {
          gpointer item = cell->item;

          *position_out = position;
          /* pairs with the acquire in put(): the cell is free */
          atomic_store_explicit (&cell->sequence, position + ring->mask + 1, memory_order_release);
          return item;
        }
    }
}
