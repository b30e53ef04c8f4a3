/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-listener-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <weir/weir-error.h>

#include "net/weir-address-private.h"

/* The file of a unix socket is known by its number on its device, so that one that somebody else
 * put in its place is not removed. */
struct _WeirListener
{
  int fd;
  char *name;
  char *path; /* of the file that it made, or NULL */
  dev_t device;
  ino_t inode;
};

typedef struct
{
  struct sockaddr_storage address;
  socklen_t size;
} NativeAddress;

static gboolean
fail (const char *name, const char *why, GError **error)
{
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "%s: %s", name, why);
  return FALSE;
}

/* Whether the path is a socket that nobody listens at. */
static gboolean
is_stale (const char *path, const NativeAddress *address, int type)
{
  struct stat status;
  int fd;
  gboolean refused;

  if (lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return FALSE;
  fd = socket (AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  refused = fd >= 0 && connect (fd, (const struct sockaddr *)&address->address, address->size) != 0
            && errno == ECONNREFUSED;
  if (fd >= 0)
    close (fd);
  return refused;
}

static gboolean
bind_to (WeirListener *listener, const NativeAddress *address, const char *path, int type)
{
  const struct sockaddr *native = (const struct sockaddr *)&address->address;
  struct stat status;

  if (bind (listener->fd, native, address->size) != 0)
    {
      int code = errno;

      if (code != EADDRINUSE || path == NULL || !is_stale (path, address, type)
          || unlink (path) != 0)
        {
          errno = code;
          return FALSE;
        }
      if (bind (listener->fd, native, address->size) != 0)
        return FALSE;
    }
  if (path != NULL && lstat (path, &status) == 0)
    {
      listener->path = g_strdup (path);
      listener->device = status.st_dev;
      listener->inode = status.st_ino;
    }
  return TRUE;
}

static void
set_options (int fd, int family, gboolean is_stream)
{
  int yes = 1, no = 0;

  if (family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (family != AF_UNIX && is_stream)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

/* Every address of a machine without IPv6 is every one of IPv4. */
static gboolean
open_socket (WeirListener *listener, NativeAddress *address, int type)
{
  int flags = type | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)&address->address;

  listener->fd = socket (address->address.ss_family, flags, 0);
  if (listener->fd >= 0 || errno != EAFNOSUPPORT || address->address.ss_family != AF_INET6
      || !IN6_IS_ADDR_UNSPECIFIED (&inet6->sin6_addr))
    return listener->fd >= 0;

  struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = inet6->sin6_port };

  memset (&address->address, 0, sizeof address->address);
  memcpy (&address->address, &any, sizeof any);
  address->size = sizeof any;
  listener->fd = socket (AF_INET, flags, 0);
  return listener->fd >= 0;
}

static char *
format_native (NativeAddress *address)
{
  g_autoptr (GSocketAddress) formatted
      = g_socket_address_new_from_native (&address->address, address->size);

  return formatted != NULL ? weir_address_format (formatted) : g_strdup ("an unknown peer");
}

static gboolean
listen_at (WeirListener *listener, GSocketAddress *where, int type)
{
  NativeAddress address = { .size = g_socket_address_get_native_size (where) };
  const char *path = NULL;

  if (G_IS_UNIX_SOCKET_ADDRESS (where)
      && g_unix_socket_address_get_address_type (G_UNIX_SOCKET_ADDRESS (where))
             != G_UNIX_SOCKET_ADDRESS_ABSTRACT)
    path = g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (where));
  if (!g_socket_address_to_native (where, &address.address, sizeof address.address, NULL)
      || !open_socket (listener, &address, type))
    return FALSE;

  set_options (listener->fd, address.address.ss_family, type == SOCK_STREAM);
  if (!bind_to (listener, &address, path, type)
      || (type == SOCK_STREAM && listen (listener->fd, SOMAXCONN) != 0))
    return FALSE;

  if (address.address.ss_family != AF_UNIX)
    {
      g_free (listener->name);
      getsockname (listener->fd, (struct sockaddr *)&address.address, &address.size);
      listener->name = format_native (&address);
    }
  return TRUE;
}

WeirListener *
weir_listener_new (GSocketConnectable *where, GSocketType type, GError **error)
{
  g_autoptr (GSocketAddress) address = weir_address_resolve (where, error);

  if (address == NULL)
    return NULL;

  WeirListener *listener = g_new0 (WeirListener, 1);
  gboolean good;

  listener->fd = -1;
  listener->name = weir_address_format (address);
  good = listen_at (listener, address, type == G_SOCKET_TYPE_STREAM ? SOCK_STREAM : SOCK_DGRAM);
  if (good)
    return listener;

  fail (listener->name, errno == EADDRINUSE ? "somebody else listens there" : g_strerror (errno),
        error);
  weir_listener_free (listener);
  return NULL;
}

void
weir_listener_free (WeirListener *listener)
{
  struct stat status;

  if (listener->path != NULL && lstat (listener->path, &status) == 0
      && status.st_dev == listener->device && status.st_ino == listener->inode)
    unlink (listener->path);
  if (listener->fd >= 0)
    close (listener->fd);
  g_free (listener->path);
  g_free (listener->name);
  g_free (listener);
}

int
weir_listener_get_fd (const WeirListener *listener)
{
  return listener->fd;
}

const char *
weir_listener_get_name (const WeirListener *listener)
{
  return listener->name;
}

/* Who connects to a unix socket has no address: it is called by its process. */
static char *
name_local_peer (const WeirListener *listener, int fd)
{
  struct ucred peer;
  socklen_t size = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return g_strdup (listener->name);
  return g_strdup_printf ("%s (process %d)", listener->name, (int)peer.pid);
}

int
weir_listener_accept (WeirListener *listener, char **peer)
{
  NativeAddress address = { .size = sizeof address.address };
  int yes = 1;
  int fd = accept4 (listener->fd, (struct sockaddr *)&address.address, &address.size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd < 0)
    return -1;
  if (address.address.ss_family == AF_UNIX)
    {
      *peer = name_local_peer (listener, fd);
      return fd;
    }
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  *peer = format_native (&address);
  return fd;
}
