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
has_dead_letter (const WeirFlow *flow, WeirVerdict verdict)
{
  if (!weir_aside_is_open (&flow->dead_letters))
    return FALSE;
  return verdict == WEIR_VERDICT_INVALID || verdict == WEIR_VERDICT_SHED
         || verdict == WEIR_VERDICT_FAILED
         || (verdict == WEIR_VERDICT_LATE && flow->late == WEIR_LATE_DEAD_LETTER);
}

#define N_VERDICTS (WEIR_VERDICT_FAILED + 1)

/* What of a batch ends here. */
typedef struct
{
  guint n[N_VERDICTS];
  gboolean told; /* in a dead letter or a result */
} Ended;

static Ended
begin_ended (const WeirNode *node, const WeirFlow *flow)
{
  return (Ended){ .told = !node->aside
                          && (weir_aside_is_open (&flow->dead_letters)
                              || weir_aside_is_open (&flow->results)) };
}

static void
tell_end (WeirNode *node, WeirFlow *flow, const WeirBatch *batch, const WeirRecord *record)
{
  const char *message = weir_batch_get_message (batch, record);

  if (has_dead_letter (flow, record->verdict))
    weir_aside_tell (&flow->dead_letters, flow, node->id, record, message);
  if (weir_aside_is_open (&flow->results))
    weir_aside_tell (&flow->results, flow, node->id, record, message);
}

/* The record ends here: counted with others of its batch. */
static void
end_record (WeirNode *node, WeirFlow *flow, const WeirBatch *batch, const WeirRecord *record,
            Ended *ended)
{
  ended->n[record->verdict]++;
  if (ended->told)
    tell_end (node, flow, batch, record);
}

static void
count_ended (WeirNode *node, WeirFlow *flow, const Ended *ended)
{
  guint n_missed = ended->n[WEIR_VERDICT_LATE] + ended->n[WEIR_VERDICT_SHED];

  for (guint verdict = 0; verdict < N_VERDICTS; verdict++)
    if (ended->n[verdict] > 0)
      weir_count (counter_of_verdict (&node->ledger, verdict), ended->n[verdict]);
  if (n_missed > 0 && flow->deadline != WEIR_TIME_NEVER)
    weir_count (&flow->missed, n_missed);
  if (flow->overload != NULL && ended->n[WEIR_VERDICT_LATE] > 0)
    weir_overload_add_late (flow->overload, ended->n[WEIR_VERDICT_LATE]);
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
      side->worked = batch->worked;
      weir_batch_share_blocks (side, batch);
    }
  weir_batch_append_copy (side, record);
  last = &side->records[side->n_records - 1];
  last->verdict = WEIR_VERDICT_PASS;
  if (port == WEIR_PORT_LATE)
    last->flags |= WEIR_RECORD_LATE_ROUTED;
}

static void
route (WeirNode *node, WeirFlow *flow, WeirBatch *batch, const WeirRecord *record, Ended *ended)
{
  WeirPort port = port_of_verdict[record->verdict];

  if (port != WEIR_N_PORTS && node->queues[port] != NULL && !node->ends_sides)
    put_aside (node, flow, batch, record, port);
  else
    end_record (node, flow, batch, record, ended);
}

/* Routes what has not passed at the positions [from, to) of the batch. The selection stays. */
void
weir_router_settle (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, guint to)
{
  Ended ended = begin_ended (node, flow);

  for (guint i = from; i < to; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict != WEIR_VERDICT_PASS)
        route (node, flow, batch, record, &ended);
    }
  count_ended (node, flow, &ended);
}

/* Routes what has not passed and takes it out of the selection, in one pass over the batch. */
void
weir_router_sift (WeirNode *node, WeirFlow *flow, WeirBatch *batch)
{
  Ended ended = begin_ended (node, flow);
  guint kept = 0;

  for (guint i = 0; i < batch->n_selected; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict == WEIR_VERDICT_PASS)
        batch->selection[kept++] = batch->selection[i];
      else
        route (node, flow, batch, record, &ended);
    }
  batch->n_selected = kept;
  count_ended (node, flow, &ended);
}

/* The results of what passes at the positions [from, to), which a sink has accepted. */
void
weir_router_tell_accepted (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, guint to)
{
  if (!weir_aside_is_open (&flow->results) || node->aside)
    return;
  for (guint i = from; i < to; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (record->verdict == WEIR_VERDICT_PASS)
        weir_aside_tell (&flow->results, flow, node->id, record, NULL);
    }
}

/* Nobody reads `out`: the records are filtered. */
static void
end_unread (WeirNode *node, WeirFlow *flow, WeirBatch *batch)
{
  Ended ended = begin_ended (node, flow);

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      record->verdict = WEIR_VERDICT_ELSE;
      end_record (node, flow, batch, record, &ended);
    }
  count_ended (node, flow, &ended);
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
    end_unread (node, flow, batch);
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
  weir_flow_send_aside (flow);
}
