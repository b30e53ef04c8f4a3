/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "process/weir-process-environment-private.h"
#include "process/weir-process-host-private.h"

#define STDERR 2

enum
{
  LADDER_GROUND, /* nothing was done to end it */
  LADDER_CLOSED, /* its input was closed */
  LADDER_TERM,
  LADDER_KILL,
};

static gint64
get_time (const WeirProcess *process)
{
  return weir_clock_get_time (process->host->clock);
}

static gint64
after (const WeirProcess *process, gint64 span)
{
  gint64 now = get_time (process);

  return span < WEIR_TIME_NEVER - now ? now + span : WEIR_TIME_NEVER;
}

static void
tell (WeirProcess *process, void (*event) (WeirProcess *process))
{
  if (event != NULL)
    event (process);
}

/* Start ---------------------------------------------------------------------------------------- */

void
weir_process_free (WeirProcess *process)
{
  weir_process_drop_input (process);
  weir_process_drop_output (process);
  weir_process_drop_errors (process);
  g_clear_pointer (&process->channel, weir_channel_free);
  g_clear_pointer (&process->errors, weir_stderr_tail_free);
  weir_command_unref (process->command);
  g_free (process->interpreter);
  g_free (process);
}

static WeirProcess *
process_new (WeirProcessHost *host, WeirCommand *command, WeirChannel *channel)
{
  WeirProcess *process = g_new0 (WeirProcess, 1);
  g_autofree char *name = weir_command_to_text (command);

  process->host = host;
  process->id = ++host->last_id;
  process->command = weir_command_ref (command);
  process->channel = channel;
  process->errors = weir_stderr_tail_new (name);
  process->errors_fd = -1;
  process->rests_until = WEIR_TIME_NEVER;
  process->next_step = WEIR_TIME_NEVER;
  return process;
}

/* Gives the child's end. */
static int
open_errors (WeirProcess *process, GError **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "no pipe for a worker process: %s", g_strerror (errno));
      return -1;
    }
  fcntl (ends[0], F_SETFL, O_NONBLOCK);
  process->errors_fd = ends[0];
  return ends[1];
}

static gboolean
ask (WeirProcess *process, const int child_fds[WEIR_CHILD_FDS], GError **error)
{
  g_auto (GStrv) environment
      = weir_process_make_environment (process->command, process->channel, process->host->deadline);
  int fds[WEIR_CHILD_FDS];

  if (!weir_process_host_need_guard (process->host, error))
    return FALSE;
  memcpy (fds, child_fds, sizeof fds);
  fds[STDERR] = open_errors (process, error);
  if (fds[STDERR] < 0)
    return FALSE;

  gboolean asked = weir_guard_spawn (process->host->guard, process->id, process->command,
                                     (const char *const *)environment, fds, WEIR_CHILD_FDS, error);
  close (fds[STDERR]);
  weir_process_host_watch_room (process->host);
  return asked;
}

WeirProcess *
weir_process_start (WeirProcessHost *host, WeirCommand *command, WeirChannel *channel,
                    const int child_fds[WEIR_CHILD_FDS], gint64 start_timeout,
                    const WeirProcessEvents *events, gpointer owner, GError **error)
{
  WeirProcess *process = process_new (host, command, channel);

  process->events = events;
  process->owner = owner;
  if (!ask (process, child_fds, error))
    {
      weir_process_free (process);
      return NULL;
    }
  if (channel != NULL && channel->options.waits_ready)
    process->next_step = after (process, start_timeout);
  g_ptr_array_add (host->processes, process);
  return process;
}

void
weir_process_started (WeirProcess *process, const WeirGuardEvent *event)
{
  process->pid = event->pid;
  if (event->pidfd >= 0) /* the guard tells the end; a worker costs three descriptors */
    close (event->pidfd);
  if (!weir_process_watch (process))
    {
      process->fault = "cannot be watched";
      weir_process_end (process, 0);
    }
  if (process->state != WEIR_PROCESS_STARTING)
    return;
  if (process->channel != NULL && process->channel->options.waits_ready)
    {
      process->state = WEIR_PROCESS_WARMING;
      return;
    }
  process->state = WEIR_PROCESS_READY;
  tell (process, process->events->ready);
}

