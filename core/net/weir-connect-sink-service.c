/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>

#include "net/weir-connect-sink-private.h"

/* Bytes that do not wait for more. */
#define FULL_WRITE (64 * 1024)

/* Nanoseconds until it is looked again whether the peer has all. */
#define LOOK_AGAIN 5000000

static gint64
add_span (gint64 time, guint64 span)
{
  return time + (gint64)MIN (span, G_MAXINT64 / 4);
}

gint64
weir_connect_state_get_now (const WeirConnectState *state)
{
  return weir_clock_get_time (weir_stage_get_clock (state->stage));
}

static gboolean
is_flush_due (const WeirConnectState *state, gint64 now)
{
  if (state->waiting.length == 0)
    return FALSE;
  return state->options->flush_interval == 0 || state->full || state->ending
         || g_atomic_int_get (&state->stopping) || now >= state->flush_at
         || state->n_waiting >= state->options->batch_size || state->waiting_size >= FULL_WRITE;
}

static gboolean
is_blocked (const WeirConnectState *state)
{
  for (guint i = 0; i < state->pool->n_lanes; i++)
    if (state->writers[i].blocked)
      return TRUE;
  return FALSE;
}

/* What was in work on a lane that is lost waits again; a peer that has room is written to. TRUE:
 * there was something of the former, so look again. */
static gboolean
look_at_lanes (WeirConnectState *state, gint64 now)
{
  gboolean lost = FALSE;

  for (guint i = 0; i < state->pool->n_lanes; i++)
    {
      WeirConnectWriter *writer = &state->writers[i];
      WeirLane *lane = writer->lane;

      if (lane->connection == NULL)
        {
          lost |= writer->work.length > 0;
          weir_connect_state_take_back (state, &writer->work);
          weir_connect_writer_reset (writer);
          continue;
        }
      if (!writer->blocked || lane->ready == 0)
        continue;
      lane->ready = 0;
      writer->blocked = FALSE;
      weir_connect_writer_write (writer, now);
      lost |= lane->connection == NULL;
    }
  return lost;
}

/* The only lane takes all that waits, one of many a batch. */
static gboolean
feed (WeirConnectState *state, WeirConnectWriter *writer, gint64 now)
{
  gboolean takes_all = state->pool->n_lanes == 1;
  WeirHeld *held;

  if (writer->lane->connection == NULL || writer->blocked || writer->work.length > 0)
    return FALSE;
  do
    {
      held = weir_connect_state_take (state);
      if (held != NULL)
        g_queue_push_tail_link (&writer->work, &held->link);
    }
  while (held != NULL && takes_all);
  weir_connect_writer_write (writer, now);
  return TRUE;
}

static void
feed_all (WeirConnectState *state, gint64 now)
{
  guint n = state->pool->n_lanes;
  guint n_idle = 0;

  while (state->waiting.length > 0 && n_idle < n)
    {
      n_idle = feed (state, &state->writers[state->next_writer], now) ? 0 : n_idle + 1;
      state->next_writer = (state->next_writer + 1) % n;
    }
}

/* A peer that is there, and takes nothing. */
static void
lose_stuck (WeirConnectState *state, gint64 now)
{
  guint64 patience = state->options->write_timeout;

  for (guint i = 0; i < state->pool->n_lanes && patience > 0; i++)
    {
      WeirConnectWriter *writer = &state->writers[i];
      g_autofree char *why = NULL;

      if (writer->lane->connection == NULL || !writer->blocked
          || now < add_span (writer->last_write, patience))
        continue;
      why = g_strdup_printf ("%s took nothing for %.3g s", state->target->name,
                             (double)patience / 1e9);
      weir_lane_lose (writer->lane, why, now);
    }
}

/* When what is held has waited in vain; WEIR_TIME_NEVER: it may wait. */
static gint64
get_limit (const WeirConnectState *state)
{
  const WeirConnectSink *options = state->options;
  gint64 limit = WEIR_TIME_NEVER;

  if (state->n_held == 0)
    return limit;
  if (state->idle_since != WEIR_TIME_NEVER)
    limit = add_span (state->idle_since, options->drain_timeout);
  if (state->alone_since != WEIR_TIME_NEVER && options->retry_for > 0)
    limit = MIN (limit, add_span (state->alone_since, options->retry_for));
  return limit;
}

static void
note_idleness (WeirConnectState *state, gint64 now)
{
  gboolean near_end = state->ending || g_atomic_int_get (&state->stopping);

  if (!near_end || state->n_held == 0)
    state->idle_since = WEIR_TIME_NEVER;
  else if (state->wrote || state->idle_since == WEIR_TIME_NEVER)
    state->idle_since = now;
}

