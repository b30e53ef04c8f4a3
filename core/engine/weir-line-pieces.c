/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-line-pieces-private.h"

static void
add_piece (WeirLinePieces *pieces, const char *text, gsize length)
{
  struct iovec *last = pieces->n_pieces > 0 ? &pieces->pieces[pieces->n_pieces - 1] : NULL;

  if (last != NULL && (const char *)last->iov_base + last->iov_len == text)
    last->iov_len += length;
  else
    pieces->pieces[pieces->n_pieces++] = (struct iovec){ (char *)text, length };
}

/* A buffer may be read behind a record's end (WEIR_BUFFER_PADDING), where the newline that it was
 * read with often is. */
static void
add_line (WeirLinePieces *pieces, const WeirRecord *record, gsize skip)
{
  static const char newline[] = "\n";
  gboolean whole_line = record->text[record->length] == '\n';
  gsize length = record->length + (whole_line ? 1 : 0);

  if (skip < length)
    add_piece (pieces, record->text + skip, length - skip);
  if (!whole_line)
    pieces->pieces[pieces->n_pieces++] = (struct iovec){ (char *)newline, 1 };
}

static guint
count_digits (guint32 number)
{
  guint n = 1;

  for (; number >= 10; number /= 10)
    n++;
  return n;
}

static void
add_counted (WeirLinePieces *pieces, const WeirRecord *record, gsize skip)
{
  char *count = pieces->counts[pieces->n_counts];
  gsize size = count_digits (record->length) + 1;
  guint32 number = record->length;

  count[size - 1] = ' ';
  for (gsize i = size - 1; i > 0; i--, number /= 10)
    count[i - 1] = (char)('0' + number % 10);
  if (skip < size)
    {
      pieces->pieces[pieces->n_pieces++] = (struct iovec){ count + skip, size - skip };
      pieces->n_counts++;
    }
  skip -= MIN (skip, size);
  if (skip < record->length)
    add_piece (pieces, record->text + skip, record->length - skip);
}

static gboolean
has_room (const WeirLinePieces *pieces)
{
  return pieces->n_pieces + 2 <= WEIR_LINE_PIECES
         && pieces->n_counts < G_N_ELEMENTS (pieces->counts);
}

guint
weir_line_pieces_add (WeirLinePieces *pieces, WeirBatch *batch, guint from, guint to, gsize skip)
{
  gboolean counted = pieces->framing == WEIR_LINE_PIECES_OCTET_COUNTED;

  for (; from < to && has_room (pieces); from++)
    {
      if (counted)
        add_counted (pieces, weir_batch_record (batch, from), skip);
      else
        add_line (pieces, weir_batch_record (batch, from), skip);
      skip = 0;
    }
  return from;
}

gsize
weir_line_pieces_measure (WeirLineFraming framing, const WeirRecord *record)
{
  return (gsize)record->length + 1
         + (framing == WEIR_LINE_PIECES_OCTET_COUNTED ? count_digits (record->length) : 0);
}
