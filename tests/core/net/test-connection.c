/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connection-private.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <weir/weir-error.h>

#include "net/weir-tls-server-private.h"
#include "tls-fixture.h"

/* A connection and its peer's descriptor. */
typedef struct
{
  WeirConnection *connection;
  GSocket *far;
} Pair;

static void
pair_free (Pair *pair)
{
  g_clear_pointer (&pair->connection, weir_connection_free);
  g_clear_object (&pair->far);
  g_free (pair);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static GSocket *
make_sockets (GSocket **far)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  *far = g_socket_new_from_fd (fds[1], NULL);
  return g_socket_new_from_fd (fds[0], NULL);
}

static Pair *
make_pair (void)
{
  Pair *pair = g_new0 (Pair, 1);
  g_autoptr (GSocket) near = make_sockets (&pair->far);

  pair->connection = weir_connection_new (near, NULL, "peer");
  return pair;
}

static void
send_text (const Pair *pair, const char *text)
{
  g_assert_cmpint (g_socket_send (pair->far, text, strlen (text), NULL, NULL), ==, strlen (text));
}

static void
bytes_pass_both_ways_and_nothing_blocks (void)
{
  g_autoptr (Pair) pair = make_pair ();
  struct iovec pieces[] = { { "ab", 2 }, { "cd", 2 } };
  char bytes[16];

  g_assert_cmpint (weir_connection_read (pair->connection, bytes, 16, NULL), ==,
                   WEIR_CONNECTION_WAIT);
  send_text (pair, "hello");
  g_assert_cmpint (weir_connection_read (pair->connection, bytes, 16, NULL), ==, 5);
  g_assert_cmpmem (bytes, 5, "hello", 5);
  g_assert_cmpint (weir_connection_write (pair->connection, pieces, 2, NULL), ==, 4);
  g_assert_cmpint (g_socket_receive (pair->far, bytes, 16, NULL, NULL), ==, 4);
  g_assert_cmpmem (bytes, 4, "abcd", 4);
}

static void
what_to_wait_for_is_said_for_each_direction (void)
{
  g_autoptr (Pair) pair = make_pair ();

  g_assert_cmpuint (weir_connection_get_read_events (pair->connection), ==, EPOLLIN);
  g_assert_cmpuint (weir_connection_get_write_events (pair->connection), ==, EPOLLOUT);
  g_assert_false (weir_connection_has_pending (pair->connection));
  g_assert_cmpstr (weir_connection_get_peer (pair->connection), ==, "peer");
}

static void
the_end_of_the_peer_is_an_end_and_a_write_behind_it_says_who_has_gone (void)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GError) error = NULL;
  struct iovec piece = { "x", 1 };
  char byte;

  g_socket_close (pair->far, NULL);
  g_assert_cmpint (weir_connection_read (pair->connection, &byte, 1, NULL), ==,
                   WEIR_CONNECTION_END);
  g_assert_cmpint (weir_connection_write (pair->connection, &piece, 1, &error), ==,
                   WEIR_CONNECTION_BROKEN);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_CLOSED);
  g_assert_cmpstr (error->message, ==, "peer: the connection is closed");
}

static void
a_reset_breaks_a_read (void)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autoptr (GError) error = NULL;
  struct iovec piece = { "x", 1 };
  char byte;

  /* A unix socket that is closed with unread bytes resets its peer. */
  weir_connection_write (pair->connection, &piece, 1, NULL);
  g_socket_close (pair->far, NULL);
  g_assert_cmpint (weir_connection_read (pair->connection, &byte, 1, &error), ==,
                   WEIR_CONNECTION_BROKEN);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, "peer: the connection was reset");
}

static void
a_peer_that_takes_nothing_makes_writes_wait (void)
{
  g_autoptr (Pair) pair = make_pair ();
  g_autofree char *bytes = g_malloc0 (65536);
  struct iovec piece = { bytes, 65536 };
  gssize n;

  do
    n = weir_connection_write (pair->connection, &piece, 1, NULL);
  while (n > 0);
  g_assert_cmpint (n, ==, WEIR_CONNECTION_WAIT);
}

