/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-node-private.h"

/* Where records go after a stage has given its verdicts: what has not passed leaves the batch, to
 * the readers of its port or to its end in the ledger. */

static const WeirPort port_of_verdict[] = {
  [WEIR_VERDICT_PASS] = WEIR_PORT_OUT,      [WEIR_VERDICT_ELSE] = WEIR_PORT_ELSE,
  [WEIR_VERDICT_ABSORBED] = WEIR_N_PORTS,   [WEIR_VERDICT_INVALID] = WEIR_PORT_INVALID,
  [WEIR_VERDICT_LATE] = WEIR_PORT_LATE,     [WEIR_VERDICT_SHED] = WEIR_PORT_SHED,
  [WEIR_VERDICT_FAILED] = WEIR_PORT_FAILED,
};

static guint64 *
counter_of_verdict (WeirLedger *ledger, WeirVerdict verdict)
{
  switch (verdict)
    {
    case WEIR_VERDICT_ABSORBED:
      return &ledger->absorbed;
    case WEIR_VERDICT_INVALID:
      return &ledger->invalid;
    case WEIR_VERDICT_LATE:
      return &ledger->late;
    case WEIR_VERDICT_SHED:
      return &ledger->shed;
    case WEIR_VERDICT_FAILED:
      return &ledger->failed;
    case WEIR_VERDICT_PASS:
    case WEIR_VERDICT_ELSE:
    default:
      return &ledger->filtered;
    }
}

static gboolean
has_dead_letter (const WeirNode *node, const WeirFlow *flow, WeirVerdict verdict)
{
  if (flow->dead_letters == NULL || node->aside)
    return FALSE;
  return verdict == WEIR_VERDICT_INVALID || verdict == WEIR_VERDICT_SHED
         || verdict == WEIR_VERDICT_FAILED
         || (verdict == WEIR_VERDICT_LATE && flow->late == WEIR_LATE_DEAD_LETTER);
}

#define N_VERDICTS (WEIR_VERDICT_FAILED + 1)

/* The record ends here: counted with others of its batch. */
static void
end_record (WeirNode *node, WeirFlow *flow, const WeirBatch *batch, const WeirRecord *record,
            guint *ended)
{
  ended[record->verdict]++;
  if (has_dead_letter (node, flow, record->verdict))
    weir_flow_add_letter (flow, node->id, record, weir_batch_get_message (batch, record));
}

static void
count_ended (WeirNode *node, WeirFlow *flow, const guint *ended)
{
  guint n_missed = ended[WEIR_VERDICT_LATE] + ended[WEIR_VERDICT_SHED];

  for (guint verdict = 0; verdict < N_VERDICTS; verdict++)
    if (ended[verdict] > 0)
      weir_count (counter_of_verdict (&node->ledger, verdict), ended[verdict]);
  if (n_missed > 0 && flow->deadline != WEIR_TIME_NEVER)
    weir_count (&flow->missed, n_missed);
}

/* The record goes to the readers of a port. */
static void
put_aside (WeirNode *node, WeirFlow *flow, WeirBatch *batch, const WeirRecord *record,
           WeirPort port)
{
  WeirBatch *side = node->side[port];
  WeirRecord *last;

  if (side == NULL)
    {
      side = node->side[port] = weir_flow_take_batch (flow);
      weir_batch_share_blocks (side, batch);
    }
  weir_batch_append_copy (side, record);
  last = &side->records[side->n_records - 1];
  last->verdict = WEIR_VERDICT_PASS;
  if (port == WEIR_PORT_LATE)
    last->flags |= WEIR_RECORD_LATE_ROUTED;
}

static void
route (WeirNode *node, WeirFlow *flow, WeirBatch *batch, const WeirRecord *record, guint *ended)
{
  WeirPort port = port_of_verdict[record->verdict];

  if (port != WEIR_N_PORTS && node->queues[port] != NULL)
    put_aside (node, flow, batch, record, port);
  else
    end_record (node, flow, batch, record, ended);
}

/* Routes what has not passed at the positions [from, to) of the batch. The selection stays. */
void
weir_router_settle (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, guint to)
{
  guint ended[N_VERDICTS] = { 0 };

  for (guint i = from; i < to; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict != WEIR_VERDICT_PASS)
        route (node, flow, batch, record, ended);
    }
  count_ended (node, flow, ended);
}

/* Routes what has not passed and takes it out of the selection, in one pass over the batch. */
void
weir_router_sift (WeirNode *node, WeirFlow *flow, WeirBatch *batch)
{
  guint ended[N_VERDICTS] = { 0 };
  guint kept = 0;

  for (guint i = 0; i < batch->n_selected; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict == WEIR_VERDICT_PASS)
        batch->selection[kept++] = batch->selection[i];
      else
        route (node, flow, batch, record, ended);
    }
  batch->n_selected = kept;
  count_ended (node, flow, ended);
}

static void
end_unread (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint n)
{
  weir_count (&node->ledger.filtered, n);
  weir_flow_release_batch (flow, batch);
}

/* Sends a batch out by a port: to the next node, or to the queues of its readers, of which all but
 * the first get a copy. */
void
weir_router_send (WeirNode *node, WeirFlow *flow, WeirPort port, WeirBatch *batch)
{
  GPtrArray *queues = node->queues[port];
  guint n = batch->n_selected - batch->cursor;

  if (n == 0)
    weir_flow_release_batch (flow, batch);
  else if (port == WEIR_PORT_OUT && node->next != NULL)
    {
      weir_count (&node->ledger.out, n);
      weir_count (&node->sent_on, n);
      weir_node_give (node->next, batch);
    }
  else if (queues == NULL)
    end_unread (node, flow, batch, n);
  else
    {
      weir_batch_compact (batch);
      weir_count (&node->ledger.out, (guint64)n * queues->len);
      weir_count (&node->ledger.created, (guint64)n * (queues->len - 1));
      for (guint i = 1; i < queues->len; i++)
        weir_flow_put (flow, g_ptr_array_index (queues, i), weir_batch_copy_selected (batch));
      weir_flow_put (flow, g_ptr_array_index (queues, 0), batch);
    }
}

void
weir_router_send_sides (WeirNode *node, WeirFlow *flow)
{
  for (guint port = WEIR_PORT_ELSE; port < WEIR_N_PORTS; port++)
    if (node->side[port] != NULL)
      weir_router_send (node, flow, port, g_steal_pointer (&node->side[port]));
  weir_flow_send_letters (flow);
}
