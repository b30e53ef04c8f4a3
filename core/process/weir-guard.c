/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-guard-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/weir-guard-packet-private.h"

static const char *const steps[WEIR_GUARD_N_STEPS] = {
  [WEIR_GUARD_STEP_RECEIVE] = "receive",   [WEIR_GUARD_STEP_MEMORY] = "memory",
  [WEIR_GUARD_STEP_CLONE] = "clone",       [WEIR_GUARD_STEP_SETPGID] = "setpgid",
  [WEIR_GUARD_STEP_PRCTL] = "prctl",       [WEIR_GUARD_STEP_DUP] = "dup",
  [WEIR_GUARD_STEP_AFFINITY] = "affinity", [WEIR_GUARD_STEP_CHDIR] = "chdir",
  [WEIR_GUARD_STEP_LIMIT] = "setrlimit",   [WEIR_GUARD_STEP_EXEC] = "exec",
  [WEIR_GUARD_STEP_SEND] = "send",
};

/* The near end of a guard process. The socket never blocks: requests for which it has no room wait
 * here with copies of their descriptors, in order.
 *
 *   spawn, signal ──> waiting ──> socket ──> guard process
 *   next_event   <── failed  <── socket <──
 *
 * The guard process and all below it end when the socket is closed, however that happens. */
struct _WeirGuard
{
  pid_t pid;
  int socket;
  gboolean is_lost;
  GQueue waiting; /* WeirGuardPacket */
  GQueue failed;  /* WeirGuardEvent: requests that could not be sent after all */
};

static gboolean
set_errno (GError **error, int reason, const char *what)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason), "%s: %s", what,
               g_strerror (reason));
  return FALSE;
}

