/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connector-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <weir/weir-error.h>

/* Seconds of silence after which the peer is asked for a sign of life, between further questions,
 * and how many of them may stay without an answer. */
#define ALIVE_AFTER 15
#define ALIVE_EVERY 5
#define ALIVE_TRIES 3

struct _WeirConnector
{
  const WeirTarget *target;
  WeirConnectorNotify notify;
  gpointer data;

  GThread *thread; /* or NULL */
  GCancellable *cancellable;
  gint done; /* atomic: the thread is about to end */

  WeirConnection *connection; /* the result */
  GError *error;
};

void
weir_target_free (WeirTarget *target)
{
  g_free (target->name);
  g_clear_object (&target->address);
  g_clear_object (&target->authorities);
  g_clear_object (&target->certificate);
  g_clear_object (&target->identity);
  g_free (target);
}

WeirConnector *
weir_connector_new (const WeirTarget *target, WeirConnectorNotify notify, gpointer data)
{
  WeirConnector *connector = g_new0 (WeirConnector, 1);

  connector->target = target;
  connector->notify = notify;
  connector->data = data;
  connector->cancellable = g_cancellable_new ();
  return connector;
}

void
weir_connector_free (WeirConnector *connector)
{
  g_cancellable_cancel (connector->cancellable);
  g_clear_pointer (&connector->thread, g_thread_join);
  g_clear_pointer (&connector->connection, weir_connection_free);
  g_clear_error (&connector->error);
  g_object_unref (connector->cancellable);
  g_free (connector);
}

/* The thread -------------------------------------------------------------------------------- */

/* A peer that is half-open is found out by the kernel: while nothing is sent by its questions,
 * while something is by what stays unacknowledged. */
static void
set_options (GSocket *socket, guint user_timeout)
{
  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_AFTER, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_EVERY, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, ALIVE_TRIES, NULL);
  if (user_timeout > 0)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)user_timeout, NULL);
}

static GIOStream *
shake_hands (const WeirTarget *target, GIOStream *stream, GCancellable *cancellable, GError **error)
{
  g_autoptr (GIOStream) tls = g_tls_client_connection_new (stream, target->identity, error);

  if (tls == NULL)
    return NULL;
  if (target->authorities != NULL)
    g_tls_connection_set_database (G_TLS_CONNECTION (tls), target->authorities);
  if (target->certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (tls), target->certificate);
  if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), cancellable, error))
    return NULL;
  return g_steal_pointer (&tls);
}

static WeirConnection *
make_connection (const WeirTarget *target, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GIOStream) tls = NULL;
  GSocket *socket;

  g_socket_client_set_enable_proxy (client, FALSE);
  stream = g_socket_client_connect (client, target->address, cancellable, error);
  if (stream == NULL)
    return NULL;
  socket = g_socket_connection_get_socket (stream);
  if (g_socket_get_family (socket) != G_SOCKET_FAMILY_UNIX)
    set_options (socket, target->user_timeout);
  if (target->tls)
    {
      tls = shake_hands (target, G_IO_STREAM (stream), cancellable, error);
      if (tls == NULL)
        return NULL;
    }
  return weir_connection_new (socket, tls != NULL ? tls : G_IO_STREAM (stream), target->name);
}

static gpointer
run (gpointer data)
{
  WeirConnector *connector = data;

  connector->connection
      = make_connection (connector->target, connector->cancellable, &connector->error);
  g_atomic_int_set (&connector->done, TRUE);
  connector->notify (connector->data);
  return NULL;
}

/* The user ---------------------------------------------------------------------------------- */

gboolean
weir_connector_is_busy (const WeirConnector *connector)
{
  return connector->thread != NULL || connector->error != NULL;
}

void
weir_connector_begin (WeirConnector *connector)
{
  g_assert (!weir_connector_is_busy (connector));

  g_cancellable_reset (connector->cancellable);
  g_atomic_int_set (&connector->done, FALSE);
  connector->thread = g_thread_try_new ("weir-connect", run, connector, &connector->error);
  if (connector->thread != NULL)
    return;
  g_atomic_int_set (&connector->done, TRUE);
  connector->notify (connector->data);
}

void
weir_connector_cancel (WeirConnector *connector)
{
  g_cancellable_cancel (connector->cancellable);
}

static void
explain (const WeirTarget *target, const GError *failure, GError **error)
{
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "%s refused the connection",
                 target->name);
  else if (g_error_matches (failure, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT,
                 "%s: its certificate is not accepted: %s", target->name, failure->message);
  else
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "%s: %s", target->name,
                 failure->message);
}

gboolean
weir_connector_take (WeirConnector *connector, WeirConnection **connection, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!weir_connector_is_busy (connector) || !g_atomic_int_get (&connector->done))
    return FALSE;
  g_clear_pointer (&connector->thread, g_thread_join);
  *connection = g_steal_pointer (&connector->connection);
  failure = g_steal_pointer (&connector->error);
  if (failure != NULL)
    explain (connector->target, failure, error);
  return TRUE;
}
