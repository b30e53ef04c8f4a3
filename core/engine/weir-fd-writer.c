/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <weir/weir-error.h>
#include <weir/weir-fd-writer.h>

#include "base/weir-batch-private.h"
#include "base/weir-pipe-signal-private.h"
#include "engine/weir-line-pieces-private.h"

typedef enum
{
  WRITER_FILE,   /* a write never waits for a reader */
  WRITER_STREAM, /* a pipe or terminal, reopened without blocking */
  WRITER_POLLED, /* one that cannot be reopened: asked first, then given what surely fits */
  WRITER_SOCKET,
} WriterKind;

/* A writer gathers records into one writev(), as WeirLinePieces does.
 *
 * O_NONBLOCK belongs to the open file description, which other processes may share (a terminal, the
 * shell's pipe): the writer never sets it, but reopens pipes and terminals for itself.
 *
 * `partial` is how much of the first unwritten line is written already. Together with the caller's
 * count of whole lines it says where to go on when the descriptor can take more. Owned and
 * used by one sink on its thread; the caller keeps the descriptor open. */
struct _WeirFdWriter
{
  int fd;
  int reopened; /* or -1 */
  WriterKind kind;
  gboolean regular;
  gboolean guard_signal; /* nobody ignores SIGPIPE */
  char *name;
  gsize partial;
};

static void
open_anew (WeirFdWriter *writer)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", writer->fd);

  writer->reopened = open (path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  writer->kind = writer->reopened >= 0 ? WRITER_STREAM : WRITER_POLLED;
}

/**
 * weir_fd_writer_new: (skip)
 * @fd: a descriptor that is open for writing; it stays the caller's
 * @name: how messages call it
 *
 * Makes a writer.
 *
 * Returns: (transfer full): the writer
 */
WeirFdWriter *
weir_fd_writer_new (int fd, const char *name)
{
  g_return_val_if_fail (fd >= 0 && name != NULL, NULL);

  WeirFdWriter *writer = g_new0 (WeirFdWriter, 1);
  struct sigaction action = { 0 };
  struct stat status = { 0 };

  writer->fd = fd;
  writer->reopened = -1;
  writer->name = g_strdup (name);
  writer->guard_signal = sigaction (SIGPIPE, NULL, &action) != 0 || action.sa_handler == SIG_DFL;

  if (fstat (fd, &status) == 0)
    {
      writer->regular = S_ISREG (status.st_mode);
      if (S_ISSOCK (status.st_mode))
        writer->kind = WRITER_SOCKET;
      else if (S_ISFIFO (status.st_mode) || isatty (fd))
        open_anew (writer);
    }

  return writer;
}

/**
 * weir_fd_writer_free: (skip)
 * @writer: (transfer full): a writer
 *
 * Frees @writer; the descriptor stays open.
 */
void
weir_fd_writer_free (WeirFdWriter *writer)
{
  if (writer->reopened >= 0)
    close (writer->reopened);
  g_free (writer->name);
  g_free (writer);
}

/* How many of the pieces to write so that a blocking descriptor takes them at once; the last one is
 * shortened where needed. */
static int
bound_pieces (struct iovec *pieces, int n_pieces)
{
  gsize room = PIPE_BUF;

  for (int i = 0; i < n_pieces; i++)
    {
      if (pieces[i].iov_len >= room)
        {
          pieces[i].iov_len = room;
          return i + 1;
        }
      room -= pieces[i].iov_len;
    }

  return n_pieces;
}

static gssize
write_polled (WeirFdWriter *writer, struct iovec *pieces, int n_pieces)
{
  struct pollfd ask = { .fd = writer->fd, .events = POLLOUT };

  if (poll (&ask, 1, 0) == 0)
    {
      errno = EAGAIN;
      return -1;
    }

  return writev (writer->fd, pieces, bound_pieces (pieces, n_pieces));
}

