/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-guard-packet-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

G_STATIC_ASSERT (WEIR_CHILD_FDS == WEIR_GUARD_MAX_FDS);
G_STATIC_ASSERT (WEIR_N_LIMITS == WEIR_GUARD_MAX_LIMITS);

static const int resources[WEIR_N_LIMITS]
    = { RLIMIT_AS, RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_NPROC, RLIMIT_CORE };

static void
set_limits (WeirGuardRequest *request, const WeirCommand *command)
{
  for (guint i = 0; i < WEIR_N_LIMITS; i++)
    if (command->limits[i] != WEIR_LIMIT_NONE)
      request->limits[request->n_limits++]
          = (WeirGuardLimit){ (guint64)resources[i], command->limits[i] };
}

static void
set_affinity (WeirGuardRequest *request, const GArray *cpus)
{
  request->has_affinity = cpus != NULL;
  for (guint i = 0; cpus != NULL && i < cpus->len; i++)
    {
      guint cpu = g_array_index (cpus, guint, i);
      if (cpu < 8 * WEIR_GUARD_CPU_BYTES)
        request->cpus[cpu / 8] |= (guint8)(1 << cpu % 8);
    }
}

static guint
append_strings (GByteArray *bytes, const char *const *strings)
{
  guint n = 0;

  for (; strings != NULL && strings[n] != NULL; n++)
    g_byte_array_append (bytes, (const guint8 *)strings[n], (guint)strlen (strings[n]) + 1);
  return n;
}

static gboolean
sets_same_name (const char *entry, const char *const *strings)
{
  gsize length = strcspn (entry, "=") + 1;

  for (; strings != NULL && *strings != NULL; strings++)
    if (strncmp (entry, *strings, length) == 0)
      return TRUE;
  return FALSE;
}

/* Where both name a variable, @extra is right. */
static guint
append_environment (GByteArray *bytes, const char *const *environment, const char *const *extra)
{
  guint n = append_strings (bytes, extra);

  for (; environment != NULL && *environment != NULL; environment++)
    if (!sets_same_name (*environment, extra))
      {
        const char *one[] = { *environment, NULL };
        n += append_strings (bytes, one);
      }
  return n;
}

static void
set_fds (WeirGuardPacket *packet, WeirGuardRequest *request, const int *fds, guint n_fds)
{
  g_assert (n_fds <= WEIR_CHILD_FDS);
  for (guint i = 0; i < n_fds; i++)
    if (fds[i] >= 0)
      {
        request->fd_mask |= 1u << i;
        packet->fds[packet->n_fds++] = fds[i];
      }
}

static WeirGuardPacket *
packet_new (void)
{
  WeirGuardPacket *packet = g_new0 (WeirGuardPacket, 1);

  packet->bytes = g_byte_array_new ();
  g_byte_array_set_size (packet->bytes, sizeof (WeirGuardRequest));
  return packet;
}

WeirGuardPacket *
weir_guard_packet_new_spawn (guint64 id, const WeirCommand *command,
                             const char *const *extra_environment, const int *fds, guint n_fds)
{
  WeirGuardPacket *packet = packet_new ();
  WeirGuardRequest request = { .id = id, .kind = WEIR_GUARD_REQUEST_SPAWN };
  const char *directory[] = { command->directory, NULL };

  set_fds (packet, &request, fds, n_fds);
  set_limits (&request, command);
  set_affinity (&request, command->affinity);
  request.has_directory = append_strings (packet->bytes, directory);
  request.n_argv = append_strings (packet->bytes, (const char *const *)command->argv);
  request.n_environment = append_environment (
      packet->bytes, (const char *const *)command->environment, extra_environment);
  memcpy (packet->bytes->data, &request, sizeof request);
  return packet;
}

WeirGuardPacket *
weir_guard_packet_new_signal (guint64 id, int signal)
{
  WeirGuardPacket *packet = packet_new ();
  WeirGuardRequest request = { .id = id, .kind = WEIR_GUARD_REQUEST_SIGNAL, .signal = signal };

  memcpy (packet->bytes->data, &request, sizeof request);
  return packet;
}

static void
close_fds (WeirGuardPacket *packet)
{
  for (guint i = 0; packet->owns_fds && i < packet->n_fds; i++)
    close (packet->fds[i]);
  packet->owns_fds = FALSE;
}

void
weir_guard_packet_free (WeirGuardPacket *packet)
{
  close_fds (packet);
  g_byte_array_unref (packet->bytes);
  g_free (packet);
}

guint64
weir_guard_packet_get_id (const WeirGuardPacket *packet)
{
  return ((const WeirGuardRequest *)packet->bytes->data)->id;
}

gboolean
weir_guard_packet_is_spawn (const WeirGuardPacket *packet)
{
  return ((const WeirGuardRequest *)packet->bytes->data)->kind == WEIR_GUARD_REQUEST_SPAWN;
}

gboolean
weir_guard_packet_keep (WeirGuardPacket *packet)
{
  int kept[WEIR_GUARD_MAX_FDS];

  for (guint i = 0; i < packet->n_fds; i++)
    {
      kept[i] = fcntl (packet->fds[i], F_DUPFD_CLOEXEC, 3);
      if (kept[i] >= 0)
        continue;
      int reason = errno;
      while (i-- > 0)
        close (kept[i]);
      errno = reason;
      return FALSE;
    }
  memcpy (packet->fds, kept, sizeof kept);
  packet->owns_fds = TRUE;
  return TRUE;
}

gboolean
weir_guard_packet_send (const WeirGuardPacket *packet, int socket)
{
  char control[CMSG_SPACE (sizeof packet->fds)]
      __attribute__ ((aligned (__alignof__(struct cmsghdr))))
      = { 0 };
  struct iovec text = { packet->bytes->data, packet->bytes->len };
  struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };

  if (packet->n_fds > 0)
    {
      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE (packet->n_fds * sizeof (int));
      struct cmsghdr *header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (packet->n_fds * sizeof (int));
      memcpy (CMSG_DATA (header), packet->fds, packet->n_fds * sizeof (int));
    }
  return sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}
