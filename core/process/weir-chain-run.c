/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-chain-run-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/weir-error.h>

#include "base/weir-batch-private.h"

#define MILLISECOND   G_GINT64_CONSTANT (1000000)
#define LONGEST_WAIT  1000 /* milliseconds of one poll() */
#define SMALLEST_PIPE 65536

/* What a shell exits with whose last command was killed by SIGPIPE. */
#define SHELL_SIGPIPE (128 + SIGPIPE)

static WeirChainMember *
find_member (WeirChainRun *run, const WeirProcess *process)
{
  for (guint i = 0; i < run->n_members; i++)
    if (run->members[i].process == process)
      return &run->members[i];
  g_assert_not_reached ();
}

static void
on_ready (WeirProcess *process)
{
  WeirChainRun *run = process->owner;

  find_member (run, process)->started = TRUE;
  run->n_events++;
}

static gboolean
was_cut_off (int status)
{
  return (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE)
         || (WIFEXITED (status) && WEXITSTATUS (status) == SHELL_SIGPIPE);
}

static gboolean
has_failed (const WeirChainRun *run, const WeirChainMember *member, int status)
{
  gboolean is_last = member == &run->members[run->n_members - 1];

  if (!is_last && was_cut_off (status))
    return FALSE;
  return !WIFEXITED (status) || WEXITSTATUS (status) != 0;
}

static void
keep_failure (WeirChainRun *run, const WeirChainMember *member)
{
  g_autofree char *command = weir_command_to_text (member->command);

  if (run->failure == NULL)
    run->failure = g_strdup_printf ("%s: %s", command, member->end);
}

WeirChainFigures
weir_chain_member_look (const WeirChainMember *member)
{
  const WeirProcess *process = member->process;
  WeirChainFigures figures = member->figures;

  if (process == NULL)
    return figures;
  figures.pid = process->pid;
  figures.n_said = weir_stderr_tail_get_bytes (process->errors);
  figures.n_dropped = weir_stderr_tail_get_dropped (process->errors);
  weir_process_get_usage (process, &figures.usage);
  return figures;
}

static void
on_ended (WeirProcess *process)
{
  WeirChainRun *run = process->owner;
  WeirChainMember *member = find_member (run, process);

  member->figures = weir_chain_member_look (member);
  member->end = weir_process_describe_end (process);
  if (process->start_error != 0 || has_failed (run, member, process->status))
    keep_failure (run, member);
  member->process = NULL;
  run->n_alive--;
  run->n_events++;
  if (process->start_error == 0)
    member->started = TRUE;
  else
    {
      run->start_error = process->start_error;
      weir_chain_run_end (run, 0);
    }
}

static const WeirProcessEvents events = { .ready = on_ready, .ended = on_ended };

/* Pipes -------------------------------------------------------------------------------------- */

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* An unprivileged user may not go past the system's bound: less is taken then. */
static void
size_pipe (int fd, gsize size)
{
  while (size > SMALLEST_PIPE && fcntl (fd, F_SETPIPE_SZ, (int)MIN (size, G_MAXINT)) < 0)
    size /= 2;
}

static gboolean
open_pipe (const WeirChainRun *run, int *read_end, int *write_end, GError **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) != 0)
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "a pipe cannot be made: %s",
                   g_strerror (errno));
      return FALSE;
    }
  size_pipe (ends[0], run->pipe_size);
  *read_end = ends[0];
  *write_end = ends[1];
  return TRUE;
}

static void
watch (const WeirChainRun *run, int operation, guint32 condition)
{
  struct epoll_event event = { .events = condition };

  if (run->pipe >= 0)
    (void)epoll_ctl (run->waiter, operation, run->pipe, &event);
}

void
weir_chain_run_watch_pipe (WeirChainRun *run, gboolean wanted)
{
  guint32 condition = run->end == WEIR_CHAIN_OUTPUT ? EPOLLIN : EPOLLOUT;

  watch (run, EPOLL_CTL_MOD, wanted ? condition : 0);
}

void
weir_chain_run_close_pipe (WeirChainRun *run)
{
  watch (run, EPOLL_CTL_DEL, 0);
  close_fd (&run->pipe);
}

/* The ends of a pipe are descriptions of their own: the child's stays as it is. */
static void
take_pipe (WeirChainRun *run)
{
  (void)fcntl (run->pipe, F_SETFL, fcntl (run->pipe, F_GETFL) | O_NONBLOCK);
  watch (run, EPOLL_CTL_ADD, 0);
}

/* The start ---------------------------------------------------------------------------------- */

static gboolean
start_member (WeirChainRun *run, WeirChainMember *member, int input, int output, GError **error)
{
  int fds[WEIR_CHILD_FDS] = { input, output, -1, -1, -1, -1 };

  member->process = weir_process_start (run->host, member->command, NULL, fds, WEIR_TIME_NEVER,
                                        &events, run, error);
  if (member->process == NULL)
    return FALSE;
  run->n_alive++;
  return TRUE;
}

