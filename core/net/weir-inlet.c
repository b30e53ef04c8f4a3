/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-inlet-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <weir/weir-error.h>

#include "base/weir-emitter-private.h"

/* Records of TLS hold 16 KiB at most: so many reads are about one read in the clear. */
#define TLS_READS 16

/* What is read of each connection at the end, 32 KiB to 256 KiB a read, is what was there: the
 * buffers of the system, of both sides, hold less. Who sends without end is cut off. They are read
 * in turns, so that it is not who sends nothing more that is cut off; and the clock is read again
 * after so many reads, whether they gave records or not. */
#define LAST_TURNS 128
#define TURN_READS 4
#define CALL_READS 16
#define LAST_TIME  (2 * G_GINT64_CONSTANT (1000000000))

/* Life ------------------------------------------------------------------------------------------
 */

WeirInlet *
weir_inlet_new (const WeirInletOptions *options, GError **error)
{
  WeirInlet *inlet = g_new0 (WeirInlet, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  inlet->listener = options->listener;
  inlet->tls = options->tls;
  inlet->name = g_strdup (weir_listener_get_name (options->listener));
  inlet->reader = weir_line_reader_new (options->max_record, options->check);
  weir_line_reader_set_framing (inlet->reader, options->framing);
  inlet->max_peers = options->max_connections;
  inlet->idle_timeout = options->idle_timeout;
  inlet->accept_again = WEIR_TIME_NEVER;
  inlet->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (inlet->epoll_fd >= 0
      && epoll_ctl (inlet->epoll_fd, EPOLL_CTL_ADD, weir_listener_get_fd (inlet->listener), &event)
             == 0)
    return inlet;

  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "no epoll set: %s",
               g_strerror (errno));
  weir_inlet_free (inlet);
  return NULL;
}

static void
close_all (WeirInlet *inlet, GQueue *queue)
{
  while (queue->head != NULL)
    {
      WeirPeer *peer = queue->head->data;

      if (peer->handshake != NULL)
        weir_tls_server_cancel (inlet->tls, peer->handshake);
      weir_inlet_close_peer (inlet, peer);
    }
}

static void
close_greeting (WeirInlet *inlet)
{
  close_all (inlet, &inlet->greeting);
  close_all (inlet, &inlet->waiting);
  close_all (inlet, &inlet->shaking);
}

void
weir_inlet_free (WeirInlet *inlet)
{
  g_clear_pointer (&inlet->listener, weir_listener_free);
  close_greeting (inlet);
  close_all (inlet, &inlet->peers);
  g_clear_pointer (&inlet->tls, weir_tls_server_free);
  weir_inlet_tell_refused (inlet);
  weir_line_reader_free (inlet->reader);
  if (inlet->epoll_fd >= 0)
    close (inlet->epoll_fd);
  g_free (inlet->name);
  g_free (inlet);
}

int
weir_inlet_get_fd (const WeirInlet *inlet)
{
  return inlet->epoll_fd;
}

gint64
weir_inlet_get_next_time (const WeirInlet *inlet)
{
  gint64 next = MIN (inlet->accept_again, weir_inlet_get_greeting_time (inlet));

  if (inlet->idle_timeout > 0 && inlet->peers.head != NULL)
    {
      const WeirPeer *oldest = inlet->peers.head->data;

      next = MIN (next, oldest->active + (gint64)inlet->idle_timeout);
    }
  return next;
}

/* Reading ---------------------------------------------------------------------------------------
 */

/* How a connection ended: the error's message, without the name in front. */
static char *
describe_end (const WeirPeer *peer, const GError *error)
{
  gsize skip = strlen (peer->name) + strlen (": ");

  return g_strdup (error != NULL ? error->message + skip : "ended");
}

/* A #WeirReadFunc that never says that the input ended: the peer does. A read that gives less than
 * there is room for took all there was, as the set would say too; but it may have made room for
 * what the client's system holds back. */
