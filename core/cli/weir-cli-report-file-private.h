/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/weir-report-private.h"

G_BEGIN_DECLS

/* Writes the JSON of --report. A regular file is replaced as a whole, never half; a device or pipe
 * is written to. FALSE, and says so, when that fails. */
gboolean weir_report_file_write (const char *path, const WeirReport *report);

G_END_DECLS
