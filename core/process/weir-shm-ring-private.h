/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A stream of bytes from one process to another in shared memory, without locks: the queue of one
 * producer and one consumer by L. Lamport, "Specifying concurrent program modules", ACM TOPLAS
 * 5(2), 1983, where each side keeps what it last saw of the other's index to itself and bytes are
 * published in batches, as in P. Lee, T. Bu and G. Chandranmenon, "A lock-free, cache-efficient
 * multi-core synchronization mechanism for line-rate network traffic monitoring", IPDPS 2010
 * (MCRingBuffer).
 *
 *          tail: next to be read   head: next to be written      both count bytes from 0 and
 *            v                       v                           never wrap; modulo the size
 *   [ free  | published ...........  | free (put, not published) ]  they are places
 *
 *   function                    | side   | notes
 *   weir_shm_ring_put           | writer | as much as there is room for
 *   weir_shm_ring_show          | writer | a reader that looks sees what was put
 *   weir_shm_ring_publish       | writer | the same; TRUE: the reader waits, wake it
 *   weir_shm_ring_close         | writer | publishes the end; TRUE as above
 *   weir_shm_ring_await_room    | writer | FALSE: there is room now; TRUE: it will be woken
 *   weir_shm_ring_take          | reader | as much as was published
 *   weir_shm_ring_release       | reader | TRUE: the writer waits, wake it
 *   weir_shm_ring_await_bytes   | reader | FALSE: there are bytes now; TRUE: it will be woken
 *   weir_shm_ring_stop_awaiting | reader | TRUE: it was woken, or is about to be
 *   weir_shm_ring_has_bytes     | reader | something can be taken now
 *   weir_shm_ring_shares_cpu    | reader | the writer was last seen on this CPU
 *   weir_shm_ring_is_ended      | reader | all was taken, and no more will come
 *
 * Neither side trusts the other: an index is used only while it is within the size, of memory only
 * what is inside the ring is touched, and after a wrong index the ring is broken for good: nothing
 * is put or taken. Bytes are always copied; what was taken cannot change any more. */
typedef struct _WeirShmRingMemory WeirShmRingMemory;

typedef struct
{
  WeirShmRingMemory *memory;
  gsize size;
  guint64 position; /* this side's index, also what is not published or released yet */
  guint64 shown;    /* this side's index as the other sees it */
  guint64 seen;     /* the other side's index as last seen */
  guint32 cpu;      /* of a writer: as told last */
  gboolean broken;
} WeirShmRing;

#define WEIR_SHM_RING_ALIGNMENT 4096
/* Bytes of memory for a ring of @size bytes, a power of two from 4096 on. */
#define WEIR_SHM_RING_MEMORY(size) (WEIR_SHM_RING_ALIGNMENT + (gsize)(size))

/* @memory: of WEIR_SHM_RING_MEMORY bytes, zero at first, aligned to a page. */
void weir_shm_ring_init (WeirShmRing *ring, gpointer memory, gsize size);

gsize weir_shm_ring_put (WeirShmRing *ring, const char *bytes, gsize length);
void weir_shm_ring_show (WeirShmRing *ring);
gboolean weir_shm_ring_publish (WeirShmRing *ring);
gboolean weir_shm_ring_close (WeirShmRing *ring);
gboolean weir_shm_ring_await_room (WeirShmRing *ring);

gsize weir_shm_ring_take (WeirShmRing *ring, char *bytes, gsize length);
gboolean weir_shm_ring_release (WeirShmRing *ring);
gboolean weir_shm_ring_has_bytes (WeirShmRing *ring);
gboolean weir_shm_ring_await_bytes (WeirShmRing *ring);
gboolean weir_shm_ring_stop_awaiting (WeirShmRing *ring);
gboolean weir_shm_ring_shares_cpu (const WeirShmRing *ring);
gboolean weir_shm_ring_is_ended (WeirShmRing *ring);

G_END_DECLS
