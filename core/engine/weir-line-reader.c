/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <weir/weir-error.h>
#include <weir/weir-line-reader.h>

#include "base/weir-emitter-private.h"
#include "json/weir-json-private.h"

/* Reads go to the free end of a buffer; when less than this is left, the line at hand moves on. */
#define FIRST_BUFFER (256 * 1024)
#define LEAST_ROOM   (32 * 1024)

/* A line reader reads into a pooled buffer and gives out slices of it:
 *
 *   | given out as records | line at hand … | free |
 *   0                      start   scanned   end    size
 *
 * Bytes in front of `start` are published and never change; what is read later goes behind `end` of
 * the same buffer, so a slow stream shares one buffer among many batches. The reader holds one
 * reference to its buffer, each batch that has a record of it another. When the free end is
 * short the line at hand moves: to the front of the buffer when nobody else holds it, else to a new
 * one, larger when the line fills it.
 *
 * A line longer than `max_record` keeps its first bytes; what follows is read behind them, again
 * and again at the same place, and only counted in `skipped` until its newline comes. So memory is
 * bounded by `max_record`, whatever the input. Owned and used by one source on its thread. */
struct _WeirLineReader
{
  gsize max_record;
  WeirCheck check;

  WeirBuffer *buffer;
  gsize start;   /* first byte of the line at hand */
  gsize scanned; /* from start to here there is no newline */
  gsize end;     /* of what was read */

  guint64 offset;    /* of the line at hand in the input */
  guint64 skipped;   /* bytes of the line at hand that were not kept */
  gboolean skipping; /* the line at hand is too long */
  gboolean first;    /* the line at hand is the first of its input */
  gboolean held;     /* the batch at hand holds the buffer */
};

/**
 * weir_line_reader_new: (skip)
 * @max_record: bytes that a record may have, without its newline
 * @check: how much of each record to check
 *
 * Makes a reader for one input after the other.
 *
 * Returns: (transfer full): the reader
 */
WeirLineReader *
weir_line_reader_new (gsize max_record, WeirCheck check)
{
  g_return_val_if_fail (max_record > 0 && max_record < G_MAXUINT32, NULL);

  WeirLineReader *reader = g_new0 (WeirLineReader, 1);

  reader->max_record = max_record;
  reader->check = check;
  reader->first = TRUE;
  return reader;
}

/**
 * weir_line_reader_free: (skip)
 * @reader: (transfer full): a reader
 *
 * Frees @reader. What it read and has not given out is dropped.
 */
void
weir_line_reader_free (WeirLineReader *reader)
{
  g_clear_pointer (&reader->buffer, weir_buffer_unref);
  g_free (reader);
}

static gboolean
is_blank (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
      return FALSE;

  return TRUE;
}

/* The length of @text without a UTF-8 sequence that its end cuts in two. */
static gsize
without_cut_character (const char *text, gsize length)
{
  gsize end = length;

  while (end > 0 && length - end < 3 && ((guchar)text[end - 1] & 0xc0) == 0x80)
    end--;

  if (end == 0 || (guchar)text[end - 1] < 0xc0)
    return length;

  guchar lead = (guchar)text[end - 1];
  gsize wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return length - end + 1 < wanted ? end - 1 : length;
}

static void
append_failed (WeirLineReader *reader, WeirEmitter *out, const char *text, gsize length,
               guint64 offset, const char *message)
{
  weir_emitter_append_slice (out, text, length, offset);
  weir_emitter_fail_last (out, message);
}

static void
append_too_long (WeirLineReader *reader, WeirEmitter *out, const char *text, guint64 length,
                 guint64 offset)
{
  g_autofree char *message = g_strdup_printf ("record of %" G_GUINT64_FORMAT
                                              " bytes is over max-record (%" G_GSIZE_FORMAT ")",
                                              length, reader->max_record);

  append_failed (reader, out, text, without_cut_character (text, reader->max_record), offset,
                 message);
}

