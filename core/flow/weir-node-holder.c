/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-node-private.h"

/* A stage that holds records: it is handed whole batches while it has room, waits as long as it
 * holds some or watches over something, and gives back lots. What it holds is in flight. */

gboolean
weir_node_is_runnable (const WeirNode *node)
{
  if (node->holder == NULL)
    return node->input != NULL && !node->waits;
  return !node->waits || (node->input != NULL && !node->full);
}

gboolean
weir_node_is_held_up (const WeirNode *node)
{
  return node->ending && (node->n_held > 0 || node->lingers);
}

/* The sides of a step hold the blocks of each batch that their records come from. */
static void
share_with_sides (WeirNode *node, const WeirBatch *batch)
{
  for (guint port = 0; port < WEIR_N_PORTS; port++)
    if (node->side[port] != NULL)
      weir_batch_share_blocks (node->side[port], batch);
}

static gint64
get_late_after (const WeirNode *node, const WeirFlow *flow)
{
  gboolean matters = flow->deadline != WEIR_TIME_NEVER
                     && (node->queues[WEIR_PORT_LATE] != NULL || flow->late != WEIR_LATE_DELIVER);

  return matters ? flow->now : G_MININT64;
}

static guint
take_lots (WeirNode *node, WeirFlow *flow)
{
  const WeirBatch *last = NULL;
  WeirLot lot = { 0 };
  guint n = 0;

  while (!weir_emitter_is_full (flow->emitter)
         && node->holder->release (node->stage, flow->emitter, &lot))
    {
      weir_emitter_end_origin (flow->emitter);
      if (lot.batch != last)
        share_with_sides (node, lot.batch);
      weir_router_settle (node, flow, lot.batch, lot.from, lot.to);
      if (flow->emitter->borrows)
        weir_batch_share_blocks (flow->emitter->batch, lot.batch);
      flow->emitter->borrows = FALSE;
      n += lot.to - lot.from;
      last = lot.done ? NULL : lot.batch;
      if (lot.done)
        weir_flow_release_batch (flow, lot.batch);
    }
  return n;
}

static void
hand_over (WeirNode *node)
{
  node->full = node->input != NULL && !node->holder->hold (node->stage, node->input);
  if (node->full)
    return;
  node->input = NULL;
  node->entered = FALSE;
}

WeirStageStatus
weir_node_run_holder (WeirNode *node, WeirFlow *flow, gboolean ending, guint *n_settled,
                      GError **error)
{
  const WeirHolder *holder = node->holder;
  gboolean good = TRUE;
  gboolean has_more;

  node->ending |= ending;
  node->waits = FALSE; /* input may have come while it waited */
  if (!node->broken)
    good = holder->service (node->stage, get_late_after (node, flow), node->ending, error);
  if (!node->broken && good)
    hand_over (node);
  weir_node_open_emitter (node, flow);
  *n_settled = take_lots (node, flow);
  has_more = weir_emitter_is_full (flow->emitter);
  weir_node_send_emitted (node, flow);
  node->n_held = holder->count (node->stage);
  if (!good)
    return WEIR_STAGE_BROKEN;
  if (has_more || (node->full && *n_settled > 0)) /* what was given on has made room */
    return WEIR_STAGE_AGAIN;
  node->lingers = node->ending && node->n_held == 0 && !holder->end (node->stage);
  holder->wait (node->stage);
  node->waits = TRUE;
  return node->full || weir_node_is_held_up (node) ? WEIR_STAGE_WAIT : WEIR_STAGE_DONE;
}
