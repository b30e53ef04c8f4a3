/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A handshake with one client. The members are the caller's while it is not begun or done. */
typedef struct
{
  GSocket *socket;
  GIOStream *stream; /* behind a good handshake, else NULL */
  GError *error;     /* behind another one */
  gpointer data;     /* the caller's */

  GCancellable *cancellable;
} WeirHandshake;

/* The server's end of TLS. Handshakes block, so they are made by threads, a few at a time. */
typedef struct _WeirTlsServer WeirTlsServer;

/* PEM files. @key: NULL when it is in the file of the certificate. @client_ca: who signs the
 * certificates that clients must have, or NULL: they need none. @wake: a handshake is done; any
 * thread. %WEIR_STAGE_ERROR_VALUE, with the name of the file. */
WeirTlsServer *weir_tls_server_new (const char *certificate, const char *key, const char *client_ca,
                                    void (*wake) (gpointer data), gpointer data,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the handshakes that go on, and waits for that. */
void weir_tls_server_free (WeirTlsServer *server);

WeirHandshake *weir_handshake_new (GSocket *socket, gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void weir_handshake_free (WeirHandshake *handshake);

/* Whether one more may begin before another one is taken. */
gboolean weir_tls_server_has_room (const WeirTlsServer *server);
/* The handshake is the server's until it is taken. */
void weir_tls_server_begin (WeirTlsServer *server, WeirHandshake *handshake);
/* It ends soon, with an error; it is to be taken all the same. */
void weir_tls_server_cancel (WeirTlsServer *server, WeirHandshake *handshake);
/* The next one that is done, or NULL. */
WeirHandshake *weir_tls_server_take (WeirTlsServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTlsServer, weir_tls_server_free)

G_END_DECLS
