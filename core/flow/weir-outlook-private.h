/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-overload-private.h"
#include "flow/weir-segment-private.h"

G_BEGIN_DECLS

/* How long the way to the sink is from each segment, from what the stages have taken as of late and
 * from what waits for them now:
 *
 *   source ──> queue ──> [a][b] ──> queue ──> [c]
 *              n records  each: the time of a record in a and b together, a's and b's instances apart
 *              wait = n * each; work = the time of a batch in a, and in b
 *
 * and the same from there on; where ways part, the longest one counts. 9 of 10 records take no
 * longer than wait and work together. A stage that holds records
 * is measured by how fast it gave them back while it had some.
 *
 * @segments: WeirSegment in the order of flow. Any thread: what it finds is stored in the segments,
 * each time a little newer. */
void weir_outlook_update (GPtrArray *segments, guint n_workers);

/* From the source on; with what waits in it. */
WeirOutlook weir_outlook_get (const WeirSegment *segment);
/* The part of it that does not wait: weir_outlook_get().work */
gint64 weir_outlook_get_work (const WeirSegment *segment);
/* The thread time of one record on its way, and what is behind. */
gint64 weir_outlook_get_cost (const WeirSegment *segment);

G_END_DECLS
