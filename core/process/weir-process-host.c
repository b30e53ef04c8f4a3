/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-host-private.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

/* Events of the guard that one dispatch takes. */
#define MAX_EVENTS 64

static WeirProcess *
find (const WeirProcessHost *host, guint64 id)
{
  for (guint i = 0; i < host->processes->len; i++)
    {
      WeirProcess *process = g_ptr_array_index (host->processes, i);
      if (process->id == id)
        return process;
    }
  return NULL;
}

static void
drop_guard (WeirProcessHost *host)
{
  if (host->guard_watch != NULL)
    weir_poller_remove (host->poller, host->guard_watch);
  host->guard_watch = NULL;
  host->watches_room = FALSE;
  g_clear_pointer (&host->guard, weir_guard_free);
}

/* One that has not run is not to blame for a guard that could not begin. */
static void
lose (WeirProcess *process, int error)
{
  if (error != 0 && process->pid == 0)
    {
      process->start_error = error;
      process->start_step = "weir-guard";
    }
  else
    {
      process->status = SIGKILL;
      process->fault = "weir-guard was killed";
    }
  weir_process_ended (process);
}

/* The guard was killed, and the kernel has killed its children; or it could not begin. */
static void
end_all (WeirProcessHost *host, int error)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_copy (host->processes, NULL, NULL);

  if (error != 0)
    g_warning ("weir-guard could not begin: %s", g_strerror (error));
  else
    g_warning ("weir-guard was killed, and %u worker processes with it", lost->len);
  drop_guard (host);
  g_ptr_array_set_free_func (lost, NULL);
  for (guint i = 0; i < lost->len; i++)
    lose (g_ptr_array_index (lost, i), error);
}

static void
take_event (WeirProcessHost *host, const WeirGuardEvent *event)
{
  WeirProcess *process = find (host, event->id);

  if (event->kind == WEIR_GUARD_STARTED && process != NULL)
    weir_process_started (process, event);
  else if (event->pidfd >= 0)
    close (event->pidfd);
  if (process == NULL || event->kind == WEIR_GUARD_STARTED)
    return;

  process->start_error = event->error;
  process->start_step = event->step;
  if (event->interpreter[0] != '\0')
    process->interpreter = g_strdup (event->interpreter);
  process->status = event->status;
  process->usage = event->usage;
  weir_process_ended (process);
}

static void
on_guard (gpointer data, guint32 events)
{
  WeirProcessHost *host = data;
  WeirGuardEvent event;

  if (events & EPOLLOUT)
    weir_guard_flush (host->guard);
  for (guint i = 0; i < MAX_EVENTS && weir_guard_next_event (host->guard, &event); i++)
    {
      if (event.kind == WEIR_GUARD_LOST)
        {
          end_all (host, event.error);
          return;
        }
      take_event (host, &event);
    }
  weir_process_host_watch_room (host);
}

void
weir_process_host_watch_room (WeirProcessHost *host)
{
  gboolean wanted = host->guard != NULL && weir_guard_is_blocked (host->guard);

  if (host->guard == NULL || wanted == host->watches_room)
    return;
  host->watches_room = wanted;
  weir_poller_modify (host->poller, host->guard_watch, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

gboolean
weir_process_host_need_guard (WeirProcessHost *host, GError **error)
{
  if (host->guard != NULL)
    return TRUE;
  host->guard = weir_guard_new (error);
  if (host->guard == NULL)
    return FALSE;
  host->guard_watch
      = weir_poller_add (host->poller, weir_guard_get_fd (host->guard), EPOLLIN, on_guard, host);
  if (host->guard_watch != NULL)
    return TRUE;

  int reason = errno;
  drop_guard (host);
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason),
               "weir-guard cannot be watched: %s", g_strerror (reason));
  return FALSE;
}

WeirProcessHost *
weir_process_host_new (WeirClock *clock, GError **error)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (error);

  if (poller == NULL)
    return NULL;

  g_autoptr (WeirProcessHost) host = g_new0 (WeirProcessHost, 1);
  host->clock = g_object_ref (clock);
  host->poller = g_steal_pointer (&poller);
  host->processes = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_process_free);
  host->alarm = WEIR_TIME_NEVER;
  host->has_timer = !weir_clock_is_virtual (clock);
  if (host->has_timer && !weir_poller_open_timer (host->poller, error))
    return NULL;
  return weir_process_host_need_guard (host, error) ? g_steal_pointer (&host) : NULL;
}

/* The processes first: what reads them sees the end of file, and needs no kill. */
void
weir_process_host_free (WeirProcessHost *host)
{
  g_ptr_array_unref (host->processes);
  drop_guard (host);
  weir_poller_free (host->poller);
  g_object_unref (host->clock);
  g_free (host);
}

void
weir_process_host_set_deadline (WeirProcessHost *host, gint64 deadline)
{
  host->deadline = deadline;
}

WeirClock *
weir_process_host_get_clock (const WeirProcessHost *host)
{
  return host->clock;
}

int
weir_process_host_get_fd (const WeirProcessHost *host)
{
  return weir_poller_get_fd (host->poller);
}

gint64
weir_process_host_get_next_time (const WeirProcessHost *host)
{
  gint64 next = WEIR_TIME_NEVER;

  for (guint i = 0; i < host->processes->len; i++)
    {
      const WeirProcess *process = g_ptr_array_index (host->processes, i);
      next = MIN (next, process->next_step);
      if (!host->has_timer)
        next = MIN (next, process->rests_until);
    }
  return next;
}

/* One that is early costs a look; each change costs a system call. */
void
weir_process_host_set_alarm (WeirProcessHost *host, gint64 time)
{
  if (!host->has_timer || time >= host->alarm)
    return;
  host->alarm = time;
  weir_poller_set_timer (host->poller, time);
}

void
weir_process_host_dispatch (WeirProcessHost *host)
{
  weir_poller_dispatch (host->poller);

  gint64 now = weir_clock_get_time (host->clock);
  if (host->alarm <= now)
    host->alarm = WEIR_TIME_NEVER;
  for (guint i = 0; i < host->processes->len; i++)
    {
      WeirProcess *process = g_ptr_array_index (host->processes, i);
      if (process->next_step <= now)
        weir_process_step (process);
      if (process->rests_until <= now)
        weir_process_stop_resting (process, now);
      weir_process_host_set_alarm (host, process->rests_until);
    }
}
