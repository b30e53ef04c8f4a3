/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-batch-private.h"
#include "flow/weir-ring-private.h"

G_BEGIN_DECLS

/* A bounded queue of batches between segments. A writer asks for room before it does the work whose
 * result it will put, so that nothing is made that cannot be put: a put may exceed the bound by
 * what one step of each writer makes, never by more, and the ring has that room.
 *
 *   writers (segments)  --put-->  [batch|batch|batch]  --take-->  readers (instances of a segment)
 *
 * Bounded by batches and by the bytes that they pin. A writer that finds no room says so in `starved`
 * and looks again; who takes a batch and finds the flag wakes the writers. When the last writer has
 * closed and the queue is empty, the readers' input has ended. Any thread may put and take. */
typedef struct
{
  WeirRing *ring;
  guint max_batches;
  gsize max_bytes;
  GPtrArray *writers; /* WeirSegment, borrowed; each once a port that leads here */
  GPtrArray *readers; /* WeirSegment, borrowed */

  guint n_batches; /* atomic, as all below */
  gsize bytes;
  guint n_open; /* writers that may still put */
  gint starved;

  guint64 n_records;
  guint64 sent;  /* records put, since the start */
  guint64 taken; /* records taken, since the start */
} WeirQueue;

WeirQueue *weir_queue_new (guint max_batches, gsize max_bytes) G_GNUC_WARN_UNUSED_RESULT;
void weir_queue_free (WeirQueue *queue);

/* Before the start: who puts, and who takes. */
void weir_queue_add_writer (WeirQueue *queue, gpointer segment);
void weir_queue_add_reader (WeirQueue *queue, gpointer segment);

gboolean weir_queue_has_room (WeirQueue *queue);
/* Whether what is in it lasts a while; who is told so is woken as one that found no room is. */
gboolean weir_queue_is_busy (WeirQueue *queue);
void weir_queue_put (WeirQueue *queue, WeirBatch *batch);
WeirBatch *weir_queue_take (WeirQueue *queue, guint64 *ticket);
gboolean weir_queue_is_empty (const WeirQueue *queue);
/* Of the batch that is taken next (weir_batch_get_urgency()); WEIR_TIME_NEVER when there is none. */
gint64 weir_queue_get_urgency (const WeirQueue *queue);

/* A writer puts no more; TRUE when it was the last one. */
gboolean weir_queue_close (WeirQueue *queue);
gboolean weir_queue_has_ended (const WeirQueue *queue);
/* Whether a writer found no room since this was asked last. */
gboolean weir_queue_take_starved (WeirQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirQueue, weir_queue_free)

G_END_DECLS