/* Each member but the last writes into a pipe that the next one reads; @input is the reader's end.
 */
static gboolean
start_members (WeirChainRun *run, int *input, int last_output, GError **error)
{
  for (guint i = 0; i + 1 < run->n_members; i++)
    {
      int next = -1;
      int output = -1;
      gboolean good = open_pipe (run, &next, &output, error)
                      && start_member (run, &run->members[i], *input, output, error);

      close_fd (input);
      close_fd (&output);
      *input = next;
      if (!good)
        return FALSE;
    }
  return start_member (run, &run->members[run->n_members - 1], *input, last_output, error);
}

static gboolean
start_all (WeirChainRun *run, GError **error)
{
  gboolean reads = run->end == WEIR_CHAIN_OUTPUT;
  int input = -1;
  int output = -1;
  gboolean good = reads ? open_pipe (run, &run->pipe, &output, error)
                        : open_pipe (run, &input, &run->pipe, error);

  if (good)
    take_pipe (run);
  good = good && start_members (run, &input, reads ? output : STDOUT_FILENO, error);
  close_fd (&input);
  close_fd (&output);
  return good;
}

static gboolean
open_waiter (WeirChainRun *run, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN };

  run->waiter = epoll_create1 (EPOLL_CLOEXEC);
  if (run->waiter >= 0
      && epoll_ctl (run->waiter, EPOLL_CTL_ADD, weir_process_host_get_fd (run->host), &event) == 0)
    return TRUE;
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "epoll: %s", g_strerror (errno));
  return FALSE;
}

WeirChainRun *
weir_chain_run_new (WeirClock *clock, gint64 deadline, WeirCommand *const *commands,
                    guint n_commands, WeirChainEnd end, gsize pipe_size, GError **error)
{
  g_autoptr (WeirChainRun) run = g_new0 (WeirChainRun, 1);

  run->end = end;
  run->pipe_size = pipe_size;
  run->waiter = run->pipe = -1;
  run->members = g_new0 (WeirChainMember, n_commands);
  run->n_members = n_commands;
  for (guint i = 0; i < n_commands; i++)
    run->members[i].command = weir_command_ref (commands[i]);
  run->start_time = weir_clock_get_time (clock);
  run->host = weir_process_host_new (clock, error);
  if (run->host == NULL)
    return NULL;
  weir_process_host_set_deadline (run->host, deadline);
  if (!open_waiter (run, error) || !start_all (run, error))
    return NULL;
  return g_steal_pointer (&run);
}

void
weir_chain_run_free (WeirChainRun *run)
{
  weir_chain_run_close_pipe (run);
  g_clear_pointer (&run->host, weir_process_host_free);
  close_fd (&run->waiter);
  for (guint i = 0; i < run->n_members; i++)
    {
      weir_command_unref (run->members[i].command);
      g_free (run->members[i].end);
    }
  g_free (run->members);
  g_free (run->failure);
  g_free (run);
}

/* The run ------------------------------------------------------------------------------------ */

WeirChainState
weir_chain_run_dispatch (WeirChainRun *run)
{
  weir_process_host_dispatch (run->host);
  if (run->n_alive == 0)
    return WEIR_CHAIN_ENDED;
  for (guint i = 0; i < run->n_members; i++)
    if (!run->members[i].started)
      return WEIR_CHAIN_STARTING;
  return WEIR_CHAIN_RUNNING;
}

gint64
weir_chain_run_get_next_time (const WeirChainRun *run)
{
  return weir_process_host_get_next_time (run->host);
}

void
weir_chain_run_end (WeirChainRun *run, gint64 patience)
{
  for (guint i = 0; i < run->n_members; i++)
    if (run->members[i].process != NULL)
      weir_process_end (run->members[i].process, patience);
}

/* Until the next step of the ladder; the last one, KILL, is followed by none. */
static int
get_wait (const WeirChainRun *run)
{
  gint64 next = weir_process_host_get_next_time (run->host);
  gint64 now = weir_clock_get_time (weir_process_host_get_clock (run->host));

  return next == WEIR_TIME_NEVER ? LONGEST_WAIT
                                 : (int)MIN (MAX (0, next - now) / MILLISECOND + 1, LONGEST_WAIT);
}

/* Whom a KILL does not end, freeing the host waits for. A clock that stands still has no steps. */
void
weir_chain_run_linger (WeirChainRun *run)
{
  gboolean waits = !weir_clock_is_virtual (weir_process_host_get_clock (run->host));

  while (waits && run->n_alive > 0)
    {
      struct pollfd ask = { .fd = weir_process_host_get_fd (run->host), .events = POLLIN };
      int n = poll (&ask, 1, get_wait (run));

      waits = n != 0 || weir_process_host_get_next_time (run->host) != WEIR_TIME_NEVER;
      weir_process_host_dispatch (run->host);
    }
}
