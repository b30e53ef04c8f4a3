/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A peer for the tests of sinks that connect: takes one connection, and all that comes there. */

#include <gio/gio.h>

#include "test-ends.h"

static inline gpointer
peer_read_all (gpointer data)
{
  g_autoptr (GSocket) listener = data;
  g_autoptr (GSocket) accepted = g_socket_accept (listener, NULL, NULL);
  GString *seen = g_string_new (NULL);
  char bytes[4096];
  gssize n;

  while ((n = g_socket_receive (accepted, bytes, sizeof bytes, NULL, NULL)) > 0)
    g_string_append_len (seen, bytes, n);
  return g_string_free (seen, FALSE);
}

static inline GSocket *
peer_listen (GSocketAddress *address)
{
  GSocket *listener = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                    G_SOCKET_PROTOCOL_DEFAULT, NULL);

  g_assert_true (g_socket_bind (listener, address, TRUE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  return listener;
}

/* What comes to a peer from a sink that is given some lines, and from how many of them it is out.
 */
static inline char *
run_with_peer (GSocket *listener, const char *sink, const char *lines, gint64 *n_out)
{
  GThread *thread = g_thread_new ("peer", peer_read_all, listener);
  g_autoptr (GError) error = NULL;

  *n_out = run_sink (sink, lines, &error);
  g_assert_no_error (error);
  return g_thread_join (thread);
}

/* The options are refused, at this pointer and with these words. */
static inline void
assert_sink_mistake (const char *sink, const char *pointer, const char *words)
{
  g_autofree char *text
      = g_strdup_printf ("{\"stages\": [{\"type\": \"source.stdin\"}, %s]}", sink);
  g_autofree char *place = g_strdup_printf (": /stages/1%s: ", pointer);
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_pipeline_new_from_json (text, &error));
  g_assert_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES);
  if (strstr (error->message, place) == NULL || strstr (error->message, words) == NULL)
    g_error ("\"%s\" and \"%s\" are not in \"%s\"", place, words, error->message);
}
