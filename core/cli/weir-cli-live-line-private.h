/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/weir-pipeline-private.h"

G_BEGIN_DECLS

typedef struct _WeirLiveLine WeirLiveLine;

/* Shows how the run goes on standard error, twice a second, until it is freed; then the line is
 * erased. Standard error must be a terminal. Control thread. */
WeirLiveLine *weir_live_line_new (WeirPipeline *pipeline) G_GNUC_WARN_UNUSED_RESULT;
void weir_live_line_free (WeirLiveLine *line);

/* What the line says of @report, `rate` in records a second. */
char *weir_live_line_format (const WeirReport *report, double rate) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLiveLine, weir_live_line_free)

G_END_DECLS
