/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <weir/weir-error.h>

#include "engine/weir-line-reader-private.h"

/* Octet counting, RFC 6587, 3.4.1: "LEN SP RECORD", again and again. The digits of a length are
 * taken one by one, so that they may be cut anywhere; then the record is at hand when so many bytes
 * are. One that is too long is kept and skipped like a line. */

#define MAX_DIGITS 10

/* The rest of what was read is one failed record, up to where a line of it ends. */
static void
fail_rest (WeirLineReader *reader, WeirEmitter *out, GError **error)
{
  const char *text = reader->buffer->data + reader->start;
  gsize length = MIN (reader->end - reader->start, reader->max_record);
  const char *newline = memchr (text, '\n', length);

  reader->place.first = FALSE;
  weir_line_reader_append (reader, out, newline != NULL ? (gsize)(newline - text) : length,
                           "no length where a record should begin (octet-counted: LENGTH, a "
                           "space, the record)");
  weir_line_reader_go_on (reader, reader->end - reader->start);
  reader->place.n_digits = 0;
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT,
               "no length where a record should begin");
}

/* FALSE: @c is no part of a length there. */
static gboolean
take_digit (WeirLinePlace *place, char c)
{
  if (c == ' ' && place->n_digits > 0)
    {
      place->in_frame = TRUE;
      return TRUE;
    }
  if (c < (place->n_digits == 0 ? '1' : '0') || c > '9' || place->n_digits == MAX_DIGITS)
    return FALSE;
  place->frame = (place->n_digits == 0 ? 0 : place->frame * 10) + (guint64)(c - '0');
  place->n_digits++;
  return TRUE;
}

/* FALSE: what comes is no length. */
static gboolean
take_length (WeirLineReader *reader)
{
  while (!reader->place.in_frame && reader->start < reader->end)
    {
      if (!take_digit (&reader->place, reader->buffer->data[reader->start]))
        return FALSE;
      reader->start++;
      reader->offset++;
    }
  reader->scanned = MAX (reader->scanned, reader->start);
  return TRUE;
}

/* Whoever looks behind the record finds a newline that nothing overwrites. */
static void
put_newline (WeirLineReader *reader)
{
  char *behind = reader->buffer->data + reader->start;

  if (reader->start == reader->end)
    {
      if (reader->end == reader->buffer->size)
        return;
      reader->end++;
      reader->offset--;
    }
  else if (!take_digit (&reader->place, *behind))
    return;
  *behind = '\n';
  reader->start++;
  reader->scanned = reader->start;
  reader->offset++;
}

static void
end_frame (WeirLineReader *reader, gsize kept)
{
  reader->place.in_frame = FALSE;
  reader->place.n_digits = 0;
  weir_line_reader_go_on (reader, kept);
}

void
weir_octets_flatten (WeirLineReader *reader, gsize length)
{
  char *text = reader->buffer->data + reader->start;

  if (reader->gap > 0)
    weir_line_reader_fill_gap (reader);
  for (char *at = text; (at = memchr (at, '\n', text + length - at)) != NULL;)
    *at = ' ';
}

static void
give_out (WeirLineReader *reader, WeirEmitter *out)
{
  gsize frame = reader->place.frame;
  gboolean is_ended;

  if (reader->gap > 0)
    weir_line_reader_fill_gap (reader);
  is_ended = reader->buffer->data[reader->start + frame - 1] == '\n';
  weir_octets_flatten (reader, frame - is_ended);
  weir_line_reader_append (reader, out, frame - is_ended, NULL);
  end_frame (reader, frame);
  if (!is_ended)
    put_newline (reader);
}

gboolean
weir_octets_cut (WeirLineReader *reader, WeirEmitter *out, GError **error)
{
  while (reader->scanned < reader->end)
    {
      if (!weir_emitter_has_room (out))
        return FALSE;

      if (!take_length (reader))
        {
          fail_rest (reader, out, error);
          return TRUE;
        }
      if (!reader->place.in_frame || reader->end - reader->start < reader->place.frame)
        {
          reader->scanned = reader->end;
          return TRUE;
        }
      give_out (reader, out);
    }

  return TRUE;
}

void
weir_octets_skip (WeirLineReader *reader, WeirEmitter *out, gsize n)
{
  gsize kept = reader->end - reader->start;
  guint64 left = reader->place.frame - kept - reader->place.skipped;

  if (n < left)
    {
      reader->place.skipped += n;
      return;
    }

  reader->place.skipped += left;
  weir_octets_flatten (reader, kept);
  weir_line_reader_append (reader, out, kept, NULL);
  reader->place.skipped -= left;
  reader->end += n;
  end_frame (reader, kept + left);
}
