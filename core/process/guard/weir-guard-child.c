/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-guard-child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child borrows the guard's memory and not its stack: until it has become another program, or
 * has ended, the guard stands still. So no page is copied, whatever the size of weir, and what the
 * child writes into the order is what the guard reads next. */

#define STACK_SIZE (64 * 1024)

typedef struct
{
  GuardOrder *order;
  pid_t guard;
} Birth;

static char stack[STACK_SIZE] __attribute__ ((aligned (64)));

static void
give_up (GuardOrder *order, int step)
{
  order->error = errno;
  order->step = step;
  _exit (127);
}

/* Its own group; and it does not outlive the guard, which has one thread alone. */
static void
tie (const Birth *birth)
{
  if (setpgid (0, 0) != 0)
    give_up (birth->order, WEIR_GUARD_STEP_SETPGID);
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    give_up (birth->order, WEIR_GUARD_STEP_PRCTL);
  if (getppid () != birth->guard)
    _exit (127);
}

/* What is not given stays as the guard has it: 0, 1 and 2 are /dev/null, the others close with
 * exec.
 */
static void
take_descriptors (GuardOrder *order)
{
  for (int i = 0; i < WEIR_GUARD_MAX_FDS; i++)
    if (order->fds[i] >= 0 && dup2 (order->fds[i], i) < 0)
      give_up (order, WEIR_GUARD_STEP_DUP);
  close_range (WEIR_GUARD_MAX_FDS, UINT_MAX, 0);
}

static void
settle (GuardOrder *order)
{
  if (order->request.has_affinity
      && sched_setaffinity (0, sizeof order->request.cpus, (cpu_set_t *)order->request.cpus) != 0)
    give_up (order, WEIR_GUARD_STEP_AFFINITY);
  if (order->directory != NULL && chdir (order->directory) != 0)
    give_up (order, WEIR_GUARD_STEP_CHDIR);
}

/* One second more until KILL, so that what a process of too much CPU time ends by is XCPU. */
static void
limit (GuardOrder *order)
{
  for (unsigned i = 0; i < order->request.n_limits; i++)
    {
      const WeirGuardLimit *given = &order->request.limits[i];
      int resource = (int)given->resource;
      struct rlimit now, wanted = { given->value, given->value };

      if (resource == RLIMIT_CPU && getrlimit (RLIMIT_CPU, &now) == 0
          && now.rlim_max > given->value)
        wanted.rlim_max = given->value + 1;
      if (setrlimit (resource, &wanted) != 0)
        give_up (order, WEIR_GUARD_STEP_LIMIT);
    }
}

static const char *
get_search_path (char **environment)
{
  for (; *environment != NULL; environment++)
    if (strncmp (*environment, "PATH=", 5) == 0)
      return *environment + 5;
  return "/usr/local/bin:/usr/bin:/bin";
}

/* The first word behind "#!". Left empty when the kernel would take no interpreter from it. */
static void
read_interpreter (int file, char *interpreter)
{
  char head[WEIR_GUARD_MAX_HEAD];
  ssize_t length = read (file, head, sizeof head - 1);

  head[length > 0 ? length : 0] = '\0';
  if (strncmp (head, "#!", 2) != 0)
    return;

  const char *word = head + 2 + strspn (head + 2, " \t");
  size_t n = strcspn (word, " \t\n");
  memcpy (interpreter, word, n);
  interpreter[n] = '\0';
}

/* No such file: a script that is there lacks its interpreter. The first one found counts. */
static void
run_file (GuardOrder *order, const char *path)
{
  execve (path, order->argv, order->environment);

  int reason = errno;
  int file
      = reason == ENOENT && order->interpreter[0] == '\0' ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  if (file >= 0)
    read_interpreter (file, order->interpreter);
  errno = reason;
}

static void
try_folder (GuardOrder *order, const char *folder, size_t length)
{
  char file[PATH_MAX];
  size_t name = strlen (order->argv[0]);

  errno = ENAMETOOLONG;
  if (length + name + 2 > sizeof file)
    return;
  memcpy (file, folder, length);
  if (length > 0)
    file[length++] = '/';
  memcpy (file + length, order->argv[0], name + 1);
  run_file (order, file);
}

static int
may_be_elsewhere (int error)
{
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == ENAMETOOLONG
         || error == ESTALE || error == ENODEV || error == ETIMEDOUT;
}

/* Returns only on failure. A file that may not be run is told rather than one that is not there. */
static void
search (GuardOrder *order)
{
  const char *path = get_search_path (order->environment);
  int reason = ENOENT;

  for (;;)
    {
      size_t length = strcspn (path, ":");
      try_folder (order, path, length);
      reason = errno == EACCES ? EACCES : reason;
      if (!may_be_elsewhere (errno))
        return;
      if (path[length] == '\0')
        break;
      path += length + 1;
    }
  errno = reason;
}

static int
be_born (void *data)
{
  Birth *birth = data;
  GuardOrder *order = birth->order;
  sigset_t none;

  tie (birth);
  take_descriptors (order);
  settle (order);
  limit (order);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);

  errno = ENOENT;
  if (strchr (order->argv[0], '/') != NULL)
    run_file (order, order->argv[0]);
  else if (order->argv[0][0] != '\0')
    search (order);
  give_up (order, WEIR_GUARD_STEP_EXEC);
  return 0;
}

pid_t
guard_child_start (GuardOrder *order, int *pidfd)
{
  Birth birth = { order, getpid () };

  *pidfd = -1;
  pid_t pid = clone (be_born, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                     &birth, pidfd);
  if (pid < 0)
    {
      order->error = errno;
      order->step = WEIR_GUARD_STEP_CLONE;
      return -1;
    }
  if (order->error == 0)
    return pid;

  close (*pidfd);
  *pidfd = -1;
  waitpid (pid, NULL, 0);
  return -1;
}
