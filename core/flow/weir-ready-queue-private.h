/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The ready queue of one worker: tasks ordered by deadline, from which other workers steal. Each
 * worker has its own; together they are the relaxed priority queue of H. Rihani, P. Sanders and R.
 * Dementiev, "MultiQueues: Simple relaxed concurrent priority queues", SPAA 2015: a heap each, with
 * a lock that is held for a few swaps, and never waited for by a thief.
 *
 *     worker 0   [3 ms | 7 ms | 9 ms]  <-- push, take: worker 0 (anybody may push)
 *                  ^
 *                  steal: worker 1, when its own is empty
 *
 *   function                | owner | others | notes
 *   weir_ready_queue_push   | yes   | yes    |
 *   weir_ready_queue_take   | yes   | no     | the most urgent task, or NULL
 *   weir_ready_queue_steal  | no    | yes    | the same; NULL also while the lock is taken
 *   weir_ready_queue_is_empty | yes | yes    | a hint: as of some moment
 *
 * Tasks with the same deadline come in the order of their rank, the larger one first; those of the
 * same rank in the order in which they were pushed. */
typedef struct _WeirReadyQueue WeirReadyQueue;

WeirReadyQueue *weir_ready_queue_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_ready_queue_free (WeirReadyQueue *queue);

void weir_ready_queue_push (WeirReadyQueue *queue, gpointer task, gint64 deadline, guint rank);
gpointer weir_ready_queue_take (WeirReadyQueue *queue);
gpointer weir_ready_queue_steal (WeirReadyQueue *queue);
gboolean weir_ready_queue_is_empty (WeirReadyQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirReadyQueue, weir_ready_queue_free)

G_END_DECLS
