/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-batch-private.h"

G_BEGIN_DECLS

/* A bounded queue of batches between segments. A writer asks for room before it does the work whose
 * result it will put, so that nothing is made that cannot be put: with room for one batch, a
 * put may exceed the bound by what one step makes, never by more.
 *
 *   writers (segments)  --put-->  [batch|batch|batch]  --take-->  reader (one segment)
 *
 * Bounded by batches and by the bytes that they pin. When the last writer has closed and the queue
 * is empty, the reader's input has ended. */
typedef struct
{
  WeirBatch *head;
  WeirBatch *tail;
  guint n_batches;
  gsize bytes;
  guint max_batches;
  gsize max_bytes;
  guint n_writers;

  guint64 n_records;
  guint64 sent;  /* records put, since the start */
  guint64 taken; /* records taken, since the start */
} WeirQueue;

WeirQueue *weir_queue_new (guint max_batches, gsize max_bytes) G_GNUC_WARN_UNUSED_RESULT;
void weir_queue_free (WeirQueue *queue);

gboolean weir_queue_has_room (const WeirQueue *queue);
void weir_queue_put (WeirQueue *queue, WeirBatch *batch);
WeirBatch *weir_queue_take (WeirQueue *queue);
gboolean weir_queue_has_ended (const WeirQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirQueue, weir_queue_free)

G_END_DECLS
