/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-outlook-private.h"

/* What an outbox may hold before the instance must wait for its turn. */
#define OUTBOX_BATCHES 4
#define OUTBOX_BYTES   (1024 * 1024)

/* The part of the deadline after which a source that sheds is to be read again, and that it may
 * take to work off a batch. */
#define PROMPT     10
#define BATCH_PART 20

/* Nanoseconds after which it is looked again whether a source that is held back may go on. */
#define LEAST_HOLD G_GINT64_CONSTANT (1000000)
#define MOST_HOLD  G_GINT64_CONSTANT (50000000)

WeirSegment *
weir_segment_new (guint n_nodes)
{
  WeirSegment *segment = g_new0 (WeirSegment, 1);

  g_assert (n_nodes > 0);
  segment->nodes = g_new0 (WeirNode *, n_nodes);
  segment->n_nodes = n_nodes;
  segment->outbox = g_array_new (FALSE, FALSE, sizeof (WeirParcel));
  return segment;
}

void
weir_segment_free (WeirSegment *segment)
{
  for (guint i = 0; i < segment->n_nodes; i++)
    g_clear_pointer (&segment->nodes[i], weir_node_free);
  for (guint i = 0; i < segment->outbox->len; i++)
    weir_batch_free (g_array_index (segment->outbox, WeirParcel, i).batch);
  g_array_unref (segment->outbox);
  g_free (segment->nodes);
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
    if (segment->nodes[i - 1]->input != NULL || weir_node_is_runnable (segment->nodes[i - 1]))
      return segment->nodes[i - 1];
  return NULL;
}

gboolean
weir_segment_has_begun (const WeirSegment *segment)
{
  return segment->has_ticket || get_deepest (segment) != NULL;
}

/* A source that sheds has to read in time: what waits in the kernel has no deadline yet. */
static gint64
get_span (const WeirSegment *segment, const WeirFlow *flow)
{
  return flow->overload != NULL && segment->input == NULL ? flow->deadline / PROMPT
                                                          : flow->deadline;
}

