/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-clock.h>

#include "base/weir-emitter-private.h"
#include "flow/weir-aside-private.h"
#include "flow/weir-ledger-private.h"
#include "flow/weir-overload-private.h"
#include "graph/weir-graph-private.h"
#include "json/weir-json-private.h"
#include "time/weir-histogram-private.h"

G_BEGIN_DECLS

/* Batches that an instance of a segment made while it was not its turn to give them out. */
typedef struct
{
  WeirQueue *queue;
  WeirBatch *batch;
} WeirParcel;

/* What a worker brings to the nodes that it runs: the settings of the run, tools of its own, and
 * counters that others read as atomics. Used by one thread; the pool and the queues are shared. */
struct _WeirFlow
{
  WeirClock *clock;
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirScanner *scanner;
  WeirBatch *idle; /* batches to use again */
  guint n_idle;
  gint64 now; /* read once a batch */

  gint64 deadline; /* span, or WEIR_TIME_NEVER */
  WeirLatePolicy late;
  guint priority;
  WeirExpression *priority_expression; /* or NULL */
  GPtrArray *segments;                 /* WeirSegment, of the executor, as the next; NULL: none */
  guint n_workers;
  WeirOverload *overload;              /* owned by the run; NULL: nothing is shed */

  WeirAside dead_letters;
  WeirAside results;
  GPtrArray *makers; /* char *, borrowed: ids of the stages by the number in their records; or NULL */
  GString *line;     /* being written */

  GArray *outbox; /* WeirParcel, of the instance in hand; NULL: puts go to the queues at once */
  void (*notify) (gpointer data, WeirQueue *queue); /* something was put, or the last writer closed */
  gpointer notify_data;

  guint64 met;
  guint64 missed;
  guint64 excused; /* of these, delivered by way of a late port */
  guint64 bytes_in;
  WeirHistogram *latency; /* nanoseconds, of what was accepted by sinks */
};

WeirFlow *weir_flow_new (WeirClock *clock) G_GNUC_WARN_UNUSED_RESULT;
/* For another worker of the same run: the same settings and pool. */
WeirFlow *weir_flow_new_like (const WeirFlow *flow) G_GNUC_WARN_UNUSED_RESULT;
void weir_flow_free (WeirFlow *flow);

gint64 weir_flow_read_clock (WeirFlow *flow);
WeirBatch *weir_flow_take_batch (WeirFlow *flow);
void weir_flow_release_batch (WeirFlow *flow, WeirBatch *batch);

/* Both streams aside, for a node that is not one of their sinks. */
gboolean weir_flow_has_room_aside (const WeirFlow *flow);
void weir_flow_send_aside (WeirFlow *flow);

/* Puts a batch, or keeps it in the outbox until it is the instance's turn. */
void weir_flow_put (WeirFlow *flow, WeirQueue *queue, WeirBatch *batch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirFlow, weir_flow_free)

G_END_DECLS
