/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/weir-emitter-private.h"
#include <weir/weir-line-reader.h>

/* Streams that are read in turns, cut anywhere, give what each gives when it is read alone. The
 * first byte chooses the framing and the longest record; then each piece has a head of two bytes:
 * whose it is, and its length. */

#define N_STREAMS 4

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  const char *bytes;
  gsize length;
} Piece;

typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirLineReader *reader;
} Reading;

static gssize
read_piece (gpointer data, char *buffer, gsize size, GError **error)
{
  Piece *piece = data;
  gsize n = MIN (piece->length, size);

  if (n == 0)
    return -1;
  memcpy (buffer, piece->bytes, n);
  piece->bytes += n;
  piece->length -= n;
  return n;
}

static void
begin (Reading *reading, guint8 choice)
{
  reading->pool = weir_buffer_pool_new (0);
  reading->emitter = weir_emitter_new ();
  reading->reader = weir_line_reader_new (1 + (choice >> 1) % 32, WEIR_CHECK_FIELDS);
  weir_line_reader_set_framing (reading->reader,
                                choice & 1 ? WEIR_STREAM_OCTET_COUNTED : WEIR_STREAM_LINES);
}

static void
end (Reading *reading)
{
  weir_line_reader_free (reading->reader);
  weir_emitter_unref (reading->emitter);
  g_assert_cmpuint (weir_buffer_pool_get_used (reading->pool), ==, 0);
  weir_buffer_pool_unref (reading->pool);
}

static void
note (WeirBatch *batch, GString *seen)
{
  for (guint i = 0; i < batch->n_records; i++)
    {
      const WeirRecord *record = &batch->records[i];

      g_assert_null (memchr (record->text, '\n', record->length));
      g_string_append_c (seen, record->verdict == WEIR_VERDICT_FAILED ? '-' : '+');
      g_string_append_len (seen, record->text, record->length);
      g_string_append_c (seen, '\n');
    }
}

/* FALSE: the framing broke, and the stream has ended. */
static gboolean
feed (Reading *reading, WeirLineInput *input, Piece piece, gboolean ends, GString *seen)
{
  WeirSourceStatus status;

  weir_line_reader_set_input (reading->reader, input);
  do
    {
      g_autoptr (WeirBatch) batch = weir_batch_new (reading->pool);

      weir_emitter_open (reading->emitter, batch, 0);
      status = weir_line_reader_fill (reading->reader, reading->emitter, read_piece, &piece, NULL);
      if (status == WEIR_SOURCE_BROKEN || (status == WEIR_SOURCE_WAIT && ends))
        weir_line_reader_end_input (reading->reader, reading->emitter, "ended");
      weir_emitter_close (reading->emitter);
      note (batch, seen);
    }
  while (status == WEIR_SOURCE_MORE);
  return status != WEIR_SOURCE_BROKEN;
}

/* The whole of a stream at once. What follows a broken framing in the same read is one record with
 * what broke it, so streams are compared up to there. */
static void
read_alone (guint8 choice, const GByteArray *bytes, GString *seen)
{
  Reading reading;
  g_autoptr (WeirLineInput) input = weir_line_input_new ("stream");

  begin (&reading, choice);
  feed (&reading, input, (Piece){ (const char *)bytes->data, bytes->len }, TRUE, seen);
  end (&reading);
}

typedef struct
{
  WeirLineInput *input;
  GByteArray *bytes;
  GString *seen;
  gboolean is_open;
} Stream;

static void
read_pieces (Reading *reading, Stream *streams, const guint8 *data, gsize size)
{
  while (size >= 2)
    {
      Stream *stream = &streams[data[0] % N_STREAMS];
      gsize length = MIN (data[1], size - 2);
      Piece piece = { (const char *)data + 2, length };

      if (stream->is_open)
        {
          g_byte_array_append (stream->bytes, data + 2, length);
          stream->is_open = feed (reading, stream->input, piece, FALSE, stream->seen);
        }
      data += 2 + length;
      size -= 2 + length;
    }
}

static void
close_stream (Reading *reading, guint8 choice, Stream *stream)
{
  g_autoptr (GString) alone = g_string_new (NULL);

  if (stream->is_open)
    feed (reading, stream->input, (Piece){ NULL, 0 }, TRUE, stream->seen);
  read_alone (choice, stream->bytes, alone);
  if (stream->is_open || (choice & 1) == 0)
    g_assert_cmpstr (stream->seen->str, ==, alone->str);
  weir_line_input_free (stream->input);
  g_byte_array_unref (stream->bytes);
  g_string_free (stream->seen, TRUE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Stream streams[N_STREAMS];
  Reading reading;

  if (size == 0)
    return 0;
  begin (&reading, data[0]);
  for (guint i = 0; i < N_STREAMS; i++)
    streams[i] = (Stream){ weir_line_input_new ("stream"), g_byte_array_new (), g_string_new (NULL),
                           TRUE };
  read_pieces (&reading, streams, data + 1, size - 1);
  for (guint i = 0; i < N_STREAMS; i++)
    close_stream (&reading, data[0], &streams[i]);
  end (&reading);
  return 0;
}
