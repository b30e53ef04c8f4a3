/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>

#include "listen.h"
#include "test-plugin.h"

static Listening *
listen_tcp (const char *options)
{
  g_autofree char *where = NULL;
  g_autofree char *source = g_strconcat ("\"type\": \"source.tcp\"", options, NULL);
  GSocketAddress *address = find_port (G_SOCKET_TYPE_STREAM, &where);

  return listening_new (source, where, address);
}

static void
test_clients (void)
{
  g_autoptr (Listening) listening = listen_tcp ("");
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autoptr (GSocket) b = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "1\r\n\n2");
  g_assert_cmpstr (listening_wait (listening, 2), ==, "1\n");
  send_text (b, "3\n");
  g_assert_cmpstr (listening_wait (listening, 4), ==, "1\n3\n");
  send_text (a, "2\n");
  g_assert_cmpstr (listening_wait (listening, 7), ==, "1\n3\n22\n");
  rest = listening_stop (listening);
  g_assert_cmpstr (rest, ==, "");
  g_assert_cmpint (count (listening->pipeline, ".records.in"), ==, 3);
}

static void
test_half_record (void)
{
  g_autoptr (Listening) listening = listen_tcp ("");
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autoptr (GSocket) b = NULL;
  g_autofree char *rest = NULL;

  send_text (a, "1\nha");
  g_socket_close (a, NULL);
  b = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  send_text (b, "2\n");
  g_assert_cmpstr (listening_wait (listening, 4), ==, "1\n2\n");
  rest = listening_stop (listening);
  g_assert_cmpint (count (listening->pipeline, ".records.in"), ==, 3);
  g_assert_cmpint (count (listening->pipeline, ".records.failed"), ==, 1);
}

static void
test_octets (void)
{
  g_autoptr (Listening) listening = listen_tcp (", \"framing\": \"octet-counted\"");
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "3 1\n27 {\"a\":1");
  g_assert_cmpstr (listening_wait (listening, 4), ==, "1 2\n");
  send_text (a, "}");
  g_assert_cmpstr (listening_wait (listening, 12), ==, "1 2\n{\"a\":1}\n");
  rest = listening_stop (listening);
}

static void
test_stop (void)
{
  g_autoptr (Listening) listening = listen_tcp ("");
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "1\n");
  g_assert_cmpstr (listening_wait (listening, 2), ==, "1\n");
  send_text (a, "2\n3\nha");
  rest = listening_stop (listening);
  g_assert_cmpstr (rest, ==, "2\n3\n");
  g_assert_cmpint (count (listening->pipeline, ".records.failed"), ==, 1);
}

static void
test_limits (void)
{
  g_autoptr (Listening) listening = listen_tcp (", \"max-record\": 4, \"check\": \"full\"");
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "12345\n01\n1234\n");
  g_assert_cmpstr (listening_wait (listening, 5), ==, "1234\n");
  rest = listening_stop (listening);
  g_assert_cmpint (count (listening->pipeline, ".records.failed"), ==, 2);
}

static void
assert_refused (const char *options, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "{\"stages\": [{\"type\": \"source.tcp\", %s}, {\"type\": \"sink.null\"}]}", options);
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (text, &error);

  g_assert_null (pipeline);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" is not in \"%s\"", words, error->message);
}

static void
test_mistakes (void)
{
  assert_refused ("\"listen\": \"4000\"", "/stages/0/listen: no port (expected HOST:PORT");
  assert_refused ("\"max-connections\": 5", "listen");
  assert_refused ("\"listen\": \":0\", \"tls-key\": \"x\"",
                  "/stages/0/tls-key: has a meaning with");
}

static void
test_port_taken (void)
{
  g_autofree char *where = NULL;
  g_autoptr (GSocketAddress) address = find_port (G_SOCKET_TYPE_STREAM, &where);
  g_autoptr (GSocket) other = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autofree char *source
      = g_strdup_printf ("{\"type\": \"source.tcp\", \"listen\": \"%s\"}", where);
  g_autofree char *stages = g_strconcat (source, ", {\"type\": \"sink.null\"}", NULL);
  g_autoptr (WeirPipeline) pipeline = make_pipeline (stages);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_socket_bind (other, address, FALSE, NULL) && g_socket_listen (other, NULL));
  g_assert_false (weir_pipeline_run (pipeline, NULL, &error));
  g_assert_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START);
  g_assert_nonnull (strstr (error->message, "somebody else listens there"));
}

static rlim_t
get_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

static void
test_descriptors (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 100;
  setrlimit (RLIMIT_NOFILE, &limit);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Listening) first = listen_tcp (", \"max-connections\": 200");
      g_autoptr (GSocket) a = listening_connect (first, G_SOCKET_TYPE_STREAM);
      g_autoptr (Listening) second = listen_tcp (", \"max-connections\": 300");
      g_autoptr (GSocket) b = listening_connect (second, G_SOCKET_TYPE_STREAM);
      g_autofree char *rest_of_first = listening_stop (first);
      g_autofree char *rest_of_second = listening_stop (second);

      g_assert_cmpuint (get_limit (), ==, 200 + 300 + 256);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/tcp/takes the records of all clients", test_clients);
  g_test_add_func ("/source/tcp/fails half a record at close and goes on", test_half_record);
  g_test_add_func ("/source/tcp/takes records by their length", test_octets);
  g_test_add_func ("/source/tcp/reads what was sent before it was stopped", test_stop);
  g_test_add_func ("/source/tcp/takes descriptors for the connections of all", test_descriptors);
  g_test_add_func ("/source/tcp/fails what is too long or no JSON alone", test_limits);
  g_test_add_func ("/source/tcp/tells mistakes where they are", test_mistakes);
  g_test_add_func ("/source/tcp/says that somebody else listens there", test_port_taken);
  return g_test_run ();
}