/* End ------------------------------------------------------------------------------------------ */

static void
send_signal (WeirProcess *process, int signal)
{
  if (process->host->guard == NULL)
    return;
  weir_guard_signal (process->host->guard, process->id, signal);
  weir_process_host_watch_room (process->host);
}

static void
close_input (WeirProcess *process)
{
  if (process->channel == NULL)
    return;
  process->watches_room = FALSE;
  weir_process_drop_output (process);
  weir_channel_close_output (process->channel);
}

/* One step up. What has no input to close is asked by TERM at once. */
static void
climb (WeirProcess *process)
{
  process->ladder++;
  if (process->ladder == LADDER_CLOSED && process->channel == NULL)
    process->ladder++;
  process->next_step
      = process->ladder < LADDER_KILL ? after (process, process->patience) : WEIR_TIME_NEVER;
  if (process->ladder == LADDER_CLOSED)
    close_input (process);
  else
    send_signal (process, process->ladder == LADDER_TERM ? SIGTERM : SIGKILL);
}

void
weir_process_step (WeirProcess *process)
{
  if (process->state == WEIR_PROCESS_ENDING)
    {
      climb (process);
      return;
    }
  process->fault = "was not ready in time";
  weir_process_end (process, 0);
}

static void
kill_now (WeirProcess *process)
{
  close_input (process);
  process->ladder = LADDER_TERM;
  climb (process);
}

void
weir_process_end (WeirProcess *process, gint64 patience)
{
  if (process->state == WEIR_PROCESS_ENDED || process->ladder == LADDER_KILL)
    return;

  gboolean begins = process->state != WEIR_PROCESS_ENDING;
  if (begins && process->state != WEIR_PROCESS_READY)
    weir_process_drop_input (process);
  process->state = WEIR_PROCESS_ENDING;
  process->patience = begins ? patience : MIN (process->patience, patience);
  if (process->patience <= 0)
    kill_now (process);
  else if (begins)
    climb (process);
  else
    process->next_step = MIN (process->next_step, after (process, process->patience));
}

/* A leader has ended when whoever it left behind may still hold its pipes: what it wrote itself is
 * in them by now, and their ends are not waited for. */
void
weir_process_ended (WeirProcess *process)
{
  WeirProcessHost *host = process->host;

  if (process->errors_fd >= 0)
    weir_stderr_tail_read (process->errors, process->errors_fd, get_time (process));
  process->state = WEIR_PROCESS_ENDED;
  process->next_step = WEIR_TIME_NEVER;
  weir_process_drop_input (process);
  weir_process_drop_output (process);
  weir_process_drop_errors (process);
  tell (process, process->events->ended);
  g_ptr_array_remove_fast (host->processes, process);
}

static char *
describe_status (int status)
{
  if (WIFSIGNALED (status))
    return g_strdup_printf ("signal %d (%s)%s", WTERMSIG (status), g_strsignal (WTERMSIG (status)),
                            WCOREDUMP (status) ? ", core dumped" : "");
  return g_strdup_printf ("exit status %d", WEXITSTATUS (status));
}

char *
weir_process_describe_start_error (const WeirProcess *process)
{
  if (process->interpreter == NULL)
    return g_strdup (g_strerror (process->start_error));

  g_autofree char *shown = g_strescape (process->interpreter, NULL); /* "/bin/sh\r" is one, too */
  return g_strdup_printf ("its interpreter %s is missing", shown);
}

char *
weir_process_describe_end (const WeirProcess *process)
{
  g_autofree char *status = describe_status (process->status);
  g_autofree char *lines = weir_stderr_tail_get_lines (process->errors);
  const char *separator = *lines != '\0' ? ": " : "";

  if (process->start_error != 0)
    {
      g_autofree char *cause = weir_process_describe_start_error (process);
      return g_strdup_printf ("cannot be started: %s: %s", process->start_step, cause);
    }
  if (process->fault != NULL)
    return g_strdup_printf ("%s, %s%s%s", process->fault, status, separator, lines);
  return g_strdup_printf ("%s%s%s", status, separator, lines);
}
