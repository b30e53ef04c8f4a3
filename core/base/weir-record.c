/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-record.h>

#include <string.h>

#include "base/weir-batch-private.h"

G_DEFINE_BOXED_TYPE (WeirRecord, weir_record, weir_record_copy, weir_record_free)

/* A record without a batch. */
typedef struct
{
  WeirRecord record;
  gint64 now; /* of the batch that it was copied from */
} OwnRecord;

static gint64
get_now (const WeirRecord *record)
{
  return record->batch != NULL ? record->batch->now : ((const OwnRecord *)record)->now;
}

static gsize
text_length (const char *text, gssize length)
{
  gsize n = length < 0 ? strlen (text) : (gsize)length;

  return MIN (n, G_MAXUINT32 - WEIR_BUFFER_PADDING);
}

/**
 * weir_record_new: (constructor)
 * @text: the record, without a newline
 * @length: its length in bytes, or -1 when @text ends with NUL
 *
 * A record that stands on its own: without a deadline, at offset 0.
 *
 * Returns: (transfer full): a new record
 */
WeirRecord *
weir_record_new (const char *text, gssize length)
{
  OwnRecord *own;
  WeirRecord *record;

  g_return_val_if_fail (text != NULL, NULL);

  own = g_new0 (OwnRecord, 1);
  record = &own->record;
  record->deadline = WEIR_TIME_NEVER;
  record->event = G_MININT64;
  weir_record_set_text (record, text, length);
  return record;
}

/**
 * weir_record_copy:
 * @record: a record
 *
 * A deep copy: it owns its text and keeps the times, the deadline and the offset.
 *
 * Returns: (transfer full): a new record
 */
WeirRecord *
weir_record_copy (const WeirRecord *record)
{
  OwnRecord *own;
  WeirRecord *copy;

  g_return_val_if_fail (record != NULL, NULL);

  own = g_new (OwnRecord, 1);
  own->now = get_now (record);
  copy = &own->record;
  *copy = *record;
  copy->batch = NULL;
  copy->text = NULL;
  weir_record_set_text (copy, record->text, record->length);
  copy->verdict = WEIR_VERDICT_PASS;
  return copy;
}

/**
 * weir_record_free:
 * @record: (transfer full): a record from weir_record_new() or weir_record_copy()
 *
 * Frees a record that stands on its own.
 */
void
weir_record_free (WeirRecord *record)
{
  g_return_if_fail (record != NULL && record->batch == NULL);

  g_free ((char *)record->text);
  g_free (record);
}

/**
 * weir_record_peek:
 * @record: a record
 * @length: (out): its length in bytes
 *
 * The text of the record where it lies: without a newline, and not ended by NUL.
 *
 * Returns: (transfer none) (array length=length) (element-type guint8): the text
 */
const char *
weir_record_peek (const WeirRecord *record, gsize *length)
{
  g_return_val_if_fail (record != NULL && length != NULL, NULL);

  *length = record->length;
  return record->text;
}

/**
 * weir_record_get_text:
 * @record: a record
 *
 * Returns: (transfer full): the text of the record, ended by NUL
 */
char *
weir_record_get_text (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, NULL);

  return g_strndup (record->text, record->length);
}

/**
 * weir_record_set_text:
 * @record: a record
 * @text: the new text, without a newline; copied
 * @length: its length in bytes, or -1 when @text ends with NUL
 *
 * Replaces the whole record. Its declared fields (weir_record_get_field()) stay what they were when
 * it entered the stage.
 */
void
weir_record_set_text (WeirRecord *record, const char *text, gssize length)
{
  gsize n;
  char *copy;

  g_return_if_fail (record != NULL && text != NULL);

  n = text_length (text, length);
  copy = record->batch != NULL ? weir_batch_allocate_text (record->batch, n + 1)
                               : g_malloc0 (n + WEIR_BUFFER_PADDING);
  memcpy (copy, text, n);
  copy[n] = '\n';
  if (record->batch == NULL)
    g_free ((char *)record->text);
  record->text = copy;
  record->length = n;
  record->flags &= ~WEIR_RECORD_CHECKED;
}

/**
 * weir_record_get_ingest_time:
 * @record: a record
 *
 * Returns: when the source took the record in, in nanoseconds of the pipeline's clock
 */
gint64
weir_record_get_ingest_time (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, 0);

  return record->ingest;
}

/**
 * weir_record_get_deadline:
 * @record: a record
 *
 * Returns: the deadline in nanoseconds of the pipeline's clock; %G_MAXINT64 when there is none
 */
gint64
weir_record_get_deadline (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, 0);

  return record->deadline;
}

/**
 * weir_record_get_remaining:
 * @record: a record
 *
 * The time that is left until the deadline, counted from when the stage took up the batch of the
 * record: the clock is not read again during the call. A copy keeps what was left when it was made.
 *
 * Returns: nanoseconds; negative when the record is late, %G_MAXINT64 when it has no deadline
 */
gint64
weir_record_get_remaining (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, 0);

  return record->deadline == WEIR_TIME_NEVER ? G_MAXINT64 : record->deadline - get_now (record);
}

/**
 * weir_record_get_offset:
 * @record: a record
 *
 * Returns: where the record starts in its source, in bytes; for a source without bytes its number
 */
guint64
weir_record_get_offset (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, 0);

  return record->offset;
}

/**
 * weir_record_get_priority:
 * @record: a record
 *
 * Returns: the priority, 0 (lowest) to 9
 */
guint
weir_record_get_priority (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, 0);

  return record->priority;
}

/**
 * weir_record_get_verdict:
 * @record: a record
 *
 * Returns: what has been decided about the record so far
 */
WeirVerdict
weir_record_get_verdict (const WeirRecord *record)
{
  g_return_val_if_fail (record != NULL, WEIR_VERDICT_FAILED);

  return record->verdict;
}

static const char *
keep_message (WeirBatch *batch, const char *message)
{
  gsize size = strlen (message) + 1;

  return memcpy (weir_batch_allocate (batch, size), message, size);
}

void
weir_record_set_verdict (WeirRecord *record, WeirVerdict verdict, const char *message)
{
  WeirBatch *batch = record->batch;

  record->verdict = verdict;
  if (batch == NULL || message == NULL)
    return;
  if (batch->messages == NULL)
    {
      gsize size = batch->max_records * sizeof *batch->messages;

      batch->messages = memset (weir_batch_allocate (batch, size), 0, size);
    }
  batch->messages[record - batch->records] = keep_message (batch, message);
}

/**
 * weir_record_fail:
 * @record: a record
 * @message: why, in one line
 *
 * The record cannot be processed: it leaves by the port `failed`, as it entered the stage.
 */
void
weir_record_fail (WeirRecord *record, const char *message)
{
  g_return_if_fail (record != NULL && message != NULL);

  weir_record_set_verdict (record, WEIR_VERDICT_FAILED, message);
}

/**
 * weir_record_reject:
 * @record: a record
 * @message: what is wrong with it, in one line
 *
 * The record is not valid: it leaves the validate stage by the port `invalid`.
 */
void
weir_record_reject (WeirRecord *record, const char *message)
{
  g_return_if_fail (record != NULL && message != NULL);

  weir_record_set_verdict (record, WEIR_VERDICT_INVALID, message);
}
