/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-line-reader.h>

#include "base/weir-emitter-private.h"

G_BEGIN_DECLS

/* Where an input is: what changes with the input that is read. */
typedef struct
{
  guint64 skipped;   /* bytes of the record at hand that were not kept */
  gboolean skipping; /* the record at hand is too long */
  gboolean first;    /* the record at hand is the first of its input */

  gboolean in_frame; /* octet-counted: `frame` is the length of the record at hand */
  guint n_digits;    /* else: digits of it that were read */
  guint64 frame;
} WeirLinePlace;

/* The record at hand while the reader reads another input; nothing is allocated between records. */
struct _WeirLineInput
{
  char *name;
  WeirLinePlace place;
  char *kept;
  gsize length;
  gsize size; /* allocated */
};

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
 * bounded by `max_record`, whatever the input. Owned and used by one source on its thread.
 *
 * Many inputs share the buffer. Another one is set when no whole record is left of the one before;
 * its half record is then kept by the input. When that is read on, its bytes are not copied back
 * at once: behind `start` a gap of `gap` bytes is left for them, and filled when the record is
 * whole. So each byte of a record that comes in parts is copied twice, however many the parts are.
 */
struct _WeirLineReader
{
  gsize max_record;
  WeirCheck check;
  WeirStreamFraming framing;

  WeirBuffer *buffer;
  gsize start;   /* first byte of the line at hand */
  gsize scanned; /* from start to here no record ends */
  gsize end;     /* of what was read */

  WeirLinePlace place;
  guint64 offset; /* of the line at hand in all that was read */
  gboolean held;  /* the batch at hand holds the buffer */

  WeirLineInput *input; /* borrowed; NULL: there is one alone */
  gsize gap;
};

/* Gives out the record at hand, of which @length bytes are in the buffer. @failure: why it is not
 * whole, or NULL. */
void weir_line_reader_append (WeirLineReader *reader, WeirEmitter *out, gsize length,
                              const char *failure);
/* The next record begins behind @kept bytes in the buffer and those that were skipped. */
void weir_line_reader_go_on (WeirLineReader *reader, gsize kept);
/* Only the beginning of a record that is too long is kept. */
void weir_line_reader_bound (WeirLineReader *reader);

/* Copies what the input kept to its place in the buffer. */
void weir_line_reader_fill_gap (WeirLineReader *reader);
/* Leaves that place, in a buffer that has room for it. */
void weir_line_reader_lay_gap (WeirLineReader *reader);

/* Gives out whole records until the emitter is full; TRUE: none is left. The framing may turn out
 * to be broken: then the rest of what was read has failed, and the error says why. */
gboolean weir_octets_cut (WeirLineReader *reader, WeirEmitter *out, GError **error);
/* The first @length bytes of the record at hand become one line. */
void weir_octets_flatten (WeirLineReader *reader, gsize length);
/* Takes @n bytes that were read behind the kept beginning of a record that is too long. */
void weir_octets_skip (WeirLineReader *reader, WeirEmitter *out, gsize n);

G_END_DECLS
