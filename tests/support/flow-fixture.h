/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow-stages.h"
#include "flow/weir-worker-private.h"

G_BEGIN_DECLS

/* A flow on a test clock, and an executor with one worker on a main context of its own. It owns the
 * stages that it is given. A test that takes longer than 30 s ends. */
typedef struct
{
  WeirClock *clock;
  WeirFlow *flow; /* the executor's */
  GMainContext *context;
  WeirExecutor *executor;

  GPtrArray *stages; /* WeirStage */
  GPtrArray *nodes;  /* WeirNode, of tests that use no executor */
  GPtrArray *queues; /* WeirQueue, of tests that use no executor */

  gboolean finished;
  guint n_broken;
  GError *error; /* the last one */
} FlowFixture;

FlowFixture *flow_fixture_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* On another clock, which is taken; it is not to be advanced. */
FlowFixture *flow_fixture_new_with_clock (WeirClock *clock) G_GNUC_WARN_UNUSED_RESULT;
void flow_fixture_free (FlowFixture *fixture);
void flow_fixture_advance (FlowFixture *fixture, gint64 nanoseconds);

/* Nodes and queues alone. The stage is taken, and gives the node its name. */
WeirNode *flow_fixture_add_node (FlowFixture *fixture, gpointer stage);
WeirQueue *flow_fixture_read (FlowFixture *fixture, WeirNode *node, WeirPort port);
/* A queue that somebody may put to; closing it is the test's. */
WeirQueue *flow_fixture_make_queue (FlowFixture *fixture, guint max_batches, gsize max_bytes);

/* A batch of the words of a text, as records that came now. */
WeirBatch *flow_fixture_make_batch (FlowFixture *fixture, const char *words);
/* The selected records of a batch, or of all batches of a queue, with spaces between. */
char *flow_batch_to_text (WeirBatch *batch);
WeirBatch *flow_fixture_take (WeirQueue *queue) G_GNUC_WARN_UNUSED_RESULT;
char *flow_fixture_take_all (FlowFixture *fixture, WeirQueue *queue);

/* Segments: the stages end with NULL, and are taken. The first one is a source, or reads a queue
 * with that bound. */
WeirSegment *flow_fixture_add_segment (FlowFixture *fixture, guint bound,
                                       ...) G_GNUC_NULL_TERMINATED;
WeirSegment *flow_fixture_segment (FlowFixture *fixture, guint index);
void flow_fixture_connect (FlowFixture *fixture, gpointer from, WeirPort port,
                           WeirSegment *segment);
WeirNode *flow_fixture_node (FlowFixture *fixture, gpointer stage);
/* Puts to the input of a segment, which ends after that unless others write there. */
void flow_fixture_put (FlowFixture *fixture, WeirSegment *segment, const char *words);
void flow_fixture_attach (FlowFixture *fixture);

/* Runs until nothing can run, at most some thousand dispatches. */
void flow_fixture_settle (FlowFixture *fixture);
void flow_fixture_assert_balanced (FlowFixture *fixture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlowFixture, flow_fixture_free)

G_END_DECLS
