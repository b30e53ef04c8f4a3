/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-flow-private.h"

G_BEGIN_DECLS

typedef char WeirLateMessage[48];

/* Why a record ended: @message, or else by how much it is late, which is written to @late; NULL
 * when there is nothing to tell. */
const char *weir_dead_letter_explain (const WeirFlow *flow, const WeirRecord *record,
                                      const char *message, WeirLateMessage *late);

/* One dead letter as one line of JSON: a WeirAsideFunc. */
void weir_dead_letter_write (GString *json, const WeirFlow *flow, const char *stage_id,
                             const WeirRecord *record, const char *message);

G_END_DECLS
