/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-emitter.h>

#include "base/weir-batch-private.h"

G_BEGIN_DECLS

/* Text that a batch may hold before the emitter says that it is full. */
#define WEIR_EMITTER_FULL_BYTES (256 * 1024)

/* What a stage emits is appended to `batch`. While `origin` is set, outputs inherit its times; they
 * count as its outputs until the next begin or end: an origin that does not pass takes its outputs
 * back, the second and further ones are created, none at all means filtered. */
struct _WeirEmitter
{
  gint refs; /* atomic */
  WeirBatch *batch;
  gsize bytes;
  guint max_records; /* of the batch, for it to be full */
  gboolean borrows; /* an output's text lies in the origin's batch */

  WeirRecord *origin;
  WeirRecord origin_before; /* as it entered the stage */
  guint origin_mark;        /* outputs before the origin's */

  gint64 now;           /* ingest time of new records */
  gint64 deadline_span; /* from ingest, or WEIR_TIME_NEVER */
  guint8 priority;
  guint16 source;
  guint64 sequence; /* of records that are given without an offset */

  guint64 n_created;
  guint64 n_in; /* new records, good or not */
};

WeirEmitter *weir_emitter_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_emitter_open (WeirEmitter *emitter, WeirBatch *batch, gint64 now);
WeirBatch *weir_emitter_close (WeirEmitter *emitter);
void weir_emitter_begin_origin (WeirEmitter *emitter, WeirRecord *origin);
void weir_emitter_end_origin (WeirEmitter *emitter);

/* Appends a new record whose text lies in a buffer that the batch holds. */
WeirRecord *weir_emitter_append_slice (WeirEmitter *emitter, const char *text, gsize length,
                                       guint64 offset);
void weir_emitter_fail_last (WeirEmitter *emitter, const char *message);

/* While it is open. */
static inline gboolean
weir_emitter_has_room (const WeirEmitter *emitter)
{
  return emitter->batch->n_records < emitter->max_records
         && emitter->bytes < WEIR_EMITTER_FULL_BYTES;
}

G_END_DECLS
