/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-chain-run-private.h"

G_BEGIN_DECLS

/* What the commands of a chain did and used, over all its runs: the object `workers` of its stage
 * in the report, with a row for each command.
 *
 *   run ──take──> text ──describe──> report
 *    └─close─> totals
 *
 * The thread that runs the stage takes the figures, any thread asks for the text. */
typedef struct _WeirChainReport WeirChainReport;

/* @commands: WeirCommand; a reference is kept. */
WeirChainReport *weir_chain_report_new (GPtrArray *commands) G_GNUC_WARN_UNUSED_RESULT;
void weir_chain_report_free (WeirChainReport *report);

/* Looks at a run when something has happened in it, and twice a second. */
void weir_chain_report_take (WeirChainReport *report, const WeirChainRun *run, gint64 now);
/* The run is over: another one may follow. */
void weir_chain_report_close (WeirChainReport *report, const WeirChainRun *run);

char *weir_chain_report_describe (WeirChainReport *report) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirChainReport, weir_chain_report_free)

G_END_DECLS