gint64
weir_segment_get_start_deadline (const WeirSegment *segment, const WeirFlow *flow, gint64 now)
{
  gint64 urgency = WEIR_TIME_NEVER;

  if (weir_segment_has_begun (segment))
    return G_MININT64;
  if (flow->deadline == WEIR_TIME_NEVER)
    return WEIR_TIME_NEVER;
  if (segment->input != NULL)
    urgency = weir_queue_get_urgency (segment->input);
  if (urgency == WEIR_TIME_NEVER)
    urgency = now + get_span (segment, flow);
  return urgency - (weir_outlook_get_work (segment) & WEIR_URGENCY_MASK);
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

  if (!weir_node_is_runnable (node))
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
    if (weir_node_get_alarm (segment->nodes[i]) != WEIR_TIME_NEVER
        && weir_node_get_alarm (segment->nodes[i]) <= weir_flow_read_clock (flow))
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

/* So large that working it off takes a small part of the deadline only. */
static guint
get_batch_limit (const WeirSegment *segment, const WeirFlow *flow)
{
  gint64 cost = weir_outlook_get_cost (segment);

  if (flow->deadline == WEIR_TIME_NEVER || cost == 0)
    return WEIR_BATCH_FULL;
  return CLAMP (flow->deadline / BATCH_PART / cost, 1, WEIR_BATCH_FULL);
}

/* What can be read later is read when it can be in time. */
static gboolean
hold_back (const WeirSegment *segment, WeirFlow *flow, const WeirOutlook *outlook)
{
  WeirNode *node = segment->nodes[0];
  gint64 too_long = outlook->wait + outlook->work - flow->deadline / 2;

  if (too_long <= 0 || outlook->wait == 0)
    return FALSE;
  __atomic_store_n (&node->wait_until,
                    weir_flow_read_clock (flow) + CLAMP (too_long / 2, LEAST_HOLD, MOST_HOLD),
                    __ATOMIC_RELAXED);
  return TRUE;
}

static WeirStep
take_status (WeirSegment *segment, WeirSourceStatus status, guint64 n_before, gboolean halting)
{
  WeirNode *node = segment->nodes[0];

  if (status == WEIR_SOURCE_WAIT && !halting)
    return wait (node) == WEIR_STEP_WAITING && node->ledger.in == n_before ? WEIR_STEP_WAITING
                                                                           : WEIR_STEP_PROGRESS;
  segment->source_ended = status != WEIR_SOURCE_MORE;
  return WEIR_STEP_PROGRESS;
}

/* A source that is live and may shed is filled whether there is room or not. */
static WeirStep
fill (WeirSegment *segment, WeirFlow *flow, GError **error)
{
  WeirNode *node = segment->nodes[0];
  WeirSource *source = WEIR_SOURCE (node->stage);
  gboolean sheds = flow->overload != NULL && weir_source_is_live (source);
  guint64 n_before = node->ledger.in;
  gboolean halting; /* before the fill: it is filled once more after it was told */
  WeirOutlook outlook = { 0 };

  if (weir_node_send_pending (node, flow, FALSE))
    return WEIR_STEP_PROGRESS;
  if (node->waits)
    return WEIR_STEP_WAITING;
  if (sheds ? !weir_node_can_end_records (node, flow) : !weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  halting = weir_source_is_halting (source);
  if (flow->overload != NULL)
    {
      weir_outlook_update (flow->segments, flow->n_workers);
      outlook = weir_outlook_get (segment);
      if (!sheds && !halting && hold_back (segment, flow, &outlook))
        return wait (node);
    }
  node->batch_limit = get_batch_limit (segment, flow);
  return take_status (segment, weir_node_fill (node, flow, sheds ? &outlook : NULL, error),
                      n_before, halting);
}

static void
close_queue (WeirFlow *flow, WeirQueue *queue)
{
  if (weir_queue_close (queue) && flow->notify != NULL)
    flow->notify (flow->notify_data, queue);
}

static void
close_queues (const WeirNode *node, WeirFlow *flow)
{
  for (guint port = 0; port < WEIR_N_PORTS; port++)
    for (guint i = 0; node->queues[port] != NULL && i < node->queues[port]->len; i++)
      close_queue (flow, g_ptr_array_index (node->queues[port], i));
  if (weir_aside_is_open (&flow->dead_letters) && !node->aside)
    close_queue (flow, flow->dead_letters.queue);
  if (weir_aside_is_open (&flow->results) && !node->aside)
    close_queue (flow, flow->results.queue);
}

static WeirStep
finish (WeirSegment *segment, WeirFlow *flow, GError **error)
{
  WeirNode *node = segment->nodes[segment->finishing];
  WeirStageStatus status;

  if (node->waits && (node->holder == NULL || weir_node_is_held_up (node)))
    return WEIR_STEP_WAITING;
  if (!weir_node_has_room (node, flow))
    return WEIR_STEP_BLOCKED;
  status = weir_node_finish (node, flow, error);
  if (status == WEIR_STAGE_WAIT)
    return wait (node);
  if (status == WEIR_STAGE_AGAIN || ++segment->finishing < segment->n_nodes)
    return WEIR_STEP_PROGRESS;
  for (guint i = 0; i < segment->n_nodes; i++)
    close_queues (segment->nodes[i], flow);
  __atomic_store_n (&segment->finished, TRUE, __ATOMIC_RELEASE);
  return WEIR_STEP_FINISHED;
}

/* Turns -------------------------------------------------------------------------------------- */

static gboolean
is_my_turn (const WeirSegment *segment)
{
  return __atomic_load_n (&segment->gate->turn, __ATOMIC_SEQ_CST) == segment->ticket;
}

static void
take_ticket (WeirSegment *segment, guint64 ticket)
{
  __atomic_store_n (&segment->ticket, ticket, __ATOMIC_SEQ_CST);
  __atomic_store_n (&segment->has_ticket, TRUE, __ATOMIC_SEQ_CST);
}

/* The batch is worked off and given out: the next ticket's turn. */
static void
pass_turn (WeirSegment *segment)
{
  __atomic_store_n (&segment->has_ticket, FALSE, __ATOMIC_SEQ_CST);
  __atomic_store_n (&segment->gate->turn, segment->ticket + 1, __ATOMIC_SEQ_CST);
}

static void
count_outbox (WeirSegment *segment)
{
  guint64 n = 0;

  for (guint i = 0; i < segment->outbox->len; i++)
    n += g_array_index (segment->outbox, WeirParcel, i).batch->n_selected;
  __atomic_store_n (&segment->n_outbox, n, __ATOMIC_RELAXED);
}

/* Gives out what is in the outbox as far as there is room. */
static WeirStep
empty_outbox (WeirSegment *segment, WeirFlow *flow)
{
  guint n = 0;

  flow->outbox = NULL;
  while (n < segment->outbox->len)
    {
      WeirParcel *parcel = &g_array_index (segment->outbox, WeirParcel, n);

      if (!weir_queue_has_room (parcel->queue))
        break;
      weir_flow_put (flow, parcel->queue, parcel->batch);
      n++;
    }
  if (n > 0)
    g_array_remove_range (segment->outbox, 0, n);
  count_outbox (segment);
  return segment->outbox->len == 0 || n > 0 ? WEIR_STEP_PROGRESS : WEIR_STEP_BLOCKED;
}

static gboolean
is_outbox_full (const WeirSegment *segment)
{
  gsize bytes = 0;

  for (guint i = 0; i < segment->outbox->len; i++)
    bytes += weir_batch_get_pinned (g_array_index (segment->outbox, WeirParcel, i).batch);
  return segment->outbox->len >= OUTBOX_BATCHES || bytes >= OUTBOX_BYTES;
}

/* An instance that holds a ticket: works on its batch, then gives out the results in its turn. */
static WeirStep
step_ticket (WeirSegment *segment, WeirFlow *flow, WeirNode **worked, GError **error)
{
  WeirNode *node = get_deepest (segment);

  *worked = node != NULL ? node : segment->nodes[0];
  if (node != NULL && !is_outbox_full (segment))
    {
      WeirStep step;

      flow->outbox = segment->outbox;
      step = run_node (segment, flow, node, error);
      flow->outbox = NULL;
      count_outbox (segment);
      return step;
    }
  if (!is_my_turn (segment))
    return WEIR_STEP_BLOCKED;
  if (segment->outbox->len > 0)
    return empty_outbox (segment, flow);
  pass_turn (segment);
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
      if (segment->nodes[0]->pending != NULL)
        return weir_node_send_pending (segment->nodes[0], flow, TRUE) ? WEIR_STEP_PROGRESS
                                                                      : WEIR_STEP_BLOCKED;
    }
  else
    {
      guint64 ticket;
      WeirBatch *batch = weir_queue_take (segment->input, &ticket);

      if (batch != NULL)
        {
          weir_node_give (segment->nodes[0], batch);
          if (segment->gate != NULL)
            take_ticket (segment, ticket);
          return WEIR_STEP_PROGRESS;
        }
      if (!weir_queue_has_ended (segment->input))
        return WEIR_STEP_IDLE;
    }
  *worked = segment->nodes[segment->finishing];
  return finish (segment, flow, error);
}

WeirStep
weir_segment_step (WeirSegment *segment, WeirFlow *flow, WeirNode **worked, GError **error)
{
  WeirNode *node;

  if (segment->finished)
    return WEIR_STEP_FINISHED;
  if (segment->has_ticket)
    return step_ticket (segment, flow, worked, error);
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
