/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-address-private.h"

#include <string.h>
#include <sys/un.h>

#include <gio/gunixsocketaddress.h>
#include <weir/weir-error.h>

G_GNUC_PRINTF (2, 3) static gpointer wrong (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE, format, arguments);
  va_end (arguments);
  return NULL;
}

/* The host without its brackets, and the port behind the last colon. */
static char *
split (const char *text, const char **port, GError **error)
{
  const char *colon = strrchr (text, ':');
  gsize length = colon != NULL ? (gsize)(colon - text) : 0;

  if (colon == NULL || strchr (colon, ']') != NULL)
    return wrong (error, "no port (expected HOST:PORT, such as 127.0.0.1:4000 or [::1]:4000)");
  *port = colon + 1;
  if (length >= 2 && text[0] == '[' && colon[-1] == ']')
    return g_strndup (text + 1, length - 2);
  if (memchr (text, ':', length) != NULL)
    return wrong (error, "an IPv6 address stands in brackets (such as [::1]:4000)");
  return g_strndup (text, length);
}

static gboolean
is_name (const char *host)
{
  for (const char *p = host; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-_.", *p) == NULL)
      return FALSE;

  return strlen (host) < 256;
}

GSocketConnectable *
weir_address_parse_inet (const char *text, WeirAddressUse use, GError **error)
{
  const char *port_text = NULL;
  g_autofree char *host = split (text, &port_text, error);
  guint least = use == WEIR_ADDRESS_LISTEN ? 0 : 1;
  guint64 port = 0;

  if (host == NULL)
    return NULL;
  if (!g_ascii_string_to_unsigned (port_text, 10, least, G_MAXUINT16, &port, NULL))
    return wrong (error, "\"%s\" is no port (%u to 65535)", port_text, least);
  if (host[0] == '\0' && (use == WEIR_ADDRESS_CONNECT || text[0] == '['))
    return wrong (error, "no host (expected HOST:PORT)");

  g_autoptr (GInetAddress) address = host[0] == '\0' ? g_inet_address_new_any (G_SOCKET_FAMILY_IPV6)
                                                     : g_inet_address_new_from_string (host);
  if (address != NULL)
    return G_SOCKET_CONNECTABLE (g_inet_socket_address_new (address, port));
  if (text[0] == '[' || !is_name (host))
    return wrong (error, "\"%s\" is no host", host);
  return g_network_address_new (host, port);
}

GSocketConnectable *
weir_address_parse_unix (const char *text, GError **error)
{
  gsize length = strlen (text);
  gsize most = sizeof (struct sockaddr_un) - offsetof (struct sockaddr_un, sun_path) - 1;

  if (length == 0 || strcmp (text, "@") == 0)
    return wrong (error, "empty (expected a path, or @NAME)");
  if (length > most)
    return wrong (error, "longer than the %" G_GSIZE_FORMAT " bytes that a socket's path may have",
                  most);
  if (text[0] == '@')
    return G_SOCKET_CONNECTABLE (
        g_unix_socket_address_new_with_type (text + 1, length - 1, G_UNIX_SOCKET_ADDRESS_ABSTRACT));
  return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (text));
}

GSocketAddress *
weir_address_resolve (GSocketConnectable *connectable, GError **error)
{
  g_autoptr (GSocketAddressEnumerator) all = g_socket_connectable_enumerate (connectable);
  g_autoptr (GError) failure = NULL;
  g_autoptr (GSocketAddress) first = g_socket_address_enumerator_next (all, NULL, &failure);

  if (first == NULL)
    {
      g_autofree char *name = g_socket_connectable_to_string (connectable);

      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "%s: %s", name,
                   failure != NULL ? failure->message : "no address");
      return NULL;
    }
  while (g_socket_address_get_family (first) == G_SOCKET_FAMILY_IPV6)
    {
      g_autoptr (GSocketAddress) next = g_socket_address_enumerator_next (all, NULL, NULL);

      if (next == NULL)
        break;
      if (g_socket_address_get_family (next) == G_SOCKET_FAMILY_IPV4)
        g_set_object (&first, next);
    }
  return g_steal_pointer (&first);
}

static char *
format_unix (GUnixSocketAddress *address)
{
  const char *path = g_unix_socket_address_get_path (address);

  return g_unix_socket_address_get_address_type (address) == G_UNIX_SOCKET_ADDRESS_ABSTRACT
             ? g_strconcat ("@", path, NULL)
             : g_strdup (path);
}

char *
weir_address_format (GSocketAddress *address)
{
  if (G_IS_UNIX_SOCKET_ADDRESS (address))
    return format_unix (G_UNIX_SOCKET_ADDRESS (address));
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("an unknown peer");

  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  g_autofree char *host = g_inet_address_to_string (g_inet_socket_address_get_address (inet));

  /* An IPv4 peer of a socket of both kinds. */
  const char *plain = g_str_has_prefix (host, "::ffff:") && strchr (host, '.') != NULL
                          ? host + strlen ("::ffff:")
                          : host;

  return g_strdup_printf (strchr (plain, ':') != NULL ? "[%s]:%u" : "%s:%u", plain,
                          g_inet_socket_address_get_port (inet));
}
