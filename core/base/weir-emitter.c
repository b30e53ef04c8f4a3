/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-emitter-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (WeirEmitter, weir_emitter, weir_emitter_ref, weir_emitter_unref)

WeirEmitter *
weir_emitter_new (void)
{
  WeirEmitter *emitter = g_new0 (WeirEmitter, 1);

  emitter->refs = 1;
  emitter->deadline_span = WEIR_TIME_NEVER;
  emitter->max_records = WEIR_BATCH_FULL;
  return emitter;
}

/**
 * weir_emitter_ref:
 * @emitter: an emitter
 *
 * Returns: (transfer full): @emitter
 */
WeirEmitter *
weir_emitter_ref (WeirEmitter *emitter)
{
  g_return_val_if_fail (emitter != NULL, NULL);

  g_atomic_int_inc (&emitter->refs);
  return emitter;
}

/**
 * weir_emitter_unref:
 * @emitter: (transfer full): an emitter
 */
void
weir_emitter_unref (WeirEmitter *emitter)
{
  g_return_if_fail (emitter != NULL);

  if (g_atomic_int_dec_and_test (&emitter->refs))
    g_free (emitter);
}

void
weir_emitter_open (WeirEmitter *emitter, WeirBatch *batch, gint64 now)
{
  g_assert (emitter->batch == NULL);

  emitter->batch = batch;
  batch->now = now;
  emitter->bytes = 0;
  emitter->borrows = FALSE;
  emitter->origin = NULL;
  emitter->now = now;
}

WeirBatch *
weir_emitter_close (WeirEmitter *emitter)
{
  WeirBatch *batch = emitter->batch;

  weir_emitter_end_origin (emitter);
  emitter->batch = NULL;
  return batch;
}

void
weir_emitter_begin_origin (WeirEmitter *emitter, WeirRecord *origin)
{
  weir_emitter_end_origin (emitter);
  emitter->origin = origin;
  emitter->origin_before = *origin;
  emitter->origin_mark = emitter->batch->n_records;
}

void
weir_emitter_end_origin (WeirEmitter *emitter)
{
  WeirRecord *origin = emitter->origin;
  guint n_outputs;

  if (origin == NULL)
    return;
  emitter->origin = NULL;
  if (origin->verdict != WEIR_VERDICT_PASS)
    weir_batch_truncate (emitter->batch, emitter->origin_mark);
  origin->text = emitter->origin_before.text;
  origin->length = emitter->origin_before.length;
  n_outputs = emitter->batch->n_records - emitter->origin_mark;
  if (n_outputs == 0 && origin->verdict == WEIR_VERDICT_PASS)
    origin->verdict = WEIR_VERDICT_ELSE;
  if (n_outputs > 1)
    emitter->n_created += n_outputs - 1;
}

static WeirRecord *
append (WeirEmitter *emitter)
{
  WeirRecord *record = weir_batch_append (emitter->batch);
  WeirBatch *batch = record->batch;

  if (emitter->origin != NULL)
    {
      guint n_before = batch->n_records - 1 - emitter->origin_mark;

      *record = emitter->origin_before;
      if (n_before > 0) /* the only output of an output keeps its number */
        record->output = n_before;
      record->batch = batch;
      return record;
    }
  *record = (WeirRecord){
    .priority = emitter->priority,
    .source = emitter->source,
    .ingest = emitter->now,
    .deadline = emitter->deadline_span == WEIR_TIME_NEVER ? WEIR_TIME_NEVER
                                                          : emitter->now + emitter->deadline_span,
    .event = G_MININT64,
    .offset = emitter->sequence++,
    .batch = batch,
  };
  emitter->n_in++;
  return record;
}

static void
set_new_text (WeirEmitter *emitter, WeirRecord *record, const char *text, gsize length)
{
  char *copy = weir_batch_allocate_text (emitter->batch, length + 1);

  memcpy (copy, text, length);
  copy[length] = '\n';
  record->text = copy;
  record->length = length;
  record->flags &= ~WEIR_RECORD_CHECKED;
  emitter->bytes += length;
}

static gboolean
is_open (WeirEmitter *emitter)
{
  if (emitter->batch == NULL)
    g_warning ("a record was emitted after the call that the emitter was for; it is ignored");
  return emitter->batch != NULL;
}

WeirRecord *
weir_emitter_append_slice (WeirEmitter *emitter, const char *text, gsize length, guint64 offset)
{
  WeirRecord *record = append (emitter);

  record->text = text;
  record->length = length;
  record->offset = offset;
  emitter->bytes += length;
  return record;
}

void
weir_emitter_fail_last (WeirEmitter *emitter, const char *message)
{
  WeirBatch *batch = emitter->batch;

  weir_record_set_verdict (&batch->records[batch->n_records - 1], WEIR_VERDICT_FAILED, message);
}

/**
 * weir_emitter_emit:
 * @emitter: an emitter
 * @record: a record: the one in hand, a copy of it, or a new one; the text is taken as it is now
 *
 * Gives a record on by the port `out`. Emitting the record in hand does not copy its text.
 */
void
weir_emitter_emit (WeirEmitter *emitter, WeirRecord *record)
{
  WeirRecord *given;

  g_return_if_fail (emitter != NULL && record != NULL);

  if (!is_open (emitter))
    return;
  given = append (emitter);
  if (emitter->origin == record)
    {
      given->text = record->text;
      given->length = record->length;
      given->flags = record->flags;
      emitter->borrows = TRUE;
      emitter->bytes += record->length;
    }
  else
    set_new_text (emitter, given, record->text, record->length);
}

/**
 * weir_emitter_emit_text:
 * @emitter: an emitter
 * @text: a record, without a newline; copied
 * @length: its length in bytes, or -1 when @text ends with NUL
 *
 * Gives new text on by the port `out`.
 */
void
weir_emitter_emit_text (WeirEmitter *emitter, const char *text, gssize length)
{
  g_return_if_fail (emitter != NULL && text != NULL);

  if (is_open (emitter))
    set_new_text (emitter, append (emitter), text, length < 0 ? strlen (text) : (gsize)length);
}

/**
 * weir_emitter_emit_failed:
 * @emitter: the emitter of a source
 * @text: what was read; copied
 * @length: its length in bytes, or -1 when @text ends with NUL
 * @message: why it is no good record, in one line
 *
 * Takes in a record that cannot be processed: it is counted, and leaves by the port `failed`.
 */
void
weir_emitter_emit_failed (WeirEmitter *emitter, const char *text, gssize length,
                          const char *message)
{
  g_return_if_fail (emitter != NULL && text != NULL && message != NULL);

  if (!is_open (emitter))
    return;
  weir_emitter_emit_text (emitter, text, length);
  weir_emitter_fail_last (emitter, message);
}

/**
 * weir_emitter_set_ingest_time:
 * @emitter: an emitter
 * @time: nanoseconds on the clock of the stage
 *
 * For sources: the records that are emitted from now on, during this call, came in at @time, and
 * their deadline runs from then; without it, they came in when the call began. A source that stands
 * for a sensor, or makes records at intended times, says when that was.
 */
void
weir_emitter_set_ingest_time (WeirEmitter *emitter, gint64 time)
{
  g_return_if_fail (emitter != NULL);

  emitter->now = time;
}

/**
 * weir_emitter_is_full:
 * @emitter: an emitter
 *
 * Returns: %TRUE when the stage should stop emitting if it can
 */
gboolean
weir_emitter_is_full (const WeirEmitter *emitter)
{
  g_return_val_if_fail (emitter != NULL, TRUE);

  return emitter->batch == NULL || !weir_emitter_has_room (emitter);
}
