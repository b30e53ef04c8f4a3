/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weir-guard-child.h"
#include "weir-guard-sweep.h"
#include "weir-guard-table.h"

/* The parent of weir's workers. It starts them, reaps them and outlives weir by as long as it takes
 * to end them all, with what they have started in their turn.
 *
 *   weir ──socket──> guard ──> worker ──> whatever it starts
 *                      ^                        │
 *                      └── adopts the orphans ──┘
 *
 * One thread, one loop, every signal blocked: nothing but KILL ends it before its time. A reply for
 * which weir has no room waits in `answer` or in the table; until it is gone no request is taken.
 */
typedef struct
{
  int socket;
  int signals;
  int parent; /* pidfd: a copy of the socket may live on in a fork of weir */
  GuardTable table;
  WeirGuardReply answer;
  int has_answer;
  int answer_fd; /* pidfd, or -1 */
} Guard;

static int
send_packet (const Guard *guard, const WeirGuardReply *reply, int fd)
{
  char control[CMSG_SPACE (sizeof (int))] __attribute__ ((aligned (__alignof__(struct cmsghdr))))
  = { 0 };
  struct iovec text = { (void *)reply, sizeof *reply };
  struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1 };

  if (fd >= 0)
    {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      struct cmsghdr *header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (header), &fd, sizeof fd);
    }
  return sendmsg (guard->socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* A pidfd that cannot be passed on is left out. */
static int
send_reply (const Guard *guard, const WeirGuardReply *reply, int fd)
{
  return send_packet (guard, reply, fd)
         || (errno == ETOOMANYREFS && send_packet (guard, reply, -1));
}

static int
send_answer (Guard *guard)
{
  if (!guard->has_answer)
    return 1;
  if (!send_reply (guard, &guard->answer, guard->answer_fd))
    return 0;
  if (guard->answer_fd >= 0)
    close (guard->answer_fd);
  guard->has_answer = 0;
  return 1;
}

/* Whether nothing is left to be told. */
static int
send_replies (Guard *guard)
{
  GuardEntry *entry;

  if (!send_answer (guard))
    return 0;
  while ((entry = guard_table_get_reaped (&guard->table)) != NULL)
    {
      if (!send_reply (guard, &entry->exit, -1))
        return 0;
      guard_table_remove (&guard->table, entry);
    }
  return 1;
}

static void
spawn (Guard *guard, GuardOrder *order)
{
  pid_t pid = -1;

  guard->answer_fd = -1;
  if (order->error == 0 && !guard_table_reserve (&guard->table))
    {
      order->error = ENOMEM;
      order->step = WEIR_GUARD_STEP_MEMORY;
    }
  if (order->error == 0)
    pid = guard_child_start (order, &guard->answer_fd);
  if (pid > 0)
    guard_table_add (&guard->table, order->request.id, pid);

  guard->answer = (WeirGuardReply){
    .id = order->request.id,
    .kind = pid > 0 ? WEIR_GUARD_REPLY_STARTED : WEIR_GUARD_REPLY_FAILED,
    .pid = pid,
    .error = order->error,
    .step = order->step,
  };
  memcpy (guard->answer.interpreter, order->interpreter, sizeof order->interpreter);
  guard->has_answer = 1;
}

/* FALSE: weir is gone. */
static int
take_request (Guard *guard)
{
  GuardOrder order;
  int outcome = guard_order_receive (guard->socket, &order);

  if (outcome != GUARD_ORDER_RECEIVED)
    return outcome == GUARD_ORDER_NONE;
  if (order.request.kind == WEIR_GUARD_REQUEST_SPAWN)
    spawn (guard, &order);
  else
    guard_table_signal (&guard->table, order.request.id, order.request.signal);
  guard_order_clear (&order);
  return 1;
}

static void
reap (Guard *guard)
{
  struct signalfd_siginfo drained[8];

  while (read (guard->signals, drained, sizeof drained) > 0)
    continue;
  guard_table_reap (&guard->table);
}

static void
run (Guard *guard)
{
  for (int is_told = 1;;)
    {
      struct pollfd fds[] = { { guard->socket, is_told ? POLLIN : POLLOUT, 0 },
                              { guard->signals, POLLIN, 0 },
                              { guard->parent, POLLIN, 0 } };
      if (poll (fds, 3, -1) < 0)
        continue;
      if ((fds[0].revents & (POLLHUP | POLLERR)) || fds[2].revents)
        return;
      if (fds[1].revents)
        reap (guard);
      if ((fds[0].revents & POLLIN) && !take_request (guard))
        return;
      is_told = send_replies (guard);
    }
}

/* Behind the limit, descriptors are told to be wrong ones. */
static int
get_reason (void)
{
  return errno == EINVAL || errno == EBADF ? EMFILE : errno;
}

/* The socket moves out of the way of the children's descriptors, all of which are taken. */
static int
arrange_descriptors (Guard *guard)
{
  guard->socket = fcntl (0, F_DUPFD_CLOEXEC, WEIR_GUARD_MAX_FDS);
  if (guard->socket < 0 || dup2 (1, 0) < 0)
    return get_reason ();
  for (int i = 3; i < WEIR_GUARD_MAX_FDS; i++)
    if (dup3 (1, i, O_CLOEXEC) < 0)
      return get_reason ();
  return 0;
}

int
main (int argc, char **argv)
{
  Guard guard = { .answer_fd = -1 };
  sigset_t all, child;

  if (argc != 3 || atoi (argv[1]) != WEIR_GUARD_PROTOCOL)
    return EPROTO;
  int reason = arrange_descriptors (&guard);
  if (reason != 0)
    return reason;
  unsetenv (WEIR_DEADLINE_VARIABLE);
  unsetenv (WEIR_RING_VARIABLE);
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  sigemptyset (&child);
  sigaddset (&child, SIGCHLD);
  guard.signals = signalfd (-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  guard.parent = pidfd_open (atoi (argv[2]), 0);
  if (guard.signals < 0 || prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return errno;
  if (getppid () != atoi (argv[2]))
    return ESRCH;

  run (&guard);
  guard_sweep ();
  return 0;
}
