/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connect-sink-private.h"

/* Nanoseconds without a write after which a peer is asked whether it is there before it is given
 * records: when it has gone, they would be lost. */
#define ASK_AFTER G_GINT64_CONSTANT (1000000)

void
weir_connect_writer_init (WeirConnectWriter *writer, WeirConnectState *state, WeirLane *lane)
{
  writer->state = state;
  writer->lane = lane;
  if (state->options->compress != WEIR_COMPRESS_NONE)
    writer->out = g_byte_array_new ();
  weir_connect_writer_reset (writer);
}

static void
drop_out (WeirConnectWriter *writer)
{
  writer->state->n_bytes -= writer->out->len;
  g_byte_array_set_size (writer->out, 0);
  writer->out_done = 0;
}

void
weir_connect_writer_reset (WeirConnectWriter *writer)
{
  writer->partial = 0;
  writer->blocked = writer->finished = FALSE;
  writer->last_write = G_MININT64;
  g_clear_pointer (&writer->compressor, weir_compressor_free);
  if (writer->out != NULL)
    drop_out (writer);
}

void
weir_connect_writer_clear (WeirConnectWriter *writer)
{
  weir_connect_writer_reset (writer);
  g_clear_pointer (&writer->out, g_byte_array_unref);
}

static gssize
write_pieces (WeirConnectWriter *writer, const struct iovec *pieces, guint n_pieces, gint64 now)
{
  WeirLane *lane = writer->lane;
  g_autoptr (GError) error = NULL;
  gssize n = weir_connection_write (lane->connection, pieces, n_pieces, &error);

  if (n > 0)
    {
      writer->last_write = now;
      writer->state->wrote = TRUE;
    }
  if (n == WEIR_CONNECTION_BROKEN)
    weir_lane_lose (lane, error->message, now);
  else
    {
      writer->blocked = n == WEIR_CONNECTION_WAIT;
      weir_lane_watch_room (lane, writer->blocked);
    }
  return n;
}

/* In the clear ------------------------------------------------------------------------------- */

static void
gather (WeirConnectWriter *writer, WeirLinePieces *pieces)
{
  gsize skip = writer->partial;

  pieces->framing = writer->state->options->framing;
  pieces->n_pieces = pieces->n_counts = 0;
  for (GList *link = writer->work.head; link != NULL; link = link->next)
    {
      const WeirHeld *held = link->data;
      guint end = held->batch->n_selected;

      if (weir_line_pieces_add (pieces, held->batch, held->accepted, end, skip) < end)
        return;
      skip = 0;
    }
}

/* Accepts the records that @n more bytes complete. */
static void
advance (WeirConnectWriter *writer, gsize n)
{
  WeirConnectState *state = writer->state;
  WeirHeld *held;
  guint64 n_bytes = 0;

  n += writer->partial;
  while (n > 0 && (held = g_queue_peek_head (&writer->work)) != NULL)
    {
      gsize size = weir_line_pieces_measure (state->options->framing,
                                             weir_batch_record (held->batch, held->accepted));

      if (n < size)
        break;
      n -= size;
      n_bytes += size;
      if (++held->accepted < held->batch->n_selected)
        continue;
      g_queue_pop_head_link (&writer->work);
      weir_connect_state_settle (state, held);
    }
  writer->partial = n;
  weir_sink_accept (WEIR_SINK (state->stage), 0, n_bytes);
}

static void
write_clear (WeirConnectWriter *writer, gint64 now)
{
  WeirLinePieces pieces;

  while (writer->work.length > 0)
    {
      gssize n;

      gather (writer, &pieces);
      n = write_pieces (writer, pieces.pieces, pieces.n_pieces, now);
      if (n < 0)
        return;
      advance (writer, n);
    }
}

/* Compressed --------------------------------------------------------------------------------- */

static void
compress (WeirConnectWriter *writer, WeirCompressorMode mode)
{
  WeirLinePieces pieces;
  gsize skip = 0;
  guint before = writer->out->len;

  if (writer->compressor == NULL)
    writer->compressor = weir_compressor_new (writer->state->options->compress);
  pieces.framing = writer->state->options->framing;
  for (GList *link = writer->work.head; link != NULL; link = link->next)
    {
      const WeirHeld *held = link->data;
      guint from = held->accepted;

      while (from < held->batch->n_selected)
        {
          pieces.n_pieces = pieces.n_counts = 0;
          from = weir_line_pieces_add (&pieces, held->batch, from, held->batch->n_selected, skip);
          for (guint i = 0; i < pieces.n_pieces; i++)
            weir_compressor_add (writer->compressor, pieces.pieces[i].iov_base,
                                 pieces.pieces[i].iov_len, WEIR_COMPRESSOR_GO_ON, writer->out);
        }
    }
  weir_compressor_add (writer->compressor, NULL, 0, mode, writer->out);
  writer->state->n_bytes += writer->out->len - before;
}

/* FALSE: the peer does not take it now, or has gone. */
static gboolean
write_out (WeirConnectWriter *writer, gint64 now)
{
  while (writer->out_done < writer->out->len)
    {
      struct iovec piece
          = { writer->out->data + writer->out_done, writer->out->len - writer->out_done };
      gssize n = write_pieces (writer, &piece, 1, now);

      if (n < 0)
        return FALSE;
      writer->out_done += n;
    }
  weir_sink_accept (WEIR_SINK (writer->state->stage), 0, writer->out_done);
  drop_out (writer);
  return TRUE;
}

/* All that is in work is compressed before anything of it is accepted. */
static void
write_compressed (WeirConnectWriter *writer, gint64 now)
{
  GList *link;

  if (writer->out->len == 0)
    compress (writer, WEIR_COMPRESSOR_FLUSH);
  if (!write_out (writer, now))
    return;
  while ((link = g_queue_pop_head_link (&writer->work)) != NULL)
    {
      WeirHeld *held = link->data;

      held->accepted = held->batch->n_selected;
      weir_connect_state_settle (writer->state, held);
    }
}

/* Both --------------------------------------------------------------------------------------- */

static gboolean
is_there (WeirConnectWriter *writer, gint64 now)
{
  WeirLane *lane = writer->lane;
  g_autofree char *why = NULL;

  if (now < writer->last_write + ASK_AFTER && writer->last_write != G_MININT64)
    return TRUE;
  if (!writer->blocked)
    writer->last_write = now;
  if (!weir_connection_has_gone (lane->connection))
    return TRUE;
  why = g_strdup_printf ("the connection to %s is lost",
                         weir_connection_get_peer (lane->connection));
  weir_lane_lose (lane, why, now);
  return FALSE;
}

void
weir_connect_writer_write (WeirConnectWriter *writer, gint64 now)
{
  if (writer->work.length == 0 || !is_there (writer, now))
    return;
  if (writer->out != NULL)
    write_compressed (writer, now);
  else
    write_clear (writer, now);
}

gboolean
weir_connect_writer_finish (WeirConnectWriter *writer, gint64 now)
{
  if (writer->lane->connection == NULL || writer->compressor == NULL)
    return TRUE;
  if (!writer->finished)
    {
      compress (writer, WEIR_COMPRESSOR_FINISH);
      writer->finished = TRUE;
      writer->last_write = now;
    }
  return write_out (writer, now) || writer->lane->connection == NULL;
}
