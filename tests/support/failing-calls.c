/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failing-calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct
{
  unsigned left; /* calls up to the one that fails, with it; 0: none fails */
  int error;
  unsigned again;
  const char *failed;
} state;

void
failing_calls_arm (unsigned nth, int error, unsigned again)
{
  state.left = nth;
  state.error = error;
  state.again = again;
  state.failed = NULL;
}

const char *
failing_calls_disarm (void)
{
  state.left = 0;
  return state.failed;
}

static void
note (const char *name)
{
  const char *path = getenv (FAILING_CALLS_FILE);
  int fd = path != NULL ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

  if (fd < 0)
    return;
  if (write (fd, name, strlen (name)) < 0)
    abort ();
  close (fd);
}

static bool
is_due (const char *name)
{
  if (state.left == 0 || --state.left > 0)
    return false;
  state.left = state.again;
  if (state.failed == NULL)
    {
      state.failed = name;
      note (name);
    }
  errno = state.error;
  return true;
}

#define NEXT(name)                                                                                 \
  static __typeof__ (name) *next;                                                                  \
  if (next == NULL)                                                                                \
  next = (__typeof__ (name) *)dlsym (RTLD_NEXT, #name)

#define WRAP(type, name, parameters, ...)                                                          \
  __attribute__ ((visibility ("default"))) type name parameters                                    \
  {                                                                                                \
    NEXT (name);                                                                                   \
    return is_due (#name) ? -1 : next (__VA_ARGS__);                                               \
  }

WRAP (int, socketpair, (int domain, int type, int protocol, int fds[2]), domain, type, protocol,
      fds)
WRAP (int, pipe2, (int fds[2], int flags), fds, flags)
WRAP (int, eventfd, (unsigned value, int flags), value, flags)
WRAP (int, epoll_create1, (int flags), flags)
WRAP (int, timerfd_create, (clockid_t clock, int flags), clock, flags)
WRAP (int, memfd_create, (const char *name, unsigned flags), name, flags)
WRAP (int, ftruncate, (int fd, off_t length), fd, length)
WRAP (ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), fd, message, flags)
WRAP (int, dup2, (int from, int to), from, to)
WRAP (int, dup3, (int from, int to, int flags), from, to, flags)
WRAP (int, signalfd, (int fd, const sigset_t *mask, int flags), fd, mask, flags)
WRAP (int, pidfd_open, (pid_t pid, unsigned flags), pid, flags)
WRAP (int, setpgid, (pid_t pid, pid_t group), pid, group)
WRAP (int, sched_setaffinity, (pid_t pid, size_t size, const cpu_set_t *set), pid, size, set)
WRAP (int, chdir, (const char *path), path)
WRAP (int, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit), resource, limit)
WRAP (int, execve, (const char *path, char *const argv[], char *const environment[]), path, argv,
      environment)

/* Those that change or remove what is there need nothing that could be missing. */
__attribute__ ((visibility ("default"))) int
epoll_ctl (int set, int operation, int fd, struct epoll_event *event)
{
  NEXT (epoll_ctl);
  return operation == EPOLL_CTL_ADD && is_due ("epoll_ctl") ? -1 : next (set, operation, fd, event);
}

__attribute__ ((visibility ("default"))) int
fcntl (int fd, int command, ...)
{
  NEXT (fcntl);
  bool may_fail = command == F_DUPFD_CLOEXEC || command == F_ADD_SEALS || command == F_SETPIPE_SZ;
  va_list list;

  va_start (list, command);
  void *argument = va_arg (list, void *);
  va_end (list);
  return may_fail && is_due ("fcntl") ? -1 : next (fd, command, argument);
}

__attribute__ ((visibility ("default"))) int
prctl (int option, ...)
{
  NEXT (prctl);
  unsigned long arguments[4];
  va_list list;

  va_start (list, option);
  for (int i = 0; i < 4; i++)
    arguments[i] = va_arg (list, unsigned long);
  va_end (list);
  return is_due ("prctl") ? -1
                          : next (option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

__attribute__ ((visibility ("default"))) void *
mmap (void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
  NEXT (mmap);
  return fd >= 0 && is_due ("mmap") ? MAP_FAILED
                                    : next (address, length, protection, flags, fd, offset);
}

/* Without a free descriptor the message comes, and what lay beside it does not. */
__attribute__ ((visibility ("default"))) ssize_t
recvmsg (int fd, struct msghdr *message, int flags)
{
  NEXT (recvmsg);
  if (!is_due ("recvmsg"))
    return next (fd, message, flags);
  if (state.error != EMFILE)
    return -1;
  message->msg_controllen = 0;
  return next (fd, message, flags);
}

__attribute__ ((visibility ("default"))) int
posix_spawn (pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
  NEXT (posix_spawn);
  return is_due ("posix_spawn") ? state.error
                                : next (pid, path, actions, attributes, argv, environment);
}

__attribute__ ((visibility ("default"))) int
clone (int (*func) (void *), void *stack, int flags, void *data, ...)
{
  NEXT (clone);
  va_list list;

  va_start (list, data);
  pid_t *pidfd = va_arg (list, pid_t *);
  va_end (list);
  return is_due ("clone") ? -1 : next (func, stack, flags, data, pidfd);
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *text = getenv (FAILING_CALLS_VARIABLE);
  unsigned nth;
  int error;

  if (text != NULL && strcmp (program_invocation_short_name, "weir-guard") == 0
      && sscanf (text, "%u:%d", &nth, &error) == 2)
    failing_calls_arm (nth, error, 0);
}
