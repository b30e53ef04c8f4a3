/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-inlet-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

/* Connections that are accepted at one go. */
#define MAX_ACCEPTS 64

/* Nanoseconds. */
#define SECOND         G_GINT64_CONSTANT (1000000000)
#define GREETING_TIME  (10 * SECOND)
#define EXHAUSTED_TIME SECOND

/* Clients that are refused are told of one by one at first. */
#define MAX_TOLD 10

static gboolean
watch (WeirInlet *inlet, WeirPeer *peer)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

  return epoll_ctl (inlet->epoll_fd, EPOLL_CTL_ADD, g_socket_get_fd (peer->socket), &event) == 0;
}

static void
unwatch (WeirInlet *inlet, WeirPeer *peer)
{
  epoll_ctl (inlet->epoll_fd, EPOLL_CTL_DEL, g_socket_get_fd (peer->socket), NULL);
  for (guint i = inlet->next_event; i < inlet->n_events; i++)
    if (inlet->events[i].data.ptr == peer)
      inlet->events[i].events = 0;
}

/* Life ------------------------------------------------------------------------------------------
 */

static GQueue *
queue_of (WeirInlet *inlet, const WeirPeer *peer)
{
  return peer->connection != NULL ? &inlet->peers : &inlet->greeting;
}

static void
open_peer (WeirInlet *inlet, WeirPeer *peer, GIOStream *stream)
{
  peer->connection = weir_connection_new (peer->socket, stream, peer->name);
  peer->input = weir_line_input_new (peer->name);
}

/* @name: taken. */
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
    open_peer (inlet, peer, NULL);
  g_queue_push_tail_link (queue_of (inlet, peer), &peer->link);
  inlet->n_peers++;
  if (!watch (inlet, peer))
    weir_inlet_close_peer (inlet, peer);
}

/* A handshake that goes on keeps the socket until it is taken. */
void
weir_inlet_close_peer (WeirInlet *inlet, WeirPeer *peer)
{
  unwatch (inlet, peer);
  if (peer->is_ready)
    g_queue_remove (&inlet->ready, peer);
  g_queue_unlink (queue_of (inlet, peer), &peer->link);
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
  if (inlet->idle_timeout == 0 || inlet->peers.tail == &peer->link)
    return;
  g_queue_unlink (&inlet->peers, &peer->link);
  g_queue_push_tail_link (&inlet->peers, &peer->link);
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

/* Handshakes ------------------------------------------------------------------------------------
 */

static void
refuse (WeirInlet *inlet, WeirPeer *peer, const char *why)
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

/* Who goes without a word, as checks of health do, is not told of. */
void
weir_inlet_greet (WeirInlet *inlet, WeirPeer *peer)
{
  char first;
  gssize n = recv (g_socket_get_fd (peer->socket), &first, 1, MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      weir_inlet_close_peer (inlet, peer);
      return;
    }
  unwatch (inlet, peer);
  peer->handshake = weir_handshake_new (peer->socket, peer);
  weir_tls_server_begin (inlet->tls, peer->handshake);
}

static void
open_greeted (WeirInlet *inlet, WeirPeer *peer, GIOStream *stream, gint64 now)
{
  g_queue_unlink (&inlet->greeting, &peer->link);
  open_peer (inlet, peer, stream);
  peer->active = now;
  g_queue_push_tail_link (&inlet->peers, &peer->link);
}

WeirPeer *
weir_inlet_take_greeted (WeirInlet *inlet, gint64 now)
{
  WeirHandshake *handshake;

  while ((handshake = weir_tls_server_take (inlet->tls)) != NULL)
    {
      WeirPeer *peer = handshake->data;
      GIOStream *stream = handshake->stream;
      gboolean late = g_cancellable_is_cancelled (handshake->cancellable);

      if (peer != NULL)
        peer->handshake = NULL;
      if (peer != NULL && stream != NULL)
        open_greeted (inlet, peer, stream, now);
      else if (peer != NULL)
        refuse (inlet, peer,
                late ? "it took longer than 10 s over the TLS handshake"
                     : handshake->error->message);
      weir_handshake_free (handshake);
      if (peer != NULL && stream != NULL && watch (inlet, peer))
        return peer;
      if (peer != NULL && stream != NULL)
        weir_inlet_close_peer (inlet, peer);
    }
  return NULL;
}

void
weir_inlet_expire_greeting (WeirInlet *inlet, gint64 now)
{
  for (GList *link = inlet->greeting.head, *next; link != NULL; link = next)
    {
      WeirPeer *peer = link->data;

      next = link->next;
      if (peer->active + GREETING_TIME > now)
        return;
      if (peer->handshake == NULL)
        refuse (inlet, peer, "it sent nothing for 10 s where a TLS handshake should begin");
      else
        weir_tls_server_cancel (inlet->tls, peer->handshake);
    }
}

/* Those whose handshake is to end do, without a time. */
gint64
weir_inlet_get_greeting_time (const WeirInlet *inlet)
{
  for (GList *link = inlet->greeting.head; link != NULL; link = link->next)
    {
      const WeirPeer *peer = link->data;

      if (peer->handshake == NULL || !g_cancellable_is_cancelled (peer->handshake->cancellable))
        return peer->active + GREETING_TIME;
    }
  return WEIR_TIME_NEVER;
}
