/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-stages.h"

#include <string.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

/* Source ----------------------------------------------------------------------------------------
 */

typedef WeirSourceClass FlowSourceClass;

G_DEFINE_FINAL_TYPE (FlowSource, flow_source, WEIR_TYPE_SOURCE)

static gboolean
must_wait (FlowSource *source)
{
  WeirStage *stage = (WeirStage *)source;
  char byte;

  if (source->held)
    return TRUE;
  if (weir_clock_get_time (weir_stage_get_clock (stage)) < source->not_before)
    {
      weir_stage_wait_until (stage, source->not_before);
      return TRUE;
    }
  if (source->fd < 0 || read (source->fd, &byte, 1) == 1)
    return FALSE;
  weir_stage_wait_fd (stage, source->fd, G_IO_IN);
  return TRUE;
}

static WeirSourceStatus
flow_source_fill (WeirSource *base, WeirEmitter *out, GError **error)
{
  FlowSource *source = (FlowSource *)base;

  source->n_fills++;
  if (source->breaks)
    return WEIR_SOURCE_BROKEN;
  if (must_wait (source))
    return WEIR_SOURCE_WAIT;
  for (guint i = 0; i < source->per_fill && (source->limit == 0 || source->made < source->limit);
       i++)
    {
      g_autofree char *text = g_strdup_printf ("r%" G_GUINT64_FORMAT, source->made++);

      weir_emitter_emit_text (out, text, -1);
    }
  return weir_source_is_halting (base) || source->made == source->limit ? WEIR_SOURCE_END
                                                                        : WEIR_SOURCE_MORE;
}

static void
flow_source_class_init (FlowSourceClass *klass)
{
  klass->fill = flow_source_fill;
}

static void
flow_source_init (FlowSource *source)
{
  source->fd = -1;
}

FlowSource *
flow_source_new (guint64 limit, guint per_fill)
{
  FlowSource *source = g_object_new (flow_source_get_type (), NULL);

  source->limit = limit;
  source->per_fill = per_fill;
  return source;
}

/* Sink ------------------------------------------------------------------------------------------
 */

typedef WeirSinkClass FlowSinkClass;

G_DEFINE_FINAL_TYPE (FlowSink, flow_sink, WEIR_TYPE_SINK)

static WeirStageStatus
wait_for_room (FlowSink *sink)
{
  if (sink->wakes)
    {
      sink->wakes = sink->stalled = FALSE;
      weir_stage_wake ((WeirStage *)sink);
    }
  sink->n_waits++;
  return WEIR_STAGE_WAIT;
}

static void
keep (FlowSink *sink, const WeirRecord *record)
{
  g_autofree char *text = weir_record_get_text (record);

  g_string_append_printf (sink->seen, "%s ", text);
  if (sink->order != NULL)
    g_string_append_printf (sink->order, "%s ", text);
  sink->n_seen++;
}

static WeirStageStatus
flow_sink_write_batch (WeirSink *base, WeirBatch *batch, GError **error)
{
  FlowSink *sink = (FlowSink *)base;

  if (sink->stalled)
    return wait_for_room (sink);
  for (guint i = weir_sink_get_accepted (base); i < weir_batch_get_length (batch); i++)
    {
      if (sink->n_seen == sink->capacity)
        {
          g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "no space");
          return WEIR_STAGE_BROKEN;
        }
      keep (sink, weir_batch_get_record (batch, i));
      weir_sink_accept (base, 1, 1);
    }
  return WEIR_STAGE_DONE;
}

static void
flow_sink_finalize (GObject *object)
{
  FlowSink *sink = (FlowSink *)object;

  g_string_free (sink->seen, TRUE);
  G_OBJECT_CLASS (flow_sink_parent_class)->finalize (object);
}

static void
flow_sink_class_init (FlowSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flow_sink_finalize;
  klass->write_batch = flow_sink_write_batch;
}

static void
flow_sink_init (FlowSink *sink)
{
  sink->capacity = G_MAXUINT;
  sink->seen = g_string_new (NULL);
}

FlowSink *
flow_sink_new (void)
{
  return g_object_new (flow_sink_get_type (), NULL);
}

