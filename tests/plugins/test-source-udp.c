/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen.h"

static Listening *
listen_udp (const char *options)
{
  g_autofree char *where = NULL;
  g_autofree char *source = g_strconcat ("\"type\": \"source.udp\"", options, NULL);
  GSocketAddress *address = find_port (G_SOCKET_TYPE_DATAGRAM, &where);

  return listening_new (source, where, address);
}

/* A socket connects though nobody listens; the first datagram that comes through tells. */
static GSocket *
connect_udp (Listening *listening)
{
  GSocket *client = listening_connect (listening, G_SOCKET_TYPE_DATAGRAM);

  while (g_socket_send (client, "0", 1, NULL, NULL) != 1 || listening->lines->len == 0)
    {
      g_autofree char *lines = NULL;

      g_main_context_iteration (NULL, FALSE);
      lines = pull_lines (listening->pipeline);
      g_string_append (listening->lines, lines);
    }
  g_socket_send (client, "begin", 5, NULL, NULL);
  while (!g_str_has_suffix (listening_wait (listening, listening->lines->len + 1), "begin\n"))
    ;
  g_string_truncate (listening->lines, 0);
  return client;
}

static void
test_datagrams (void)
{
  g_autoptr (Listening) listening = listen_udp ("");
  g_autoptr (GSocket) client = connect_udp (listening);
  g_autofree char *rest = NULL;

  send_text (client, "{\"a\":1}");
  send_text (client, "\xef\xbb\xbf"
                     "1\r\n\n2\n");
  g_socket_send (client, "", 0, NULL, NULL);
  send_text (client, "3");
  g_assert_cmpstr (listening_wait (listening, 14), ==, "{\"a\":1}\n1\n2\n3\n");
  rest = listening_stop (listening);
}

static void
test_large (void)
{
  g_autoptr (Listening) listening = listen_udp (", \"max-record\": 60000");
  g_autoptr (GSocket) client = connect_udp (listening);
  g_autofree char *large = g_strnfill (60000, 'x');
  g_autofree char *larger = g_strnfill (60001, 'x');
  g_autofree char *rest = NULL;

  send_text (client, larger);
  send_text (client, large);
  send_text (client, "1");
  g_assert_cmpuint (strlen (listening_wait (listening, 60003)), ==, 60003);
  rest = listening_stop (listening);
  g_assert_cmpint (count (listening->pipeline, ".records.failed"), ==, 1);
}

static void
test_many_lines (void)
{
  g_autoptr (Listening) listening = listen_udp ("");
  g_autoptr (GSocket) client = connect_udp (listening);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *rest = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append (text, "x\n");
  send_text (client, text->str);
  g_assert_cmpstr (listening_wait (listening, text->len), ==, text->str);
  rest = listening_stop (listening);
}

static void
test_stop (void)
{
  g_autoptr (Listening) listening = listen_udp ("");
  g_autoptr (GSocket) client = connect_udp (listening);
  g_autofree char *rest = NULL;

  for (guint i = 0; i < 100; i++)
    send_text (client, "x");
  rest = listening_stop (listening);
  g_assert_cmpuint (strlen (rest), ==, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/udp/takes datagrams of one record, and of several", test_datagrams);
  g_test_add_func ("/source/udp/takes large datagrams, and fails a record that is too long",
                   test_large);
  g_test_add_func ("/source/udp/takes more records of a datagram than a batch holds",
                   test_many_lines);
  g_test_add_func ("/source/udp/reads what was sent before it was stopped", test_stop);
  return g_test_run ();
}
