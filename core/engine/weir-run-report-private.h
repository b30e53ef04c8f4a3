/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/weir-report-private.h"
#include "flow/weir-executor-private.h"

G_BEGIN_DECLS

/* Adds up what the nodes, queues and workers counted; also while they count. */
WeirReport *weir_run_report_new (const WeirGraph *graph, WeirExecutor *executor,
                                 double seconds) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