static void
append_good (WeirLineReader *reader, WeirEmitter *out, const char *text, gsize length,
             guint64 offset)
{
  WeirRecord *record = weir_emitter_append_slice (out, text, length, offset);
  g_autoptr (GError) error = NULL;

  if (reader->check != WEIR_CHECK_FULL)
    return;

  if (weir_json_check (text, length, &error))
    {
      record->flags |= WEIR_RECORD_CHECKED;
      return;
    }

  g_autofree char *message = g_strconcat ("not JSON: ", error->message, NULL);
  weir_emitter_fail_last (out, message);
}

/* Gives out the line at hand, of which @kept bytes are in the buffer. @failure: why it is not
 * whole, or NULL. */
static void
append_line (WeirLineReader *reader, WeirEmitter *out, gsize kept, const char *failure)
{
  const char *text = reader->buffer->data + reader->start;
  guint64 length = kept + reader->skipped;
  guint64 offset = reader->offset;

  if (reader->first && kept >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      length -= 3;
      offset += 3;
    }
  reader->first = FALSE;

  if (!reader->skipping && length > 0 && text[length - 1] == '\r')
    length--;

  if (!reader->skipping && is_blank (text, length))
    return;

  if (!reader->held)
    weir_batch_take_buffer (out->batch, weir_buffer_ref (reader->buffer));
  reader->held = TRUE;

  if (length > reader->max_record)
    append_too_long (reader, out, text, length, offset);
  else if (failure != NULL)
    append_failed (reader, out, text, length, offset, failure);
  else
    append_good (reader, out, text, length, offset);
}

/* The next line begins @length bytes behind the start of the one at hand, of which @kept are in the
 * buffer. */
static void
go_on_behind (WeirLineReader *reader, gsize kept)
{
  reader->offset += kept + reader->skipped;
  reader->start += kept;
  reader->scanned = reader->start;
  reader->skipped = 0;
  reader->skipping = FALSE;
}

/* Gives out whole lines until the emitter is full; TRUE: none is left. */
static gboolean
cut_lines (WeirLineReader *reader, WeirEmitter *out)
{
  while (reader->scanned < reader->end)
    {
      if (!weir_emitter_has_room (out))
        return FALSE;

      const char *data = reader->buffer->data;
      const char *newline = memchr (data + reader->scanned, '\n', reader->end - reader->scanned);

      if (newline == NULL)
        {
          reader->scanned = reader->end;
          return TRUE;
        }

      gsize length = newline - (data + reader->start);
      append_line (reader, out, length, NULL);
      go_on_behind (reader, length + 1);
    }

  return TRUE;
}

/* Gives out what has no newline, at the end of the input. */
static void
cut_tail (WeirLineReader *reader, WeirEmitter *out, const char *failure)
{
  gsize kept = reader->end - reader->start;

  if (kept == 0 && !reader->skipping)
    return;

  append_line (reader, out, kept, failure);

  /* Whoever looks behind the record finds a newline that nothing overwrites. */
  if (reader->end < reader->buffer->size)
    {
      reader->buffer->data[reader->end++] = '\n';
      reader->offset--;
      kept++;
    }
  go_on_behind (reader, kept);
}

/* Only the beginning of a line that is too long is kept; one byte more than a record may have can
 * be the CR of its end, and a byte-order mark is no part of it. */
static void
bound_line (WeirLineReader *reader)
{
  gsize kept = reader->end - reader->start;
  gsize most = reader->max_record + 3;

  if (reader->skipping || kept <= most + 1)
    return;

  reader->skipping = TRUE;
  reader->skipped = kept - most;
  reader->end = reader->start + most;
  reader->scanned = reader->end;
}

