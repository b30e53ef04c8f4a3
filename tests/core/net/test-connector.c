/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connector-private.h"

#include <weir/weir-error.h>

#include "peer.h"

typedef struct
{
  GAsyncQueue *news;
  GSocket *peer;
  WeirTarget *target;
  WeirConnector *connector;
} Fixture;

static void
notify (gpointer data)
{
  g_async_queue_push (data, data);
}

static void
aim (Fixture *fixture, GSocket *peer)
{
  fixture->peer = peer;
  fixture->target = g_new0 (WeirTarget, 1);
  fixture->target->name = g_strdup ("the peer");
  fixture->target->address = g_network_address_new ("127.0.0.1", peer_get_port (peer));
  fixture->connector = weir_connector_new (fixture->target, notify, fixture->news);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->news = g_async_queue_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_connector_free (fixture->connector);
  weir_target_free (fixture->target);
  g_clear_object (&fixture->peer);
  g_async_queue_unref (fixture->news);
}

static WeirConnection *
take (Fixture *fixture, GError **error)
{
  WeirConnection *connection = NULL;

  g_async_queue_pop (fixture->news);
  g_assert_true (weir_connector_take (fixture->connector, &connection, error));
  g_assert_false (weir_connector_is_busy (fixture->connector));
  return connection;
}

static void
test_it_connects_and_tells (Fixture *fixture, gconstpointer data)
{
  struct iovec piece = { (char *)"hello", 5 };
  g_autoptr (WeirConnection) connection = NULL;
  g_autoptr (GSocket) accepted = NULL;
  g_autofree char *text = NULL;

  aim (fixture, peer_listen (0));
  weir_connector_begin (fixture->connector);
  g_assert_true (weir_connector_is_busy (fixture->connector));
  connection = take (fixture, NULL);
  g_assert_nonnull (connection);
  accepted = peer_accept (fixture->peer);
  g_assert_cmpint (weir_connection_write (connection, &piece, 1, NULL), ==, 5);
  g_socket_condition_wait (accepted, G_IO_IN, NULL, NULL);
  text = peer_read (accepted);
  g_assert_cmpstr (text, ==, "hello");
}

static void
test_a_refusal_is_told_with_the_name_of_the_peer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  aim (fixture, peer_refuse ());
  weir_connector_begin (fixture->connector);
  g_assert_null (take (fixture, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT);
  g_assert_cmpstr (error->message, ==, "the peer refused the connection");
}

static void
test_after_a_refusal_it_can_be_tried_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  aim (fixture, peer_refuse ());
  weir_connector_begin (fixture->connector);
  g_assert_null (take (fixture, &error));
  g_assert_true (g_socket_listen (fixture->peer, NULL));
  weir_connector_begin (fixture->connector);
  connection = take (fixture, NULL);
  g_assert_nonnull (connection);
}

/* The peer's backlog takes the connection, and nobody answers the handshake. */
static void
test_an_attempt_that_hangs_can_be_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  aim (fixture, peer_listen (0));
  fixture->target->tls = TRUE;
  fixture->target->identity = g_object_ref (fixture->target->address);
  weir_connector_begin (fixture->connector);
  weir_connector_cancel (fixture->connector);
  g_assert_null (take (fixture, &error));
  g_assert_nonnull (error);
}

static void
test_it_can_be_freed_at_any_time (Fixture *fixture, gconstpointer data)
{
  aim (fixture, peer_listen (0));
  fixture->target->tls = TRUE;
  fixture->target->identity = g_object_ref (fixture->target->address);
  weir_connector_begin (fixture->connector);
}

#define ADD(name, func) g_test_add ("/connector/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it connects, and tells", test_it_connects_and_tells);
  ADD ("a refusal is told with the name of the peer",
       test_a_refusal_is_told_with_the_name_of_the_peer);
  ADD ("after a refusal it can be tried again", test_after_a_refusal_it_can_be_tried_again);
  ADD ("an attempt that hangs can be cancelled", test_an_attempt_that_hangs_can_be_cancelled);
  ADD ("it can be freed at any time", test_it_can_be_freed_at_any_time);
  return g_test_run ();
}
