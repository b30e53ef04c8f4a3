/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/epoll.h>

#include <weir/weir-line-reader.h>

#include "net/weir-connection-private.h"
#include "net/weir-listener-private.h"
#include "net/weir-tls-server-private.h"

G_BEGIN_DECLS

/* Connections that are served before the set is asked again. */
#define WEIR_INLET_EVENTS 64

/* A client. Behind a handshake, or from the start when there is none, it has a connection. */
typedef struct
{
  GList link;
  GQueue *queue; /* of the inlet: which link is in */
  char *name;
  GSocket *socket;
  WeirHandshake *handshake;   /* the TLS server's; or NULL */
  WeirConnection *connection; /* or NULL */
  WeirLineInput *input;
  gint64 active;     /* when it sent something, or came to its queue */
  guint n_reads;     /* that are still allowed in its turn */
  guint n_turns;     /* that are still allowed at the end */
  gboolean drained;  /* the last read took all there was */
  gboolean is_ready; /* it is in `ready` */
  gboolean is_last;  /* it is read to its end */
  char *ended;       /* how it has ended, or NULL */
} WeirPeer;

/* Where clients connect to and send records: a listener, the connections, and one line reader for
 * all of them, behind one epoll set.
 *
 *   accept ─────────────────────────────────> peers ──> closed
 *      └──> greeting ──> waiting ──> shaking ──┘
 *                                   (TLS only)
 *
 * A fill serves the connections that are ready in turn, a read each, until the emitter is full; who
 * has records left then is `current`, and served first the next time. As the set is
 * level-triggered, and goes round among those that are ready, nobody is forgotten and nobody waits
 * for more than one read of each other. TLS holds bytes that the set knows nothing of: whoever has
 * some is in `ready`.
 *
 * Connections are bounded by `max_peers`, what they hold by that times the longest record; one that
 * is between records holds no buffer. At the bound, and while descriptors run out, the listener is
 * out of the set, so that nothing spins.
 *
 * A handshake takes a thread of the TLS server while it goes on, and there are few. So one begins
 * when the first message of its client is there as a whole, which then has an answer to give and
 * nothing to wait for; who sends less costs a descriptor. When all threads are taken the newest
 * client is the next, and a handshake must be done in half a second instead of ten: so those who
 * stop in the middle of theirs hold up whoever comes for no longer than that.
 *
 * It belongs to the thread that runs its source; the threads of the TLS server wake it. */
typedef struct
{
  WeirListener *listener; /* NULL: it takes no more */
  WeirTlsServer *tls;     /* or NULL */
  WeirLineReader *reader;
  char *name;
  guint max_peers;
  guint64 idle_timeout; /* 0: none */

  int epoll_fd;
  struct epoll_event events[WEIR_INLET_EVENTS];
  guint n_events;
  guint next_event;
  gboolean more; /* the set is to be asked again at once */

  GQueue peers;    /* by when they sent something */
  GQueue greeting; /* TLS: by when they came */
  GQueue waiting;  /* for a thread, by when their first message was there */
  GQueue shaking;  /* by when their handshake began */
  GQueue ready;
  WeirPeer *current;
  guint n_peers; /* in all queues but ready */

  gboolean paused;     /* the listener is out of the set */
  gint64 accept_again; /* WEIR_TIME_NEVER: when a connection has closed */
  gboolean told_full;
  gboolean told_exhausted;
  guint n_refused;
  gboolean halting;
  gint64 halt_until;
  guint n_last_reads; /* since the clock was read */
} WeirInlet;

typedef struct
{
  WeirListener *listener; /* taken */
  WeirTlsServer *tls;     /* taken; or NULL */
  guint max_connections;
  guint64 idle_timeout;
  guint64 max_record;
  WeirCheck check;
  WeirStreamFraming framing;
} WeirInletOptions;

WeirInlet *weir_inlet_new (const WeirInletOptions *options,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_inlet_free (WeirInlet *inlet);
/* Readable when there is something to do, but for handshakes that are done. */
int weir_inlet_get_fd (const WeirInlet *inlet);
/* When there is, whatever comes. */
gint64 weir_inlet_get_next_time (const WeirInlet *inlet);

/* Reads what can be read now: MORE or WAIT. */
WeirSourceStatus weir_inlet_fill (WeirInlet *inlet, WeirEmitter *out);
/* Takes no more clients, reads what they have sent already, and closes: MORE or END. */
WeirSourceStatus weir_inlet_halt (WeirInlet *inlet, WeirEmitter *out);

/* Clients: weir-inlet-peers.c ---------------------------------------------------------------- */

/* Accepts those who wait, a bounded number. */
void weir_inlet_accept (WeirInlet *inlet, gint64 now);
void weir_inlet_resume_accept (WeirInlet *inlet);
void weir_inlet_close_peer (WeirInlet *inlet, WeirPeer *peer);
/* Behind a good handshake, or where there is none: @stream may be NULL. */
void weir_inlet_open_peer (WeirPeer *peer, GIOStream *stream);
/* It sent something. */
void weir_inlet_touch_peer (WeirInlet *inlet, WeirPeer *peer, gint64 now);
void weir_inlet_move_peer (WeirPeer *peer, GQueue *queue);
gboolean weir_inlet_watch_peer (WeirInlet *inlet, WeirPeer *peer, guint32 events);
void weir_inlet_unwatch_peer (WeirInlet *inlet, WeirPeer *peer);
/* Closes it, and tells why. */
void weir_inlet_refuse_peer (WeirInlet *inlet, WeirPeer *peer, const char *why);
/* At the end: how many were refused that were not told of one by one. */
void weir_inlet_tell_refused (const WeirInlet *inlet);

/* Handshakes: weir-inlet-greeting.c ---------------------------------------------------------- */

/* A client that is greeting sent something, or has gone. */
void weir_inlet_greet (WeirInlet *inlet, WeirPeer *peer, gint64 now);
/* The next client whose handshake went well, or NULL; the others are closed. */
WeirPeer *weir_inlet_take_greeted (WeirInlet *inlet, gint64 now);
/* Those who take too long are refused, and handshakes begin in their place. */
void weir_inlet_shake_hands (WeirInlet *inlet, gint64 now);
/* When there is something to do for that, whatever comes. */
gint64 weir_inlet_get_greeting_time (const WeirInlet *inlet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirInlet, weir_inlet_free)

G_END_DECLS
