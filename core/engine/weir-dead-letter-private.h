/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-flow-private.h"

G_BEGIN_DECLS

/* One dead letter as one line of JSON: a WeirDeadLetterFunc. */
void weir_dead_letter_write (GString *json, const WeirFlow *flow, const char *stage_id,
                             const WeirRecord *record, const char *message);

G_END_DECLS