static void
make_room (WeirLineReader *reader, WeirBufferPool *pool)
{
  WeirBuffer *old = reader->buffer;
  gsize kept = reader->end - reader->start;
  gboolean shared = old == NULL || g_atomic_int_get (&old->refs) > 1;

  if (old != NULL && old->size - reader->end >= LEAST_ROOM && (shared || kept > 0))
    return;

  if (shared || kept + LEAST_ROOM > old->size)
    {
      gsize size = MIN (2 * kept, reader->max_record + 4 + LEAST_ROOM);

      reader->buffer = weir_buffer_new (pool, MAX (MAX (size, kept + LEAST_ROOM), FIRST_BUFFER));
      reader->held = FALSE;
    }

  if (kept > 0)
    memmove (reader->buffer->data, old->data + reader->start, kept);

  if (old != NULL && reader->buffer != old)
    weir_buffer_unref (old);

  reader->scanned -= reader->start;
  reader->end -= reader->start;
  reader->start = 0;
}

/* Takes @n bytes that were read behind the kept beginning of a line that is too long. */
static void
skip_bytes (WeirLineReader *reader, WeirEmitter *out, gsize n)
{
  const char *bytes = reader->buffer->data + reader->end;
  const char *newline = memchr (bytes, '\n', n);
  gsize kept = reader->end - reader->start;

  if (newline == NULL)
    {
      reader->skipped += n;
      return;
    }

  gsize before = newline - bytes;
  reader->skipped += before;
  append_line (reader, out, kept, NULL);
  reader->skipped -= before;
  reader->end += n;
  go_on_behind (reader, kept + before + 1);
}

/**
 * weir_line_reader_fill: (skip)
 * @reader: a reader
 * @out: where the records go
 * @read: reads bytes
 * @input: what @read is called with
 * @error: return location of the error of @read
 *
 * Emits the lines that were read already, until @out is full; then reads once and emits those
 * lines. For use in WeirSourceClass.fill. At the end of the input a last line without newline is a
 * record too; where the input broke off it is a failed one.
 *
 * Returns: what the source has to say
 */
WeirSourceStatus
weir_line_reader_fill (WeirLineReader *reader, WeirEmitter *out, WeirReadFunc read, gpointer input,
                       GError **error)
{
  GError *read_error = NULL;

  reader->held = FALSE;

  if (!cut_lines (reader, out) || weir_emitter_is_full (out))
    return WEIR_SOURCE_MORE;

  bound_line (reader);
  make_room (reader, out->batch->pool);

  gssize n = read (input, reader->buffer->data + reader->end, reader->buffer->size - reader->end,
                   &read_error);

  if (n == -1)
    return WEIR_SOURCE_WAIT;

  if (n <= 0)
    {
      cut_tail (reader, out, n == 0 ? NULL : "the input broke off in mid-record");
      if (read_error != NULL)
        g_propagate_error (error, read_error);
      return n == 0 ? WEIR_SOURCE_END : WEIR_SOURCE_BROKEN;
    }

  if (reader->skipping)
    skip_bytes (reader, out, n);
  else
    reader->end += n;

  cut_lines (reader, out);
  return WEIR_SOURCE_MORE;
}

/**
 * weir_line_reader_halt: (skip)
 * @reader: a reader
 * @out: where the records go
 *
 * Ends an input that cannot be read again: emits the lines that were read already, until @out is
 * full, and what is left of a line as a failed record. A source of files, which can be read
 * again, frees its reader instead.
 *
 * Returns: %WEIR_SOURCE_MORE to be called again, or %WEIR_SOURCE_END
 */
WeirSourceStatus
weir_line_reader_halt (WeirLineReader *reader, WeirEmitter *out)
{
  reader->held = FALSE;

  if (!cut_lines (reader, out) || weir_emitter_is_full (out))
    return WEIR_SOURCE_MORE;

  cut_tail (reader, out, "stopped in mid-record");
  return WEIR_SOURCE_END;
}

/**
 * weir_line_reader_restart: (skip)
 * @reader: a reader that came to the end of its input
 *
 * Another input follows, which may begin with a byte-order mark. Offsets go on counting.
 */
void
weir_line_reader_restart (WeirLineReader *reader)
{
  g_assert (reader->start == reader->end);
  reader->first = TRUE;
}
