/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of the sources share that others send to: the pipeline runs on the thread of the
 * test, which is the other end too. */

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>

#include "test-ends.h"

typedef struct
{
  WeirPipeline *pipeline;
  GSocketAddress *address; /* of the source */
  gboolean finished;
  GError *error;
  GString *lines; /* that came to the sink */
} Listening;

static inline void
listening_on_finished (GObject *object, GAsyncResult *result, gpointer data)
{
  Listening *listening = data;

  weir_pipeline_run_finish (listening->pipeline, result, &listening->error);
  listening->finished = TRUE;
}

/* @source: its object without `listen`, which is @where; or NULL where nothing is to be sent. */
static inline Listening *
listening_new (const char *source, const char *where, GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = g_strdup_printf ("{\"threads\": 0, \"stages\": [{\"id\": \"in\", \"listen\": \"%s\", %s}, "
                         "{\"type\": \"sink.app\", " ROOM "}]}",
                         where, source);
  Listening *listening = g_new0 (Listening, 1);

  listening->pipeline = weir_pipeline_new_from_json (text, &error);
  g_assert_no_error (error);
  listening->address = address;
  listening->lines = g_string_new (NULL);
  weir_pipeline_run_async (listening->pipeline, NULL, listening_on_finished, listening);
  return listening;
}

static inline void
listening_free (Listening *listening)
{
  g_object_unref (listening->pipeline);
  g_clear_object (&listening->address);
  g_clear_error (&listening->error);
  g_string_free (listening->lines, TRUE);
  g_free (listening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listening, listening_free)

/* A port that was free a moment ago. */
static inline GSocketAddress *
find_port (GSocketType type, char **where)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, type, 0, NULL);
  GSocketAddress *address;

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  address = g_socket_get_local_address (socket, NULL);
  *where = g_strdup_printf ("127.0.0.1:%u",
                            g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  return address;
}

/* A client, as soon as the source listens. */
static inline GSocket *
listening_connect (Listening *listening, GSocketType type)
{
  GSocketFamily family = g_socket_address_get_family (listening->address);

  while (!listening->finished)
    {
      g_autoptr (GSocket) client = g_socket_new (family, type, 0, NULL);

      if (g_socket_connect (client, listening->address, NULL, NULL))
        return g_steal_pointer (&client);
      g_main_context_iteration (NULL, FALSE);
    }
  g_error ("the pipeline ended: %s", listening->error->message);
}

static inline void
send_text (GSocket *client, const char *text)
{
  g_assert_cmpint (g_socket_send (client, text, strlen (text), NULL, NULL), ==, strlen (text));
}

/* Runs on until so many lines have come. */
static inline const char *
listening_wait (Listening *listening, gsize length)
{
  while (listening->lines->len < length && !listening->finished)
    {
      g_autofree char *lines = NULL;

      g_main_context_iteration (NULL, TRUE);
      lines = pull_lines (listening->pipeline);
      g_string_append (listening->lines, lines);
    }
  return listening->lines->str;
}

/* Stops, and runs to the end: the lines that came last. */
static inline char *
listening_stop (Listening *listening)
{
  weir_pipeline_stop (listening->pipeline);
  while (!listening->finished)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (listening->error);
  return pull_lines (listening->pipeline);
}
