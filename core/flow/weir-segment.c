/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-segment-private.h"

WeirSegment *
weir_segment_new (guint n_nodes)
{
  WeirSegment *segment = g_new0 (WeirSegment, 1);

  g_assert (n_nodes > 0);
  segment->nodes = g_new0 (WeirNode *, n_nodes);
  segment->n_nodes = n_nodes;
  return segment;
}

void
weir_segment_free (WeirSegment *segment)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    g_clear_pointer (&segment->nodes[i], weir_node_free);
  g_free (segment->nodes);
  g_clear_pointer (&segment->input, weir_queue_free);
  g_free (segment);
}

gboolean
weir_segment_is_source (const WeirSegment *segment)
{
  return segment->input == NULL;
}

static WeirNode *
get_deepest (const WeirSegment *segment)
{
  for (guint i = segment->n_nodes; i > 0; i--)
    if (segment->nodes[i - 1]->input != NULL)
      return segment->nodes[i - 1];
  return NULL;
}

/* Work that was begun comes before all other. */
gint64
weir_segment_get_deadline (const WeirSegment *segment)
{
  if (get_deepest (segment) != NULL)
    return G_MININT64;
  if (segment->input == NULL || segment->input->head == NULL)
    return WEIR_TIME_NEVER;
  return segment->input->head->earliest;
}

static WeirStep
wait (WeirNode *node)
{
  node->waits = TRUE;
  return WEIR_STEP_WAITING;
}

static WeirStep
run_node (WeirSegment *segment, WeirFlow *flow, WeirNode *node, GError **error)
{
  gboolean from_queue = node == segment->nodes[0] && segment->input != NULL;

  if (node->waits)
    return WEIR_STEP_WAITING;
  if (!weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  if (weir_node_run (node, flow, from_queue, error) == WEIR_STAGE_WAIT)
    return wait (node);
  return WEIR_STEP_PROGRESS;
}

/* The node whose alarm has rung, or NULL. */
static WeirNode *
get_ringing (const WeirSegment *segment, WeirFlow *flow)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    if (segment->nodes[i]->alarm != WEIR_TIME_NEVER
        && segment->nodes[i]->alarm <= weir_flow_read_clock (flow))
      return segment->nodes[i];
  return NULL;
}

static WeirStep
ring (WeirNode *node, WeirFlow *flow)
{
  if (!weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  weir_node_ring (node, flow);
  return WEIR_STEP_PROGRESS;
}

static WeirStep
fill (WeirSegment *segment, WeirFlow *flow, GError **error)
{
  WeirNode *node = segment->nodes[0];
  guint64 n_before;
  WeirSourceStatus status;

  if (node->waits)
    return WEIR_STEP_WAITING;
  if (!weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  n_before = node->ledger.in;
  status = weir_node_fill (node, flow, error);
  if (status == WEIR_SOURCE_WAIT && !weir_source_is_halting (WEIR_SOURCE (node->stage)))
    return wait (node) == WEIR_STEP_WAITING && node->ledger.in == n_before ? WEIR_STEP_WAITING
                                                                           : WEIR_STEP_PROGRESS;
  segment->source_ended = status != WEIR_SOURCE_MORE;
  return WEIR_STEP_PROGRESS;
}

static void
close_queues (const WeirNode *node)
{
  for (guint port = 0; port < WEIR_N_PORTS; port++)
    for (guint i = 0; node->queues[port] != NULL && i < node->queues[port]->len; i++)
      ((WeirQueue *)g_ptr_array_index (node->queues[port], i))->n_writers--;
}

static WeirStep
finish (WeirSegment *segment, WeirFlow *flow, GError **error)
{
  WeirNode *node = segment->nodes[segment->finishing];
  WeirStageStatus status;

  if (node->waits)
    return WEIR_STEP_WAITING;
  if (!weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  status = weir_node_finish (node, flow, error);
  if (status == WEIR_STAGE_WAIT)
    return wait (node);
  if (status == WEIR_STAGE_AGAIN || ++segment->finishing < segment->n_nodes)
    return WEIR_STEP_PROGRESS;
  segment->finished = TRUE;
  for (guint i = 0; i < segment->n_nodes; i++)
    close_queues (segment->nodes[i]);
  if (flow->dead_letters != NULL && !node->aside)
    flow->dead_letters->n_writers--;
  return WEIR_STEP_PROGRESS;
}

static WeirStep
take_input (WeirSegment *segment, WeirFlow *flow, WeirNode **worked, GError **error)
{
  *worked = segment->nodes[0];
  if (segment->input == NULL)
    {
      if (!segment->source_ended)
        return fill (segment, flow, error);
    }
  else if (segment->input->head != NULL)
    {
      weir_node_give (segment->nodes[0], weir_queue_take (segment->input));
      return run_node (segment, flow, segment->nodes[0], error);
    }
  else if (!weir_queue_has_ended (segment->input))
    return WEIR_STEP_IDLE;
  *worked = segment->nodes[segment->finishing];
  return finish (segment, flow, error);
}

WeirStep
weir_segment_step (WeirSegment *segment, WeirFlow *flow, WeirNode **worked, GError **error)
{
  WeirNode *node;

  if (segment->finished)
    return WEIR_STEP_FINISHED;
  node = get_deepest (segment);
  *worked = node;
  if (node != NULL)
    return run_node (segment, flow, node, error);
  node = get_ringing (segment, flow);
  *worked = node;
  if (node != NULL)
    return ring (node, flow);
  return take_input (segment, flow, worked, error);
}
