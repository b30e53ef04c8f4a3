/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-sender-private.h"

#include <errno.h>
#include <sys/prctl.h>
#include <time.h>

#include "cli/weir-load-record-private.h"

#define MOST_RECORDS 256 /* in one write */
#define LONGEST_NAP                                                                                \
  (G_GINT64_CONSTANT (50000000)) /* nanoseconds until it looks whether to stop                     \
                                  */
#define SECOND (G_GINT64_CONSTANT (1000000000))

/* The next intended time, and how many records there are to measure. */
static void
draw_next (WeirLoadSender *sender)
{
  sender->due = sender->start + weir_load_schedule_next (&sender->schedule);
  sender->n_offered += sender->due >= sender->from && sender->due < sender->end;
}

WeirLoadSender *
weir_load_sender_new (WeirClock *clock, const WeirLoadSchedule *schedule,
                      const WeirLoadTimes *times, const WeirLoadPeer *peer, gpointer peer_data)
{
  WeirLoadSender *sender = g_new0 (WeirLoadSender, 1);

  sender->clock = clock;
  sender->peer = peer;
  sender->peer_data = peer_data;
  sender->schedule = *schedule;
  sender->start = times->start;
  sender->from = times->start + times->warm_up;
  sender->end = sender->from + times->duration;
  sender->give_up = sender->end + times->grace;
  sender->text = g_malloc (MOST_RECORDS * WEIR_LOAD_RECORD_BYTES);
  draw_next (sender);
  return sender;
}

void
weir_load_sender_free (WeirLoadSender *sender)
{
  g_free (sender->text);
  g_free (sender);
}

void
weir_load_sender_stop (WeirLoadSender *sender)
{
  g_atomic_int_set (&sender->is_stopping, TRUE);
}

gboolean
weir_load_sender_is_over (WeirLoadSender *sender)
{
  return g_atomic_int_get (&sender->is_over);
}

guint64
weir_load_sender_get_sent (const WeirLoadSender *sender)
{
  return sender->n_bytes / WEIR_LOAD_RECORD_BYTES;
}

/* Late by the sender's own doing, or the machine's: what the peer held up is none of it. */
static void
note_lag (WeirLoadSender *sender, gint64 now)
{
  if (sender->due >= sender->from)
    sender->worst_lag = MAX (sender->worst_lag, now - MAX (sender->due, sender->free_since));
}

static void
fill (WeirLoadSender *sender, gint64 now)
{
  gint64 until = MIN (now + 1, sender->end);

  sender->length = 0;
  sender->position = 0;
  if (sender->due < until)
    note_lag (sender, now);
  for (guint i = 0; i < MOST_RECORDS && sender->due < until; i++)
    {
      weir_load_record_write (sender->text + sender->length, sender->due, sender->number++);
      sender->length += WEIR_LOAD_RECORD_BYTES;
      draw_next (sender);
    }
}

static void
flush (WeirLoadSender *sender)
{
  while (sender->position < sender->length)
    {
      gssize n = sender->peer->take (sender->peer_data, sender->text + sender->position,
                                     sender->length - sender->position);

      sender->is_blocked = n == 0;
      sender->is_broken = n < 0;
      if (n <= 0)
        return;
      sender->position += (gsize)n;
      sender->n_bytes += (guint64)n;
    }
}

static gboolean
has_ended (const WeirLoadSender *sender, gint64 now)
{
  return sender->is_broken || now >= sender->give_up
         || (sender->due >= sender->end && sender->position == sender->length);
}

/* What was not sent was offered all the same. */
static void
finish (WeirLoadSender *sender)
{
  while (sender->due < sender->end)
    draw_next (sender);
  g_atomic_int_set (&sender->is_over, TRUE);
}

gint64
weir_load_sender_step (WeirLoadSender *sender)
{
  gint64 now = weir_clock_get_time (sender->clock);
  gboolean was_blocked = sender->is_blocked;

  if (sender->position == sender->length)
    fill (sender, now);
  flush (sender);
  if (was_blocked && !sender->is_blocked)
    sender->free_since = weir_clock_get_time (sender->clock);
  if (has_ended (sender, now))
    finish (sender);
  return sender->is_blocked ? now : MIN (sender->due, sender->end);
}

static void
sleep_until (gint64 time)
{
  const struct timespec until = { time / SECOND, time % SECOND };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    ;
}

void
weir_load_sender_run (WeirLoadSender *sender)
{
  prctl (PR_SET_TIMERSLACK, 1);
  while (!weir_load_sender_is_over (sender))
    {
      gint64 next = weir_load_sender_step (sender);
      gint64 now = weir_clock_get_time (sender->clock);

      if (g_atomic_int_get (&sender->is_stopping))
        finish (sender);
      else if (sender->is_blocked)
        sender->peer->wait (sender->peer_data);
      else if (next > now)
        sleep_until (MIN (next, now + LONGEST_NAP));
    }
}
