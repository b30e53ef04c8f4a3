/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-pipeline.h>

#include "engine/weir-report-private.h"
#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* Takes a reference to the graph; its settings (deadline, n_threads) may be changed before. */
WeirPipeline *weir_pipeline_new_from_graph (WeirGraph *graph) G_GNUC_WARN_UNUSED_RESULT;

/* A snapshot; control thread; also during the run. */
WeirReport *weir_pipeline_snapshot (WeirPipeline *pipeline) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
