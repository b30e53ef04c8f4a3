/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-stage-private.h"

#include <pthread.h>

#include "stage/weir-option-private.h"

/* A stage knows its options and, once it is attached, its name, the clock and who runs it. It knows
 * nothing of its neighbours: the engine hands it batches and routes what comes out. */
typedef struct
{
  char *id;
  WeirClock *clock;
  pthread_mutex_t lock; /* of host and engine: any thread may wake the stage */
  const WeirStageHost *host;
  gpointer engine;

  WeirWorkersDescribe describe_workers; /* NULL: there are none, or they have ended */
  gpointer workers;
  char *last_workers; /* what was told of those that have ended, or NULL */
} WeirStagePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WeirStage, weir_stage, G_TYPE_OBJECT)

static WeirStagePrivate *
private_of (WeirStage *stage)
{
  return weir_stage_get_instance_private (stage);
}

static void
weir_stage_constructed (GObject *object)
{
  WeirStage *stage = WEIR_STAGE (object);
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (stage), &n_options);

  G_OBJECT_CLASS (weir_stage_parent_class)->constructed (object);
  for (guint i = 0; i < n_options; i++)
    weir_option_set_fallback (&options[i], stage);
}

static void
weir_stage_finalize (GObject *object)
{
  WeirStage *stage = WEIR_STAGE (object);
  WeirStagePrivate *private = private_of (stage);
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (stage), &n_options);

  for (guint i = 0; i < n_options; i++)
    weir_option_clear (&options[i], stage);
  g_free (private->id);
  g_free (private->last_workers);
  g_clear_object (&private->clock);
  pthread_mutex_destroy (&private->lock);
  G_OBJECT_CLASS (weir_stage_parent_class)->finalize (object);
}

static char *
describe_workers (const WeirStagePrivate *private)
{
  return private->describe_workers != NULL ? private->describe_workers (private->workers)
                                           : g_strdup (private->last_workers);
}

void
weir_stage_tell_workers (WeirStage *stage, WeirWorkersDescribe describe, gpointer data)
{
  WeirStagePrivate *private = private_of (stage);

  private->describe_workers = describe;
  private->workers = data;
}

void
weir_stage_keep_workers (WeirStage *stage)
{
  WeirStagePrivate *private = private_of (stage);
  char *last = describe_workers (private);

  g_free (private->last_workers);
  private->last_workers = last;
  private->describe_workers = NULL;
  private->workers = NULL;
}

/* The only property of the base class; the options are properties of the stage's own class. */
static void
weir_stage_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_take_string (value, describe_workers (private_of (WEIR_STAGE (object))));
}

static WeirStageStatus
weir_stage_default_finish (WeirStage *stage, WeirEmitter *out, GError **error)
{
  return WEIR_STAGE_DONE;
}

static void
weir_stage_class_init (WeirStageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = weir_stage_constructed;
  object_class->finalize = weir_stage_finalize;
  object_class->get_property = weir_stage_get_property;
  /**
   * WeirStage:workers-report:
   *
   * What the processes of the stage did and used so far, as the JSON object that stands in
   * the report under `workers`; %NULL for a stage that has none. Read it from the thread that runs
   * the pipeline.
   */
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("workers-report", NULL, NULL, NULL,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  klass->finish = weir_stage_default_finish;
}

static void
weir_stage_init (WeirStage *stage)
{
  pthread_mutex_init (&private_of (stage)->lock, NULL);
}

void
weir_stage_attach (WeirStage *stage, const char *id, WeirClock *clock, const WeirStageHost *host,
                   gpointer engine)
{
  WeirStagePrivate *private = private_of (stage);

  g_free (private->id);
  private->id = g_strdup (id);
  g_set_object (&private->clock, clock);
  pthread_mutex_lock (&private->lock);
  private->engine = engine;
  private->host = host;
  pthread_mutex_unlock (&private->lock);
}

gint64
weir_stage_get_deadline (WeirStage *stage)
{
  const WeirStagePrivate *private = private_of (stage);
  gboolean tells = private->host != NULL && private->host->get_deadline != NULL;

  return tells ? private->host->get_deadline (private->engine) : 0;
}

gboolean
weir_stage_is_stateless (WeirStage *stage)
{
  return WEIR_STAGE_GET_CLASS (stage)->stateless;
}

const WeirHolder *
weir_stage_get_holder (WeirStage *stage)
{
  return WEIR_STAGE_GET_CLASS (stage)->holder;
}

/**
 * weir_stage_get_id:
 * @stage: a stage
 *
 * Returns: (transfer none) (nullable): the id in the pipeline file; %NULL before the stage is in a
 *   pipeline
 */
const char *
weir_stage_get_id (WeirStage *stage)
{
  g_return_val_if_fail (WEIR_IS_STAGE (stage), NULL);

  return private_of (stage)->id;
}

/**
 * weir_stage_get_clock:
 * @stage: a stage
 *
 * The clock of the pipeline: the only time that a stage goes by.
 *
 * Returns: (transfer none): the clock
 */
WeirClock *
weir_stage_get_clock (WeirStage *stage)
{
  WeirClock *clock;

  g_return_val_if_fail (WEIR_IS_STAGE (stage), NULL);

  clock = private_of (stage)->clock;
  return clock != NULL ? clock : weir_clock_get_system ();
}

/**
 * weir_stage_set_alarm:
 * @stage: a stage
 * @time: nanoseconds of the pipeline's clock; %G_MAXINT64: no alarm
 *
 * Asks for a call of #WeirStageClass.alarm at a time; it replaces the alarm set before. From
 * `start` or from the thread that runs the stage.
 */
void
weir_stage_set_alarm (WeirStage *stage, gint64 time)
{
  WeirStagePrivate *private;

  g_return_if_fail (WEIR_IS_STAGE (stage));

  private = private_of (stage);
  if (private->host != NULL)
  private->host->set_alarm (private->engine, stage, time);
}

/**
 * weir_stage_wait_fd:
 * @stage: a source or a sink
 * @fd: a file descriptor that poll(2) knows
 * @condition: %G_IO_IN or %G_IO_OUT
 *
 * Before the stage says that it waits: it is called again when the descriptor is ready. From the
 * thread that runs the stage.
 */
void
weir_stage_wait_fd (WeirStage *stage, int fd, GIOCondition condition)
{
  WeirStagePrivate *private;

  g_return_if_fail (WEIR_IS_STAGE (stage) && fd >= 0);

  private = private_of (stage);
  if (private->host != NULL)
  private->host->wait_fd (private->engine, stage, fd, condition);
}

/**
 * weir_stage_wait_until:
 * @stage: a source or a sink
 * @time: nanoseconds of the pipeline's clock
 *
 * Before the stage says that it waits: it is called again at a time. From the thread that runs the
 * stage.
 */
void
weir_stage_wait_until (WeirStage *stage, gint64 time)
{
  WeirStagePrivate *private;

  g_return_if_fail (WEIR_IS_STAGE (stage));

  private = private_of (stage);
  if (private->host != NULL)
  private->host->wait_until (private->engine, stage, time);
}

/**
 * weir_stage_wake:
 * @stage: a source or a sink
 *
 * Ends a wait of the stage, from any thread: it is called again. A wake before the wait counts.
 */
void
weir_stage_wake (WeirStage *stage)
{
  WeirStagePrivate *private;
  const WeirStageHost *host;

  g_return_if_fail (WEIR_IS_STAGE (stage));

  private = private_of (stage);
  pthread_mutex_lock (&private->lock);
  host = private->host;
  if (host != NULL)
    host->wake (private->engine, stage);
  pthread_mutex_unlock (&private->lock);
}
