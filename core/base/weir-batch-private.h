/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-batch.h>
#include <weir/weir-field.h>

#include "base/weir-block-private.h"

G_BEGIN_DECLS

/* Records in a batch when it is full; a single record that becomes more makes it larger. */
#define WEIR_BATCH_FULL 1024

/* No deadline. */
#define WEIR_TIME_NEVER G_MAXINT64

typedef enum
{
  WEIR_RECORD_LATE_ROUTED = 1 << 0, /* left by a late port: not checked again */
  WEIR_RECORD_CHECKED = 1 << 1,     /* known to be well-formed, whole */
} WeirRecordFlags;

/* One cache line. A record of a batch owns nothing: its text lies in a block of the batch. A record
 * without a batch owns its text. */
struct _WeirRecord
{
  const char *text;
  guint32 length;
  guint8 verdict;  /* WeirVerdict */
  guint8 priority; /* 0 to 9 */
  guint8 flags;    /* WeirRecordFlags */
  guint8 format;   /* 0: JSON */
  guint32 output;  /* number among the outputs of its record */
  guint16 attempts;
  guint16 source;  /* number in the graph of the stage that made it, modulo 65536 */
  gint64 ingest;   /* monotonic nanoseconds */
  gint64 deadline; /* monotonic nanoseconds, or WEIR_TIME_NEVER */
  gint64 event;    /* nanoseconds since 1970, or G_MININT64 */
  guint64 offset;  /* in the source: bytes before the record, or its number */
  WeirBatch *batch;
};

/* A batch is a view of blocks: which records of them, in which order, with which verdicts. The
 * blocks hold the text and may be shared with other batches; what is written already never
 * changes. The records and the selection are the batch's own. One thread uses a batch at a time.
 *
 *   records    [r0 r1 r2 r3 …]            the views on the text
 *   selection  [0 2 3]                    what no stage has taken out yet, in order
 *   cursor          ^                     where a stage that could not finish goes on
 *   fields     [r0s0 r0s1 r1s0 r1s1 …]    of field_set, filled by the scanner, or field_set NULL
 *   messages   [NULL "why" …]             why a record failed or is invalid; NULL: none has one
 */
struct _WeirBatch
{
  WeirBufferPool *pool;
  WeirBlock **blocks;
  guint n_blocks;
  guint max_blocks;

  WeirRecord *records;
  guint n_records;
  guint max_records;
  guint32 *selection;
  guint n_selected;
  guint cursor;

  const char **messages;
  const WeirFieldSet *field_set;
  gboolean fields_early; /* only the early ones are filled */
  WeirField *fields;
  guint n_fields;    /* of each record */
  gsize fields_size; /* fields that there is room for */

  gint64 now;      /* when a stage took it up, by the pipeline's clock */
  gint64 worked;   /* nanoseconds that stages worked on each record so far; with results only */
  WeirBatch *next; /* in a queue or the pool */
};

WeirBatch *weir_batch_new (WeirBufferPool *pool) G_GNUC_WARN_UNUSED_RESULT;
void weir_batch_free (WeirBatch *batch);
void weir_batch_clear (WeirBatch *batch);

void weir_batch_grow (WeirBatch *batch);
void weir_batch_truncate (WeirBatch *batch, guint n_records);
char *weir_batch_allocate_text (WeirBatch *batch, gsize size);
void weir_batch_take_buffer (WeirBatch *batch, WeirBuffer *buffer);
void weir_batch_share_blocks (WeirBatch *batch, const WeirBatch *from);

WeirBatch *weir_batch_copy_selected (WeirBatch *batch);
void weir_batch_append_copy (WeirBatch *batch, const WeirRecord *record);
void weir_batch_compact (WeirBatch *batch);

const char *weir_batch_get_message (const WeirBatch *batch, const WeirRecord *record);
gsize weir_batch_get_pinned (const WeirBatch *batch);
gsize weir_batch_get_text_size (const WeirBatch *batch);
/* Its earliest deadline, to 16 ns; in place of those, how much its records matter, so that of two
 * with the same deadline the smaller urgency has the higher priority. WEIR_TIME_NEVER: no deadline. */
#define WEIR_URGENCY_MASK (~G_GINT64_CONSTANT (15))
gint64 weir_batch_get_urgency (const WeirBatch *batch);

/* A new record at the end; only its `batch` is set. */
static inline WeirRecord *
weir_batch_append (WeirBatch *batch)
{
  guint index = batch->n_records;

  if (G_UNLIKELY (index == batch->max_records))
    weir_batch_grow (batch);
  batch->records[index].batch = batch;
  batch->selection[batch->n_selected++] = index;
  batch->n_records++;
  return &batch->records[index];
}

static inline WeirRecord *
weir_batch_record (WeirBatch *batch, guint position)
{
  return &batch->records[batch->selection[position]];
}

/* Sets the verdict of a record with a message in the batch's arena. */
void weir_record_set_verdict (WeirRecord *record, WeirVerdict verdict, const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBatch, weir_batch_free)

G_END_DECLS
