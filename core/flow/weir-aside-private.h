/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-batch-private.h"
#include "flow/weir-queue-private.h"

G_BEGIN_DECLS

typedef struct _WeirFlow WeirFlow;

/* Appends a line of JSON about a record that ends at a stage, without its newline. What passes is
 * what a sink has accepted. */
typedef void (*WeirAsideFunc) (GString *json, const WeirFlow *flow, const char *stage_id,
                               const WeirRecord *record, const char *message);

/* A stream beside the graph: lines about records that end, which a sink of its own takes. There are
 * two, the dead letters and the results.
 *
 *   node --end of a record--> lines of the step in hand --end of the step--> queue --> sink
 *
 * A line is a record without a deadline, in no ledger but that sink's. A node asks for room before
 * the step, as for any other queue, so a stalled sink here stops the graph too; what one step tells
 * is one batch. Lines keep no order among the instances of a segment. Each worker has lines of its
 * own; the queue is shared. */
typedef struct
{
  WeirQueue *queue; /* of the sink; NULL: there is none */
  WeirAsideFunc write;
  WeirBatch *lines; /* of the step in hand, or NULL */
} WeirAside;

static inline gboolean
weir_aside_is_open (const WeirAside *aside)
{
  return aside->queue != NULL;
}

gboolean weir_aside_has_room (const WeirAside *aside);

/* Adds a line about a record; put with weir_aside_send(), at the end of the step. */
void weir_aside_tell (WeirAside *aside, WeirFlow *flow, const char *stage_id,
                      const WeirRecord *record, const char *message);
void weir_aside_send (WeirAside *aside, WeirFlow *flow);

G_END_DECLS
