/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connection-private.h"

#include <errno.h>
#include <poll.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <weir/weir-error.h>

/* A record of TLS holds no more (RFC 8446, 5.1). */
#define TLS_RECORD (16 * 1024)

/* What a peer may have sent that is thrown away to find its end behind it. */
#define MAX_THROWN (64 * 1024)

/* In the clear a connection is its descriptor, and its socket is kept for whoever closes it. Under
 * TLS bytes go through the streams of the GTlsConnection, which neither block nor tell when they
 * hold decrypted bytes back: so after each read that gave some, `has_pending` says to read again.
 *
 * A TLS write that could not be finished must be tried again with the same bytes, so `unfinished`
 * remembers how many they were. Small pieces are gathered there: each write makes a TLS record. */
struct _WeirConnection
{
  GSocket *socket;
  GIOStream *tls; /* NULL: in the clear */
  int fd;
  gboolean has_pending;
  gsize unfinished;
  gboolean ends; /* nothing more is written */
  char *peer;
};

WeirConnection *
weir_connection_new (GSocket *socket, GIOStream *stream, const char *peer)
{
  WeirConnection *connection = g_new0 (WeirConnection, 1);

  connection->socket = g_object_ref (socket);
  connection->fd = g_socket_get_fd (socket);
  connection->peer = g_strdup (peer);
  if (stream != NULL && G_IS_TLS_CONNECTION (stream))
    {
      connection->tls = g_object_ref (stream);
      connection->has_pending = TRUE;
      /* A half record at the end is found by the framing. */
      g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
    }
  return connection;
}

/* The alert of a TLS connection fits where there is room at all. */
static void
close_tls (WeirConnection *connection)
{
  struct pollfd ask = { .fd = connection->fd, .events = POLLOUT };

  if (connection->unfinished == 0 && poll (&ask, 1, 0) > 0
      && (ask.revents & (POLLOUT | POLLERR | POLLHUP)) == POLLOUT)
    g_io_stream_close (connection->tls, NULL, NULL);
}

void
weir_connection_free (WeirConnection *connection)
{
  if (connection->tls != NULL)
    close_tls (connection);
  g_socket_close (connection->socket, NULL);
  g_clear_object (&connection->tls);
  g_object_unref (connection->socket);
  g_free (connection->peer);
  g_free (connection);
}

int
weir_connection_get_fd (const WeirConnection *connection)
{
  return connection->fd;
}

const char *
weir_connection_get_peer (const WeirConnection *connection)
{
  return connection->peer;
}

static const char *
reason_of (int code)
{
  switch (code)
    {
    case ECONNRESET:
      return "the connection was reset";
    case EPIPE:
      return "the connection is closed";
    case ETIMEDOUT:
      return "the peer does not answer any more";
    default:
      return g_strerror (code);
    }
}

static gssize
broken (const WeirConnection *connection, WeirStageError code, const char *reason, GError **error)
{
  g_set_error (error, WEIR_STAGE_ERROR, code, "%s: %s", connection->peer, reason);
  return WEIR_CONNECTION_BROKEN;
}

static gssize
after_errno (const WeirConnection *connection, WeirStageError kind, GError **error)
{
  int code = errno;

  if (code == EAGAIN || code == EWOULDBLOCK)
    return WEIR_CONNECTION_WAIT;
  if (code == EPIPE || (code == ECONNRESET && kind == WEIR_STAGE_ERROR_OUTPUT))
    kind = WEIR_STAGE_ERROR_CLOSED;
  return broken (connection, kind, reason_of (code), error);
}

static gssize
after_error (const WeirConnection *connection, WeirStageError kind, const GError *failure,
             GError **error)
{
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return WEIR_CONNECTION_WAIT;
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    return broken (connection, kind == WEIR_STAGE_ERROR_OUTPUT ? WEIR_STAGE_ERROR_CLOSED : kind,
                   reason_of (ECONNRESET), error);
  return broken (connection, kind, failure->message, error);
}

