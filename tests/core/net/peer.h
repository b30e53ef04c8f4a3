/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A peer to connect to, on the loopback. */

#include <gio/gio.h>

static inline GSocket *
peer_listen (guint16 port)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, port);
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  return socket;
}

static inline guint16
peer_get_port (GSocket *socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

/* A port where nobody listens: whoever has it bound does not. */
static inline GSocket *
peer_refuse (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  return socket;
}

static inline GSocket *
peer_accept (GSocket *socket)
{
  GSocket *accepted = g_socket_accept (socket, NULL, NULL);

  g_assert_nonnull (accepted);
  return accepted;
}

/* What is there now. */
static inline char *
peer_read (GSocket *socket)
{
  char bytes[4096];
  gssize n = g_socket_receive_with_blocking (socket, bytes, sizeof bytes, FALSE, NULL, NULL);

  return g_strndup (bytes, n > 0 ? n : 0);
}
