/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-flow-private.h"

G_BEGIN_DECLS

/* The end of a record as one line of JSON: a WeirAsideFunc. */
void weir_result_write (GString *json, const WeirFlow *flow, const char *stage_id,
                        const WeirRecord *record, const char *message);

G_END_DECLS
