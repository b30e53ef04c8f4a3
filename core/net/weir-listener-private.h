/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A socket that peers connect to, or send datagrams to. */
typedef struct _WeirListener WeirListener;

/* @type: %G_SOCKET_TYPE_STREAM or %G_SOCKET_TYPE_DATAGRAM. The file of a unix socket that nobody
 * listens at is replaced. %WEIR_STAGE_ERROR_INPUT. */
WeirListener *weir_listener_new (GSocketConnectable *where, GSocketType type,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the socket, and removes the file that it made. */
void weir_listener_free (WeirListener *listener);

int weir_listener_get_fd (const WeirListener *listener);
/* Where it listens: with the port that it was given. */
const char *weir_listener_get_name (const WeirListener *listener);

/* A connection that waits, as a descriptor that never blocks, and how messages call its peer; -1
 * with errno. */
int weir_listener_accept (WeirListener *listener, char **peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirListener, weir_listener_free)

G_END_DECLS
