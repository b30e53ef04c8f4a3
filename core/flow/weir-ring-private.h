/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bounded queue of pointers without locks, for any number of putting and taking threads: the array
 * queue with a sequence number in each cell by D. Vyukov (1024cores, "Bounded MPMC queue", 2010), of
 * the family of P. Tsigas and Y. Zhang, "A simple, fast and scalable non-blocking concurrent FIFO
 * queue for shared memory multiprocessor systems", SPAA 2001.
 *
 *          tail: next put                   cell i is free for the put at position p when its
 *            v                              sequence is p, and full for the take at position p
 *   [ 8 | 9 | 2* | 3* | 4* | 5* | 6* | 7* ] when it is p + 1. A take frees it for p + capacity.
 *                ^
 *              head: next take              (numbers: position that the cell is ready for)
 *
 *   function           | any thread | notes
 *   weir_ring_put      | yes        | FALSE when full, or when a take of the cell is under way
 *   weir_ring_peek_key | yes        | FALSE when empty; a hint: as of some moment
 *   weir_ring_take     | yes        | NULL when empty, or when a put to the cell is under way;
 *                      |            | positions count from 0 without a gap
 *   weir_ring_new/free | one        | while nobody else uses it
 *
 * Positions are handed out in the order of the puts, so a take's position is a ticket by which
 * takers can put their results in order again. The capacity is a power of two. */
typedef struct _WeirRing WeirRing;

WeirRing *weir_ring_new (guint capacity) G_GNUC_WARN_UNUSED_RESULT;
void weir_ring_free (WeirRing *ring);

gboolean weir_ring_put (WeirRing *ring, gpointer item, gint64 key) G_GNUC_WARN_UNUSED_RESULT;
/* The key of the item that is taken next. */
gboolean weir_ring_peek_key (WeirRing *ring, gint64 *key);
gpointer weir_ring_take (WeirRing *ring, guint64 *position);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRing, weir_ring_free)

G_END_DECLS
