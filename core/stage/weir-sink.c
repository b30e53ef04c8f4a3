/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-sink.h>

#include "stage/weir-stage-private.h"

typedef struct
{
  guint accepted; /* of the batch in hand */
  guint64 bytes;  /* since the start */
  guint64 refused;
  gint ending; /* atomic */
} WeirSinkPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WeirSink, weir_sink, WEIR_TYPE_STAGE)

static WeirStageStatus
weir_sink_default_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  WeirSinkClass *klass = WEIR_SINK_GET_CLASS (sink);

  for (guint i = weir_sink_get_accepted (sink); i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict == WEIR_VERDICT_PASS && !klass->write (sink, record, error))
        return WEIR_STAGE_BROKEN;
      weir_sink_accept (sink, 1,
                        record->verdict == WEIR_VERDICT_PASS ? (guint64)record->length + 1 : 0);
    }
  return WEIR_STAGE_DONE;
}

static WeirStageStatus
weir_sink_default_drain (WeirSink *sink, GError **error)
{
  return WEIR_STAGE_DONE;
}

static WeirStageStatus
weir_sink_process (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error)
{
  return WEIR_SINK_GET_CLASS (stage)->write_batch (WEIR_SINK (stage), batch, error);
}

static WeirStageStatus
weir_sink_finish (WeirStage *stage, WeirEmitter *out, GError **error)
{
  return WEIR_SINK_GET_CLASS (stage)->drain (WEIR_SINK (stage), error);
}

static void
weir_sink_class_init (WeirSinkClass *klass)
{
  WEIR_STAGE_CLASS (klass)->process = weir_sink_process;
  WEIR_STAGE_CLASS (klass)->finish = weir_sink_finish;
  klass->write_batch = weir_sink_default_write_batch;
  klass->drain = weir_sink_default_drain;
}

static void
weir_sink_init (WeirSink *sink)
{
}

void
weir_sink_begin_batch (WeirSink *sink)
{
  WeirSinkPrivate *private = weir_sink_get_instance_private (sink);

  private->accepted = 0;
}

guint64
weir_sink_get_bytes (WeirSink *sink)
{
  WeirSinkPrivate *private = weir_sink_get_instance_private (sink);

  return __atomic_load_n (&private->bytes, __ATOMIC_RELAXED);
}

/**
 * weir_sink_get_accepted: (skip)
 * @sink: a sink
 *
 * Returns: how many records of the batch in hand have been accepted: where to go on
 */
guint
weir_sink_get_accepted (WeirSink *sink)
{
  WeirSinkPrivate *private;

  g_return_val_if_fail (WEIR_IS_SINK (sink), 0);

  private = weir_sink_get_instance_private (sink);
  return private->accepted;
}

void
weir_sink_add_refused (WeirSink *sink, guint n_records)
{
  WeirSinkPrivate *private = weir_sink_get_instance_private (sink);

  private->refused += n_records;
}

void
weir_sink_set_ending (WeirSink *sink)
{
  WeirSinkPrivate *private = weir_sink_get_instance_private (sink);

  g_atomic_int_set (&private->ending, TRUE);
}

/**
 * weir_sink_get_refused: (skip)
 * @sink: a sink
 *
 * Returns: how many records failed because the sink was broken, since it was made; in `stop`
 */
guint64
weir_sink_get_refused (WeirSink *sink)
{
  WeirSinkPrivate *private;

  g_return_val_if_fail (WEIR_IS_SINK (sink), 0);

  private = weir_sink_get_instance_private (sink);
  return private->refused;
}

/**
 * weir_sink_is_ending: (skip)
 * @sink: a sink
 *
 * Whether the run is about to end: it was stopped, or each source has ended. A sink that waits is
 * called again when that happens, and should not wait for ever from then on.
 *
 * Returns: %TRUE when the run is about to end
 */
gboolean
weir_sink_is_ending (WeirSink *sink)
{
  WeirSinkPrivate *private;

  g_return_val_if_fail (WEIR_IS_SINK (sink), FALSE);

  private = weir_sink_get_instance_private (sink);
  return g_atomic_int_get (&private->ending);
}

/**
 * weir_sink_accept: (skip)
 * @sink: a sink
 * @n_records: how many records
 * @n_bytes: how many bytes they took, as they were given to the kernel
 *
 * The next records of the batch in hand were accepted for good: they are `out`.
 */
void
weir_sink_accept (WeirSink *sink, guint n_records, guint64 n_bytes)
{
  WeirSinkPrivate *private;

  g_return_if_fail (WEIR_IS_SINK (sink));

  private = weir_sink_get_instance_private (sink);
  private->accepted += n_records;
  __atomic_store_n (&private->bytes, private->bytes + n_bytes, __ATOMIC_RELAXED);
}
