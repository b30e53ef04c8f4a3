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
  gint64 (*get_deadline) (gpointer engine);         /* Optional; the span, 0: none */
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
 * A sink may hold records too: it is serviced after it was handed a batch, so that it writes at once,
 * and it releases what was accepted, with the verdict that it came with, and what failed. It emits
 * nothing.
 *
 * @hold: takes the batch; FALSE: there is no room now.
 * @service: does what can be done without blocking. @late_after: records with an earlier deadline
 *   are late; G_MININT64: none is. @ending: no other batch will come. FALSE with an error: the stage
 *   cannot go on; all that it holds is settled as failed.
 * @release: emits what the next settled records became, begun with weir_emitter_begin(); FALSE:
 *   nothing is settled now. A sink gets no emitter.
 * @wait: says by weir_stage_wait_fd() and weir_stage_wait_until() when it is to be called again.
 * @end: no other batch will come, and nothing is held: closes what is open. FALSE: that goes on; it
 *   is to be serviced.
 * @count: the records that it holds.
 * @stop: Optional. The run was told to stop: what is held is still to be settled, but not at any
 *   price. Any thread.
 * @get_run_time: Optional. Nanoseconds that 9 of 10 records are out for, beside what waits for its
 *   turn, as of late. Any thread. */
typedef struct
{
  gboolean (*hold) (WeirStage *stage, WeirBatch *batch);
  gboolean (*service) (WeirStage *stage, gint64 late_after, gboolean ending, GError **error);
  gboolean (*release) (WeirStage *stage, WeirEmitter *out, WeirLot *lot);
  void (*wait) (WeirStage *stage);
  gboolean (*end) (WeirStage *stage);
  guint (*count) (WeirStage *stage);
  void (*stop) (WeirStage *stage);
  gint64 (*get_run_time) (WeirStage *stage);
} WeirHolder;

const WeirHolder *weir_stage_get_holder (WeirStage *stage);

/* What the processes of a stage did and used, as a JSON object. Control thread. */
typedef char *(*WeirWorkersDescribe) (gpointer data);

/* For the property `workers-report` of a stage that runs processes. Control thread.
 * @describe: asked with @data each time, up to weir_stage_keep_workers(): what it says then is what
 *   is told from then on. */
void weir_stage_tell_workers (WeirStage *stage, WeirWorkersDescribe describe, gpointer data);
void weir_stage_keep_workers (WeirStage *stage);

void weir_stage_attach (WeirStage *stage, const char *id, WeirClock *clock,
                        const WeirStageHost *host, gpointer engine);

/* Nanoseconds that the pipeline gives each record; 0: there is no deadline. From `start` on. */
gint64 weir_stage_get_deadline (WeirStage *stage);

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
/* Records that came when it was broken, or were in its hands when it broke. */
void weir_sink_add_refused (WeirSink *sink, guint n_records);
/* The flag of weir_sink_is_ending(); any thread. */
void weir_sink_set_ending (WeirSink *sink);

G_END_DECLS
