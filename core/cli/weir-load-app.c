/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-private.h"

#include <weir/weir-app-sink.h>
#include <weir/weir-app-source.h>

#include "cli/weir-load-burn-private.h"
#include "cli/weir-load-record-private.h"
#include "engine/weir-pipeline-private.h"

#define CAPACITY "65536"
#define IN       "source.app id=in capacity=" CAPACITY
#define OUT      "sink.app id=out capacity=" CAPACITY

#define A_MOMENT 100 /* microseconds */

/* A pipeline between two threads, as an application would have it:
 *
 *   sender: push ──> source.app → the stages → sink.app ──> receiver: pull
 *
 * The thread that made it runs it. */
typedef struct
{
  WeirPipeline *pipeline;
  WeirAppSource *source;
  WeirAppSink *sink;
  WeirLoadTally *tally;
  WeirLoadSender *sender;
} AppWay;

static gssize
take (gpointer data, const char *text, gsize length)
{
  AppWay *way = data;
  gsize taken = 0;

  while (taken < length && weir_app_source_push (way->source, text + taken, WEIR_LOAD_RECORD_BYTES))
    taken += WEIR_LOAD_RECORD_BYTES;
  return (gssize)taken;
}

static void
wait_for_room (gpointer data)
{
  g_usleep (A_MOMENT);
}

static const WeirLoadPeer peer = { take, wait_for_room };

static gpointer
send_all (gpointer data)
{
  AppWay *way = data;

  weir_load_sender_run (way->sender);
  weir_app_source_end (way->source);
  return NULL;
}

static gpointer
receive_all (gpointer data)
{
  AppWay *way = data;
  WeirClock *clock = weir_clock_get_system ();
  WeirRecord *record;

  while ((record = weir_app_sink_pull (way->sink)))
    {
      gint64 now = weir_clock_get_time (clock);
      gsize length;
      const char *text = weir_record_peek (record, &length);

      weir_load_tally_add (way->tally, text, length, now);
      weir_record_free (record);
    }
  return NULL;
}

/* With a stage of known cost, the pipeline has a deadline of its own, and may shed. */
static char *
make_line (const WeirLoad *load)
{
  static const char *const policies[] = { "late=deliver", "late=drop overload=shed" };

  if (load->cost == 0)
    return g_strdup (IN " ! " WEIR_LOAD_STAGES " ! " OUT);
  return g_strdup_printf ("deadline=%" G_GINT64_FORMAT "ns %s ! " IN
                          " ! filter.burn cost=%" G_GINT64_FORMAT "ns ! " OUT,
                          load->deadline, policies[load->sheds], load->cost);
}

static WeirPipeline *
make_pipeline (const WeirLoad *load, GError **error)
{
  g_autofree char *line = make_line (load);
  g_autoptr (WeirGraph) graph = NULL;

  if (load->cost > 0 && !weir_load_burn_register (error))
    return NULL;
  graph = weir_graph_new_from_launch (line, NULL, error);
  if (!graph)
    return NULL;
  graph->n_threads = load->n_threads;
  return weir_pipeline_new_from_graph (graph);
}

static gboolean
run (AppWay *way, GError **error)
{
  GThread *receiver = g_thread_new ("load-receiver", receive_all, way);
  GThread *sender = g_thread_new ("load-sender", send_all, way);
  gboolean done = weir_pipeline_run (way->pipeline, NULL, error);

  weir_load_sender_stop (way->sender);
  g_thread_join (sender);
  g_thread_join (receiver);
  return done;
}

gboolean
weir_load_in_process (const WeirLoad *load, WeirLoadPoint *point, GError **error)
{
  g_autoptr (WeirPipeline) pipeline = make_pipeline (load, error);
  g_autoptr (WeirLoadTally) tally = weir_load_tally_new (load->deadline);

  if (!pipeline)
    return FALSE;

  AppWay way = { .pipeline = pipeline, .tally = tally };
  way.source = WEIR_APP_SOURCE (weir_pipeline_get_stage (pipeline, "in"));
  way.sink = WEIR_APP_SINK (weir_pipeline_get_stage (pipeline, "out"));
  weir_source_set_live (WEIR_SOURCE (way.source), TRUE);
  g_autoptr (WeirLoadSender) sender = weir_load_start (load, tally, &peer, &way);
  way.sender = sender;
  return run (&way, error) && weir_load_finish (load, sender, tally, point, error);
}
