/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-node-private.h"
#include "flow/weir-overload-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_STEP_PROGRESS, /* something was done */
  WEIR_STEP_IDLE,     /* nothing to do until something arrives */
  WEIR_STEP_BLOCKED,  /* a queue that it puts to is full, or it is not its turn to put */
  WEIR_STEP_WAITING,  /* a source or sink waits */
  WEIR_STEP_FINISHED, /* for good */
} WeirStep;

/* Whether a worker has, or will have, the segment in hand. */
typedef enum
{
  WEIR_SEGMENT_IDLE,
  WEIR_SEGMENT_READY,    /* in a ready queue */
  WEIR_SEGMENT_RUNNING,
  WEIR_SEGMENT_NOTIFIED, /* running, and to be run again */
} WeirSegmentState;

/* The order in which the instances of a segment give out what they made: that of the tickets under
 * which they took their batches. */
typedef struct
{
  guint64 turn; /* atomic: ticket whose instance may put */
  GPtrArray *instances; /* WeirSegment, borrowed */
} WeirGate;

/* What it takes from a segment to the sink, in nanoseconds; atomics. Means add up; what the times
 * stray by adds up as the sides of a right-angled triangle do (they are independent), which is less
 * than the 90th percentiles would give. */
typedef struct
{
  gint64 wait;  /* for what is there, on average */
  gint64 mean;  /* the work, on average */
  gint64 work;  /* the work: the sum of the stages' 90th percentiles */
  gint64 stray; /* of the wait and the work together: the 90th percentile less the average */
  gint64 each;  /* that one more record adds to the wait */
  gint64 cost;  /* of one record: thread time */
} WeirWay;

/* A chain of nodes that one thread at a time runs as one, from its input (a source, or a bounded
 * queue) to its last node. A step is the smallest unit of work: one node on one batch, one fill, one
 * alarm.
 *
 *   queue ──> [node]──>[node]──>[node]      the deepest node with input goes first, so each
 *               │         │        │        node holds at most one batch
 *               └─ ports ─┴────────┴──> queues of other segments
 *
 * A chain of stateless stages has several instances when there are several workers: segments with
 * the same stages and queues, and nodes, ledgers and batches of their own. Each batch is taken with
 * its number in the queue as a ticket; what becomes of it stays in the outbox until it is that
 * ticket's turn, so the order of the records is that of one instance. A batch of which nothing is
 * left has its turn all the same.
 *
 *   queue ──3──> [instance a] ──┐
 *     │                         ├── gate, turn 2 ──> queue
 *     └────2──> [instance b] ──┘
 *
 * When the input has ended, the nodes finish in order, and the queues behind are closed. */
typedef struct
{
  WeirNode **nodes;
  guint n_nodes;
  guint rank;       /* in the order of flow; 0: a source */
  WeirQueue *input; /* NULL: the first node is a source; owned by the executor */
  WeirGate *gate;   /* NULL: the only instance; owned by the executor */
  gboolean source_ended;
  guint finishing;   /* node that finishes next */
  gboolean finished; /* atomic */
  gint state;        /* atomic, WeirSegmentState */

  gboolean has_ticket; /* atomic, as the ticket */
  guint64 ticket;
  GArray *outbox;    /* WeirParcel */
  guint64 n_outbox;  /* atomic: records in it */

  WeirWay way; /* from here to the sink (weir-outlook) */
} WeirSegment;

WeirSegment *weir_segment_new (guint n_nodes) G_GNUC_WARN_UNUSED_RESULT;
void weir_segment_free (WeirSegment *segment);

/* Does one step. An error is told once, by the step in which the node *worked broke. */
WeirStep weir_segment_step (WeirSegment *segment, WeirFlow *flow, WeirNode **worked,
                            GError **error);

gboolean weir_segment_is_source (const WeirSegment *segment);
gboolean weir_segment_has_begun (const WeirSegment *segment);
/* By when the segment has to be run, for what waits to be in time: the earliest deadline less the
 * estimated time from here to the sink (L. Xu et al., "Move Fast and Meet Deadlines: Fine-grained
 * Real-time Stream Processing with Cameo", NSDI 2021). Work that was begun comes before all other:
 * G_MININT64. What has no deadline gets one from @now on, so that it ages and nobody starves; without
 * deadlines in the run, WEIR_TIME_NEVER. */
gint64 weir_segment_get_start_deadline (const WeirSegment *segment, const WeirFlow *flow,
                                        gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSegment, weir_segment_free)

G_END_DECLS
