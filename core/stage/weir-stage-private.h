/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-sink.h>
#include <weir/weir-source.h>
#include <weir/weir-stage.h>

#include "base/weir-batch-private.h"
#include "base/weir-emitter-private.h"

G_BEGIN_DECLS

/* What the engine does for the stages that it runs; set before start. */
typedef struct
{
  void (*set_alarm) (gpointer engine, WeirStage *stage, gint64 time);
  void (*wait_fd) (gpointer engine, WeirStage *stage, int fd, GIOCondition condition);
  void (*wait_until) (gpointer engine, WeirStage *stage, gint64 time);
  void (*wake) (gpointer engine, WeirStage *stage); /* any thread */
} WeirStageHost;

/* Records of one batch that a stage has settled: each has its verdict, and what it became was
 * emitted. */
typedef struct
{
  WeirBatch *batch;
  guint from; /* positions [from, to) */
  guint to;
  gboolean done; /* all of the batch is settled: it is the engine's again */
} WeirLot;

/* What a stage does that holds records until something outside has answered, in place of `process`
 * and `finish`. The engine hands it whole batches and takes back lots. The thread that runs the
 * stage.
 *
 * @hold: takes the batch; FALSE: there is no room now.
 * @service: does what can be done without blocking. @late_after: records with an earlier deadline
 *   are late; G_MININT64: none is. @ending: no other batch will come. FALSE with an error: the stage
 *   cannot go on; all that it holds is settled as failed.
 * @release: emits what the next settled records became, begun with weir_emitter_begin(); FALSE:
 *   nothing is settled now.
 * @wait: says by weir_stage_wait_fd() and weir_stage_wait_until() when it is to be called again.
 * @end: no other batch will come, and nothing is held: closes what is open. FALSE: that goes on; it
 *   is to be serviced.
 * @count: the records that it holds.
 * @stop: Optional. The run was told to stop: what is held is still to be settled, but not at any
 *   price. Any thread.
 * @describe: what it adds to the report, a JSON object; control thread, also behind `stop`. */
typedef struct
{
  gboolean (*hold) (WeirStage *stage, WeirBatch *batch);
  gboolean (*service) (WeirStage *stage, gint64 late_after, gboolean ending, GError **error);
  gboolean (*release) (WeirStage *stage, WeirEmitter *out, WeirLot *lot);
  void (*wait) (WeirStage *stage);
  gboolean (*end) (WeirStage *stage);
  guint (*count) (WeirStage *stage);
  void (*stop) (WeirStage *stage);
  char *(*describe) (WeirStage *stage);
} WeirHolder;

const WeirHolder *weir_stage_get_holder (WeirStage *stage);

void weir_stage_attach (WeirStage *stage, const char *id, WeirClock *clock,
                        const WeirStageHost *host, gpointer engine);

/* The name of a virtual function that its kind requires and its class does not have, or NULL. */
const char *weir_stage_get_missing_verb (WeirStage *stage);

/* Whether several threads may run the stage at the same time. */
gboolean weir_stage_is_stateless (WeirStage *stage);

/* Source: the flag of weir_source_is_halting(); any thread. */
void weir_source_set_halting (WeirSource *source);
WeirSourceStatus weir_source_fill (WeirSource *source, WeirEmitter *out, GError **error);

/* Sink: how many records of the batch in hand were accepted, and all the bytes so far. */
void weir_sink_begin_batch (WeirSink *sink);
guint64 weir_sink_get_bytes (WeirSink *sink);

G_END_DECLS