/* Map -------------------------------------------------------------------------------------------
 */

typedef WeirTransformClass FlowMapClass;

G_DEFINE_FINAL_TYPE (FlowMap, flow_map, WEIR_TYPE_TRANSFORM)

static void
flow_map_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  guint outputs = ((FlowMap *)transform)->outputs;
  g_autofree char *text = weir_record_get_text (record);

  if (outputs == 1)
    {
      weir_emitter_emit (out, record);
      return;
    }
  for (guint i = 0; i < outputs; i++)
    {
      g_autofree char *output = g_strdup_printf ("%s.%u", text, i);

      weir_emitter_emit_text (out, output, -1);
    }
}

static void
flow_map_class_init (FlowMapClass *klass)
{
  klass->transform = flow_map_transform;
}

static void
flow_map_init (FlowMap *map)
{
}

FlowMap *
flow_map_new (guint outputs)
{
  FlowMap *map = g_object_new (flow_map_get_type (), NULL);

  map->outputs = outputs;
  return map;
}

/* Filter ----------------------------------------------------------------------------------------
 */

typedef WeirFilterClass FlowEvenClass;

G_DEFINE_FINAL_TYPE (FlowEven, flow_even, WEIR_TYPE_FILTER)

static gboolean
flow_even_accept (WeirFilter *filter, WeirRecord *record)
{
  gsize length;
  const char *text = weir_record_peek (record, &length);

  return length > 0 && (text[length - 1] - '0') % 2 == 0;
}

static void
flow_even_class_init (FlowEvenClass *klass)
{
  klass->accept = flow_even_accept;
}

static void
flow_even_init (FlowEven *even)
{
}

FlowEven *
flow_even_new (void)
{
  return g_object_new (flow_even_get_type (), NULL);
}

/* Verdicts --------------------------------------------------------------------------------------
 */

typedef WeirValidateClass FlowJudgeClass;

G_DEFINE_FINAL_TYPE (FlowJudge, flow_judge, WEIR_TYPE_VALIDATE)

static void
judge (WeirRecord *record)
{
  static const char *const names[]
      = { "pass", "else", "absorbed", "invalid", "late", "shed", "failed" };
  g_autofree char *text = weir_record_get_text (record);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i]) == 0 && i != WEIR_VERDICT_PASS)
      weir_record_set_verdict (record, i, "told so");
}

static void
flow_judge_validate_batch (WeirValidate *validate, WeirBatch *batch)
{
  for (guint i = 0; i < weir_batch_get_length (batch); i++)
    judge (weir_batch_get_record (batch, i));
}

static void
flow_judge_class_init (FlowJudgeClass *klass)
{
  klass->validate_batch = flow_judge_validate_batch;
}

static void
flow_judge_init (FlowJudge *self)
{
}

FlowJudge *
flow_judge_new (void)
{
  return g_object_new (flow_judge_get_type (), NULL);
}

/* Aggregate -------------------------------------------------------------------------------------
 */

typedef WeirAggregateClass FlowCountClass;

G_DEFINE_FINAL_TYPE (FlowCount, flow_count, WEIR_TYPE_AGGREGATE)

static void
flow_count_add (WeirAggregate *aggregate, WeirRecord *record, WeirEmitter *out)
{
  ((FlowCount *)aggregate)->count++;
}

static gboolean
flow_count_flush (WeirAggregate *aggregate, WeirEmitter *out)
{
  g_autofree char *text = g_strdup_printf ("count=%u", ((FlowCount *)aggregate)->count);

  weir_emitter_emit_text (out, text, -1);
  return FALSE;
}

static void
flow_count_alarm (WeirStage *stage, WeirEmitter *out)
{
  ((FlowCount *)stage)->n_alarms++;
  flow_count_flush ((WeirAggregate *)stage, out);
}

static void
flow_count_class_init (FlowCountClass *klass)
{
  WEIR_STAGE_CLASS (klass)->alarm = flow_count_alarm;
  klass->add = flow_count_add;
  klass->flush = flow_count_flush;
}

static void
flow_count_init (FlowCount *count)
{
}

FlowCount *
flow_count_new (void)
{
  return g_object_new (flow_count_get_type (), NULL);
}
