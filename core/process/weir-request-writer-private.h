/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/uio.h>

#include "process/weir-channel-private.h"

G_BEGIN_DECLS

/* Bytes on their way into a pipe that does not block: a queue of pieces for writev(). A piece lies
 * where the caller has it, or in the writer's own chunks. Pieces that follow one another in memory
 * are one.
 *
 *   pieces   … [first] [ … ] [n-1]      those before `first` are written
 *   chunks   [##########] [####      ]   copies, in the order of the pieces
 *
 * A chunk is freed when its last piece is written, so that the writer holds what is on its way and
 * no more, also when the pipe never runs empty. One thread at a time. */
typedef struct
{
  char *data;
  gsize used;
  gsize size;
} WeirRequestChunk;

typedef struct
{
  struct iovec *pieces;
  guint first;
  guint n_pieces;
  guint max_pieces;
  GArray *chunks;        /* WeirRequestChunk */
  gboolean borrows;      /* some pieces lie where the caller has them */
  gboolean guard_signal; /* nobody ignores SIGPIPE */
} WeirRequestWriter;

void weir_request_writer_init (WeirRequestWriter *writer);
void weir_request_writer_clear (WeirRequestWriter *writer);

/* @bytes stay where they are until they are written. */
void weir_request_writer_add (WeirRequestWriter *writer, const char *bytes, gsize length);
/* Room for @size bytes that the caller fills in before the next call. */
char *weir_request_writer_reserve (WeirRequestWriter *writer, gsize size);

/* The bytes that are not written are copied: they need not stay any longer. */
void weir_request_writer_keep (WeirRequestWriter *writer);

/* DONE, BLOCKED or CLOSED. @fd: -1 when closed. */
WeirChannelStatus weir_request_writer_flush (WeirRequestWriter *writer, int fd);
/* What is not written is dropped. */
void weir_request_writer_close (WeirRequestWriter *writer, int *fd);

gsize weir_request_writer_get_length (const WeirRequestWriter *writer);

/* Whether @bytes begin where the last piece ends. */
static inline gboolean
weir_request_writer_is_adjacent (const WeirRequestWriter *writer, const char *bytes)
{
  if (writer->n_pieces == writer->first)
    return FALSE;

  const struct iovec *last = &writer->pieces[writer->n_pieces - 1];
  return (const char *)last->iov_base + last->iov_len == bytes;
}

G_END_DECLS