static gssize
write_pieces (WeirFdWriter *writer, struct iovec *pieces, int n_pieces)
{
  struct msghdr message = { .msg_iov = pieces, .msg_iovlen = n_pieces };

  switch (writer->kind)
    {
    case WRITER_SOCKET:
      return sendmsg (writer->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    case WRITER_STREAM:
      return writev (writer->reopened, pieces, n_pieces);
    case WRITER_POLLED:
      return write_polled (writer, pieces, n_pieces);
    case WRITER_FILE:
    default:
      return writev (writer->fd, pieces, n_pieces);
    }
}

static gssize
write_guarded (WeirFdWriter *writer, struct iovec *pieces, int n_pieces)
{
  WeirPipeSignal held;

  weir_pipe_signal_hold (&held);
  gssize n = write_pieces (writer, pieces, n_pieces);
  weir_pipe_signal_release (&held, n < 0 && errno == EPIPE);
  return n;
}

static gssize
try_write (WeirFdWriter *writer, struct iovec *pieces, int n_pieces)
{
  gboolean guard
      = writer->guard_signal && (writer->kind == WRITER_STREAM || writer->kind == WRITER_POLLED);
  gssize n;

  do
    n = guard ? write_guarded (writer, pieces, n_pieces) : write_pieces (writer, pieces, n_pieces);
  while (n < 0 && errno == EINTR);

  return n;
}

/* Cuts a torn line off again, where the file ends with it and allows it. */
static void
cut_torn_line (WeirFdWriter *writer)
{
  off_t end = writer->regular ? lseek (writer->fd, 0, SEEK_CUR) : -1;
  struct stat status;

  if (writer->partial == 0 || end < (off_t)writer->partial || fstat (writer->fd, &status) != 0
      || status.st_size != end)
    return;

  if (ftruncate (writer->fd, end - writer->partial) == 0)
    {
      lseek (writer->fd, end - writer->partial, SEEK_SET);
      writer->partial = 0;
    }
}

/* What to make of a write that failed with errno. */
static WeirStageStatus
after_error (WeirFdWriter *writer, WeirSink *sink, GError **error)
{
  int code = errno;

  if (code == EAGAIN || code == EWOULDBLOCK)
    {
      weir_stage_wait_fd (WEIR_STAGE (sink), writer->reopened >= 0 ? writer->reopened : writer->fd,
                          G_IO_OUT);
      return WEIR_STAGE_WAIT;
    }

  cut_torn_line (writer);
  g_set_error (error, WEIR_STAGE_ERROR,
               code == EPIPE || code == ECONNRESET ? WEIR_STAGE_ERROR_CLOSED
                                                   : WEIR_STAGE_ERROR_OUTPUT,
               "%s: %s", writer->name, g_strerror (code));
  return WEIR_STAGE_BROKEN;
}

/* Moves on over the lines that @n more bytes complete. */
static void
advance (WeirFdWriter *writer, WeirBatch *batch, gsize n, guint *position, guint64 *n_bytes)
{
  n += writer->partial;

  while (n > 0)
    {
      gsize line = (gsize)weir_batch_record (batch, *position)->length + 1;

      if (n < line)
        break;
      n -= line;
      *n_bytes += line;
      (*position)++;
    }

  writer->partial = n;
}

/**
 * weir_fd_writer_write_lines: (skip)
 * @writer: a writer
 * @sink: the sink that writes
 * @batch: the batch in hand
 * @end: the position to stop at
 * @position: (inout): the first record to write; moved on over each whose line is written whole
 * @n_bytes: (inout): the bytes of those lines are added
 * @error: return location of an error; %WEIR_STAGE_ERROR_OUTPUT, %WEIR_STAGE_ERROR_CLOSED
 *
 * Writes the lines of some records, and accepts none: for a sink that has more to do before.
 * After %WEIR_STAGE_WAIT it is to be called with the same position and batch again.
 *
 * Returns: %WEIR_STAGE_DONE, %WEIR_STAGE_WAIT or %WEIR_STAGE_BROKEN
 */
WeirStageStatus
weir_fd_writer_write_lines (WeirFdWriter *writer, WeirSink *sink, WeirBatch *batch, guint end,
                            guint *position, guint64 *n_bytes, GError **error)
{
  WeirLinePieces pieces;

  pieces.framing = WEIR_LINE_PIECES_LINES;
  while (*position < end)
    {
      gssize n;

      pieces.n_pieces = pieces.n_counts = 0;
      weir_line_pieces_add (&pieces, batch, *position, end, writer->partial);
      n = try_write (writer, pieces.pieces, (int)pieces.n_pieces);

      if (n < 0)
        return after_error (writer, sink, error);
      advance (writer, batch, n, position, n_bytes);
    }

  return WEIR_STAGE_DONE;
}

/**
 * weir_fd_writer_write_bytes: (skip)
 * @writer: a writer
 * @sink: the sink that writes
 * @bytes: what to write
 * @length: how much that is
 * @done: (inout): how much of it is written
 * @error: return location of an error; %WEIR_STAGE_ERROR_OUTPUT, %WEIR_STAGE_ERROR_CLOSED
 *
 * Writes bytes as they are: for a sink that makes its own format.
 *
 * Returns: %WEIR_STAGE_DONE, %WEIR_STAGE_WAIT or %WEIR_STAGE_BROKEN
 */
WeirStageStatus
weir_fd_writer_write_bytes (WeirFdWriter *writer, WeirSink *sink, const char *bytes, gsize length,
                            gsize *done, GError **error)
{
  while (*done < length)
    {
      struct iovec piece = { (char *)bytes + *done, length - *done };
      gssize n = try_write (writer, &piece, 1);

      if (n < 0)
        return after_error (writer, sink, error);
      *done += n;
    }

  return WEIR_STAGE_DONE;
}

/**
 * weir_fd_writer_write: (skip)
 * @writer: a writer
 * @sink: the sink that writes
 * @batch: the batch in hand
 * @error: return location of an error; %WEIR_STAGE_ERROR_OUTPUT, %WEIR_STAGE_ERROR_CLOSED
 *
 * Writes the records of @batch that are not accepted yet as lines, and accepts each whose bytes
 * have all reached the kernel. For use as WeirSinkClass.write_batch.
 *
 * Returns: %WEIR_STAGE_DONE, %WEIR_STAGE_WAIT or %WEIR_STAGE_BROKEN
 */
WeirStageStatus
weir_fd_writer_write (WeirFdWriter *writer, WeirSink *sink, WeirBatch *batch, GError **error)
{
  guint accepted = weir_sink_get_accepted (sink);
  guint position = accepted;
  guint64 n_bytes = 0;
  WeirStageStatus status = weir_fd_writer_write_lines (
      writer, sink, batch, weir_batch_get_length (batch), &position, &n_bytes, error);

  weir_sink_accept (sink, position - accepted, n_bytes);
  return status;
}
