/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-batch-private.h"

#include <string.h>

/* Text that pins more than this many times its size is copied to an arena. */
#define PIN_RATIO 8
/* What an arena pins at least: nothing is won below that. */
#define SMALLEST_PIN ((gsize)64 * 1024)

WeirBatch *
weir_batch_new (WeirBufferPool *pool)
{
  WeirBatch *batch = g_new0 (WeirBatch, 1);

  batch->pool = pool;
  return batch;
}

static void
release_blocks (WeirBatch *batch)
{
  for (guint i = 0; i < batch->n_blocks; i++)
    weir_block_unref (batch->blocks[i]);
  batch->n_blocks = 0;
}

void
weir_batch_clear (WeirBatch *batch)
{
  release_blocks (batch);
  batch->n_records = batch->n_selected = batch->cursor = 0;
  batch->messages = NULL;
  batch->field_set = NULL;
  batch->now = batch->worked = 0;
  batch->next = NULL;
}

void
weir_batch_free (WeirBatch *batch)
{
  release_blocks (batch);
  g_free (batch->blocks);
  g_free (batch->records);
  g_free (batch->selection);
  g_free (batch->fields);
  g_free (batch);
}

static void
add_block (WeirBatch *batch, WeirBlock *block)
{
  if (batch->n_blocks == batch->max_blocks)
    {
      batch->max_blocks = MAX (4, batch->max_blocks * 2);
      batch->blocks = g_renew (WeirBlock *, batch->blocks, batch->max_blocks);
    }
  batch->blocks[batch->n_blocks++] = block;
}

/* The block that may be added to: always the last one, and the batch's own. */
static WeirBlock *
own_block (WeirBatch *batch)
{
  if (batch->n_blocks == 0 || weir_block_is_shared (batch->blocks[batch->n_blocks - 1]))
    add_block (batch, weir_block_new (batch->pool));
  return batch->blocks[batch->n_blocks - 1];
}

/**
 * weir_batch_allocate: (skip)
 * @batch: a batch
 * @size: number of bytes
 *
 * Memory that lives as long as the records of the batch; aligned to 8 bytes.
 *
 * Returns: (transfer none): the memory
 */
gpointer
weir_batch_allocate (WeirBatch *batch, gsize size)
{
  return weir_block_allocate (own_block (batch), size);
}

char *
weir_batch_allocate_text (WeirBatch *batch, gsize size)
{
  return weir_block_allocate_text (own_block (batch), size);
}

void
weir_batch_take_buffer (WeirBatch *batch, WeirBuffer *buffer)
{
  weir_block_take_buffer (own_block (batch), buffer);
}

void
weir_batch_share_blocks (WeirBatch *batch, const WeirBatch *from)
{
  for (guint i = 0; i < from->n_blocks; i++)
    add_block (batch, weir_block_ref (from->blocks[i]));
}

void
weir_batch_grow (WeirBatch *batch)
{
  const char **messages = batch->messages;

  batch->max_records = MAX (64, batch->max_records * 2);
  batch->records = g_renew (WeirRecord, batch->records, batch->max_records);
  batch->selection = g_renew (guint32, batch->selection, batch->max_records);
  if (messages == NULL)
    return;
  batch->messages = weir_batch_allocate (batch, batch->max_records * sizeof *messages);
  memset (batch->messages, 0, batch->max_records * sizeof *messages);
  memcpy (batch->messages, messages, batch->n_records * sizeof *messages);
}

/* Takes back the last records; only while all are selected. */
void
weir_batch_truncate (WeirBatch *batch, guint n_records)
{
  g_assert (batch->n_selected == batch->n_records);
  batch->n_records = batch->n_selected = n_records;
}

void
weir_batch_append_copy (WeirBatch *batch, const WeirRecord *record)
{
  WeirRecord *copy = weir_batch_append (batch);

  *copy = *record;
  copy->batch = batch;
}

/* A batch of its own with the selected records, on the same blocks. */
WeirBatch *
weir_batch_copy_selected (WeirBatch *batch)
{
  WeirBatch *copy = weir_batch_new (batch->pool);

  weir_batch_share_blocks (copy, batch);
  copy->now = batch->now;
  copy->worked = batch->worked;
  for (guint i = batch->cursor; i < batch->n_selected; i++)
    weir_batch_append_copy (copy, weir_batch_record (batch, i));
  return copy;
}

gsize
weir_batch_get_pinned (const WeirBatch *batch)
{
  gsize pinned = 0;

  for (guint i = 0; i < batch->n_blocks; i++)
    pinned += weir_block_get_pinned (batch->blocks[i]);
  return pinned;
}

gsize
weir_batch_get_text_size (const WeirBatch *batch)
{
  gsize size = 0;

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    size += batch->records[batch->selection[i]].length;
  return size;
}

static void
copy_text (WeirBatch *batch, WeirBlock *block, WeirRecord *record)
{
  char *text = weir_block_allocate_text (block, (gsize)record->length + 1);

  memcpy (text, record->text, record->length);
  text[record->length] = '\n';
  record->text = text;
}

/* Lets go of buffers of which little is left: the text of the selected records moves to an arena
 * when it is below an eighth of what it pins. Costs a copy of at most that eighth. Messages of
 * records that have left are dropped. */
void
weir_batch_compact (WeirBatch *batch)
{
  gsize text = weir_batch_get_text_size (batch);
  gsize pinned = weir_batch_get_pinned (batch);
  WeirBlock *block;

  if (pinned <= SMALLEST_PIN || text * PIN_RATIO >= pinned)
    return;
  block = weir_block_new (batch->pool);
  for (guint i = batch->cursor; i < batch->n_selected; i++)
    copy_text (batch, block, weir_batch_record (batch, i));
  release_blocks (batch);
  add_block (batch, block);
  batch->messages = NULL;
  batch->field_set = NULL;
}

const char *
weir_batch_get_message (const WeirBatch *batch, const WeirRecord *record)
{
  return batch->messages == NULL ? NULL : batch->messages[record - batch->records];
}

gint64
weir_batch_get_urgency (const WeirBatch *batch)
{
  gint64 earliest = WEIR_TIME_NEVER;
  guint8 priority = 0;

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      const WeirRecord *record = &batch->records[batch->selection[i]];

      earliest = MIN (earliest, record->deadline);
      priority = MAX (priority, record->priority);
    }
  return earliest == WEIR_TIME_NEVER ? earliest : (earliest & WEIR_URGENCY_MASK) | (15 - priority);
}

/**
 * weir_batch_get_length: (skip)
 * @batch: a batch
 *
 * Returns: how many records are selected
 */
guint
weir_batch_get_length (const WeirBatch *batch)
{
  return batch->n_selected;
}

/**
 * weir_batch_get_record: (skip)
 * @batch: a batch
 * @position: 0 to weir_batch_get_length() - 1
 *
 * Returns: (transfer none): the record at a position of the selection
 */
WeirRecord *
weir_batch_get_record (WeirBatch *batch, guint position)
{
  g_return_val_if_fail (position < batch->n_selected, NULL);

  return weir_batch_record (batch, position);
}

/**
 * weir_batch_set_verdict: (skip)
 * @batch: a batch
 * @position: 0 to weir_batch_get_length() - 1
 * @verdict: what was decided
 *
 * Decides about a record. A record that has failed already stays failed.
 */
void
weir_batch_set_verdict (WeirBatch *batch, guint position, WeirVerdict verdict)
{
  WeirRecord *record;

  g_return_if_fail (position < batch->n_selected);

  record = weir_batch_record (batch, position);
  if (record->verdict != WEIR_VERDICT_FAILED)
    record->verdict = verdict;
}
