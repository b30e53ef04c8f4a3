/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-source.h>

#include "flow/weir-flow-private.h"
#include "stage/weir-stage-private.h"
#include "time/weir-pace-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_PORT_OUT,
  WEIR_PORT_ELSE,
  WEIR_PORT_INVALID,
  WEIR_PORT_LATE,
  WEIR_PORT_SHED,
  WEIR_PORT_FAILED,
  WEIR_N_PORTS,
} WeirPort;

/* The part of the records of a segment that reach a node, as of late; atomics. */
typedef struct
{
  gint64 first; /* records that the first node had taken in when it was looked last */
  gint64 here;  /* and this one */
  gint64 part;  /* in 1/WEIR_SHARE_ONE */
} WeirShare;

#define WEIR_SHARE_ONE 65536

/* A stage in a run: the stage, what it holds, where its ports lead, and its ledger.
 *
 *             +-------+-- out ----> next (same segment), or queues
 *   input --> | stage |-- else ---> queues, or filtered
 *             +-------+-- invalid, late, shed, failed ---> queues, or ended and dead-lettered
 *
 * The input is at most one batch: it stays until it is worked off. The thread that runs the segment
 * owns a node; others read the ledger. */
typedef struct _WeirNode WeirNode;
struct _WeirNode
{
  WeirStage *stage;
  const char *id;
  WeirFieldSet *fields;        /* that the scanner fills before the stage runs, or NULL; shared */
  const WeirHolder *holder;    /* the stage holds records, or NULL */
  guint n_held;                /* by the stage */
  gboolean full;               /* the stage has no room for the input */
  gboolean ending;             /* the stage knows that no other input will come */
  gboolean lingers;            /* ending, it has something to do beside what it holds */
  gboolean aside;              /* a sink of dead letters or results: not in the graph's ledger */
  gboolean emits;              /* source, transform, aggregate: outputs go to a new batch */

  WeirNode *next;              /* reader of out in the same segment, or NULL */
  GPtrArray *queues[WEIR_N_PORTS]; /* WeirQueue, borrowed; NULL: none */

  WeirBatch *input;
  gboolean entered;            /* the input is counted and checked for lateness */
  gboolean broken;             /* a sink that could not write: what comes fails */
  char *broken_message;
  WeirBatch *side[WEIR_N_PORTS]; /* of the step in hand */

  WeirBatch *pending;          /* a source: records that are not sent yet, since all behind is busy */
  guint batch_limit;           /* a source: records of a batch at most */
  gboolean ends_sides;         /* a source: its other ports have no room, what is for them ends here */
  WeirShare share;             /* of the segment's records that come here */

  guint64 held;                /* records given that have not entered */
  guint64 sent_on;             /* records given to the next node, since the start */

  guint64 sequence;            /* of the next record made here without an offset */
  guint16 source;              /* its number in the graph, modulo 65536: of records made here */

  gint64 alarm;      /* atomic; WEIR_TIME_NEVER: none */
  gboolean waits;    /* a source or sink: for what follows */
  gint64 wait_until; /* atomic; WEIR_TIME_NEVER: none */
  gpointer fd_tag;   /* of the descriptor that it waits for, or NULL; under the executor's lock */
  GSource *fd_source;
  gint wake_pending; /* atomic: the wait is over */

  WeirLedger ledger;
  guint64 busy;                /* nanoseconds */
  WeirHistogram *process;      /* nanoseconds a record */
  WeirNode *first_twin;        /* whose pace is that of all instances, as the next two; may be itself */
  WeirPace each;               /* the same, as of late */
  WeirPace turn;               /* of a batch */
  WeirPace drain;              /* a holder: from one record given back to the next, while it had some */
  gint64 drain_since;          /* 0: it has none, or has given none back since */
  guint n_drained;             /* since then */
  gint64 held_since;           /* 0: it has none */
  guint n_given;               /* back, since then */
};

WeirNode *weir_node_new (WeirStage *stage, const char *id) G_GNUC_WARN_UNUSED_RESULT;
void weir_node_free (WeirNode *node);
void weir_node_add_reader (WeirNode *node, WeirPort port, WeirQueue *queue);
gboolean weir_port_parse (const char *name, WeirPort *port);

static inline gint64
weir_node_get_alarm (const WeirNode *node)
{
  return __atomic_load_n (&node->alarm, __ATOMIC_RELAXED);
}

/* Gives the node its next input. */
void weir_node_give (WeirNode *node, WeirBatch *batch);

/* Whether each queue that a step of the node may put to has room. */
gboolean weir_node_has_room (const WeirNode *node, const WeirFlow *flow);

gboolean weir_node_has_room_at (const WeirNode *node, WeirPort port);
/* The same without the queues of the graph: whether records can end here. */
gboolean weir_node_can_end_records (const WeirNode *node, const WeirFlow *flow);

/* Works on the input. WEIR_STAGE_DONE: it is used up; AGAIN and WAIT: it is not. @from_queue: the
 * input was waiting, so lateness is checked. An error tells that the sink broke, once. */
WeirStageStatus weir_node_run (WeirNode *node, WeirFlow *flow, gboolean from_queue, GError **error);
void weir_node_ring (WeirNode *node, WeirFlow *flow);
WeirStageStatus weir_node_finish (WeirNode *node, WeirFlow *flow, GError **error);

/* Whether a stage that holds records has to wait before it can finish. */
gboolean weir_node_is_held_up (const WeirNode *node);
/* Whether the node can do something now. */
gboolean weir_node_is_runnable (const WeirNode *node);

/* Sources: weir-node-source.c. @outlook: records that cannot be in time are shed; NULL: none is */
WeirSourceStatus weir_node_fill (WeirNode *node, WeirFlow *flow, const WeirOutlook *outlook,
                                 GError **error);
/* Sends what was kept back, unless all behind it is busy still and more could come. @last: no more
 * comes. TRUE: something was sent. */
gboolean weir_node_send_pending (WeirNode *node, WeirFlow *flow, gboolean last);

/* For the files of the node. */
WeirBatch *weir_node_close_emitter (WeirNode *node, WeirFlow *flow);
void weir_node_account_time (WeirNode *node, WeirFlow *flow, gint64 since, guint n_records);
void weir_node_open_emitter (WeirNode *node, WeirFlow *flow);
void weir_node_send_emitted (WeirNode *node, WeirFlow *flow);
gint64 weir_node_add_work (WeirFlow *flow, WeirBatch *batch, gint64 since, guint n);
void weir_node_account_accepted (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from,
                                 guint to);

/* Stages that hold records: weir-node-holder.c */
WeirStageStatus weir_node_run_holder (WeirNode *node, WeirFlow *flow, gboolean ending,
                                      guint *n_settled, GError **error);

/* Routing: weir-router.c */
void weir_router_settle (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, guint to);
void weir_router_sift (WeirNode *node, WeirFlow *flow, WeirBatch *batch);
void weir_router_send (WeirNode *node, WeirFlow *flow, WeirPort port, WeirBatch *batch);
void weir_router_send_sides (WeirNode *node, WeirFlow *flow);
void weir_router_tell_accepted (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from,
                                guint to);

G_END_DECLS
