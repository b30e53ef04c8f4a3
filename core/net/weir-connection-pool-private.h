/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/weir-connector-private.h"
#include "process/weir-poller-private.h"
#include "time/weir-backoff-private.h"

G_BEGIN_DECLS

typedef struct _WeirConnectionPool WeirConnectionPool;

/* One of the connections, or the place for it. */
typedef struct
{
  WeirConnectionPool *pool;
  WeirConnection *connection; /* NULL: down, or being made */
  guint32 ready;              /* events since the last time that somebody looked; epoll's */

  /*< private >*/
  WeirConnector *connector;
  WeirBackoff *backoff;
  WeirWatch *watch;
  guint32 watched; /* events */
  gint64 up_since;
  gint64 next_attempt; /* while down */
  gint64 give_up;      /* while being made */
  gboolean gave_up;
} WeirLane;

/* What may be told of the pool. @good: every connection is there again; else the first one is lost
 * or could not be made since all of them were. */
typedef void (*WeirPoolTell) (gpointer data, gboolean good, const char *message);

typedef struct
{
  guint n_lanes;
  gint64 connect_timeout; /* nanoseconds */
  gint64 retry_delay;
  guint32 seed;
  WeirConnectorNotify notify; /* the pool is to be serviced; any thread */
  WeirPoolTell tell;
  gpointer data;
} WeirPoolOptions;

/* A number of connections to one peer, each made before it is needed and made anew when it is lost,
 * behind a backoff.
 *
 *              due                 made
 *     DOWN ──────────> CONNECTING ──────> UP ──┐
 *      ^                   │ failed, too late  │ lost
 *      └──── backoff ──────┴───────────────────┘
 *
 * A connection that did not last for a second counts as a failure, so that a peer which accepts and
 * hangs up is not called without a pause; another one ends the row. One thread uses the pool. Times
 * are its caller's clock. */
struct _WeirConnectionPool
{
  WeirLane *lanes;
  guint n_lanes;
  WeirPoller *poller;
  guint n_up;
  char *trouble; /* what went wrong last; NULL: all are up */

  /*< private >*/
  const WeirTarget *target;
  WeirPoolOptions options;
  gboolean told; /* of the trouble */
};

/* @target: borrowed. */
WeirConnectionPool *weir_connection_pool_new (const WeirTarget *target,
                                              const WeirPoolOptions *options, gint64 now,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_connection_pool_free (WeirConnectionPool *pool);

/* Takes what was made, and begins what is due. */
void weir_connection_pool_service (WeirConnectionPool *pool, gint64 now);
/* Sees which lanes are ready; a system call. A peer that has gone is lost. */
void weir_connection_pool_poll (WeirConnectionPool *pool, gint64 now);
/* When it is to be serviced; WEIR_TIME_NEVER: when it notifies. */
gint64 weir_connection_pool_get_next_time (const WeirConnectionPool *pool);

/* Whether to look for room to write, too. */
void weir_lane_watch_room (WeirLane *lane, gboolean watch);
/* Closes the connection, which is of no use any more. @why names the peer. */
void weir_lane_lose (WeirLane *lane, const char *why, gint64 now);
/* Closes the connection for good, well. */
void weir_lane_close (WeirLane *lane);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirConnectionPool, weir_connection_pool_free)

G_END_DECLS