/* A peer that comes, and goes before it has taken anything, was not there. */
static void
note_absence (WeirConnectState *state, gint64 now)
{
  if (state->n_held == 0 || state->wrote || state->pool->n_up > 0)
    state->alone_since = WEIR_TIME_NEVER;
  else if (state->alone_since == WEIR_TIME_NEVER)
    state->alone_since = now;
}

static void
give_up (WeirConnectState *state, GError **error)
{
  const char *name = state->target->name;
  g_autofree char *why = NULL;

  if (state->pool->n_up > 0)
    why = g_strdup_printf ("%s takes nothing", name);
  else if (state->pool->trouble != NULL)
    why = g_strdup (state->pool->trouble);
  else
    why = g_strdup_printf ("%s does not answer", name);
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "%s; %u %s not written", why,
               state->n_held, state->n_held == 1 ? "record was" : "records were");
}

/* Where there is something to write and room for it, it is written without asking first. */
gboolean
weir_connect_state_service (WeirConnectState *state, gboolean ending, GError **error)
{
  gint64 now = weir_connect_state_get_now (state);
  g_autoptr (GError) failure = NULL;

  state->ending = ending;
  state->wrote = FALSE;
  if (!is_flush_due (state, now) || is_blocked (state))
    weir_connection_pool_poll (state->pool, now);
  weir_connection_pool_service (state->pool, now);
  look_at_lanes (state, now);
  lose_stuck (state, now);
  do
    {
      look_at_lanes (state, now);
      if (is_flush_due (state, now))
        feed_all (state, now);
    }
  while (look_at_lanes (state, now));
  note_idleness (state, now);
  note_absence (state, now);
  if (now >= get_limit (state))
    give_up (state, &failure);
  if (failure != NULL)
    {
      weir_connect_state_fail_all (state, failure->message);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  weir_connect_state_compact (state);
  return TRUE;
}

static gint64
get_stuck_time (const WeirConnectState *state)
{
  guint64 patience = state->options->write_timeout;
  gint64 next = WEIR_TIME_NEVER;

  for (guint i = 0; i < state->pool->n_lanes && patience > 0; i++)
    if (state->writers[i].blocked)
      next = MIN (next, add_span (state->writers[i].last_write, patience));
  return next;
}

/* When a stream that is to be completed has waited in vain. */
static gint64
get_closing_limit (const WeirConnectState *state)
{
  return state->closing_since == WEIR_TIME_NEVER
             ? WEIR_TIME_NEVER
             : add_span (state->closing_since, state->options->drain_timeout);
}

gint64
weir_connect_state_get_next_time (const WeirConnectState *state)
{
  gint64 next = MIN (weir_connection_pool_get_next_time (state->pool), get_limit (state));

  if (!is_flush_due (state, weir_connect_state_get_now (state))) /* else it waits for a peer */
    next = MIN (next, state->flush_at);
  if (state->closing_since != WEIR_TIME_NEVER)
    next = MIN (next,
                MIN (get_closing_limit (state), weir_connect_state_get_now (state) + LOOK_AGAIN));
  return MIN (next, get_stuck_time (state));
}

static void
close_lane (WeirConnectState *state, WeirConnectWriter *writer, gboolean complete)
{
  if (!complete)
    g_warning ("%s: %s does not take the end of its stream", weir_stage_get_id (state->stage),
               state->target->name);
  weir_lane_close (writer->lane);
  weir_connect_writer_reset (writer);
}

static gboolean
is_delivered (const WeirLane *lane)
{
  return lane->connection == NULL || weir_connection_is_delivered (lane->connection);
}

/* Closes what is open, well: a compressed stream is completed, and the peer has all of it. */
gboolean
weir_connect_state_close (WeirConnectState *state)
{
  gint64 now = weir_connect_state_get_now (state);
  gboolean done = TRUE;

  if (state->closing_since == WEIR_TIME_NEVER)
    state->closing_since = now;
  for (guint i = 0; i < state->pool->n_lanes; i++)
    {
      WeirConnectWriter *writer = &state->writers[i];
      gboolean complete = weir_connect_writer_finish (writer, now) && is_delivered (writer->lane);

      if (complete || now >= get_closing_limit (state))
        close_lane (state, writer, complete);
      else
        done = FALSE;
    }
  if (done)
    state->closing_since = WEIR_TIME_NEVER;
  return done;
}