static gssize
read_peer (gpointer data, char *buffer, gsize size, GError **error)
{
  WeirPeer *peer = data;
  g_autoptr (GError) failure = NULL;
  gssize n;

  if (peer->n_reads == 0 || peer->drained)
    return -1;
  n = weir_connection_read (peer->connection, buffer, size, &failure);
  peer->n_reads--;
  if (n > 0)
    {
      peer->drained
          = n < (gssize)size && !peer->is_last && !weir_connection_has_pending (peer->connection);
      return n;
    }
  peer->drained = TRUE;
  if (n != WEIR_CONNECTION_WAIT)
    peer->ended = describe_end (peer, failure);
  return -1;
}

static void
end_peer (WeirInlet *inlet, WeirPeer *peer, WeirEmitter *out, const char *how)
{
  weir_line_reader_end_input (inlet->reader, out, how);
  weir_inlet_close_peer (inlet, peer);
}

/* What TLS holds back is read on, though the set does not tell of it. */
static void
look_after (WeirInlet *inlet, WeirPeer *peer)
{
  if (peer->drained)
    return;
  inlet->more = TRUE;
  if (inlet->halting)
    weir_inlet_move_peer (peer, &inlet->peers);
  if (weir_connection_has_pending (peer->connection) && !peer->is_ready)
    {
      peer->is_ready = TRUE;
      g_queue_push_tail (&inlet->ready, peer);
    }
}

/* Emits what was read, and reads on as far as the peer may; FALSE: the emitter is full, and the
 * peer is to be served again before any other. */
static gboolean
serve (WeirInlet *inlet, WeirPeer *peer, WeirEmitter *out)
{
  guint n_before = peer->n_reads;
  WeirSourceStatus status;

  weir_line_reader_set_input (inlet->reader, peer->input);
  do
    status = weir_line_reader_fill (inlet->reader, out, read_peer, peer, NULL);
  while (status == WEIR_SOURCE_MORE && !weir_emitter_is_full (out));

  inlet->n_last_reads += n_before - peer->n_reads;
  inlet->current = status == WEIR_SOURCE_MORE ? peer : NULL;
  if (inlet->current != NULL)
    return FALSE;
  if (status == WEIR_SOURCE_BROKEN || peer->ended != NULL)
    end_peer (inlet, peer, out, peer->ended != NULL ? peer->ended : "broke off");
  else
    look_after (inlet, peer);
  return TRUE;
}

static void
read_and_serve (WeirInlet *inlet, WeirPeer *peer, WeirEmitter *out)
{
  peer->n_reads = inlet->tls != NULL ? TLS_READS : 1;
  peer->drained = FALSE;
  weir_inlet_touch_peer (inlet, peer, out->now);
  serve (inlet, peer, out);
}

static void
handle (WeirInlet *inlet, const struct epoll_event *event, WeirEmitter *out)
{
  WeirPeer *peer = event->data.ptr;

  if (event->events == 0)
    return;
  if (peer == NULL)
    weir_inlet_accept (inlet, out->now);
  else if (peer->connection == NULL)
    weir_inlet_greet (inlet, peer, out->now);
  else
    read_and_serve (inlet, peer, out);
}

static gboolean
can_go_on (const WeirInlet *inlet, const WeirEmitter *out)
{
  return inlet->current == NULL && !weir_emitter_is_full (out);
}

static void
serve_greeted (WeirInlet *inlet, WeirEmitter *out)
{
  WeirPeer *peer;

  while (can_go_on (inlet, out) && (peer = weir_inlet_take_greeted (inlet, out->now)) != NULL)
    read_and_serve (inlet, peer, out);
  inlet->more |= !can_go_on (inlet, out);
}

static void
serve_ready (WeirInlet *inlet, WeirEmitter *out)
{
  for (guint n = inlet->ready.length; n > 0 && can_go_on (inlet, out); n--)
    {
      WeirPeer *peer = g_queue_pop_head (&inlet->ready);

      peer->is_ready = FALSE;
      read_and_serve (inlet, peer, out);
    }
}

static void
serve_events (WeirInlet *inlet, WeirEmitter *out)
{
  if (inlet->next_event == inlet->n_events)
    {
      int n = epoll_wait (inlet->epoll_fd, inlet->events, WEIR_INLET_EVENTS, 0);

      inlet->next_event = 0;
      inlet->n_events = MAX (n, 0);
      inlet->more |= n == WEIR_INLET_EVENTS;
    }
  while (inlet->next_event < inlet->n_events && can_go_on (inlet, out))
    handle (inlet, &inlet->events[inlet->next_event++], out);
}

