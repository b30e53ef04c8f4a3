/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-inlet-private.h"

#include <errno.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

/* Connections that are accepted at one go. */
#define MAX_ACCEPTS 64

/* Nanoseconds. */
#define EXHAUSTED_TIME G_GINT64_CONSTANT (1000000000)

/* Clients that are refused are told of one by one at first. */
#define MAX_TOLD 10

gboolean
weir_inlet_watch_peer (WeirInlet *inlet, WeirPeer *peer, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = peer };

  return epoll_ctl (inlet->epoll_fd, EPOLL_CTL_ADD, g_socket_get_fd (peer->socket), &event) == 0;
}

void
weir_inlet_unwatch_peer (WeirInlet *inlet, WeirPeer *peer)
{
  epoll_ctl (inlet->epoll_fd, EPOLL_CTL_DEL, g_socket_get_fd (peer->socket), NULL);
  for (guint i = inlet->next_event; i < inlet->n_events; i++)
    if (inlet->events[i].data.ptr == peer)
      inlet->events[i].events = 0;
}

/* Life ------------------------------------------------------------------------------------------
 */

void
weir_inlet_move_peer (WeirPeer *peer, GQueue *queue)
{
  if (peer->queue != NULL)
    g_queue_unlink (peer->queue, &peer->link);
  peer->queue = queue;
  g_queue_push_tail_link (queue, &peer->link);
}

void
weir_inlet_open_peer (WeirPeer *peer, GIOStream *stream)
{
  peer->connection = weir_connection_new (peer->socket, stream, peer->name);
  peer->input = weir_line_input_new (peer->name);
}

/* Who has said half of a first message is not told of again until more comes.
 * @name: taken. */
static void
add_peer (WeirInlet *inlet, int fd, char *name, gint64 now)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  WeirPeer *peer;

  if (socket == NULL)
    {
      close (fd);
      g_free (name);
      return;
    }
  peer = g_new0 (WeirPeer, 1);
  peer->link.data = peer;
  peer->name = name;
  peer->socket = g_steal_pointer (&socket);
  peer->active = now;
  if (inlet->tls == NULL)
    weir_inlet_open_peer (peer, NULL);
  weir_inlet_move_peer (peer, inlet->tls == NULL ? &inlet->peers : &inlet->greeting);
  inlet->n_peers++;
  if (!weir_inlet_watch_peer (inlet, peer,
                              inlet->tls == NULL ? EPOLLIN : EPOLLIN | EPOLLRDHUP | EPOLLET))
    weir_inlet_close_peer (inlet, peer);
}

/* A handshake that goes on keeps the socket until it is taken. */
void
weir_inlet_close_peer (WeirInlet *inlet, WeirPeer *peer)
{
  weir_inlet_unwatch_peer (inlet, peer);
  if (peer->is_ready)
    g_queue_remove (&inlet->ready, peer);
  g_queue_unlink (peer->queue, &peer->link);
  if (peer->handshake != NULL)
    peer->handshake->data = NULL;
  else if (peer->connection == NULL)
    g_socket_close (peer->socket, NULL);
  g_clear_pointer (&peer->connection, weir_connection_free);
  g_clear_pointer (&peer->input, weir_line_input_free);
  g_object_unref (peer->socket);
  g_free (peer->ended);
  g_free (peer->name);
  g_free (peer);
  inlet->n_peers--;
  if (inlet->paused)
    weir_inlet_resume_accept (inlet);
}

void
weir_inlet_touch_peer (WeirInlet *inlet, WeirPeer *peer, gint64 now)
{
  peer->active = now;
  if (inlet->idle_timeout > 0 && inlet->peers.tail != &peer->link)
    weir_inlet_move_peer (peer, &inlet->peers);
}

/* Accepting -------------------------------------------------------------------------------------
 */

static void
set_accepting (WeirInlet *inlet, gboolean accepting)
{
  struct epoll_event event = { .events = accepting ? EPOLLIN : 0, .data.ptr = NULL };

  epoll_ctl (inlet->epoll_fd, EPOLL_CTL_MOD, weir_listener_get_fd (inlet->listener), &event);
  inlet->paused = !accepting;
  inlet->accept_again = WEIR_TIME_NEVER;
}

void
weir_inlet_resume_accept (WeirInlet *inlet)
{
  if (inlet->listener != NULL)
    set_accepting (inlet, TRUE);
}

static void
pause_full (WeirInlet *inlet)
{
  set_accepting (inlet, FALSE);
  if (!inlet->told_full)
    g_warning ("%s: %u connections are open, as many as max-connections allows; others wait until "
               "one closes",
               inlet->name, inlet->n_peers);
  inlet->told_full = TRUE;
}

static void
pause_exhausted (WeirInlet *inlet, int code, gint64 now)
{
  set_accepting (inlet, FALSE);
  inlet->accept_again = now + EXHAUSTED_TIME;
  if (!inlet->told_exhausted)
    g_warning ("%s: no connection can be accepted beside the %u that are open: %s; others wait",
               inlet->name, inlet->n_peers, g_strerror (code));
  inlet->told_exhausted = TRUE;
}

static gboolean
is_exhaustion (int code)
{
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

/* Any other error is that of one connection, which is gone. */
void
weir_inlet_accept (WeirInlet *inlet, gint64 now)
{
  for (guint n = 0; n < MAX_ACCEPTS; n++)
    {
      char *name = NULL;
      int fd;

      if (inlet->n_peers == inlet->max_peers)
        {
          if (!inlet->halting)
            pause_full (inlet);
          return;
        }
      fd = weir_listener_accept (inlet->listener, &name);
      if (fd >= 0)
        add_peer (inlet, fd, name, now);
      else if (errno == EAGAIN)
        return;
      else if (is_exhaustion (errno))
        {
          pause_exhausted (inlet, errno, now);
          return;
        }
      inlet->more = TRUE;
    }
}

/* Refusing --------------------------------------------------------------------------------------
 */

void
weir_inlet_refuse_peer (WeirInlet *inlet, WeirPeer *peer, const char *why)
{
  if (inlet->n_refused++ < MAX_TOLD)
    g_warning ("%s: refused: %s", peer->name, why);
  weir_inlet_close_peer (inlet, peer);
}

void
weir_inlet_tell_refused (const WeirInlet *inlet)
{
  if (inlet->n_refused > MAX_TOLD)
    g_warning ("%s: %u more connections were refused", inlet->name, inlet->n_refused - MAX_TOLD);
}
