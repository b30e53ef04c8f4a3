/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-process-private.h"

G_BEGIN_DECLS

/* One stage's children, and all that is needed to have them. Nothing is shared with other stages,
 * so nothing is locked. A guard that is lost takes its processes with it; the next start gets a new
 * one.
 *
 *   poller ──┬── guard          started, failed, exited
 *            ├── a process      replies, room for requests, stderr
 *            └── a process …
 *
 * Each process is in `processes` from its start until its `ended` has returned. */
struct _WeirProcessHost
{
  WeirClock *clock;
  WeirPoller *poller;
  WeirGuard *guard; /* NULL: lost */
  WeirWatch *guard_watch;
  gboolean watches_room;
  GPtrArray *processes; /* owned */
  gboolean has_timer;   /* for the ends of rests; not on a virtual clock */
  gint64 alarm;         /* for which it is set; WEIR_TIME_NEVER: it is not */
  guint64 last_id;
  gint64 deadline; /* the children are told; 0: none */
};

/* A guard to ask; it is started anew when the last one was lost. */
gboolean weir_process_host_need_guard (WeirProcessHost *host, GError **error);
/* To be called after something was asked of the guard. */
void weir_process_host_watch_room (WeirProcessHost *host);

/* To be dispatched at @time too. */
void weir_process_host_set_alarm (WeirProcessHost *host, gint64 time);

/* The life of a process, as the guard tells it. */
void weir_process_started (WeirProcess *process, const WeirGuardEvent *event);
/* Tells `ended` and frees it. */
void weir_process_ended (WeirProcess *process);
/* Its next step has come. */
void weir_process_step (WeirProcess *process);
void weir_process_free (WeirProcess *process);

/* Its descriptors in the poller: weir-process-watch.c.
 *
 * Without a watch its stderr would fill up and stop it; without one on its replies it would never
 * be heard: FALSE. What is to end before it was ready has nothing to say. */
gboolean weir_process_watch (WeirProcess *process);
void weir_process_stop_resting (WeirProcess *process, gint64 now);
void weir_process_drop_input (WeirProcess *process);
void weir_process_drop_output (WeirProcess *process);
void weir_process_drop_errors (WeirProcess *process);

G_END_DECLS
