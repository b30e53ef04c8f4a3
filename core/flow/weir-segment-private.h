/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-node-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_STEP_PROGRESS, /* something was done */
  WEIR_STEP_IDLE,     /* nothing to do until something arrives */
  WEIR_STEP_BLOCKED,  /* a queue that it puts to is full */
  WEIR_STEP_WAITING,  /* a source or sink waits */
  WEIR_STEP_FINISHED, /* for good */
} WeirStep;

/* A chain of nodes that one thread runs as one, from its input (a source, or a bounded queue) to its
 * last node. A step is the smallest unit of work: one node on one batch, one fill, one alarm.
 *
 *   queue ──> [node]──>[node]──>[node]      the deepest node with input goes first, so each
 *               │         │        │        node holds at most one batch
 *               └─ ports ─┴────────┴──> queues of other segments
 *
 * While the source waits, alarms ring and what they give is worked off; while the sink waits, it holds
 * its batch and nothing else moves. When the input has ended, the nodes finish in order, and the
 * queues behind are closed. */
typedef struct
{
  WeirNode **nodes;
  guint n_nodes;
  WeirQueue *input; /* NULL: the first node is a source; owned */
  gboolean source_ended;
  guint finishing;       /* node that finishes next */
  gboolean finished;
  guint round;           /* of the executor, in which it was last tried */
} WeirSegment;

WeirSegment *weir_segment_new (guint n_nodes) G_GNUC_WARN_UNUSED_RESULT;
void weir_segment_free (WeirSegment *segment);

/* Does one step. An error is told once, by the step in which the node *worked broke. */
WeirStep weir_segment_step (WeirSegment *segment, WeirFlow *flow, WeirNode **worked,
                            GError **error);

gboolean weir_segment_is_source (const WeirSegment *segment);
/* Earliest deadline of the batch that a step would take; WEIR_TIME_NEVER when there is none, and
 * G_MININT64 when a batch is in work already. */
gint64 weir_segment_get_deadline (const WeirSegment *segment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSegment, weir_segment_free)

G_END_DECLS