/* Times -----------------------------------------------------------------------------------------
 */

/* What was sent while nothing was read counts. */
static gboolean
has_sent (const WeirPeer *peer)
{
  struct pollfd ask = { .fd = weir_connection_get_fd (peer->connection), .events = POLLIN };

  return peer->is_ready || poll (&ask, 1, 0) == 1;
}

static void
close_idle (WeirInlet *inlet, WeirEmitter *out)
{
  while (inlet->idle_timeout > 0 && inlet->peers.head != NULL && can_go_on (inlet, out))
    {
      WeirPeer *oldest = inlet->peers.head->data;

      if (oldest->active + (gint64)inlet->idle_timeout > out->now)
        return;
      if (has_sent (oldest))
        {
          read_and_serve (inlet, oldest, out);
          continue;
        }
      weir_line_reader_set_input (inlet->reader, oldest->input);
      end_peer (inlet, oldest, out, "sent nothing for the idle-timeout");
    }
}

static void
look_at_times (WeirInlet *inlet, WeirEmitter *out)
{
  if (inlet->accept_again <= out->now)
    weir_inlet_resume_accept (inlet);
  weir_inlet_shake_hands (inlet, out->now);
  close_idle (inlet, out);
}

/* The source's view -----------------------------------------------------------------------------
 */

WeirSourceStatus
weir_inlet_fill (WeirInlet *inlet, WeirEmitter *out)
{
  inlet->more = FALSE;
  if (inlet->current != NULL && !serve (inlet, inlet->current, out))
    return WEIR_SOURCE_MORE;
  if (inlet->tls != NULL)
    serve_greeted (inlet, out);
  serve_ready (inlet, out);
  serve_events (inlet, out);
  look_at_times (inlet, out);
  return inlet->more || inlet->next_event < inlet->n_events || !can_go_on (inlet, out)
             ? WEIR_SOURCE_MORE
             : WEIR_SOURCE_WAIT;
}

/* Who connected already may have sent something already. */
static void
begin_halt (WeirInlet *inlet, gint64 now)
{
  inlet->halting = TRUE;
  inlet->halt_until = now + LAST_TIME;
  inlet->next_event = inlet->n_events = 0;
  do
    {
      inlet->more = FALSE;
      if (inlet->tls == NULL)
        weir_inlet_accept (inlet, now);
    }
  while (inlet->more);
  g_clear_pointer (&inlet->listener, weir_listener_free);
  close_greeting (inlet);
  for (GList *link = inlet->peers.head; link != NULL; link = link->next)
    {
      WeirPeer *peer = link->data;

      peer->n_reads = 0;
      peer->n_turns = LAST_TURNS;
      peer->is_last = TRUE;
      peer->drained = FALSE;
    }
}

/* Gives it a turn, or its end: `n_reads` is 0 here. */
static void
take_turn (const WeirInlet *inlet, WeirPeer *peer, gint64 now)
{
  gboolean over = peer->drained || peer->n_turns == 0 || now >= inlet->halt_until;

  if (peer->ended == NULL && over)
    peer->ended = g_strdup ("stopped");
  if (peer->ended != NULL)
    return;
  peer->n_reads = TURN_READS;
  peer->n_turns--;
}

WeirSourceStatus
weir_inlet_halt (WeirInlet *inlet, WeirEmitter *out)
{
  if (!inlet->halting)
    begin_halt (inlet, out->now);
  inlet->n_last_reads = 0;
  while (inlet->peers.head != NULL)
    {
      WeirPeer *peer = inlet->current;

      if (weir_emitter_is_full (out) || inlet->n_last_reads >= CALL_READS)
        return WEIR_SOURCE_MORE;
      if (peer == NULL)
        {
          peer = inlet->peers.head->data;
          take_turn (inlet, peer, out->now);
        }
      if (!serve (inlet, peer, out))
        return WEIR_SOURCE_MORE;
    }
  return WEIR_SOURCE_END;
}