static void
a_peer_that_has_gone_is_noticed_behind_what_it_sent (void)
{
  g_autoptr (Pair) pair = make_pair ();

  send_text (pair, "goodbye");
  g_assert_false (weir_connection_has_gone (pair->connection));
  send_text (pair, "now");
  g_socket_close (pair->far, NULL);
  g_assert_true (weir_connection_has_gone (pair->connection));
}

/* TLS -------------------------------------------------------------------------------------------
 */

/* The client's end, on a thread of its own: it writes 100 kB of dots, reads 100 kB, and closes. */
typedef struct
{
  GIOStream *stream;
  char *bytes;
} Client;

#define SOME 100000

static gpointer
run_client (gpointer data)
{
  Client *client = data;

  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (client->stream),
                                            client->bytes, SOME, NULL, NULL, NULL));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (client->stream),
                                          client->bytes, SOME, NULL, NULL, NULL));
  g_io_stream_close (client->stream, NULL, NULL);
  return NULL;
}

static GIOStream *
accept_tls (const TlsFixture *fixture, GSocket *near)
{
  g_autofree char *path = tls_fixture_path (fixture, "server.pem");
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (near);
  GIOStream *stream = g_tls_server_connection_new (G_IO_STREAM (base), certificate, NULL);

  g_assert_true (g_tls_connection_handshake (G_TLS_CONNECTION (stream), NULL, NULL));
  return stream;
}

/* Reads until so much has come, or the end. */
static gsize
read_tls (WeirConnection *connection, char *bytes, gsize size, gssize *last)
{
  gsize length = 0;

  do
    {
      *last = weir_connection_read (connection, bytes + length, MIN (size - length, 5000), NULL);
      length += *last > 0 ? *last : 0;
      g_assert_cmpint (weir_connection_has_pending (connection), ==, *last > 0);
    }
  while ((*last > 0 && length < size) || *last == WEIR_CONNECTION_WAIT);
  return length;
}

static void
write_tls (WeirConnection *connection, const char *bytes, gsize length)
{
  for (gsize done = 0; done < length;)
    {
      struct iovec pieces[]
          = { { (char *)bytes + done, (length - done) / 2 },
              { (char *)bytes + done + (length - done) / 2, length - done - (length - done) / 2 } };
      gssize n = weir_connection_write (connection, pieces, 2, NULL);

      g_assert_cmpint (n, !=, WEIR_CONNECTION_BROKEN);
      done += MAX (n, 0);
    }
}

static void
bytes_pass_both_ways_under_tls_and_its_end_is_an_end (void)
{
  g_autoptr (TlsFixture) fixture = tls_fixture_new ();
  g_autoptr (GSocket) far = NULL;
  g_autoptr (GSocket) near = fixture != NULL ? make_sockets (&far) : NULL;
  g_autofree char *bytes = g_malloc (SOME);
  gssize last;

  if (fixture == NULL)
    return;
  Client client = { tls_fixture_connect (fixture, far, NULL), g_strnfill (SOME, '.') };
  GThread *thread = g_thread_new ("client", run_client, &client);
  g_autoptr (GIOStream) stream = accept_tls (fixture, near);
  g_autoptr (WeirConnection) connection = weir_connection_new (near, stream, "peer");

  g_assert_cmpuint (read_tls (connection, bytes, SOME, &last), ==, SOME);
  g_assert_cmpmem (bytes, SOME, client.bytes, SOME);
  memset (bytes, 'x', SOME);
  write_tls (connection, bytes, SOME);
  g_assert_cmpuint (read_tls (connection, bytes, 1, &last), ==, 0);
  g_assert_cmpint (last, ==, WEIR_CONNECTION_END);
  g_thread_join (thread);
  g_assert_cmpint (client.bytes[SOME - 1], ==, 'x');
  g_object_unref (client.stream);
  g_free (client.bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/connection/" #test, test)
  ADD (bytes_pass_both_ways_and_nothing_blocks);
  ADD (what_to_wait_for_is_said_for_each_direction);
  ADD (the_end_of_the_peer_is_an_end_and_a_write_behind_it_says_who_has_gone);
  ADD (a_reset_breaks_a_read);
  ADD (a_peer_that_takes_nothing_makes_writes_wait);
  ADD (a_peer_that_has_gone_is_noticed_behind_what_it_sent);
  ADD (bytes_pass_both_ways_under_tls_and_its_end_is_an_end);

  return g_test_run ();
}
