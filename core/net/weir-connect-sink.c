/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>

#include "net/weir-address-private.h"
#include "net/weir-connect-sink-private.h"

/* Bytes that do not wait for more. */
#define FULL_WRITE (64 * 1024)

const char *const weir_connect_framings[] = { "lines", "octet-counted", NULL };

/* What a class of such sinks adds to the engine's view of it; made once a class, never freed. */
typedef struct
{
  WeirHolder holder;
  gsize offset; /* of the WeirConnectSink in the stage */
  WeirConnectFamily family;
} ConnectClass;

static const ConnectClass *
class_of (WeirStage *stage)
{
  return (const ConnectClass *)weir_stage_get_holder (stage);
}

static WeirConnectSink *
options_of (WeirStage *stage)
{
  return G_STRUCT_MEMBER_P (stage, class_of (stage)->offset);
}

static WeirConnectState *
state_of (WeirStage *stage)
{
  return options_of (stage)->state;
}

static gint64
get_now (const WeirConnectState *state)
{
  return weir_clock_get_time (weir_stage_get_clock (state->stage));
}

/* Options ------------------------------------------------------------------------------------ */

static GSocketConnectable *
parse_address (WeirStage *stage, GError **error)
{
  const char *text = options_of (stage)->connect;

  return class_of (stage)->family == WEIR_CONNECT_UNIX
             ? weir_address_parse_unix (text, error)
             : weir_address_parse_inet (text, WEIR_ADDRESS_CONNECT, error);
}

static void
check_tls (const WeirConnectSink *options, WeirMistakes *mistakes)
{
  const struct
  {
    const char *pointer;
    const char *value;
  } files[] = { { "/tls-ca", options->tls_ca },
                { "/tls-certificate", options->tls_certificate },
                { "/tls-key", options->tls_key },
                { "/tls-server-name", options->tls_server_name } };

  for (guint i = 0; i < G_N_ELEMENTS (files) && !options->tls; i++)
    if (files[i].value != NULL)
      weir_mistakes_add (mistakes, files[i].pointer, "has a meaning with \"tls\": true only");
  if (options->tls_key != NULL && options->tls_certificate == NULL)
    weir_mistakes_add (mistakes, "/tls-key", "needs the option \"tls-certificate\"");
}

static void
check (WeirStage *stage, WeirMistakes *mistakes)
{
  const WeirConnectSink *options = options_of (stage);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnectable) address
      = options->connect != NULL ? parse_address (stage, &error) : NULL;

  if (error != NULL)
    weir_mistakes_add (mistakes, "/connect", error->message);
  check_tls (options, mistakes);
}

/* Life --------------------------------------------------------------------------------------- */

static gboolean
refuse_file (const char *path, const GError *failure, GError **error)
{
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE, "%s: %s", path, failure->message);
  return FALSE;
}

static gboolean
read_tls_files (WeirTarget *target, const WeirConnectSink *options, GError **error)
{
  const char *key = options->tls_key != NULL ? options->tls_key : options->tls_certificate;
  g_autoptr (GError) failure = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                   "TLS is not there (the package glib-networking has it)");
      return FALSE;
    }
  if (options->tls_ca != NULL)
    target->authorities = g_tls_file_database_new (options->tls_ca, &failure);
  if (failure != NULL)
    return refuse_file (options->tls_ca, failure, error);
  if (options->tls_certificate != NULL)
    target->certificate
        = g_tls_certificate_new_from_files (options->tls_certificate, key, &failure);
  return failure == NULL || refuse_file (options->tls_certificate, failure, error);
}

static gboolean
set_up_tls (WeirTarget *target, const WeirConnectSink *options, GError **error)
{
  target->tls = options->tls;
  if (!options->tls)
    return TRUE;
  target->identity = options->tls_server_name != NULL
                         ? g_network_address_new (options->tls_server_name, 0)
                         : g_object_ref (target->address);
  return read_tls_files (target, options, error);
}

static WeirTarget *
make_target (WeirStage *stage, GError **error)
{
  const WeirConnectSink *options = options_of (stage);
  g_autoptr (WeirTarget) target = g_new0 (WeirTarget, 1);

  target->name = g_strdup (options->connect);
  target->user_timeout = MIN (options->write_timeout / 1000000, G_MAXINT);
  target->address = parse_address (stage, error);
  if (target->address == NULL || !set_up_tls (target, options, error))
    return NULL;
  return g_steal_pointer (&target);
}

static void
notify (gpointer data)
{
  const WeirConnectState *state = data;

  weir_stage_wake (state->stage);
}

