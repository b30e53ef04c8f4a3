/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-node-private.h"

/* A source is filled into a batch, which goes on at once, unless what is behind has enough to do
 * already: then it is kept back and filled further, until it is full or is asked for. So a quiet
 * stream adds no wait, and a busy one has large batches, without a timer.
 *
 * Under overload the records of a fill are let in or turned away as they come. When there is no
 * room for any, they are read all the same, into a batch that ends here: no queue hides in the
 * kernel. So do those for a port, such as `shed`, whose reader has no room. */

/* Bytes that a batch may pin while it is kept back. */
#define MOST_PENDING (1024 * 1024)

/* A record whose priority cannot be found fails. */
static void
set_priorities (WeirFlow *flow, WeirBatch *batch, guint from)
{
  for (guint i = from; i < batch->n_records; i++)
    {
      WeirRecord *record = &batch->records[i];
      WeirValue value;

      if (record->verdict != WEIR_VERDICT_PASS
          || !weir_expression_first (flow->priority_expression, record, &value))
        continue;
      if (value.field.type == WEIR_FIELD_NUMBER)
        record->priority = CLAMP (value.number, 0, 9);
      else
        weir_record_fail (record, "the priority is not a number");
    }
}

/* Whether it is worth while to let the batch grow. */
static gboolean
is_small (const WeirNode *node, const WeirBatch *batch)
{
  return 2 * batch->n_records < node->batch_limit && weir_batch_get_pinned (batch) < MOST_PENDING;
}

static gboolean
is_all_busy (const WeirNode *node)
{
  GPtrArray *queues = node->queues[WEIR_PORT_OUT];

  if (queues == NULL || node->next != NULL)
    return FALSE;
  for (guint i = 0; i < queues->len; i++)
    if (!weir_queue_is_busy (g_ptr_array_index (queues, i)))
      return FALSE;
  return TRUE;
}

static void
count_pending (WeirNode *node)
{
  guint64 n = node->pending != NULL ? node->pending->n_selected : 0;

  __atomic_store_n (&node->ledger.in_flight, n, __ATOMIC_RELAXED);
}

gboolean
weir_node_send_pending (WeirNode *node, WeirFlow *flow, gboolean last)
{
  if (node->pending == NULL || !weir_node_has_room_at (node, WEIR_PORT_OUT)
      || (!last && is_small (node, node->pending) && is_all_busy (node)))
    return FALSE;
  weir_router_send (node, flow, WEIR_PORT_OUT, g_steal_pointer (&node->pending));
  weir_flow_send_aside (flow);
  count_pending (node);
  return TRUE;
}

/* What has left the selection leaves the batch too, so that it can be filled further. */
static void
close_gaps (WeirBatch *batch, guint from)
{
  for (guint i = from; i < batch->n_selected; i++)
    {
      guint32 at = batch->selection[i];

      batch->records[i] = batch->records[at];
      if (batch->messages != NULL)
        batch->messages[i] = batch->messages[at];
      batch->selection[i] = i;
    }
  batch->n_records = batch->n_selected;
}

/* To fill what was kept back, or a new batch. @to_end: one that ends here */
static void
open_batch (WeirNode *node, WeirFlow *flow, gboolean to_end)
{
  weir_node_open_emitter (node, flow);
  flow->emitter->max_records = node->batch_limit;
  if (to_end || node->pending == NULL)
    return;
  weir_flow_release_batch (flow, flow->emitter->batch);
  flow->emitter->batch = g_steal_pointer (&node->pending);
  flow->emitter->batch->now = flow->now;
}

static void
judge (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, const WeirOutlook *outlook,
       gboolean to_end)
{
  gboolean sift;

  if (flow->priority_expression != NULL)
    set_priorities (flow, batch, from);
  sift = batch->messages != NULL; /* something failed */
  if (outlook != NULL)
    sift |= weir_overload_sieve (flow->overload, batch, from, flow->now, to_end ? NULL : outlook);
  if (!sift)
    return;
  weir_router_sift (node, flow, batch);
  close_gaps (batch, from);
}

static gboolean
has_room_aside (const WeirNode *node)
{
  for (guint port = WEIR_PORT_ELSE; port < WEIR_N_PORTS; port++)
    if (!weir_node_has_room_at (node, port))
      return FALSE;
  return TRUE;
}

WeirSourceStatus
weir_node_fill (WeirNode *node, WeirFlow *flow, const WeirOutlook *outlook, GError **error)
{
  gint64 since = weir_flow_read_clock (flow);
  gboolean has_room = weir_node_has_room_at (node, WEIR_PORT_OUT);
  gboolean to_end
      = outlook != NULL && !has_room && node->pending != NULL && !is_small (node, node->pending);
  WeirSourceStatus status;
  WeirBatch *batch;
  guint from;

  node->ends_sides = outlook != NULL && !has_room_aside (node);
  open_batch (node, flow, to_end);
  from = flow->emitter->batch->n_records;
  status = weir_source_fill (WEIR_SOURCE (node->stage), flow->emitter, error);
  if (status == WEIR_SOURCE_BROKEN && error != NULL && *error == NULL)
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "the source broke off");
  batch = weir_node_close_emitter (node, flow);
  weir_count (&node->ledger.in, flow->emitter->n_in);
  weir_count (&flow->bytes_in, flow->emitter->bytes + flow->emitter->n_in);
  weir_node_account_time (node, flow, since, batch->n_records - from);
  judge (node, flow, batch, from, outlook, to_end);
  if (to_end)
    weir_flow_release_batch (flow, batch);
  else if (has_room && (!is_small (node, batch) || !is_all_busy (node)))
    weir_router_send (node, flow, WEIR_PORT_OUT, batch);
  else
    node->pending = batch;
  count_pending (node);
  weir_router_send_sides (node, flow);
  return status;
}
