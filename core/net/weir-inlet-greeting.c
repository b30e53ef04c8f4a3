/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-inlet-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/weir-batch-private.h"

/* Nanoseconds: for each of the first message, a thread, and the handshake; and for the handshake of
 * one whose thread another waits for. */
#define GREETING_TIME (10 * G_GINT64_CONSTANT (1000000000))
#define PRESSED_TIME  (G_GINT64_CONSTANT (500000000))

/* A record of TLS begins with its type, a version of two bytes, and its length (RFC 8446, 5.1). */
#define RECORD_HEAD  5
#define RECORD_TYPE  22
#define LONGEST_TEXT (16 * 1024)

/* First messages -------------------------------------------------------------------------------
 */

typedef enum
{
  HELLO_PARTIAL,
  HELLO_WHOLE,
  HELLO_OTHER, /* it is not TLS */
  HELLO_GONE,
} Hello;

static gboolean
has_hung_up (int fd)
{
  struct pollfd ask = { .fd = fd, .events = POLLRDHUP };

  return poll (&ask, 1, 0) == 1;
}

/* Nothing is read: that is for the handshake. */
static Hello
look_at_hello (int fd)
{
  guint8 head[RECORD_HEAD];
  gssize n = recv (fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  int there = 0;

  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    return HELLO_GONE;
  if (n > 0 && head[0] != RECORD_TYPE)
    return HELLO_OTHER;
  if (n == sizeof head)
    {
      int length = head[3] << 8 | head[4];

      if (length > LONGEST_TEXT)
        return HELLO_OTHER;
      if (ioctl (fd, FIONREAD, &there) == 0 && there >= RECORD_HEAD + length)
        return HELLO_WHOLE;
    }
  return has_hung_up (fd) ? HELLO_GONE : HELLO_PARTIAL;
}

/* Who goes without a word, as checks of health do, is not told of. */
void
weir_inlet_greet (WeirInlet *inlet, WeirPeer *peer, gint64 now)
{
  switch (look_at_hello (g_socket_get_fd (peer->socket)))
    {
    case HELLO_PARTIAL:
      return;
    case HELLO_OTHER:
      weir_inlet_refuse_peer (inlet, peer, "it does not speak TLS");
      return;
    case HELLO_GONE:
      weir_inlet_close_peer (inlet, peer);
      return;
    case HELLO_WHOLE:
      weir_inlet_unwatch_peer (inlet, peer);
      weir_inlet_move_peer (peer, &inlet->waiting);
      peer->active = now;
      return;
    }
}

/* Handshakes ------------------------------------------------------------------------------------
 */

static void
begin (WeirInlet *inlet, gint64 now)
{
  while (inlet->waiting.tail != NULL && weir_tls_server_has_room (inlet->tls))
    {
      WeirPeer *peer = inlet->waiting.tail->data;

      weir_inlet_move_peer (peer, &inlet->shaking);
      peer->active = now;
      peer->handshake = weir_handshake_new (peer->socket, peer);
      weir_tls_server_begin (inlet->tls, peer->handshake);
    }
}

static gboolean
open_greeted (WeirInlet *inlet, WeirPeer *peer, GIOStream *stream, gint64 now)
{
  weir_inlet_open_peer (peer, stream);
  weir_inlet_move_peer (peer, &inlet->peers);
  peer->active = now;
  if (weir_inlet_watch_peer (inlet, peer, EPOLLIN))
    return TRUE;
  weir_inlet_close_peer (inlet, peer);
  return FALSE;
}

static gboolean
settle (WeirInlet *inlet, WeirPeer *peer, const WeirHandshake *handshake, gint64 now)
{
  peer->handshake = NULL;
  if (handshake->stream != NULL)
    {
      g_clear_pointer (&peer->ended, g_free);
      return open_greeted (inlet, peer, handshake->stream, now);
    }
  weir_inlet_refuse_peer (inlet, peer,
                          peer->ended != NULL ? peer->ended : handshake->error->message);
  return FALSE;
}

WeirPeer *
weir_inlet_take_greeted (WeirInlet *inlet, gint64 now)
{
  WeirHandshake *handshake;

  while ((handshake = weir_tls_server_take (inlet->tls)) != NULL)
    {
      WeirPeer *peer = handshake->data;
      gboolean good = peer != NULL && settle (inlet, peer, handshake, now);

      weir_handshake_free (handshake);
      if (good)
        return peer;
    }
  return NULL;
}

/* Times -----------------------------------------------------------------------------------------
 */

/* What was sent while nothing was read counts. */
static void
expire_greeting (WeirInlet *inlet, gint64 now)
{
  for (GList *link = inlet->greeting.head, *next; link != NULL; link = next)
    {
      WeirPeer *peer = link->data;

      next = link->next;
      if (peer->active + GREETING_TIME > now)
        return;
      if (look_at_hello (g_socket_get_fd (peer->socket)) != HELLO_PARTIAL)
        weir_inlet_greet (inlet, peer, now);
      else
        weir_inlet_refuse_peer (inlet, peer, "it began no TLS handshake within 10 s");
    }
}

static void
expire_waiting (WeirInlet *inlet, gint64 now)
{
  while (inlet->waiting.head != NULL)
    {
      WeirPeer *oldest = inlet->waiting.head->data;

      if (oldest->active + GREETING_TIME > now)
        return;
      weir_inlet_refuse_peer (inlet, oldest,
                              "too many others kept their TLS handshakes unfinished for 10 s");
    }
}

/* So many of the oldest are in the way of others as others wait. */
static void
expire_shaking (WeirInlet *inlet, gint64 now)
{
  guint n_pressed = inlet->waiting.length;

  for (GList *link = inlet->shaking.head; link != NULL; link = link->next)
    {
      WeirPeer *peer = link->data;
      gboolean pressed = n_pressed > 0;

      n_pressed -= pressed;
      if (peer->ended != NULL || peer->active + (pressed ? PRESSED_TIME : GREETING_TIME) > now)
        continue;
      peer->ended = g_strdup (pressed ? "it took longer than 0.5 s over the TLS handshake while "
                                        "others waited for theirs"
                                      : "it took longer than 10 s over the TLS handshake");
      weir_tls_server_cancel (inlet->tls, peer->handshake);
    }
}

void
weir_inlet_shake_hands (WeirInlet *inlet, gint64 now)
{
  expire_greeting (inlet, now);
  begin (inlet, now);
  expire_waiting (inlet, now);
  expire_shaking (inlet, now);
}

static gint64
get_expiry (const GQueue *queue)
{
  const WeirPeer *oldest = queue->head != NULL ? queue->head->data : NULL;

  return oldest != NULL ? oldest->active + GREETING_TIME : WEIR_TIME_NEVER;
}

/* Those whose handshake is to end do, without a time. */
gint64
weir_inlet_get_greeting_time (const WeirInlet *inlet)
{
  gint64 next = MIN (get_expiry (&inlet->greeting), get_expiry (&inlet->waiting));
  guint n_pressed = inlet->waiting.length;

  for (GList *link = inlet->shaking.head; link != NULL; link = link->next)
    {
      const WeirPeer *peer = link->data;
      gboolean pressed = n_pressed > 0;

      n_pressed -= pressed;
      if (peer->ended == NULL)
        next = MIN (next, peer->active + (pressed ? PRESSED_TIME : GREETING_TIME));
    }
  return next;
}
