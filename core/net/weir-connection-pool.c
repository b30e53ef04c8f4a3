/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connection-pool-private.h"

#include <errno.h>

#include "base/weir-batch-private.h"

/* Nanoseconds after which a connection has lasted. */
#define LASTING G_GINT64_CONSTANT (1000000000)

WeirConnectionPool *
weir_connection_pool_new (const WeirTarget *target, const WeirPoolOptions *options, gint64 now,
                          GError **error)
{
  WeirPoller *poller = weir_poller_new (error);
  WeirConnectionPool *pool;

  if (poller == NULL)
    return NULL;
  pool = g_new0 (WeirConnectionPool, 1);
  pool->target = target;
  pool->options = *options;
  pool->poller = poller;
  pool->n_lanes = options->n_lanes;
  pool->lanes = g_new0 (WeirLane, pool->n_lanes);
  for (guint i = 0; i < pool->n_lanes; i++)
    {
      WeirLane *lane = &pool->lanes[i];

      lane->pool = pool;
      lane->connector = weir_connector_new (target, options->notify, options->data);
      lane->backoff = weir_backoff_new (options->retry_delay, options->seed + i);
      lane->next_attempt = now;
    }
  return pool;
}

void
weir_connection_pool_free (WeirConnectionPool *pool)
{
  for (guint i = 0; i < pool->n_lanes; i++)
    weir_connector_cancel (pool->lanes[i].connector);
  for (guint i = 0; i < pool->n_lanes; i++)
    {
      weir_lane_close (&pool->lanes[i]);
      weir_connector_free (pool->lanes[i].connector);
      weir_backoff_free (pool->lanes[i].backoff);
    }
  weir_poller_free (pool->poller);
  g_free (pool->lanes);
  g_free (pool->trouble);
  g_free (pool);
}

static void
tell_trouble (WeirConnectionPool *pool, const char *why)
{
  g_free (pool->trouble);
  pool->trouble = g_strdup (why);
  if (pool->told)
    return;
  pool->told = TRUE;
  pool->options.tell (pool->options.data, FALSE, why);
}

static void
tell_recovery (WeirConnectionPool *pool)
{
  if (pool->n_up < pool->n_lanes)
    return;
  g_clear_pointer (&pool->trouble, g_free);
  if (pool->told)
    pool->options.tell (pool->options.data, TRUE, pool->target->name);
  pool->told = FALSE;
}

static void
drop_connection (WeirLane *lane)
{
  weir_poller_remove (lane->pool->poller, g_steal_pointer (&lane->watch));
  g_clear_pointer (&lane->connection, weir_connection_free);
  lane->ready = 0;
  lane->pool->n_up--;
}

static void
fail_attempt (WeirLane *lane, const char *why, gint64 now)
{
  lane->next_attempt = now + weir_backoff_fail (lane->backoff);
  tell_trouble (lane->pool, why);
}

void
weir_lane_lose (WeirLane *lane, const char *why, gint64 now)
{
  g_return_if_fail (lane->connection != NULL);

  drop_connection (lane);
  if (now - lane->up_since >= LASTING)
    weir_backoff_reset (lane->backoff);
  fail_attempt (lane, why, now);
}

void
weir_lane_close (WeirLane *lane)
{
  if (lane->connection != NULL)
    {
      weir_connection_has_gone (lane->connection); /* unread bytes would make a reset of the end */
      drop_connection (lane);
    }
  lane->next_attempt = WEIR_TIME_NEVER;
}

static void
on_ready (gpointer data, guint32 events)
{
  WeirLane *lane = data;

  lane->ready |= events;
}

void
weir_lane_watch_room (WeirLane *lane, gboolean watch)
{
  guint32 events
      = EPOLLIN | EPOLLRDHUP | (watch ? weir_connection_get_write_events (lane->connection) : 0);

  if (events != lane->watched)
    weir_poller_modify (lane->pool->poller, lane->watch, events);
  lane->watched = events;
}

static void
put_up (WeirLane *lane, gint64 now)
{
  WeirConnectionPool *pool = lane->pool;

  lane->watched = EPOLLIN | EPOLLRDHUP;
  lane->watch = weir_poller_add (pool->poller, weir_connection_get_fd (lane->connection),
                                 lane->watched, on_ready, lane);
  if (lane->watch == NULL)
    {
      g_clear_pointer (&lane->connection, weir_connection_free);
      fail_attempt (lane, g_strerror (errno), now);
      return;
    }
  lane->up_since = now;
  pool->n_up++;
  tell_recovery (pool);
}

static void
take_result (WeirLane *lane, gint64 now)
{
  const WeirConnectionPool *pool = lane->pool;
  g_autoptr (GError) error = NULL;
  g_autofree char *late = NULL;

  if (!weir_connector_take (lane->connector, &lane->connection, &error))
    return;
  if (lane->connection != NULL)
    {
      put_up (lane, now);
      return;
    }
  if (lane->gave_up)
    late = g_strdup_printf ("%s did not answer in %.3g s", pool->target->name,
                            (double)pool->options.connect_timeout / 1e9);
  fail_attempt (lane, late != NULL ? late : error->message, now);
}

static void
service_lane (WeirLane *lane, gint64 now)
{
  if (weir_connector_is_busy (lane->connector))
    take_result (lane, now);
  if (lane->connection != NULL)
    return;
  if (weir_connector_is_busy (lane->connector))
    {
      if (now >= lane->give_up && !lane->gave_up)
        {
          lane->gave_up = TRUE;
          weir_connector_cancel (lane->connector);
        }
    }
  else if (now >= lane->next_attempt)
    {
      lane->gave_up = FALSE;
      lane->give_up = now + lane->pool->options.connect_timeout;
      weir_connector_begin (lane->connector);
    }
}

void
weir_connection_pool_service (WeirConnectionPool *pool, gint64 now)
{
  for (guint i = 0; i < pool->n_lanes && pool->n_up < pool->n_lanes; i++)
    if (pool->lanes[i].connection == NULL)
      service_lane (&pool->lanes[i], now);
}

void
weir_connection_pool_poll (WeirConnectionPool *pool, gint64 now)
{
  weir_poller_dispatch (pool->poller);
  for (guint i = 0; i < pool->n_lanes; i++)
    {
      WeirLane *lane = &pool->lanes[i];
      g_autofree char *why = NULL;

      if ((lane->ready & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
        continue;
      lane->ready &= weir_connection_get_write_events (lane->connection);
      if (!weir_connection_has_gone (lane->connection))
        continue;
      why = g_strdup_printf ("the connection to %s is lost", pool->target->name);
      weir_lane_lose (lane, why, now);
    }
}

gint64
weir_connection_pool_get_next_time (const WeirConnectionPool *pool)
{
  gint64 next = WEIR_TIME_NEVER;

  for (guint i = 0; i < pool->n_lanes && pool->n_up < pool->n_lanes; i++)
    {
      const WeirLane *lane = &pool->lanes[i];

      if (lane->connection != NULL)
        continue;
      if (!weir_connector_is_busy (lane->connector))
        next = MIN (next, lane->next_attempt);
      else if (!lane->gave_up)
        next = MIN (next, lane->give_up);
    }
  return next;
}
