/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-connect-sink-private.h"

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

/* Options ------------------------------------------------------------------------------------ */

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
      = options->connect != NULL
            ? weir_connect_parse_address (options, class_of (stage)->family, &error)
            : NULL;

  if (error != NULL)
    weir_mistakes_add (mistakes, "/connect", error->message);
  check_tls (options, mistakes);
}

/* Life --------------------------------------------------------------------------------------- */

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

  return weir_connection_pool_new (state->target, &pool, weir_connect_state_get_now (state), error);
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
  state->flush_at = WEIR_TIME_NEVER;
  state->idle_since = state->alone_since = state->closing_since = WEIR_TIME_NEVER;
  state->target = weir_connect_make_target (options, class_of (stage)->family, error);
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
  weir_connection_pool_service (state->pool, weir_connect_state_get_now (state));
  return TRUE;
}

/* The engine's view -------------------------------------------------------------------------- */

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  return weir_connect_state_hold (state_of (stage), batch);
}

static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  return weir_connect_state_service (state_of (stage), ending, error);
}

static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  return weir_connect_state_release (state_of (stage), lot);
}

static void
wait (WeirStage *stage)
{
  const WeirConnectState *state = state_of (stage);

  weir_stage_wait_fd (stage, weir_poller_get_fd (state->pool->poller), G_IO_IN);
  weir_stage_wait_until (stage, weir_connect_state_get_next_time (state));
}

static gboolean
end (WeirStage *stage)
{
  return weir_connect_state_close (state_of (stage));
}

static guint
count (WeirStage *stage)
{
  return state_of (stage)->n_held;
}

static void
stop_waiting (WeirStage *stage)
{
  WeirConnectState *state = state_of (stage);

  if (state != NULL)
    g_atomic_int_set (&state->stopping, TRUE);
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
