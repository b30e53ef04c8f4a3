/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-peer.h"

#include <gio/gunixsocketaddress.h>

static void
test_path (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "peer", NULL);
  g_autofree char *sink = g_strdup_printf ("{\"type\": \"sink.unix\", \"connect\": \"%s\"}", path);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  gint64 n_out;
  g_autofree char *seen
      = run_with_peer (peer_listen (address), sink, "{\"n\":1}\n{\"n\":2}", &n_out);

  g_assert_cmpstr (seen, ==, "{\"n\":1}\n{\"n\":2}\n");
  g_assert_cmpint (n_out, ==, 2);
  remove_folder (folder);
}

static void
test_nobody (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (run_sink ("{\"type\": \"sink.unix\", \"connect\": \"/invalid/peer\","
                             " \"drain-timeout\": \"500ms\"}",
                             "1\n2", &error),
                   ==, 0);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "/invalid/peer: "));
  g_assert_nonnull (strstr (error->message, "; 2 records were not written"));
}

static void
test_mistakes (void)
{
  assert_sink_mistake ("{\"type\": \"sink.unix\", \"connect\": \"\"}", "/connect", "empty");
  assert_sink_mistake ("{\"type\": \"sink.unix\", \"connect\": \"p\", \"tls\": true}", "/tls", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sink/unix/writes lines to a path", test_path);
  g_test_add_func ("/sink/unix/says that nobody is there", test_nobody);
  g_test_add_func ("/sink/unix/refuses options that mean nothing", test_mistakes);
  return g_test_run ();
}