static void
tell (gpointer data, gboolean good, const char *message)
{
  const WeirConnectState *state = data;
  const char *id = weir_stage_get_id (state->stage);

  if (good)
    g_message ("%s: connected to %s", id, message);
  else
    g_message ("%s: %s; it is tried again", id, message);
}

static WeirConnectionPool *
make_pool (WeirConnectState *state, GError **error)
{
  const WeirConnectSink *options = state->options;
  WeirPoolOptions pool
      = { .n_lanes = options->connections,
          .connect_timeout = (gint64)MIN (options->connect_timeout, G_MAXINT64 / 4),
          .retry_delay = (gint64)MIN (options->retry_delay, G_MAXINT64 / 4),
          .seed = g_random_int (),
          .notify = notify,
          .tell = tell,
          .data = state };

  return weir_connection_pool_new (state->target, &pool, get_now (state), error);
}

static void
stop (WeirStage *stage)
{
  WeirConnectSink *options = options_of (stage);
  WeirConnectState *state = options->state;

  if (state->pool != NULL)
    {
      weir_connect_state_drop_all (state);
      for (guint i = 0; i < state->pool->n_lanes; i++)
        weir_connect_writer_clear (&state->writers[i]);
    }
  g_clear_pointer (&state->pool, weir_connection_pool_free);
  g_clear_pointer (&state->target, weir_target_free);
  g_free (state->writers);
  g_free (state);
  options->state = NULL;
}

static gboolean
start (WeirStage *stage, GError **error)
{
  WeirConnectSink *options = options_of (stage);
  WeirConnectState *state = options->state = g_new0 (WeirConnectState, 1);

  state->stage = stage;
  state->options = options;
  state->flush_at = state->idle_since = WEIR_TIME_NEVER;
  state->target = make_target (stage, error);
  if (state->target != NULL)
    state->pool = make_pool (state, error);
  if (state->pool == NULL)
    {
      stop (stage);
      return FALSE;
    }
  state->writers = g_new0 (WeirConnectWriter, state->pool->n_lanes);
  for (guint i = 0; i < state->pool->n_lanes; i++)
    weir_connect_writer_init (&state->writers[i], state, &state->pool->lanes[i]);
  weir_connection_pool_service (state->pool, get_now (state));
  return TRUE;
}

/* Service ------------------------------------------------------------------------------------ */

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

/* The engine's view -------------------------------------------------------------------------- */

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  return weir_connect_state_hold (state_of (stage), batch);
}

/* Where there is something to write and room for it, it is written without asking first. */
static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  WeirConnectState *state = state_of (stage);
  gint64 now = get_now (state);
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

static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  return weir_connect_state_release (state_of (stage), lot);
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

static void
wait (WeirStage *stage)
{
  const WeirConnectState *state = state_of (stage);
  gint64 next = MIN (weir_connection_pool_get_next_time (state->pool), get_limit (state));

  if (!is_flush_due (state, get_now (state))) /* else it waits for a peer, not for a time */
    next = MIN (next, state->flush_at);
  weir_stage_wait_fd (stage, weir_poller_get_fd (state->pool->poller), G_IO_IN);
  weir_stage_wait_until (stage, MIN (next, get_stuck_time (state)));
}

/* Closes what is open, well: a compressed stream is completed. */
static gboolean
end (WeirStage *stage)
{
  WeirConnectState *state = state_of (stage);
  gint64 now = get_now (state);
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

static guint
count (WeirStage *stage)
{
  return state_of (stage)->n_held;
}

static void
stop_waiting (WeirStage *stage)
{
  g_atomic_int_set (&state_of (stage)->stopping, TRUE);
}

/**
 * weir_connect_sink_class_init: (skip)
 * @klass: the class of a sink
 * @offset: of the #WeirConnectSink in the struct of the stage
 * @family: what it connects to
 *
 * Makes the stages of a class write their records to a peer that they connect to.
 */
void
weir_connect_sink_class_init (WeirStageClass *klass, gsize offset, WeirConnectFamily family)
{
  g_return_if_fail (WEIR_IS_SINK_CLASS (klass));

  ConnectClass *connect_class = g_new0 (ConnectClass, 1);

  connect_class->holder = (WeirHolder){ .hold = hold,
                                        .service = service,
                                        .release = release,
                                        .wait = wait,
                                        .end = end,
                                        .count = count,
                                        .stop = stop_waiting };
  connect_class->offset = offset;
  connect_class->family = family;
  klass->holder = connect_class;
  klass->check = check;
  klass->start = start;
  klass->stop = stop;
}
