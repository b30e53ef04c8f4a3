/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/uio.h>

G_BEGIN_DECLS

/* What a read or a write came to, where it is not a number of bytes. */
#define WEIR_CONNECTION_END    0  /* read: the peer sends nothing more */
#define WEIR_CONNECTION_WAIT   -1 /* nothing now: when the events are there */
#define WEIR_CONNECTION_BROKEN -2 /* with the error */

/* A stream socket that never blocks, in the clear or behind a TLS handshake that is done. It is
 * made of a socket that is connected already, and knows how messages call its peer. One thread at a
 * time. */
typedef struct _WeirConnection WeirConnection;

/* @stream: a #GTlsConnection over @socket, or anything else, or NULL, in the clear. Both are kept.
 */
WeirConnection *weir_connection_new (GSocket *socket, GIOStream *stream,
                                     const char *peer) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the socket; under TLS it says so first, as far as that does not block. */
void weir_connection_free (WeirConnection *connection);

int weir_connection_get_fd (const WeirConnection *connection);
const char *weir_connection_get_peer (const WeirConnection *connection);

/* The number of bytes, or one of the above. */
gssize weir_connection_read (WeirConnection *connection, char *buffer, gsize size, GError **error);
gssize weir_connection_write (WeirConnection *connection, const struct iovec *pieces,
                              guint n_pieces, GError **error);

/* What is to be waited for (EPOLLIN, EPOLLOUT) before the read or write that said WAIT is tried
 * again: TLS may want to write before it can read. */
guint32 weir_connection_get_read_events (const WeirConnection *connection);
guint32 weir_connection_get_write_events (const WeirConnection *connection);
/* Bytes were taken from the socket that have not been read: it is not to be waited for. */
gboolean weir_connection_has_pending (const WeirConnection *connection);
/* Whether the peer has gone while nothing was read or written: its end, or its error, is there.
 * Bytes that it sent are thrown away. */
gboolean weir_connection_has_gone (WeirConnection *connection);

/* Whether the machine of the peer has all that was written; only then is nothing lost when the
 * connection is closed while the peer still sends. From the first call on nothing more is written,
 * and what the peer sends is thrown away. TRUE also when the peer has gone. */
gboolean weir_connection_is_delivered (WeirConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirConnection, weir_connection_free)

G_END_DECLS