static void
fill_attributes (posix_spawnattr_t *attributes)
{
  sigset_t all;

  sigfillset (&all);
  posix_spawnattr_init (attributes);
  posix_spawnattr_setsigmask (attributes, &all);
  posix_spawnattr_setsigdefault (attributes, &all);
  posix_spawnattr_setflags (attributes,
                            POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* In a session of its own with every signal blocked from its first moment, and the socket as the
 * only descriptor beside /dev/null. */
static int
start_program (const char *program, int socket, pid_t *pid)
{
  g_autofree char *protocol = g_strdup_printf ("%d", WEIR_GUARD_PROTOCOL);
  g_autofree char *parent = g_strdup_printf ("%d", (int)getpid ());
  char *argv[] = { (char *)"weir-guard", protocol, parent, NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  fill_attributes (&attributes);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, socket, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2 (&actions, 1, 2);
  posix_spawn_file_actions_addclosefrom_np (&actions, 3);
  int reason = posix_spawn (pid, program, &actions, &attributes, argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);
  return reason;
}

/* Both ends beyond the standard descriptors, which the file actions write to. */
static gboolean
open_socket (int ends[2])
{
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return FALSE;
  for (int i = 0; i < 2; i++)
    ends[i] = pair[i] > 2 ? pair[i] : fcntl (pair[i], F_DUPFD_CLOEXEC, 3);
  for (int i = 0; i < 2; i++)
    if (pair[i] != ends[i])
      close (pair[i]);
  if (ends[0] >= 0 && ends[1] >= 0)
    return TRUE;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0)
      close (ends[i]);
  errno = EMFILE;
  return FALSE;
}

WeirGuard *
weir_guard_new (GError **error)
{
  g_autofree char *program = weir_guard_find_program (error);
  int ends[2];
  pid_t pid;

  if (program == NULL)
    return NULL;
  if (!open_socket (ends))
    {
      set_errno (error, errno, "no socket for weir-guard");
      return NULL;
    }
  int reason = start_program (program, ends[1], &pid);
  close (ends[1]);
  if (reason != 0)
    {
      close (ends[0]);
      set_errno (error, reason, program);
      return NULL;
    }

  WeirGuard *guard = g_new0 (WeirGuard, 1);
  guard->pid = pid;
  guard->socket = ends[0];
  return guard;
}

/* Of the loader, where a library of a program is missing. */
#define NOT_LOADED 127

/* What it exited with; 0: it was killed, or has done what it is for. */
static int
end_program (WeirGuard *guard)
{
  int status = 0;

  shutdown (guard->socket, SHUT_RDWR); /* a fork of weir may have a copy */
  while (waitpid (guard->pid, &status, 0) < 0 && errno == EINTR)
    continue;
  if (!WIFEXITED (status))
    return 0;
  return WEXITSTATUS (status) == NOT_LOADED ? ELIBACC : WEXITSTATUS (status);
}

void
weir_guard_free (WeirGuard *guard)
{
  g_queue_clear_full (&guard->waiting, (GDestroyNotify)weir_guard_packet_free);
  g_queue_clear_full (&guard->failed, g_free);
  if (!guard->is_lost)
    end_program (guard);
  close (guard->socket);
  g_free (guard);
}

int
weir_guard_get_fd (const WeirGuard *guard)
{
  return guard->socket;
}

gboolean
weir_guard_is_blocked (const WeirGuard *guard)
{
  return guard->waiting.length > 0 && !guard->is_lost;
}

static void
fail_packet (WeirGuard *guard, const WeirGuardPacket *packet, int reason)
{
  WeirGuardEvent event = { .kind = WEIR_GUARD_FAILED, .pidfd = -1 };

  if (!weir_guard_packet_is_spawn (packet))
    return;
  event.id = weir_guard_packet_get_id (packet);
  event.error = reason;
  event.step = steps[WEIR_GUARD_STEP_SEND];
  g_queue_push_tail (&guard->failed, g_memdup2 (&event, sizeof event));
}

void
weir_guard_flush (WeirGuard *guard)
{
  WeirGuardPacket *packet;

  while (!guard->is_lost && (packet = g_queue_peek_head (&guard->waiting)) != NULL)
    {
      if (!weir_guard_packet_send (packet, guard->socket))
        {
          if (errno == EAGAIN || errno == EINTR)
            return;
          fail_packet (guard, packet, errno);
        }
      weir_guard_packet_free (g_queue_pop_head (&guard->waiting));
    }
}

/* Takes the packet over. */
static gboolean
send_or_keep (WeirGuard *guard, WeirGuardPacket *owned, GError **error)
{
  g_autoptr (WeirGuardPacket) packet = owned;

  if (guard->waiting.length == 0 && weir_guard_packet_send (packet, guard->socket))
    return TRUE;
  if (guard->waiting.length == 0 && errno != EAGAIN && errno != EINTR)
    return set_errno (error, errno, "weir-guard cannot be reached");
  if (!weir_guard_packet_keep (packet))
    return set_errno (error, errno, "no descriptors for a worker process");
  g_queue_push_tail (&guard->waiting, g_steal_pointer (&packet));
  return TRUE;
}

gboolean
weir_guard_spawn (WeirGuard *guard, guint64 id, const WeirCommand *command,
                  const char *const *extra_environment, const int *fds, guint n_fds, GError **error)
{
  g_assert (id != 0);
  if (guard->is_lost)
    return set_errno (error, ECONNRESET, "weir-guard has ended");

  WeirGuardPacket *packet
      = weir_guard_packet_new_spawn (id, command, extra_environment, fds, n_fds);
  if (packet->bytes->len <= WEIR_GUARD_MAX_PACKET)
    return send_or_keep (guard, packet, error);
  weir_guard_packet_free (packet);
  return set_errno (error, E2BIG, command->argv[0]);
}

void
weir_guard_signal (WeirGuard *guard, guint64 id, int signal)
{
  if (!guard->is_lost)
    send_or_keep (guard, weir_guard_packet_new_signal (id, signal), NULL);
}

static int
take_pidfd (struct msghdr *message)
{
  struct cmsghdr *control = CMSG_FIRSTHDR (message);
  int fd = -1;

  if (control != NULL && control->cmsg_type == SCM_RIGHTS
      && control->cmsg_len == CMSG_LEN (sizeof fd))
    memcpy (&fd, CMSG_DATA (control), sizeof fd);
  return fd;
}

/* The length of a reply; 0: the guard has ended; -1: none now. */
static gssize
receive (WeirGuard *guard, WeirGuardReply *reply, int *pidfd)
{
  char control[CMSG_SPACE (sizeof (int))] __attribute__ ((aligned (__alignof__(struct cmsghdr))));
  struct iovec text = { reply, sizeof *reply };
  struct msghdr message = {
    .msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  gssize length = recvmsg (guard->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (length < 0)
    return errno == EAGAIN || errno == EINTR ? -1 : 0;
  *pidfd = take_pidfd (&message);
  return length == sizeof *reply ? length : 0;
}

static void
fill_event (WeirGuardEvent *event, const WeirGuardReply *reply)
{
  static const WeirGuardEventKind kinds[] = {
    [WEIR_GUARD_REPLY_STARTED] = WEIR_GUARD_STARTED,
    [WEIR_GUARD_REPLY_FAILED] = WEIR_GUARD_FAILED,
    [WEIR_GUARD_REPLY_EXITED] = WEIR_GUARD_EXITED,
  };

  g_assert (reply->kind < G_N_ELEMENTS (kinds) && (guint)reply->step < WEIR_GUARD_N_STEPS);
  event->kind = kinds[reply->kind];
  event->id = reply->id;
  event->pid = reply->pid;
  event->error = reply->error;
  event->step = reply->error != 0 ? steps[reply->step] : NULL;
  event->status = reply->status;
  event->usage = (WeirUsage){ reply->user, reply->system, reply->peak };
  g_strlcpy (event->interpreter, reply->interpreter, sizeof event->interpreter);
}

static gboolean
take_failed (WeirGuard *guard, WeirGuardEvent *event)
{
  g_autofree WeirGuardEvent *failed = g_queue_pop_head (&guard->failed);

  if (failed != NULL)
    *event = *failed;
  return failed != NULL;
}

gboolean
weir_guard_next_event (WeirGuard *guard, WeirGuardEvent *event)
{
  WeirGuardReply reply;

  *event = (WeirGuardEvent){ .kind = WEIR_GUARD_LOST, .pidfd = -1 };
  if (take_failed (guard, event))
    return TRUE;

  gssize length = guard->is_lost ? 0 : receive (guard, &reply, &event->pidfd);
  if (length < 0)
    return FALSE;
  if (length > 0)
    {
      fill_event (event, &reply);
      return TRUE;
    }
  if (guard->is_lost)
    return FALSE;
  guard->is_lost = TRUE;
  event->error = end_program (guard);
  return TRUE;
}
