/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connection-pool-private.h"

#include "base/weir-batch-private.h"
#include "peer.h"

#define MS     G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)
#define DELAY  (100 * MS)

typedef struct
{
  GAsyncQueue *news;
  GString *told;
  GSocket *peer;
  WeirTarget *target;
  WeirConnectionPool *pool;
  gint64 now;
} Fixture;

static void
notify (gpointer data)
{
  Fixture *fixture = data;

  g_async_queue_push (fixture->news, fixture);
}

static void
tell (gpointer data, gboolean good, const char *message)
{
  g_string_append_printf (((Fixture *)data)->told, "%s%s.", good ? "good: " : "", message);
}

static void
open_pool (Fixture *fixture, GSocket *peer, guint n_lanes)
{
  WeirPoolOptions options = { .n_lanes = n_lanes,
                              .connect_timeout = SECOND,
                              .retry_delay = DELAY,
                              .seed = 7,
                              .notify = notify,
                              .tell = tell,
                              .data = fixture };

  fixture->peer = peer;
  fixture->target = g_new0 (WeirTarget, 1);
  fixture->target->name = g_strdup ("the peer");
  fixture->target->address = g_network_address_new ("127.0.0.1", peer_get_port (peer));
  fixture->pool = weir_connection_pool_new (fixture->target, &options, fixture->now, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->news = g_async_queue_new ();
  fixture->told = g_string_new (NULL);
  fixture->now = 5 * SECOND;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_connection_pool_free (fixture->pool);
  weir_target_free (fixture->target);
  g_clear_object (&fixture->peer);
  g_string_free (fixture->told, TRUE);
  g_async_queue_unref (fixture->news);
}

static void
service (Fixture *fixture)
{
  weir_connection_pool_service (fixture->pool, fixture->now);
}

/* Until that many attempts have come to an end. */
static void
await_attempts (Fixture *fixture, guint n)
{
  service (fixture);
  for (guint i = 0; i < n; i++)
    {
      g_async_queue_pop (fixture->news);
      service (fixture);
    }
}

static void
test_all_connections_are_made_at_once (Fixture *fixture, gconstpointer data)
{
  open_pool (fixture, peer_listen (0), 3);
  await_attempts (fixture, 3);
  g_assert_cmpuint (fixture->pool->n_up, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (fixture->pool->lanes[i].connection);
  g_assert_cmpstr (fixture->told->str, ==, "");
  g_assert_cmpint (weir_connection_pool_get_next_time (fixture->pool), ==, WEIR_TIME_NEVER);
}

static void
test_a_refusal_is_told_once_and_tried_again_behind_the_backoff (Fixture *fixture,
                                                                gconstpointer data)
{
  gint64 next;

  open_pool (fixture, peer_refuse (), 1);
  await_attempts (fixture, 1);
  g_assert_cmpstr (fixture->told->str, ==, "the peer refused the connection.");
  next = weir_connection_pool_get_next_time (fixture->pool);
  g_assert_cmpint (next, >, fixture->now);
  g_assert_cmpint (next, <=, fixture->now + DELAY);
  fixture->now = next - 1;
  service (fixture);
  g_assert_false (weir_connector_is_busy (fixture->pool->lanes[0].connector));
  fixture->now = next;
  await_attempts (fixture, 1);
  g_assert_cmpuint (weir_backoff_get_failures (fixture->pool->lanes[0].backoff), ==, 2);
  g_assert_cmpstr (fixture->told->str, ==, "the peer refused the connection.");
}

static void
test_a_peer_that_comes_late_is_told_of (Fixture *fixture, gconstpointer data)
{
  open_pool (fixture, peer_refuse (), 1);
  await_attempts (fixture, 1);
  g_assert_cmpstr (fixture->pool->trouble, ==, "the peer refused the connection");
  g_assert_true (g_socket_listen (fixture->peer, NULL));
  fixture->now = weir_connection_pool_get_next_time (fixture->pool);
  await_attempts (fixture, 1);
  g_assert_cmpuint (fixture->pool->n_up, ==, 1);
  g_assert_null (fixture->pool->trouble);
  g_assert_cmpstr (fixture->told->str, ==, "the peer refused the connection.good: the peer.");
}

/* Polls until the kernel has told of the end. */
static void
hang_up (Fixture *fixture)
{
  g_autoptr (GSocket) accepted = peer_accept (fixture->peer);
  WeirConnection *connection = fixture->pool->lanes[0].connection;
  GPollFD end = { weir_connection_get_fd (connection), G_IO_IN, 0 };

  g_socket_close (accepted, NULL);
  g_poll (&end, 1, -1);
  weir_connection_pool_poll (fixture->pool, fixture->now);
}

static void
test_a_peer_that_hangs_up_is_noticed (Fixture *fixture, gconstpointer data)
{
  open_pool (fixture, peer_listen (0), 1);
  await_attempts (fixture, 1);
  weir_connection_pool_poll (fixture->pool, fixture->now);
  g_assert_cmpuint (fixture->pool->n_up, ==, 1);
  fixture->now += 2 * SECOND;
  hang_up (fixture);
  g_assert_cmpuint (fixture->pool->n_up, ==, 0);
  g_assert_cmpstr (fixture->told->str, ==, "the connection to the peer is lost.");
  g_assert_cmpuint (weir_backoff_get_failures (fixture->pool->lanes[0].backoff), ==, 1);
}

static void
test_a_peer_that_accepts_and_hangs_up_is_called_less_and_less (Fixture *fixture, gconstpointer data)
{
  open_pool (fixture, peer_listen (0), 1);
  for (guint i = 1; i <= 4; i++)
    {
      await_attempts (fixture, 1);
      hang_up (fixture);
      g_assert_cmpuint (weir_backoff_get_failures (fixture->pool->lanes[0].backoff), ==, i);
      fixture->now = MAX (fixture->now, weir_connection_pool_get_next_time (fixture->pool));
    }
}

static void
test_an_attempt_may_take_so_long_and_no_longer (Fixture *fixture, gconstpointer data)
{
  open_pool (fixture, peer_listen (0), 1);
  fixture->target->tls = TRUE; /* nobody answers the handshake */
  fixture->target->identity = g_object_ref (fixture->target->address);
  service (fixture);
  g_assert_cmpint (weir_connection_pool_get_next_time (fixture->pool), ==, fixture->now + SECOND);
  fixture->now += SECOND;
  await_attempts (fixture, 1);
  g_assert_cmpstr (fixture->told->str, ==, "the peer did not answer in 1 s.");
}

#define ADD(name, func)                                                                            \
  g_test_add ("/connection-pool/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("all connections are made at once", test_all_connections_are_made_at_once);
  ADD ("a refusal is told once, and tried again behind the backoff",
       test_a_refusal_is_told_once_and_tried_again_behind_the_backoff);
  ADD ("a peer that comes late is told of", test_a_peer_that_comes_late_is_told_of);
  ADD ("a peer that hangs up is noticed", test_a_peer_that_hangs_up_is_noticed);
  ADD ("a peer that accepts and hangs up is called less and less",
       test_a_peer_that_accepts_and_hangs_up_is_called_less_and_less);
  ADD ("an attempt may take so long and no longer", test_an_attempt_may_take_so_long_and_no_longer);
  return g_test_run ();
}
