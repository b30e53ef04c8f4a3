/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-tls-server-private.h"

#include <pthread.h>

#include "net/weir-tls-files-private.h"

/* GIO makes each handshake, also those that it calls asynchronous, in a thread of a pool of its
 * own, which has ten, and which looks up names too. More of them would only wait there. */
#define MAX_HANDSHAKES 8

/* Threads make handshakes, and put them into `done`. Whoever takes them is woken for the first of
 * them. */
struct _WeirTlsServer
{
  GTlsCertificate *certificate;
  GTlsDatabase *client_ca; /* NULL: clients need no certificate */
  void (*wake) (gpointer data);
  gpointer data;

  guint n_begun; /* and not taken */

  GThreadPool *threads;
  pthread_mutex_t lock; /* of done */
  GQueue done;          /* WeirHandshake */
};

/* Handshakes ---------------------------------------------------------------------------------- */

WeirHandshake *
weir_handshake_new (GSocket *socket, gpointer data)
{
  WeirHandshake *handshake = g_new0 (WeirHandshake, 1);

  handshake->socket = g_object_ref (socket);
  handshake->data = data;
  handshake->cancellable = g_cancellable_new ();
  return handshake;
}

void
weir_handshake_free (WeirHandshake *handshake)
{
  g_clear_object (&handshake->stream);
  g_object_unref (handshake->socket);
  g_object_unref (handshake->cancellable);
  g_clear_error (&handshake->error);
  g_free (handshake);
}

/* At the server's end this is asked for each certificate, good or not; without an answer it is
 * refused. */
static gboolean
on_certificate (GTlsConnection *connection, GTlsCertificate *certificate,
                GTlsCertificateFlags wrong, gpointer data)
{
  return wrong == 0;
}

static gboolean
shake_hands (const WeirTlsServer *server, WeirHandshake *handshake, GIOStream *stream)
{
  GTlsConnection *connection = G_TLS_CONNECTION (stream);

  if (server->client_ca != NULL)
    {
      g_object_set (stream, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
      g_tls_connection_set_database (connection, server->client_ca);
      g_signal_connect (stream, "accept-certificate", G_CALLBACK (on_certificate), NULL);
    }
  return g_tls_connection_handshake (connection, handshake->cancellable, &handshake->error);
}

static void
on_thread (gpointer data, gpointer pool_data)
{
  WeirHandshake *handshake = data;
  WeirTlsServer *server = pool_data;
  g_autoptr (GSocketConnection) base
      = g_socket_connection_factory_create_connection (handshake->socket);
  g_autoptr (GIOStream) stream
      = g_tls_server_connection_new (G_IO_STREAM (base), server->certificate, &handshake->error);
  gboolean first;

  if (stream != NULL && shake_hands (server, handshake, stream))
    handshake->stream = g_steal_pointer (&stream);
  pthread_mutex_lock (&server->lock);
  first = g_queue_is_empty (&server->done);
  g_queue_push_tail (&server->done, handshake);
  pthread_mutex_unlock (&server->lock);
  if (first)
    server->wake (server->data);
}

/* Life ------------------------------------------------------------------------------------------
 */

WeirTlsServer *
weir_tls_server_new (const char *certificate, const char *key, const char *client_ca,
                     void (*wake) (gpointer data), gpointer data, GError **error)
{
  g_autoptr (GTlsCertificate) own = NULL;
  g_autoptr (GTlsDatabase) authorities = NULL;

  if (!weir_tls_is_there (error))
    return NULL;
  own = weir_tls_load_certificate (certificate, key, error);
  if (own == NULL)
    return NULL;
  if (client_ca != NULL)
    authorities = weir_tls_load_authorities (client_ca, error);
  if (client_ca != NULL && authorities == NULL)
    return NULL;

  WeirTlsServer *server = g_new0 (WeirTlsServer, 1);

  server->certificate = g_steal_pointer (&own);
  server->client_ca = g_steal_pointer (&authorities);
  server->wake = wake;
  server->data = data;
  pthread_mutex_init (&server->lock, NULL);
  server->threads = g_thread_pool_new (on_thread, server, MAX_HANDSHAKES, FALSE, NULL);
  return server;
}

void
weir_tls_server_free (WeirTlsServer *server)
{
  WeirHandshake *handshake;

  g_thread_pool_free (server->threads, FALSE, TRUE);
  while ((handshake = g_queue_pop_head (&server->done)) != NULL)
    weir_handshake_free (handshake);
  pthread_mutex_destroy (&server->lock);
  g_clear_object (&server->certificate);
  g_clear_object (&server->client_ca);
  g_free (server);
}

/* Work ------------------------------------------------------------------------------------------
 */

gboolean
weir_tls_server_has_room (const WeirTlsServer *server)
{
  return server->n_begun < MAX_HANDSHAKES;
}

void
weir_tls_server_begin (WeirTlsServer *server, WeirHandshake *handshake)
{
  g_assert (weir_tls_server_has_room (server));
  server->n_begun++;
  g_thread_pool_push (server->threads, handshake, NULL);
}

void
weir_tls_server_cancel (WeirTlsServer *server, WeirHandshake *handshake)
{
  g_cancellable_cancel (handshake->cancellable);
}

WeirHandshake *
weir_tls_server_take (WeirTlsServer *server)
{
  WeirHandshake *handshake;

  pthread_mutex_lock (&server->lock);
  handshake = g_queue_pop_head (&server->done);
  pthread_mutex_unlock (&server->lock);
  server->n_begun -= handshake != NULL;
  return handshake;
}
