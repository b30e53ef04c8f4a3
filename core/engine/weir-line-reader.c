/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-line-reader-private.h"

#include <string.h>
#include <weir/weir-error.h>

#include "json/weir-json-private.h"

/* Reads go to the free end of a buffer; when less than this is left, the line at hand moves on. */
#define FIRST_BUFFER (256 * 1024)
#define LEAST_ROOM   (32 * 1024)

/**
 * weir_line_reader_new: (skip)
 * @max_record: bytes that a record may have, without its newline
 * @check: how much of each record to check
 *
 * Makes a reader for one input after the other, or for those of weir_line_reader_set_input().
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
  reader->place.first = TRUE;
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

/**
 * weir_line_reader_set_framing: (skip)
 * @reader: a reader that has read nothing yet
 * @framing: how records follow each other
 *
 * Changes the framing from lines to another one.
 */
void
weir_line_reader_set_framing (WeirLineReader *reader, WeirStreamFraming framing)
{
  reader->framing = framing;
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

/* Of one input among many the message tells which. */
static void
fail_last (WeirLineReader *reader, WeirEmitter *out, const char *message)
{
  g_autofree char *named = NULL;

  if (reader->input != NULL)
    named = g_strconcat (reader->input->name, ": ", message, NULL);
  weir_emitter_fail_last (out, named != NULL ? named : message);
}

static void
append_failed (WeirLineReader *reader, WeirEmitter *out, const char *text, gsize length,
               guint64 offset, const char *message)
{
  weir_emitter_append_slice (out, text, length, offset);
  fail_last (reader, out, message);
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
  fail_last (reader, out, message);
}

/* Gives out the line at hand, of which @kept bytes are in the buffer. @failure: why it is not
 * whole, or NULL. */
static void
append_line (WeirLineReader *reader, WeirEmitter *out, gsize kept, const char *failure)
{
  const char *text = reader->buffer->data + reader->start;
  guint64 length = kept + reader->place.skipped;
  guint64 offset = reader->offset;

  if (reader->gap > 0)
    weir_line_reader_fill_gap (reader);

  if (reader->place.first && kept >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      length -= 3;
      offset += 3;
    }
  reader->place.first = FALSE;

  if (!reader->place.skipping && length > 0 && text[length - 1] == '\r')
    length--;

  if (!reader->place.skipping && length <= reader->max_record && is_blank (text, length)
      && (failure == NULL || reader->framing == WEIR_STREAM_LINES))
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

void
weir_line_reader_append (WeirLineReader *reader, WeirEmitter *out, gsize length,
                         const char *failure)
{
  append_line (reader, out, length, failure);
}

static void
go_on_behind (WeirLineReader *reader, gsize kept)
{
  reader->offset += kept + reader->place.skipped;
  reader->start += kept;
  reader->scanned = reader->start;
  reader->place.skipped = 0;
  reader->place.skipping = FALSE;
}

void
weir_line_reader_go_on (WeirLineReader *reader, gsize kept)
{
  go_on_behind (reader, kept);
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

static gboolean
cut_records (WeirLineReader *reader, WeirEmitter *out, GError **error)
{
  return reader->framing == WEIR_STREAM_LINES ? cut_lines (reader, out)
                                              : weir_octets_cut (reader, out, error);
}

static gboolean
has_tail (const WeirLineReader *reader)
{
  return reader->start < reader->end || reader->place.skipping || reader->place.in_frame
         || reader->place.n_digits > 0;
}

/* Gives out what is no whole record, at the end of the input. */
static void
cut_tail (WeirLineReader *reader, WeirEmitter *out, const char *failure)
{
  gsize kept = reader->end - reader->start;

  if (!has_tail (reader))
    return;

  if (reader->framing == WEIR_STREAM_OCTET_COUNTED)
    weir_octets_flatten (reader, kept);

  append_line (reader, out, kept, failure);

  /* Whoever looks behind the record finds a newline that nothing overwrites. */
  if (reader->end < reader->buffer->size)
    {
      reader->buffer->data[reader->end++] = '\n';
      reader->offset--;
      kept++;
    }
  go_on_behind (reader, kept);
  reader->place.in_frame = FALSE;
  reader->place.n_digits = 0;
}

/* One byte more than a record may have can be the CR of its end, and a byte-order mark is no part
 * of it. */
void
weir_line_reader_bound (WeirLineReader *reader)
{
  gsize kept = reader->end - reader->start;
  gsize most = reader->max_record + 3;

  if (reader->place.skipping || kept <= most + 1)
    return;

  reader->place.skipping = TRUE;
  reader->place.skipped = kept - most;
  reader->end = reader->start + most;
  reader->scanned = reader->end;
  reader->gap = MIN (reader->gap, most);
}

static void
make_room (WeirLineReader *reader, WeirBufferPool *pool)
{
  WeirBuffer *old = reader->buffer;
  gsize kept = reader->end - reader->start;
  gsize wanted = LEAST_ROOM + (kept == 0 && reader->input != NULL ? reader->input->length : 0);
  gboolean shared = old == NULL || g_atomic_int_get (&old->refs) > 1;

  if (old != NULL && old->size - reader->end >= wanted && (shared || kept > 0))
    return;

  if (reader->gap > 0)
    weir_line_reader_fill_gap (reader);

  if (shared || kept + wanted > old->size)
    {
      gsize size = MIN (2 * kept, reader->max_record + 4 + LEAST_ROOM);

      reader->buffer = weir_buffer_new (pool, MAX (MAX (size, kept + wanted), FIRST_BUFFER));
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
      reader->place.skipped += n;
      return;
    }

  gsize before = newline - bytes;
  reader->place.skipped += before;
  append_line (reader, out, kept, NULL);
  reader->place.skipped -= before;
  reader->end += n;
  go_on_behind (reader, kept + before + 1);
}

static WeirSourceStatus
broken (GError *failure, GError **error)
{
  if (failure != NULL)
    g_propagate_error (error, failure);
  return WEIR_SOURCE_BROKEN;
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

  reader->held = FALSE; /* the batch may be another one */

  if (!cut_records (reader, out, &read_error))
    return WEIR_SOURCE_MORE;

  if (read_error != NULL)
    return broken (read_error, error);

  if (weir_emitter_is_full (out))
    return WEIR_SOURCE_MORE;

  weir_line_reader_bound (reader);
  make_room (reader, out->batch->pool);
  weir_line_reader_lay_gap (reader);

  gssize n = read (input, reader->buffer->data + reader->end, reader->buffer->size - reader->end,
                   &read_error);

  if (n == -1)
    return WEIR_SOURCE_WAIT;

  if (n <= 0)
    {
      cut_tail (reader, out, n == 0 ? NULL : "the input broke off in mid-record");
      return n == 0 ? WEIR_SOURCE_END : broken (read_error, error);
    }

  if (!reader->place.skipping)
    reader->end += n;
  else if (reader->framing == WEIR_STREAM_LINES)
    skip_bytes (reader, out, n);
  else
    weir_octets_skip (reader, out, n);

  cut_records (reader, out, &read_error);
  return read_error == NULL ? WEIR_SOURCE_MORE : broken (read_error, error);
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
  reader->held = FALSE; /* the batch may be another one */

  if (!cut_records (reader, out, NULL) || weir_emitter_is_full (out))
    return WEIR_SOURCE_MORE;

  cut_tail (reader, out, "stopped in mid-record");
  return WEIR_SOURCE_END;
}

/**
 * weir_line_reader_end_input: (skip)
 * @reader: a reader that has given out all whole records that it read
 * @out: where the record goes
 * @failure: how its input ended, as in "ended"
 *
 * The input at hand has ended: what is left of a record is a failed one, "ended in mid-record". No
 * input is set behind that.
 */
void
weir_line_reader_end_input (WeirLineReader *reader, WeirEmitter *out, const char *failure)
{
  g_autofree char *message = NULL;

  g_assert (reader->input != NULL && reader->scanned >= reader->end);
  reader->held = FALSE; /* the batch may be another one */

  if (has_tail (reader) || reader->input->length > 0)
    {
      message = g_strconcat (failure, " in mid-record", NULL);
      make_room (reader, out->batch->pool);
      weir_line_reader_lay_gap (reader);
      cut_tail (reader, out, message);
    }

  reader->place = (WeirLinePlace){ 0 };
  reader->input = NULL;
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
  reader->place.first = TRUE;
}
