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
  gint64 held;
  guint n = 0;

  while (!weir_emitter_is_full (flow->emitter)
         && node->holder->release (node->stage, flow->emitter, &lot))
    {
      weir_emitter_end_origin (flow->emitter);
      if (lot.batch != last)
        share_with_sides (node, lot.batch);
      held = weir_node_add_work (flow, lot.batch, lot.batch->now, 1);
      weir_router_settle (node, flow, lot.batch, lot.from, lot.to);
      flow->emitter->batch->worked = lot.batch->worked;
      lot.batch->worked -= held;
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

static guint
take_outputs (WeirNode *node, WeirFlow *flow, gboolean *has_more)
{
  guint n;

  weir_node_open_emitter (node, flow);
  n = take_lots (node, flow);
  *has_more = weir_emitter_is_full (flow->emitter);
  weir_node_send_emitted (node, flow);
  return n;
}

/* Of a sink: nothing was emitted, and what passed was accepted. */
static guint
take_accepted (WeirNode *node, WeirFlow *flow)
{
  const WeirBatch *last = NULL;
  WeirLot lot = { 0 };
  gint64 held;
  guint n = 0;

  while (node->holder->release (node->stage, NULL, &lot))
    {
      if (n == 0)
        weir_flow_read_clock (flow);
      if (lot.batch != last)
        share_with_sides (node, lot.batch);
      held = weir_node_add_work (flow, lot.batch, lot.batch->now, 1);
      weir_node_account_accepted (node, flow, lot.batch, lot.from, lot.to);
      lot.batch->worked -= held;
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

/* A sink writes in the same call what it was handed; another stage first hears the answers, which
 * make room. */
static gboolean
look_after (WeirNode *node, WeirFlow *flow, GError **error)
{
  gint64 late_after = get_late_after (node, flow);
  gboolean is_sink = WEIR_IS_SINK (node->stage);
  gboolean good;

  if (node->broken)
    return TRUE;
  if (is_sink)
    hand_over (node);
  good = node->holder->service (node->stage, late_after, node->ending, error);
  if (good && !is_sink)
    hand_over (node);
  return good;
}

/* Nanoseconds over which it is measured how fast records are given back. */
#define DRAIN_TIME 2000000

static void
add_drain (WeirNode *node, gint64 now, gint64 since, guint n)
{
  weir_pace_add (&node->drain, (now - since) / n);
  node->drain_since = now;
  node->n_drained = 0;
}

/* It has given back all: each took no longer than this, from when it was handed the first one. */
static void
end_drain (WeirNode *node, gint64 now)
{
  if (node->n_given > 0
      && (now - node->held_since) / node->n_given < weir_pace_get_mean (&node->drain))
    add_drain (node, now, node->held_since, node->n_given);
  node->held_since = node->drain_since = 0;
  node->n_drained = node->n_given = 0;
}

/* From one record given back to the next, as long as there always was another one. */
static void
measure_drain (WeirNode *node, WeirFlow *flow, guint n_settled)
{
  gint64 now = flow->now;

  if (node->held_since == 0)
    node->held_since = now;
  node->n_given += n_settled;
  node->n_drained += node->drain_since > 0 ? n_settled : 0;
  if (node->n_drained > 0 && now - node->drain_since >= DRAIN_TIME)
    add_drain (node, now, node->drain_since, node->n_drained);
  if (node->drain_since == 0 && n_settled > 0)
    node->drain_since = now;
  if (node->n_held == 0)
    end_drain (node, now);
}

WeirStageStatus
weir_node_run_holder (WeirNode *node, WeirFlow *flow, gboolean ending, guint *n_settled,
                      GError **error)
{
  const WeirHolder *holder = node->holder;
  gboolean has_more = FALSE;
  gboolean good;

  node->ending |= ending;
  node->waits = FALSE; /* input may have come while it waited */
  good = look_after (node, flow, error);
  *n_settled = WEIR_IS_SINK (node->stage) ? take_accepted (node, flow)
                                          : take_outputs (node, flow, &has_more);
  node->n_held = holder->count (node->stage);
  measure_drain (node, flow, *n_settled);
  if (!good)
    return WEIR_STAGE_BROKEN;
  if (has_more || (node->full && *n_settled > 0)) /* what was given on has made room */
    return WEIR_STAGE_AGAIN;
  node->lingers = node->ending && node->n_held == 0 && !holder->end (node->stage);
  holder->wait (node->stage);
  node->waits = TRUE;
  return node->full || weir_node_is_held_up (node) ? WEIR_STAGE_WAIT : WEIR_STAGE_DONE;
}