static gssize
read_tls (WeirConnection *connection, char *buffer, gsize size, GError **error)
{
  GInputStream *stream = g_io_stream_get_input_stream (connection->tls);
  g_autoptr (GError) failure = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), buffer,
                                                       size, NULL, &failure);

  connection->has_pending = n > 0;
  return n >= 0 ? n : after_error (connection, WEIR_STAGE_ERROR_INPUT, failure, error);
}

gssize
weir_connection_read (WeirConnection *connection, char *buffer, gsize size, GError **error)
{
  gssize n;

  if (connection->tls != NULL)
    return read_tls (connection, buffer, size, error);
  do
    n = recv (connection->fd, buffer, size, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  return n >= 0 ? n : after_errno (connection, WEIR_STAGE_ERROR_INPUT, error);
}

/* Copies what fits of @pieces. */
static gsize
gather (const struct iovec *pieces, guint n_pieces, char *to, gsize size)
{
  gsize length = 0;

  for (guint i = 0; i < n_pieces && length < size; i++)
    {
      gsize part = MIN (pieces[i].iov_len, size - length);

      memcpy (to + length, pieces[i].iov_base, part);
      length += part;
    }
  return length;
}

static gssize
write_tls (WeirConnection *connection, const struct iovec *pieces, guint n_pieces, GError **error)
{
  GOutputStream *stream = g_io_stream_get_output_stream (connection->tls);
  g_autoptr (GError) failure = NULL;
  char bytes[TLS_RECORD];
  gsize most = connection->unfinished > 0 ? connection->unfinished : sizeof bytes;
  gsize length = gather (pieces, n_pieces, bytes, most);
  gssize n = g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (stream), bytes,
                                                         length, NULL, &failure);

  connection->unfinished = 0;
  if (n >= 0)
    return n;
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    connection->unfinished = length;
  return after_error (connection, WEIR_STAGE_ERROR_OUTPUT, failure, error);
}

gssize
weir_connection_write (WeirConnection *connection, const struct iovec *pieces, guint n_pieces,
                       GError **error)
{
  struct msghdr message = { .msg_iov = (struct iovec *)pieces, .msg_iovlen = n_pieces };
  gssize n;

  if (connection->tls != NULL)
    return write_tls (connection, pieces, n_pieces, error);
  do
    n = sendmsg (connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n >= 0 ? n : after_errno (connection, WEIR_STAGE_ERROR_OUTPUT, error);
}

/* The TLS of GLib says that it would block, not in which direction; behind the handshake a read
 * waits for bytes of the peer, and what it has to answer to them fits the socket. */
guint32
weir_connection_get_read_events (const WeirConnection *connection)
{
  return EPOLLIN;
}

guint32
weir_connection_get_write_events (const WeirConnection *connection)
{
  return EPOLLOUT;
}

gboolean
weir_connection_has_pending (const WeirConnection *connection)
{
  return connection->has_pending;
}

gboolean
weir_connection_has_gone (WeirConnection *connection)
{
  char bytes[4096];
  gsize thrown = 0;
  gssize n;

  do
    {
      n = weir_connection_read (connection, bytes, sizeof bytes, NULL);
      thrown += n > 0 ? n : 0;
    }
  while (n > 0 && thrown < MAX_THROWN);
  return n == WEIR_CONNECTION_END || n == WEIR_CONNECTION_BROKEN;
}

/* The peer of a local socket has all that was written. */
gboolean
weir_connection_is_delivered (WeirConnection *connection)
{
  int n_waiting = 0;

  if (g_socket_get_family (connection->socket) == G_SOCKET_FAMILY_UNIX
      || weir_connection_has_gone (connection) || ioctl (connection->fd, SIOCOUTQ, &n_waiting) != 0
      || n_waiting == 0)
    return TRUE;
  if (!connection->ends && connection->tls == NULL)
    shutdown (connection->fd, SHUT_WR);
  connection->ends = TRUE;
  return FALSE;
}
