/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/weir-connection-private.h"

G_BEGIN_DECLS

/* Where to connect to, and how; shared by connectors and constant while there are any. */
typedef struct
{
  char *name; /* how messages call the peer */
  GSocketConnectable *address;
  guint user_timeout; /* milliseconds that bytes may stay unacknowledged; 0: as the system says */

  gboolean tls;
  GTlsDatabase *authorities;    /* NULL: the system's */
  GTlsCertificate *certificate; /* of ours, or NULL */
  GSocketConnectable *identity; /* that the peer's certificate is to be for */
} WeirTarget;

void weir_target_free (WeirTarget *target);

/* Any thread. */
typedef void (*WeirConnectorNotify) (gpointer data);

/* Makes one connection at a time, on a thread of its own: names are looked up there, and the TLS
 * handshake is done. The thread touches nothing but the connector's result, which is taken once the
 * thread has said that it is there. A connector is used by one thread. */
typedef struct _WeirConnector WeirConnector;

/* @target: borrowed. @notify: the result is there. */
WeirConnector *weir_connector_new (const WeirTarget *target, WeirConnectorNotify notify,
                                   gpointer data) G_GNUC_WARN_UNUSED_RESULT;
/* Waits for the thread, which is told to end. */
void weir_connector_free (WeirConnector *connector);

/* None is being made. */
void weir_connector_begin (WeirConnector *connector);
gboolean weir_connector_is_busy (const WeirConnector *connector);
/* The result is to come soon, with an error. */
void weir_connector_cancel (WeirConnector *connector);
/* FALSE: there is no result yet. Else *connection, or NULL with @error, whose message names the
 * peer. */
gboolean weir_connector_take (WeirConnector *connector, WeirConnection **connection,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTarget, weir_target_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirConnector, weir_connector_free)

G_END_DECLS
