/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-peer.h"

static char *
run_tcp (const char *options, const char *lines, gint64 *n_out)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  GSocket *listener = peer_listen (any);
  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (listener, NULL);
  g_autofree char *sink
      = g_strdup_printf ("{\"type\": \"sink.tcp\", \"connect\": \"localhost:%u\"%s}",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)), options);

  return run_with_peer (listener, sink, lines, n_out);
}

static void
test_lines (void)
{
  gint64 n_out;
  g_autofree char *seen = run_tcp ("", "{\"n\":1}\n{\"n\":2}", &n_out);

  g_assert_cmpstr (seen, ==, "{\"n\":1}\n{\"n\":2}\n");
  g_assert_cmpint (n_out, ==, 2);
}

static void
test_counted (void)
{
  gint64 n_out;
  g_autofree char *seen = run_tcp (", \"framing\": \"octet-counted\"", "{\"n\":1}\n12", &n_out);

  g_assert_cmpstr (seen, ==, "7 {\"n\":1}2 12");
}

static void
test_mistakes (void)
{
  assert_sink_mistake ("{\"type\": \"sink.tcp\", \"connect\": \"host\"}", "/connect", "no port");
  assert_sink_mistake ("{\"type\": \"sink.tcp\", \"connect\": \"host:0\"}", "/connect", "no port");
  assert_sink_mistake ("{\"type\": \"sink.tcp\", \"connect\": \"h:1\", \"tls-ca\": \"a.pem\"}",
                       "/tls-ca", "\"tls\": true");
  assert_sink_mistake (
      "{\"type\": \"sink.tcp\", \"connect\": \"h:1\", \"tls\": true, \"tls-key\": \"k\"}",
      "/tls-key", "tls-certificate");
}

static void
test_unreadable (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run_sink ("{\"type\": \"sink.tcp\", \"connect\": \"localhost:1\", \"tls\": true,"
                             " \"tls-ca\": \"/invalid/ca.pem\"}",
                             "1", &error),
                   ==, 0);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "/invalid/ca.pem: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink/tcp/writes lines to its peer", test_lines);
  g_test_add_func ("/sink/tcp/counts the bytes of each record where that is asked", test_counted);
  g_test_add_func ("/sink/tcp/refuses options that mean nothing", test_mistakes);
  g_test_add_func ("/sink/tcp/names the file that it cannot read", test_unreadable);
  return g_test_run ();
}
