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
