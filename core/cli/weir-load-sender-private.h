/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-clock.h>

#include "cli/weir-load-schedule-private.h"

G_BEGIN_DECLS

/* Whom the load is sent to. */
typedef struct
{
  /* Takes whole or partial records from the front of @text: the number of bytes; 0: it has no room
   * now; -1: it is gone. Never blocks. */
  gssize (*take) (gpointer peer, const char *text, gsize length);
  /* Blocks until there may be room, some milliseconds at most. */
  void (*wait) (gpointer peer);
} WeirLoadPeer;

/* Sends records at the times of a schedule, whatever becomes of those before: an open loop. What is
 * due when the sender wakes goes out in one write.
 *
 *   start        from                        end         given up
 *   | warm-up    | measured                   | backlog   |
 *   +------------+----------------------------+-----------+
 *
 * A peer that does not take records moves no intended time: what is due meanwhile goes out as soon
 * as it takes some again, with the times at which it was meant to. What the peer has not taken by
 * `give_up` is offered, but never sent. Belongs to one thread; another may stop it. */
typedef struct
{
  WeirClock *clock; /* borrowed */
  const WeirLoadPeer *peer;
  gpointer peer_data;
  WeirLoadSchedule schedule;
  gint64 start; /* times of the clock */
  gint64 from;
  gint64 end;
  gint64 give_up;

  gint64 due; /* when the next record is meant to be sent */
  guint64 number;
  char *text; /* whole records: those due when it was filled */
  gsize length;
  gsize position; /* up to where they are sent */
  gboolean is_blocked;
  gint64 free_since; /* the peer took everything that waited */

  guint64 n_offered; /* intended between `from` and `end` */
  guint64 n_bytes;   /* sent */
  gint64 worst_lag;  /* of the sender itself, nanoseconds */
  gboolean is_broken;
  gint is_over;     /* atomic */
  gint is_stopping; /* atomic */
} WeirLoadSender;

typedef struct
{
  gint64 start;
  gint64 warm_up; /* nanoseconds */
  gint64 duration;
  gint64 grace; /* between `end` and `give_up` */
} WeirLoadTimes;

WeirLoadSender *weir_load_sender_new (WeirClock *clock, const WeirLoadSchedule *schedule,
                                      const WeirLoadTimes *times, const WeirLoadPeer *peer,
                                      gpointer peer_data) G_GNUC_WARN_UNUSED_RESULT;
void weir_load_sender_free (WeirLoadSender *sender);

/* Sends what is due; returns when the next record will be, or now when the peer has no room. */
gint64 weir_load_sender_step (WeirLoadSender *sender);
/* Steps, and waits in between, until it is over. */
void weir_load_sender_run (WeirLoadSender *sender);

/* Any thread. */
void weir_load_sender_stop (WeirLoadSender *sender);
gboolean weir_load_sender_is_over (WeirLoadSender *sender);
/* When it is over. */
guint64 weir_load_sender_get_sent (const WeirLoadSender *sender);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLoadSender, weir_load_sender_free)

G_END_DECLS
