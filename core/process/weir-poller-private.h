/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/epoll.h>

#include <glib.h>

G_BEGIN_DECLS

/* @events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. The watch may be removed from inside. */
typedef void (*WeirPollerFunc) (gpointer data, guint32 events);

/* Many descriptors behind one: an epoll set that calls a function for each descriptor that is
 * ready. Level-triggered. One thread at a time. */
typedef struct _WeirPoller WeirPoller;
typedef struct _WeirWatch WeirWatch;

WeirPoller *weir_poller_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_poller_free (WeirPoller *poller);
int weir_poller_get_fd (const WeirPoller *poller);

/* @events: EPOLLIN, EPOLLOUT, or 0 for hang-ups alone. NULL with errno set: no memory, or no room.
 */
WeirWatch *weir_poller_add (WeirPoller *poller, int fd, guint32 events, WeirPollerFunc func,
                            gpointer data);
void weir_poller_modify (WeirPoller *poller, WeirWatch *watch, guint32 events);
/* Before the descriptor is closed. */
void weir_poller_remove (WeirPoller *poller, WeirWatch *watch);
/* When the descriptor has been closed already. */
void weir_poller_forget (WeirPoller *poller, WeirWatch *watch);

/* A timer in the set, for times that are finer than the milliseconds of poll: CLOCK_MONOTONIC. */
gboolean weir_poller_open_timer (WeirPoller *poller, GError **error);
/* The descriptor is readable at @time, until the next dispatch; in place of the time before. */
void weir_poller_set_timer (WeirPoller *poller, gint64 time);

/* Calls the functions of what is ready, at most 64 of them; never blocks. */
void weir_poller_dispatch (WeirPoller *poller);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPoller, weir_poller_free)

G_END_DECLS
