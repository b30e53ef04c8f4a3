/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "process/weir-process-host-private.h"

static WeirPoller *
get_poller (const WeirProcess *process)
{
  return process->host->poller;
}

static gint64
get_time (const WeirProcess *process)
{
  return weir_clock_get_time (process->host->clock);
}

static void
tell (WeirProcess *process, void (*event) (WeirProcess *process))
{
  if (event != NULL)
    event (process);
}

/* @fd: what the channel has there now: it closes its descriptors as it sees fit. */
static void
drop_watch (WeirProcess *process, WeirWatch **watch, int fd)
{
  if (*watch != NULL && fd >= 0)
    weir_poller_remove (get_poller (process), *watch);
  else if (*watch != NULL)
    weir_poller_forget (get_poller (process), *watch);
  *watch = NULL;
}

void
weir_process_drop_input (WeirProcess *process)
{
  if (process->channel != NULL)
    drop_watch (process, &process->input_watch, weir_channel_get_input_fd (process->channel));
}

void
weir_process_drop_output (WeirProcess *process)
{
  if (process->channel != NULL)
    drop_watch (process, &process->output_watch, weir_channel_get_output_fd (process->channel));
}

void
weir_process_drop_errors (WeirProcess *process)
{
  drop_watch (process, &process->errors_watch, process->errors_fd);
  if (process->errors_fd >= 0)
    close (process->errors_fd);
  process->errors_fd = -1;
}

static void
on_errors (gpointer data, guint32 events)
{
  WeirProcess *process = data;

  if (!weir_stderr_tail_read (process->errors, process->errors_fd, get_time (process)))
    weir_process_drop_errors (process);
}

static void
on_output (gpointer data, guint32 events)
{
  WeirProcess *process = data;

  if (events & (EPOLLERR | EPOLLHUP))
    weir_process_drop_output (process);
  tell (process, process->events->writable);
}

/* The first message of a worker that says when it is ready. */
static void
await_ready (WeirProcess *process)
{
  WeirReply reply;
  WeirChannelStatus status = weir_channel_receive (process->channel, &reply);

  if (status == WEIR_CHANNEL_BLOCKED || process->state != WEIR_PROCESS_WARMING)
    return;
  if (status == WEIR_CHANNEL_DONE && reply.kind == WEIR_REPLY_READY)
    {
      process->state = WEIR_PROCESS_READY;
      process->next_step = WEIR_TIME_NEVER;
      tell (process, process->events->ready);
      return;
    }
  process->fault = status == WEIR_CHANNEL_DONE ? "spoke before it said that it is ready"
                                               : "ended before it said that it is ready";
  weir_process_end (process, 0);
}

/* Level-triggered: a hang-up with nothing before it would come again and again. */
static void
on_input (gpointer data, guint32 events)
{
  WeirProcess *process = data;

  if (!(events & EPOLLIN))
    weir_process_drop_input (process);
  if (process->state == WEIR_PROCESS_WARMING)
    {
      await_ready (process);
      return;
    }
  tell (process, process->events->readable);
  if (process->watches_room)
    tell (process, process->events->writable);
}

void
weir_process_watch_input (WeirProcess *process, gboolean wanted)
{
  int fd = process->channel != NULL ? weir_channel_get_input_fd (process->channel) : -1;

  if (!wanted)
    weir_process_drop_input (process);
  else if (process->input_watch == NULL && fd >= 0 && process->state != WEIR_PROCESS_ENDED)
    process->input_watch = weir_poller_add (get_poller (process), fd, EPOLLIN, on_input, process);
}

void
weir_process_rest_input (WeirProcess *process, gint64 time)
{
  weir_process_drop_input (process);
  process->rests_until = time;
  weir_process_host_set_alarm (process->host, time);
}

void
weir_process_end_rest (WeirProcess *process)
{
  if (process->rests_until == WEIR_TIME_NEVER)
    return;
  process->rests_until = WEIR_TIME_NEVER;
  weir_process_watch_input (process, TRUE);
}

/* It may rest again at once. */
void
weir_process_stop_resting (WeirProcess *process, gint64 now)
{
  tell (process, process->events->readable);
  if (process->rests_until <= now)
    weir_process_end_rest (process);
}

/* A channel without an output of its own tells room and replies by the same descriptor. */
void
weir_process_watch_output (WeirProcess *process, gboolean wanted)
{
  int fd = weir_channel_get_output_fd (process->channel);

  process->watches_room = wanted && (fd < 0 || fd == weir_channel_get_input_fd (process->channel));
  if (!wanted)
    weir_process_drop_output (process);
  else if (process->output_watch == NULL && !process->watches_room)
    process->output_watch
        = weir_poller_add (get_poller (process), fd, EPOLLOUT, on_output, process);
}

gboolean
weir_process_watch (WeirProcess *process)
{
  process->errors_watch
      = weir_poller_add (get_poller (process), process->errors_fd, EPOLLIN, on_errors, process);
  if (process->state == WEIR_PROCESS_STARTING)
    weir_process_watch_input (process, TRUE);
  return process->errors_watch != NULL
         && (process->input_watch != NULL || process->channel == NULL
             || process->state == WEIR_PROCESS_ENDING
             || weir_channel_get_input_fd (process->channel) < 0);
}
