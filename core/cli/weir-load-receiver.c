/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-receiver-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_INLETS ((guint)64)
#define INLET_BYTES ((gsize)256 * 1024)
#define FIRST_INLET 2 /* behind the other descriptor and the listener */

/* A connection, and the line of it that is not whole yet. */
typedef struct
{
  char *text;
  gsize length;
} Inlet;

struct _WeirLoadReceiver
{
  WeirClock *clock;     /* borrowed */
  WeirLoadTally *tally; /* borrowed */
  guint port;
  guint n_accepted;
  struct pollfd fds[FIRST_INLET + MOST_INLETS];
  Inlet inlets[MOST_INLETS];
};

static struct sockaddr_in
loopback (guint port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons ((guint16)port),
                               .sin_addr = { htonl (INADDR_LOOPBACK) } };
}

static int
fail (int fd, const char *what, GError **error)
{
  int reason = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason),
               "%s on the loopback interface: %s", what, g_strerror (reason));
  if (fd >= 0)
    close (fd);
  return -1;
}

static int
bind_any (guint *port, GError **error)
{
  struct sockaddr_in address = loopback (0);
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) != 0
      || getsockname (fd, (struct sockaddr *)&address, &size) != 0)
    return fail (fd, "no port", error);
  *port = ntohs (address.sin_port);
  return fd;
}

int
weir_loopback_listen (guint *port, GError **error)
{
  int fd = bind_any (port, error);

  if (fd >= 0 && listen (fd, SOMAXCONN) != 0)
    return fail (fd, "cannot listen", error);
  return fd;
}

guint
weir_loopback_find_port (GError **error)
{
  guint port = 0;
  int fd = bind_any (&port, error);

  if (fd < 0)
    return 0;
  close (fd);
  return port;
}

/* Two ends of one socket: what a port that nobody listens on may come to, when it is also the one
 * that this end was given. */
static gboolean
is_connected_to_itself (int fd, guint port)
{
  struct sockaddr_in address = loopback (0);
  socklen_t size = sizeof address;

  return getsockname (fd, (struct sockaddr *)&address, &size) != 0
         || ntohs (address.sin_port) == port;
}

int
weir_loopback_connect (guint port, GError **error)
{
  struct sockaddr_in address = loopback (port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;

  if (fd < 0)
    return fail (fd, "no socket", error);
  if (connect (fd, (struct sockaddr *)&address, sizeof address) != 0)
    return fail (fd, "cannot connect", error);
  if (is_connected_to_itself (fd, port))
    {
      errno = ECONNREFUSED;
      return fail (fd, "cannot connect", error);
    }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

WeirLoadReceiver *
weir_load_receiver_new (WeirClock *clock, WeirLoadTally *tally, GError **error)
{
  guint port;
  int listener = weir_loopback_listen (&port, error);

  if (listener < 0)
    return NULL;

  WeirLoadReceiver *receiver = g_new0 (WeirLoadReceiver, 1);
  receiver->clock = clock;
  receiver->tally = tally;
  receiver->port = port;
  for (guint i = 0; i < G_N_ELEMENTS (receiver->fds); i++)
    receiver->fds[i] = (struct pollfd){ -1, POLLIN, 0 };
  receiver->fds[1].fd = listener;
  return receiver;
}

static void
close_inlet (WeirLoadReceiver *receiver, guint i)
{
  close (receiver->fds[FIRST_INLET + i].fd);
  receiver->fds[FIRST_INLET + i].fd = -1;
  g_clear_pointer (&receiver->inlets[i].text, g_free);
  receiver->inlets[i].length = 0;
}

void
weir_load_receiver_free (WeirLoadReceiver *receiver)
{
  for (guint i = 0; i < MOST_INLETS; i++)
    if (receiver->inlets[i].text)
      close_inlet (receiver, i);
  if (receiver->fds[1].fd >= 0)
    close (receiver->fds[1].fd);
  g_free (receiver);
}

guint
weir_load_receiver_get_port (const WeirLoadReceiver *receiver)
{
  return receiver->port;
}

guint
weir_load_receiver_count_accepted (const WeirLoadReceiver *receiver)
{
  return receiver->n_accepted;
}

/* A connection beyond the bound is closed again. */
static void
accept_one (WeirLoadReceiver *receiver)
{
  int fd = accept4 (receiver->fds[1].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  guint i = 0;

  if (fd < 0)
    return;
  while (i < MOST_INLETS && receiver->inlets[i].text)
    i++;
  if (i == MOST_INLETS)
    {
      close (fd);
      return;
    }
  receiver->fds[FIRST_INLET + i].fd = fd;
  receiver->inlets[i].text = g_malloc (INLET_BYTES);
  receiver->n_accepted++;
}

/* A line that has no end in so many bytes is none of the load's: the connection is closed. */
static void
read_inlet (WeirLoadReceiver *receiver, guint i)
{
  Inlet *inlet = &receiver->inlets[i];
  gssize n = read (receiver->fds[FIRST_INLET + i].fd, inlet->text + inlet->length,
                   INLET_BYTES - inlet->length);
  gint64 now = weir_clock_get_time (receiver->clock);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      close_inlet (receiver, i);
      return;
    }

  inlet->length += (gsize)n;
  gsize taken = weir_load_tally_add_lines (receiver->tally, inlet->text, inlet->length, now);
  inlet->length -= taken;
  memmove (inlet->text, inlet->text + taken, inlet->length);
}

void
weir_load_receiver_poll (WeirLoadReceiver *receiver, int other_fd, int milliseconds)
{
  struct pollfd *fds = receiver->fds;

  fds[0].fd = other_fd;
  if (poll (fds, G_N_ELEMENTS (receiver->fds), milliseconds) <= 0)
    return;

  for (guint i = 0; i < MOST_INLETS; i++)
    if (receiver->fds[FIRST_INLET + i].fd >= 0 && receiver->fds[FIRST_INLET + i].revents)
      read_inlet (receiver, i);
  if (receiver->fds[1].revents)
    accept_one (receiver);
}
