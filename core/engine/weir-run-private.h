/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/weir-report-private.h"
#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* One run of a graph, from its start to its report. Made, started and freed on the control thread,
 * whose context the end is told on. */
typedef struct _WeirRun WeirRun;

typedef void (*WeirRunFinished) (gpointer data);

WeirRun *weir_run_new (WeirGraph *graph, WeirClock *clock) G_GNUC_WARN_UNUSED_RESULT;
void weir_run_free (WeirRun *run);

/* On failure what was started is stopped again, and @finished is not called. */
gboolean weir_run_start (WeirRun *run, WeirRunFinished finished, gpointer data, GError **error);

/* Any thread. */
void weir_run_stop (WeirRun *run);
void weir_run_abort (WeirRun *run);

/* After the end: why the run failed; FALSE with @error. */
gboolean weir_run_get_result (WeirRun *run, GError **error);
WeirReport *weir_run_snapshot (WeirRun *run) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRun, weir_run_free)

G_END_DECLS
