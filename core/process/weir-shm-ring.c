/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-shm-ring-private.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define CACHE_LINE 128 /* two lines: they are fetched in pairs */

/* What both sides see. Each index has one writer, and a cache line of its own. A flag `…_waits` is
 * set by who waits and taken back by who wakes, so that there is one wake for each wait. */
struct _WeirShmRingMemory
{
  _Alignas(CACHE_LINE) _Atomic guint64 head; /* of the writer */
  _Atomic guint32 closed;                    /* of the writer */
  _Atomic guint32 cpu;                       /* the writer's, from 1 on; 0: unknown; a hint */
  _Alignas(CACHE_LINE) _Atomic guint64 tail; /* of the reader */
  _Alignas(CACHE_LINE) _Atomic guint32 reader_waits;
  _Alignas(CACHE_LINE) _Atomic guint32 writer_waits;
  _Alignas(WEIR_SHM_RING_ALIGNMENT) char bytes[];
};

G_STATIC_ASSERT (sizeof (WeirShmRingMemory) == WEIR_SHM_RING_ALIGNMENT);

void
weir_shm_ring_init (WeirShmRing *ring, gpointer memory, gsize size)
{
  g_assert (size >= 4096 && (size & (size - 1)) == 0);
  g_assert ((gsize)memory % WEIR_SHM_RING_ALIGNMENT == 0);

  *ring = (WeirShmRing){ .memory = memory, .size = size };
}

/* One wake for each wait: whoever sees the flag first takes it. */
static gboolean
take_flag (_Atomic guint32 *flag)
{
  return atomic_load (flag) != 0 && atomic_exchange (flag, 0) != 0;
}

static gsize
get_room (WeirShmRing *ring, gsize wanted)
{
  if (ring->size - (ring->position - ring->seen) < wanted)
    {
      /* pairs with the store in release(): what lies before it was copied out */
      guint64 tail = atomic_load (&ring->memory->tail);

      if (tail - ring->seen > ring->shown - ring->seen)
        ring->broken = TRUE;
      else
        ring->seen = tail;
    }
  return ring->broken ? 0 : ring->size - (ring->position - ring->seen);
}

gsize
weir_shm_ring_put (WeirShmRing *ring, const char *bytes, gsize length)
{
  gsize place = ring->position & (ring->size - 1);
  gsize room = get_room (ring, length);
  gsize first;

  length = MIN (length, room);
  first = MIN (length, ring->size - place);
  memcpy (ring->memory->bytes + place, bytes, first);
  memcpy (ring->memory->bytes, bytes + first, length - first);
  ring->position += length;
  return length;
}

static void
tell_cpu (WeirShmRing *ring)
{
  guint32 cpu = (guint32)sched_getcpu () + 1;

  if (ring->cpu == cpu)
    return;
  ring->cpu = cpu;
  atomic_store_explicit (&ring->memory->cpu, cpu, memory_order_relaxed);
}

void
weir_shm_ring_show (WeirShmRing *ring)
{
  if (ring->shown == ring->position)
    return;
  ring->shown = ring->position;
  tell_cpu (ring);
  /* pairs with the load in see_head(): the bytes are there. Sequentially consistent: either
   * take_flag() in publish() sees the flag of await_bytes(), or that one sees this head. */
  atomic_store (&ring->memory->head, ring->shown);
}

gboolean
weir_shm_ring_publish (WeirShmRing *ring)
{
  weir_shm_ring_show (ring);
  return take_flag (&ring->memory->reader_waits);
}

gboolean
weir_shm_ring_close (WeirShmRing *ring)
{
  weir_shm_ring_publish (ring);
  /* pairs with the load in is_ended(), as the store in show() with see_head() */
  atomic_store (&ring->memory->closed, 1);
  atomic_store (&ring->memory->reader_waits, 0);
  return TRUE;
}

gboolean
weir_shm_ring_await_room (WeirShmRing *ring)
{
  /* pairs with take_flag() in release(): either it sees the flag, or the load sees its tail */
  atomic_store (&ring->memory->writer_waits, 1);
  if (get_room (ring, 1) == 0 && !ring->broken)
    return TRUE;
  atomic_store (&ring->memory->writer_waits, 0);
  return FALSE;
}

/* How many bytes can be read. */
static gsize
see_head (WeirShmRing *ring)
{
  if (ring->seen == ring->position)
    {
      /* pairs with the store in show(): the bytes before it are there */
      guint64 head = atomic_load (&ring->memory->head);

      if (head - ring->position > ring->size)
        ring->broken = TRUE;
      else
        ring->seen = head;
    }
  return ring->broken ? 0 : ring->seen - ring->position;
}

gsize
weir_shm_ring_take (WeirShmRing *ring, char *bytes, gsize length)
{
  gsize place = ring->position & (ring->size - 1);
  gsize published = see_head (ring);
  gsize first;

  length = MIN (length, published);
  first = MIN (length, ring->size - place);
  memcpy (bytes, ring->memory->bytes + place, first);
  memcpy (bytes + first, ring->memory->bytes, length - first);
  ring->position += length;
  return length;
}

/* A writer that waits is woken when half of the ring is free: a wake costs more than a copy. It
 * comes, since a reader takes all that there is before it waits itself. */
gboolean
weir_shm_ring_release (WeirShmRing *ring)
{
  if (ring->shown != ring->position)
    {
      ring->shown = ring->position;
      /* pairs with the load in get_room(): the bytes were copied out. Sequentially consistent:
       * either this side sees the flag of await_room(), or that one sees this tail. */
      atomic_store (&ring->memory->tail, ring->shown);
    }
  return ring->seen - ring->position <= ring->size / 2 && take_flag (&ring->memory->writer_waits);
}

gboolean
weir_shm_ring_has_bytes (WeirShmRing *ring)
{
  return see_head (ring) > 0;
}

gboolean
weir_shm_ring_shares_cpu (const WeirShmRing *ring)
{
  guint32 cpu = atomic_load_explicit (&ring->memory->cpu, memory_order_relaxed);

  return cpu == (guint32)sched_getcpu () + 1;
}

gboolean
weir_shm_ring_await_bytes (WeirShmRing *ring)
{
  /* pairs with take_flag() in publish(): either it sees the flag, or the load sees its head */
  atomic_store (&ring->memory->reader_waits, 1);
  if (see_head (ring) == 0 && !ring->broken && atomic_load (&ring->memory->closed) == 0)
    return TRUE;
  atomic_store (&ring->memory->reader_waits, 0);
  return FALSE;
}

gboolean
weir_shm_ring_stop_awaiting (WeirShmRing *ring)
{
  return atomic_exchange (&ring->memory->reader_waits, 0) == 0;
}

gboolean
weir_shm_ring_is_ended (WeirShmRing *ring)
{
  /* The flag first: what was published before it is seen after it. */
  return atomic_load (&ring->memory->closed) != 0 && see_head (ring) == 0;
}
