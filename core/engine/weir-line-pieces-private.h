/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/uio.h>

#include "base/weir-batch-private.h"

G_BEGIN_DECLS

#define WEIR_LINE_PIECES 1024 /* what one writev() takes */
#define WEIR_COUNT_SIZE  11   /* of the longest count, with its space */

/* How records are told apart in a stream of bytes. */
typedef enum
{
  WEIR_LINE_PIECES_LINES,         /* a newline behind each */
  WEIR_LINE_PIECES_OCTET_COUNTED, /* its length and a space before each (RFC 6587, 3.4.1) */
} WeirLineFraming;

/* Records gathered for one writev(), without copying them: lines that follow one another in a
 * buffer, each with its newline, are one piece, so a stream that passes through unchanged is
 * written as large slices of the buffers that it was read into. Made on the stack: set `framing`,
 * and `n_pieces` and `n_counts` to 0. */
typedef struct
{
  WeirLineFraming framing;
  struct iovec pieces[WEIR_LINE_PIECES];
  guint n_pieces;
  char counts[WEIR_LINE_PIECES / 2][WEIR_COUNT_SIZE];
  guint n_counts;
} WeirLinePieces;

/* Adds records from position @from on, as far as there is room, and not @to; @skip bytes of the
 * first one are left out. Returns the position behind the last one added. */
guint weir_line_pieces_add (WeirLinePieces *pieces, WeirBatch *batch, guint from, guint to,
                            gsize skip);

/* The bytes that a record takes. */
gsize weir_line_pieces_measure (WeirLineFraming framing, const WeirRecord *record);

G_END_DECLS
