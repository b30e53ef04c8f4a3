/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-poller-private.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Calls of one dispatch. */
#define MAX_EVENTS 64

/* In a second. */
#define NANOSECONDS 1000000000

struct _WeirWatch
{
  int fd;
  WeirPollerFunc func; /* NULL: removed */
  gpointer data;
};

/* A watch that is removed during a dispatch may still be named by what epoll has reported already,
 * so it stays in `removed` until the dispatch is over. */
struct _WeirPoller
{
  int fd;
  int timer_fd; /* -1: none */
  gboolean is_dispatching;
  GPtrArray *watches; /* owned */
  GPtrArray *removed; /* owned */
};

WeirPoller *
weir_poller_new (GError **error)
{
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "no epoll set: %s",
                   g_strerror (errno));
      return NULL;
    }

  WeirPoller *poller = g_new0 (WeirPoller, 1);
  poller->fd = fd;
  poller->timer_fd = -1;
  poller->watches = g_ptr_array_new_with_free_func (g_free);
  poller->removed = g_ptr_array_new_with_free_func (g_free);
  return poller;
}

void
weir_poller_free (WeirPoller *poller)
{
  g_assert (!poller->is_dispatching);
  close (poller->fd);
  if (poller->timer_fd >= 0)
    close (poller->timer_fd);
  g_ptr_array_unref (poller->watches);
  g_ptr_array_unref (poller->removed);
  g_free (poller);
}

int
weir_poller_get_fd (const WeirPoller *poller)
{
  return poller->fd;
}

WeirWatch *
weir_poller_add (WeirPoller *poller, int fd, guint32 events, WeirPollerFunc func, gpointer data)
{
  WeirWatch *watch = g_new0 (WeirWatch, 1);
  struct epoll_event event = { .events = events, .data.ptr = watch };

  watch->fd = fd;
  watch->func = func;
  watch->data = data;
  if (epoll_ctl (poller->fd, EPOLL_CTL_ADD, fd, &event) != 0)
    {
      g_free (watch);
      return NULL;
    }
  g_ptr_array_add (poller->watches, watch);
  return watch;
}

void
weir_poller_modify (WeirPoller *poller, WeirWatch *watch, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  epoll_ctl (poller->fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
weir_poller_forget (WeirPoller *poller, WeirWatch *watch)
{
  guint position;

  watch->func = NULL;
  g_assert (g_ptr_array_find (poller->watches, watch, &position));
  g_ptr_array_add (poller->removed, g_ptr_array_steal_index_fast (poller->watches, position));
  if (!poller->is_dispatching)
    g_ptr_array_set_size (poller->removed, 0);
}

void
weir_poller_remove (WeirPoller *poller, WeirWatch *watch)
{
  epoll_ctl (poller->fd, EPOLL_CTL_DEL, watch->fd, NULL);
  weir_poller_forget (poller, watch);
}

static void
on_timer (gpointer data, guint32 events)
{
  const WeirPoller *poller = data;
  guint64 n_times;

  if (read (poller->timer_fd, &n_times, sizeof n_times) < 0)
    g_assert (errno == EAGAIN); /* it was set anew in between */
}

gboolean
weir_poller_open_timer (WeirPoller *poller, GError **error)
{
  g_assert (poller->timer_fd < 0);

  poller->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (poller->timer_fd >= 0
      && weir_poller_add (poller, poller->timer_fd, EPOLLIN, on_timer, poller) != NULL)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "no timer: %s",
               g_strerror (errno));
  return FALSE;
}

void
weir_poller_set_timer (WeirPoller *poller, gint64 time)
{
  struct itimerspec when = { .it_value = { time / NANOSECONDS, time % NANOSECONDS } };

  timerfd_settime (poller->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void
weir_poller_dispatch (WeirPoller *poller)
{
  struct epoll_event events[MAX_EVENTS];
  int n = epoll_wait (poller->fd, events, MAX_EVENTS, 0);

  g_assert (!poller->is_dispatching);
  poller->is_dispatching = TRUE;
  for (int i = 0; i < n; i++)
    {
      WeirWatch *watch = events[i].data.ptr;
      if (watch->func != NULL)
        watch->func (watch->data, events[i].events);
    }
  poller->is_dispatching = FALSE;
  g_ptr_array_set_size (poller->removed, 0);
}
