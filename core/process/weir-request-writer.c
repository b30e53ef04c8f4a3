/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-pipe-signal-private.h"
#include "process/weir-request-writer-private.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PIECES 64
#define CHUNK_SIZE   ((gsize)32 * 1024)

static void
clear_chunk (gpointer chunk)
{
  g_free (((WeirRequestChunk *)chunk)->data);
}

void
weir_request_writer_init (WeirRequestWriter *writer)
{
  struct sigaction action = { 0 };

  writer->first = 0;
  writer->n_pieces = 0;
  writer->borrows = FALSE;
  writer->max_pieces = FIRST_PIECES;
  writer->pieces = g_new (struct iovec, FIRST_PIECES);
  writer->chunks = g_array_new (FALSE, FALSE, sizeof (WeirRequestChunk));
  writer->guard_signal = sigaction (SIGPIPE, NULL, &action) != 0 || action.sa_handler == SIG_DFL;
  g_array_set_clear_func (writer->chunks, clear_chunk);
}

void
weir_request_writer_clear (WeirRequestWriter *writer)
{
  g_clear_pointer (&writer->pieces, g_free);
  g_clear_pointer (&writer->chunks, g_array_unref);
}

/* Forgets the written pieces, or makes room for more. */
static void
grow (WeirRequestWriter *writer)
{
  if (writer->first > writer->max_pieces / 2)
    {
      writer->n_pieces -= writer->first;
      memmove (writer->pieces, writer->pieces + writer->first,
               writer->n_pieces * sizeof (struct iovec));
      writer->first = 0;
      return;
    }

  writer->max_pieces *= 2;
  writer->pieces = g_renew (struct iovec, writer->pieces, writer->max_pieces);
}

static void
append (WeirRequestWriter *writer, const char *bytes, gsize length)
{
  if (length == 0)
    return;

  if (weir_request_writer_is_adjacent (writer, bytes))
    {
      writer->pieces[writer->n_pieces - 1].iov_len += length;
      return;
    }

  if (writer->n_pieces == writer->max_pieces)
    grow (writer);
  writer->pieces[writer->n_pieces++] = (struct iovec){ (char *)bytes, length };
}

void
weir_request_writer_add (WeirRequestWriter *writer, const char *bytes, gsize length)
{
  writer->borrows = TRUE;
  append (writer, bytes, length);
}

static WeirRequestChunk *
last_chunk (WeirRequestWriter *writer)
{
  guint n = writer->chunks->len;

  return n > 0 ? &g_array_index (writer->chunks, WeirRequestChunk, n - 1) : NULL;
}

char *
weir_request_writer_reserve (WeirRequestWriter *writer, gsize size)
{
  WeirRequestChunk *chunk = last_chunk (writer);

  if (chunk == NULL || chunk->size - chunk->used < size)
    {
      WeirRequestChunk fresh = { .size = MAX (size, CHUNK_SIZE) };

      fresh.data = g_malloc (fresh.size);
      g_array_append_val (writer->chunks, fresh);
      chunk = last_chunk (writer);
    }

  char *room = chunk->data + chunk->used;
  chunk->used += size;
  append (writer, room, size);
  return room;
}

static void
drop_all (WeirRequestWriter *writer)
{
  WeirRequestChunk *chunk = last_chunk (writer);

  writer->first = 0;
  writer->n_pieces = 0;
  writer->borrows = FALSE;
  if (chunk == NULL)
    return;

  if (chunk->size > CHUNK_SIZE)
    g_array_set_size (writer->chunks, 0);
  else
    {
      g_array_remove_range (writer->chunks, 0, writer->chunks->len - 1);
      last_chunk (writer)->used = 0;
    }
}

/* The first piece is written. Its end may be the end of the first chunk. */
static void
finish_piece (WeirRequestWriter *writer)
{
  const struct iovec *piece = &writer->pieces[writer->first++];
  const char *end = (const char *)piece->iov_base + piece->iov_len;

  if (writer->chunks->len < 2)
    return;

  const WeirRequestChunk *chunk = &g_array_index (writer->chunks, WeirRequestChunk, 0);
  if (end == chunk->data + chunk->used)
    g_array_remove_index (writer->chunks, 0);
}

static void
advance (WeirRequestWriter *writer, gsize n)
{
  while (n > 0)
    {
      struct iovec *piece = &writer->pieces[writer->first];

      if (n < piece->iov_len)
        {
          piece->iov_base = (char *)piece->iov_base + n;
          piece->iov_len -= n;
          return;
        }
      n -= piece->iov_len;
      finish_piece (writer);
    }
}

static gssize
write_guarded (int fd, const struct iovec *pieces, int n_pieces)
{
  WeirPipeSignal held;

  weir_pipe_signal_hold (&held);
  gssize n = writev (fd, pieces, n_pieces);
  weir_pipe_signal_release (&held, n < 0 && errno == EPIPE);
  return n;
}

static gssize
try_write (WeirRequestWriter *writer, int fd)
{
  const struct iovec *pieces = writer->pieces + writer->first;
  int n_pieces = MIN (writer->n_pieces - writer->first, IOV_MAX);
  gssize n;

  do
    n = writer->guard_signal ? write_guarded (fd, pieces, n_pieces) : writev (fd, pieces, n_pieces);
  while (n < 0 && errno == EINTR);

  return n;
}

WeirChannelStatus
weir_request_writer_flush (WeirRequestWriter *writer, int fd)
{
  if (fd < 0)
    return WEIR_CHANNEL_CLOSED;

  while (writer->first < writer->n_pieces)
    {
      gssize n = try_write (writer, fd);

      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return WEIR_CHANNEL_BLOCKED;
      if (n < 0)
        return WEIR_CHANNEL_CLOSED;
      advance (writer, n);
    }

  drop_all (writer);
  return WEIR_CHANNEL_DONE;
}

void
weir_request_writer_close (WeirRequestWriter *writer, int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  drop_all (writer);
}

gsize
weir_request_writer_get_length (const WeirRequestWriter *writer)
{
  gsize length = 0;

  for (guint i = writer->first; i < writer->n_pieces; i++)
    length += writer->pieces[i].iov_len;
  return length;
}

void
weir_request_writer_keep (WeirRequestWriter *writer)
{
  gsize length = weir_request_writer_get_length (writer);
  WeirRequestChunk copy = { .size = length };

  if (!writer->borrows || length == 0)
    return;
  copy.data = g_malloc (length);
  for (guint i = writer->first; i < writer->n_pieces; i++)
    {
      memcpy (copy.data + copy.used, writer->pieces[i].iov_base, writer->pieces[i].iov_len);
      copy.used += writer->pieces[i].iov_len;
    }
  g_array_set_size (writer->chunks, 0);
  g_array_append_val (writer->chunks, copy);
  writer->pieces[0] = (struct iovec){ copy.data, length };
  writer->first = 0;
  writer->n_pieces = 1;
  writer->borrows = FALSE;
}
