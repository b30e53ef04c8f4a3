/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/weir-pipeline-private.h"
#include "stress-stages.h"

G_BEGIN_DECLS

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define STRESS_IS_SANITIZED TRUE
#else
#define STRESS_IS_SANITIZED FALSE
#endif

/* How often to do what is done very often: less where everything is slow. */
#define STRESS_TIMES(n) (STRESS_IS_SANITIZED ? MAX (1, (n) / 5) : (n))

/* Numbers of worker threads under which everything holds. */
extern const guint stress_threads[5];

/* g_test_init(), the stages, and an end for a test program that hangs. */
void stress_init (int *argc, char ***argv);

/* A pipeline of stages in JSON, without the brackets. */
WeirPipeline *stress_pipeline_new (guint threads, const char *stages) G_GNUC_WARN_UNUSED_RESULT;
/* Runs it until it is done; the ledger must balance. Gives how many records were in flight. */
guint64 stress_run (WeirPipeline *pipeline);

gpointer stress_get (WeirPipeline *pipeline, const char *id);
void stress_sink_set_stalled (StressSink *sink, gboolean stalled);

/* Waits, from another thread than the stages', until @condition holds. */
#define STRESS_WAIT(condition)                                                                     \
  while (!(condition))                                                                             \
  g_usleep (100)

G_END_DECLS
