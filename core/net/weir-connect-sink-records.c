/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connect-sink-private.h"

/* Batches held at most, however small they are: each has an array of records. */
#define MAX_BATCHES 128

/* Nanoseconds before its deadline that a record which waits for others is written at the latest,
 * and the part of the time left to it that stays for that. */
#define MARGIN      G_GINT64_CONSTANT (2000000)
#define MARGIN_PART 4

static gsize
measure (const WeirConnectState *state, WeirBatch *batch)
{
  gsize size = 0;

  for (guint i = 0; i < batch->n_selected; i++)
    size += weir_line_pieces_measure (state->options->framing, weir_batch_record (batch, i));
  return size;
}

/* When what waits is to be written; never later than before. */
static void
plan_flush (WeirConnectState *state, WeirBatch *batch)
{
  gint64 earliest = WEIR_TIME_NEVER;
  gint64 now;
  gint64 latest;

  if (state->options->flush_interval == 0)
    return;
  now = weir_connect_state_get_now (state);
  latest = now + (gint64)MIN (state->options->flush_interval, G_MAXINT64 / 4);
  for (guint i = 0; i < batch->n_selected; i++)
    earliest = MIN (earliest, weir_batch_record (batch, i)->deadline);
  if (earliest != WEIR_TIME_NEVER)
    latest = MIN (latest, earliest - MAX (MARGIN, (earliest - now) / MARGIN_PART));
  state->flush_at = MIN (state->flush_at, latest);
}

static void
add_waiting (WeirConnectState *state, WeirHeld *held)
{
  state->n_waiting += held->batch->n_selected - held->accepted;
  state->waiting_size += held->size;
}

gboolean
weir_connect_state_hold (WeirConnectState *state, WeirBatch *batch)
{
  gsize size = measure (state, batch);
  WeirHeld *held;

  state->full
      = state->n_batches > 0
        && (state->n_batches == MAX_BATCHES || state->n_bytes + size > state->options->buffer);
  if (state->full)
    return FALSE;
  held = g_new0 (WeirHeld, 1);
  held->link.data = held;
  held->batch = batch;
  held->size = held->bytes = size;
  plan_flush (state, batch);
  g_queue_push_tail_link (&state->waiting, &held->link);
  add_waiting (state, held);
  state->n_held += batch->n_selected;
  state->n_batches++;
  state->n_bytes += size;
  return TRUE;
}

static WeirHeld *
pop (GQueue *queue)
{
  GList *link = g_queue_pop_head_link (queue);

  return link != NULL ? link->data : NULL;
}

WeirHeld *
weir_connect_state_take (WeirConnectState *state)
{
  WeirHeld *held = pop (&state->waiting);

  if (held == NULL)
    return NULL;
  state->n_waiting -= held->batch->n_selected - held->accepted;
  state->waiting_size -= held->size;
  if (state->waiting.length == 0)
    state->flush_at = WEIR_TIME_NEVER;
  return held;
}

void
weir_connect_state_take_back (WeirConnectState *state, GQueue *work)
{
  GList *link;

  while ((link = g_queue_pop_tail_link (work)) != NULL)
    {
      g_queue_push_head_link (&state->waiting, link);
      add_waiting (state, link->data);
      state->flush_at = G_MININT64;
    }
}

void
weir_connect_state_settle (WeirConnectState *state, WeirHeld *held)
{
  g_queue_push_tail_link (&state->settled, &held->link);
}

static gboolean
give_back (WeirConnectState *state, WeirHeld *held, WeirLot *lot)
{
  if (held == NULL || held->released == held->accepted)
    return FALSE;
  *lot = (WeirLot){ held->batch, held->released, held->accepted,
                    held->accepted == held->batch->n_selected };
  state->n_held -= lot->to - lot->from;
  held->released = held->accepted;
  return TRUE;
}

/* Of the batches in work only the first of a lane can be accepted in part. */
gboolean
weir_connect_state_release (WeirConnectState *state, WeirLot *lot)
{
  WeirHeld *held = pop (&state->settled);

  if (held != NULL)
    {
      give_back (state, held, lot);
      state->n_batches--;
      state->n_bytes -= held->bytes;
      g_free (held);
      return TRUE;
    }
  for (guint i = 0; state->n_held > 0 && i < state->pool->n_lanes; i++)
    if (give_back (state, g_queue_peek_head (&state->writers[i].work), lot))
      return TRUE;
  return FALSE;
}

static void
fail (WeirConnectState *state, WeirHeld *held, const char *message)
{
  for (; held->accepted < held->batch->n_selected; held->accepted++)
    weir_record_set_verdict (weir_batch_record (held->batch, held->accepted), WEIR_VERDICT_FAILED,
                             message);
  weir_connect_state_settle (state, held);
}

void
weir_connect_state_fail_all (WeirConnectState *state, const char *message)
{
  WeirHeld *held;

  for (guint i = 0; i < state->pool->n_lanes; i++)
    {
      weir_connect_state_take_back (state, &state->writers[i].work);
      weir_connect_writer_reset (&state->writers[i]);
    }
  while ((held = weir_connect_state_take (state)) != NULL)
    fail (state, held, message);
}

static void
compact (WeirConnectState *state, GQueue *queue)
{
  for (GList *link = queue->tail; link != NULL; link = link->prev)
    {
      WeirHeld *held = link->data;
      gsize before = held->bytes;

      if (held->compact)
        return;
      weir_batch_compact (held->batch);
      held->bytes = MAX (held->bytes, weir_batch_get_pinned (held->batch));
      held->compact = TRUE;
      state->n_bytes += held->bytes - before;
    }
}

void
weir_connect_state_compact (WeirConnectState *state)
{
  compact (state, &state->waiting);
  for (guint i = 0; i < state->pool->n_lanes; i++)
    compact (state, &state->writers[i].work);
}

static void
drop (gpointer data)
{
  WeirHeld *held = data;

  weir_batch_free (held->batch);
  g_free (held);
}

void
weir_connect_state_drop_all (WeirConnectState *state)
{
  WeirHeld *held;

  for (guint i = 0; i < state->pool->n_lanes; i++)
    weir_connect_state_take_back (state, &state->writers[i].work);
  while ((held = pop (&state->waiting)) != NULL || (held = pop (&state->settled)) != NULL)
    drop (held);
}
