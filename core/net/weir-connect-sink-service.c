/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>

#include "net/weir-connect-sink-private.h"

/* Bytes that do not wait for more. */
#define FULL_WRITE (64 * 1024)

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
 * there was something of the former. */
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
  gint64 patience = (gint64)MIN (state->options->write_timeout, G_MAXINT64 / 4);

  for (guint i = 0; i < state->pool->n_lanes && patience > 0; i++)
    {
      WeirConnectWriter *writer = &state->writers[i];
      g_autofree char *why = NULL;

      if (!writer->blocked || now < writer->last_write + patience)
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
    limit = state->idle_since + (gint64)MIN (options->drain_timeout, G_MAXINT64 / 4);
  if (state->pool->n_up == 0 && options->retry_for > 0)
    limit = MIN (limit, state->pool->down_since + (gint64)MIN (options->retry_for, G_MAXINT64 / 4));
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
  state->wrote = FALSE;
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
  if (!is_flush_due (state, now) || is_blocked (state))
    weir_connection_pool_poll (state->pool, now);
  weir_connection_pool_service (state->pool, now);
  lose_stuck (state, now);
  do
    {
      look_at_lanes (state, now);
      if (is_flush_due (state, now))
        feed_all (state, now);
    }
  while (look_at_lanes (state, now));
  note_idleness (state, now);
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
  gint64 patience = (gint64)MIN (state->options->write_timeout, G_MAXINT64 / 4);
  gint64 next = WEIR_TIME_NEVER;

  for (guint i = 0; i < state->pool->n_lanes && patience > 0; i++)
    if (state->writers[i].blocked)
      next = MIN (next, state->writers[i].last_write + patience);
  return next;
}

gint64
weir_connect_state_get_next_time (const WeirConnectState *state)
{
  gint64 next = MIN (weir_connection_pool_get_next_time (state->pool), get_limit (state));

  if (!is_flush_due (state, weir_connect_state_get_now (state))) /* else it waits for a peer */
    next = MIN (next, state->flush_at);
  return MIN (next, get_stuck_time (state));
}

/* Closes what is open, well: a compressed stream is completed. */
gboolean
weir_connect_state_close (WeirConnectState *state)
{
  gint64 now = weir_connect_state_get_now (state);
  gboolean done = TRUE;

  if (state->idle_since == WEIR_TIME_NEVER)
    state->idle_since = now;
  for (guint i = 0; i < state->pool->n_lanes; i++)
    {
      WeirConnectWriter *writer = &state->writers[i];
      gint64 limit
          = state->idle_since + (gint64)MIN (state->options->drain_timeout, G_MAXINT64 / 4);

      if (weir_connect_writer_finish (writer, now) || now >= limit)
        weir_lane_close (writer->lane);
      else
        done = FALSE;
    }
  return done;
}
