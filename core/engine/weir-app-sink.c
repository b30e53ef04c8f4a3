/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>

#include <weir/weir-app-sink.h>

/* Deep copies of the records wait in `records`, at most `capacity` of them, for any thread to pull
 * them. A record is accepted when it is there. When the queue is full the sink waits and the
 * pipeline with it; the pull that makes room wakes it. Only the thread that runs the stage
 * adds, so room that it has seen stays. */
struct _WeirAppSink
{
  WeirSink parent;

  guint64 capacity; /* option */

  pthread_mutex_t lock; /* of all below */
  pthread_cond_t changed;
  GQueue records;
  gboolean waiting; /* the sink, for room */
  gboolean ended;
};

static const WeirOption options[] = {
  WEIR_OPTION_UINT64 ("capacity", WeirAppSink, capacity, 1, G_MAXUINT32, "1024",
                      "Records that may wait to be pulled; then the pipeline waits"),
};

G_DEFINE_FINAL_TYPE (WeirAppSink, weir_app_sink, WEIR_TYPE_SINK)

static void
free_record (gpointer record)
{
  weir_record_free (record);
}

static WeirRecord *
pull (WeirAppSink *sink, gboolean block)
{
  pthread_mutex_lock (&sink->lock);
  while (block && g_queue_is_empty (&sink->records) && !sink->ended)
    pthread_cond_wait (&sink->changed, &sink->lock);

  WeirRecord *record = g_queue_pop_head (&sink->records);
  gboolean wake = record != NULL && sink->waiting;
  if (wake)
    sink->waiting = FALSE;
  pthread_mutex_unlock (&sink->lock);

  if (wake)
    weir_stage_wake (WEIR_STAGE (sink));

  return record;
}

/**
 * weir_app_sink_pull:
 * @sink: a sink of an application
 *
 * Takes the next record that came out of the pipeline, and blocks until there is one. Any thread
 * but the one that runs the stage, and only when the pipeline runs or has run.
 *
 * Returns: (transfer full) (nullable): a record, or %NULL at the end
 */
WeirRecord *
weir_app_sink_pull (WeirAppSink *sink)
{
  g_return_val_if_fail (WEIR_IS_APP_SINK (sink), NULL);

  return pull (sink, TRUE);
}

/**
 * weir_app_sink_try_pull:
 * @sink: a sink of an application
 *
 * Takes the next record that came out of the pipeline. Never blocks; any thread.
 *
 * Returns: (transfer full) (nullable): a record, or %NULL when there is none now
 */
WeirRecord *
weir_app_sink_try_pull (WeirAppSink *sink)
{
  g_return_val_if_fail (WEIR_IS_APP_SINK (sink), NULL);

  return pull (sink, FALSE);
}

/* How many records there is room for; with none the sink is marked as waiting. */
static guint64
find_room (WeirAppSink *sink)
{
  pthread_mutex_lock (&sink->lock);
  guint64 room = sink->capacity - MIN (sink->capacity, g_queue_get_length (&sink->records));
  sink->waiting = room == 0;
  pthread_mutex_unlock (&sink->lock);

  return room;
}

/* Adds the records and makes @copies empty. */
static void
add (WeirAppSink *sink, GQueue *copies)
{
  pthread_mutex_lock (&sink->lock);
  for (WeirRecord *record; (record = g_queue_pop_head (copies)) != NULL;)
    g_queue_push_tail (&sink->records, record);
  pthread_cond_broadcast (&sink->changed);
  pthread_mutex_unlock (&sink->lock);
}

static WeirStageStatus
weir_app_sink_write_batch (WeirSink *base, WeirBatch *batch, GError **error)
{
  WeirAppSink *sink = WEIR_APP_SINK (base);

  while (weir_sink_get_accepted (base) < weir_batch_get_length (batch))
    {
      GQueue copies = G_QUEUE_INIT;
      guint position = weir_sink_get_accepted (base);
      guint64 room = find_room (sink);
      guint end = MIN (weir_batch_get_length (batch), position + room);
      guint64 n_bytes = 0;

      if (position == end)
        return WEIR_STAGE_WAIT;

      for (guint i = position; i < end; i++)
        {
          gsize length;

          weir_record_peek (weir_batch_get_record (batch, i), &length);
          n_bytes += length;
          g_queue_push_tail (&copies, weir_record_copy (weir_batch_get_record (batch, i)));
        }
      add (sink, &copies);
      weir_sink_accept (base, end - position, n_bytes);
    }

  return WEIR_STAGE_DONE;
}

static void
end (WeirAppSink *sink)
{
  pthread_mutex_lock (&sink->lock);
  sink->ended = TRUE;
  pthread_cond_broadcast (&sink->changed);
  pthread_mutex_unlock (&sink->lock);
}

static WeirStageStatus
weir_app_sink_drain (WeirSink *sink, GError **error)
{
  end (WEIR_APP_SINK (sink));
  return WEIR_STAGE_DONE;
}

static void
weir_app_sink_stop (WeirStage *stage)
{
  end (WEIR_APP_SINK (stage));
}

static void
weir_app_sink_finalize (GObject *object)
{
  WeirAppSink *sink = WEIR_APP_SINK (object);

  g_queue_clear_full (&sink->records, free_record);
  pthread_cond_destroy (&sink->changed);
  pthread_mutex_destroy (&sink->lock);
  G_OBJECT_CLASS (weir_app_sink_parent_class)->finalize (object);
}

static void
weir_app_sink_class_init (WeirAppSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weir_app_sink_finalize;
  WEIR_STAGE_CLASS (klass)->stop = weir_app_sink_stop;
  WEIR_SINK_CLASS (klass)->write_batch = weir_app_sink_write_batch;
  WEIR_SINK_CLASS (klass)->drain = weir_app_sink_drain;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), options, G_N_ELEMENTS (options));
}

static void
weir_app_sink_init (WeirAppSink *sink)
{
  pthread_mutex_init (&sink->lock, NULL);
  pthread_cond_init (&sink->changed, NULL);
  g_queue_init (&sink->records);
}
