/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-node-private.h"

#include <weir/weir-aggregate.h>
#include <weir/weir-filter.h>
#include <weir/weir-transform.h>

#include "stage/weir-stage-private.h"

static const char *const port_names[] = { "out", "else", "invalid", "late", "shed", "failed" };

gboolean
weir_port_parse (const char *name, WeirPort *port)
{
  for (guint i = 0; i < WEIR_N_PORTS; i++)
    if (g_str_equal (name, port_names[i]))
      {
        *port = i;
        return TRUE;
      }
  return FALSE;
}

WeirNode *
weir_node_new (WeirStage *stage, const char *id)
{
  WeirNode *node = g_new0 (WeirNode, 1);

  node->stage = stage;
  node->id = id;
  node->holder = weir_stage_get_holder (stage);
  node->emits = WEIR_IS_SOURCE (stage) || WEIR_IS_TRANSFORM (stage) || WEIR_IS_AGGREGATE (stage);
  node->alarm = node->wait_until = WEIR_TIME_NEVER;
  node->process = weir_histogram_new ();
  node->batch_limit = WEIR_BATCH_FULL;
  node->first_twin = node;
  return node;
}

void
weir_node_free (WeirNode *node)
{
  for (guint i = 0; i < WEIR_N_PORTS; i++)
    {
      g_clear_pointer (&node->queues[i], g_ptr_array_unref);
      g_clear_pointer (&node->side[i], weir_batch_free);
    }
  g_clear_pointer (&node->pending, weir_batch_free);
  g_clear_pointer (&node->input, weir_batch_free);
  g_free (node->broken_message);
  weir_histogram_free (node->process);
  g_free (node);
}

void
weir_node_add_reader (WeirNode *node, WeirPort port, WeirQueue *queue)
{
  if (node->queues[port] == NULL)
    node->queues[port] = g_ptr_array_new ();
  g_ptr_array_add (node->queues[port], queue);
}

gboolean
weir_node_can_end_records (const WeirNode *node, const WeirFlow *flow)
{
  return node->aside || weir_flow_has_room_aside (flow);
}

gboolean
weir_node_has_room_at (const WeirNode *node, WeirPort port)
{
  const GPtrArray *queues = node->queues[port];

  for (guint i = 0; queues != NULL && i < queues->len; i++)
    if (!weir_queue_has_room (g_ptr_array_index (queues, i)))
      return FALSE;
  return TRUE;
}

gboolean
weir_node_has_room (const WeirNode *node, const WeirFlow *flow)
{
  if (!weir_node_can_end_records (node, flow))
    return FALSE;
  if (flow->outbox != NULL)
    return TRUE;
  for (guint port = 0; port < WEIR_N_PORTS; port++)
    if (!weir_node_has_room_at (node, port))
      return FALSE;
  return TRUE;
}

void
weir_node_give (WeirNode *node, WeirBatch *batch)
{
  g_assert (node->input == NULL);

  node->input = batch;
  __atomic_store_n (&node->held, batch->n_selected - batch->cursor, __ATOMIC_RELAXED);
}

static void
count_in_flight (WeirNode *node)
{
  guint64 n = !node->entered ? 0 : node->input->n_selected - node->input->cursor;

  __atomic_store_n (&node->ledger.in_flight, n + node->n_held, __ATOMIC_RELAXED);
}

static gboolean
is_late (const WeirRecord *record, gint64 now)
{
  return now > record->deadline && !(record->flags & WEIR_RECORD_LATE_ROUTED);
}

/* Takes out what is late, unless it is to be delivered all the same. */
static void
check_deadlines (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *batch = node->input;

  if (node->queues[WEIR_PORT_LATE] == NULL && flow->late == WEIR_LATE_DELIVER)
    return;
  for (guint i = 0; i < batch->n_selected; i++)
    {
      WeirRecord *record = weir_batch_record (batch, i);

      if (is_late (record, flow->now))
        weir_record_set_verdict (record, WEIR_VERDICT_LATE, NULL);
    }
  weir_router_sift (node, flow, batch);
}

static void
enter (WeirNode *node, WeirFlow *flow, gboolean from_queue)
{
  WeirBatch *batch = node->input;
  gboolean is_sink = WEIR_IS_SINK (node->stage);

  node->entered = TRUE;
  __atomic_store_n (&node->held, 0, __ATOMIC_RELAXED);
  weir_count (&node->ledger.in, batch->n_selected);
  if (is_sink)
    weir_sink_begin_batch (WEIR_SINK (node->stage));
  if (flow->deadline != WEIR_TIME_NEVER && !node->aside
      && (from_queue || is_sink || node->queues[WEIR_PORT_LATE] != NULL))
    check_deadlines (node, flow);
}

/* With results, adds to a batch the share that each of @n of its records has in the time since
 * @since. Returns it, to be taken off again when the step does not settle the whole batch. */
gint64
weir_node_add_work (WeirFlow *flow, WeirBatch *batch, gint64 since, guint n)
{
  gint64 share;

  if (!weir_aside_is_open (&flow->results) || n == 0)
    return 0;
  share = MAX (0, weir_flow_read_clock (flow) - since) / n;
  batch->worked += share;
  return share;
}

/* Records that came at the same time, and were accepted. */
static void
account_delivery (WeirNode *node, WeirFlow *flow, const WeirRecord *record, guint n)
{
  weir_count (&node->ledger.out, n);
  if (node->aside)
    return;
  weir_histogram_add (flow->latency, MAX (0, flow->now - record->ingest), n);
  if (record->deadline != WEIR_TIME_NEVER)
    weir_count (flow->now > record->deadline ? &flow->missed : &flow->met, n);
  if (flow->overload != NULL && flow->now > record->deadline)
    weir_overload_add_late (flow->overload, n);
  if (record->flags & WEIR_RECORD_LATE_ROUTED)
    weir_count (&flow->excused, n);
}

static gboolean
is_accounted_alike (const WeirRecord *a, const WeirRecord *b)
{
  return a->ingest == b->ingest && a->deadline == b->deadline && a->verdict == b->verdict
         && a->flags == b->flags;
}

/* Accounts for what a sink is done with: at once for a run of records that came at the same time.
 * A record that failed when the sink read its fields is failed, not out. */
void
weir_node_account_accepted (WeirNode *node, WeirFlow *flow, WeirBatch *batch, guint from, guint to)
{
  if (batch->messages != NULL)
    weir_router_settle (node, flow, batch, from, to);
  weir_router_tell_accepted (node, flow, batch, from, to);
  while (from < to)
    {
      const WeirRecord *first = weir_batch_record (batch, from);
      guint next = from + 1;

      while (next < to && is_accounted_alike (weir_batch_record (batch, next), first))
        next++;
      if (first->verdict == WEIR_VERDICT_PASS)
        account_delivery (node, flow, first, next - from);
      from = next;
    }
}

/* What it accepted since the last time. */
static void
accept (WeirNode *node, WeirFlow *flow, gint64 since)
{
  WeirBatch *batch = node->input;
  guint accepted = MIN (weir_sink_get_accepted (WEIR_SINK (node->stage)), batch->n_selected);
  gint64 share = weir_node_add_work (flow, batch, since, accepted - MIN (batch->cursor, accepted));

  weir_node_account_accepted (node, flow, batch, batch->cursor, accepted);
  batch->cursor = MAX (batch->cursor, accepted);
  batch->worked -= share;
}

/* The rest of the input fails. */
static void
fail_rest (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *batch = node->input;

  for (guint i = batch->cursor; i < batch->n_selected; i++)
    weir_record_set_verdict (weir_batch_record (batch, i), WEIR_VERDICT_FAILED,
                             node->broken_message);
  if (WEIR_IS_SINK (node->stage))
    weir_sink_add_refused (WEIR_SINK (node->stage), batch->n_selected - batch->cursor);
  weir_router_settle (node, flow, batch, batch->cursor, batch->n_selected);
  batch->cursor = batch->n_selected;
}

static void
break_node (WeirNode *node, GError **error)
{
  node->broken = TRUE;
  if (error != NULL && *error == NULL)
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "the stage broke off");
  node->broken_message = g_strdup (error != NULL ? (*error)->message : "the stage broke off");
}

static void
finish_input (WeirNode *node, WeirFlow *flow)
{
  weir_flow_release_batch (flow, g_steal_pointer (&node->input));
  node->entered = FALSE;
}

static WeirStageStatus
run_sink (WeirNode *node, WeirFlow *flow, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_BROKEN;
  gint64 since = flow->now;

  if (!node->broken)
    {
      status = WEIR_STAGE_GET_CLASS (node->stage)->process (node->stage, node->input, NULL, error);
      weir_flow_read_clock (flow);
      accept (node, flow, since);
      if (status == WEIR_STAGE_DONE && node->input->cursor < node->input->n_selected)
        status = WEIR_STAGE_BROKEN;
      if (status == WEIR_STAGE_BROKEN)
        break_node (node, error);
    }
  if (status != WEIR_STAGE_BROKEN)
    return status;
  fail_rest (node, flow);
  return WEIR_STAGE_DONE;
}

/* Filter and validate: the batch itself goes on. */
static void
run_in_place (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *batch = g_steal_pointer (&node->input);

  WEIR_STAGE_GET_CLASS (node->stage)->process (node->stage, batch, NULL, NULL);
  batch->cursor = 0;
  weir_node_add_work (flow, batch, flow->now, batch->n_selected);
  weir_router_sift (node, flow, batch);
  node->entered = FALSE;
  weir_router_send (node, flow, WEIR_PORT_OUT, batch);
}

void
weir_node_open_emitter (WeirNode *node, WeirFlow *flow)
{
  WeirEmitter *emitter = flow->emitter;

  emitter->max_records = WEIR_BATCH_FULL;
  emitter->deadline_span = flow->deadline;
  emitter->priority = flow->priority;
  emitter->source = node->source;
  emitter->sequence = node->sequence;
  emitter->n_created = emitter->n_in = 0;
  weir_emitter_open (emitter, weir_flow_take_batch (flow), flow->now);
}

WeirBatch *
weir_node_close_emitter (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *made = weir_emitter_close (flow->emitter);

  node->sequence = flow->emitter->sequence;
  return made;
}

/* Sends what was emitted; records that an aggregate made are created. */
void
weir_node_send_emitted (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *made = weir_node_close_emitter (node, flow);

  weir_count (&node->ledger.created, flow->emitter->n_created + flow->emitter->n_in);
  weir_router_send (node, flow, WEIR_PORT_OUT, made);
}

/* Transform and aggregate: the input is used up as far as its cursor went. */
static WeirStageStatus
run_emitting (WeirNode *node, WeirFlow *flow)
{
  WeirBatch *batch = node->input;
  guint from = batch->cursor;
  WeirStageStatus status;
  gint64 share;

  weir_node_open_emitter (node, flow);
  status = WEIR_STAGE_GET_CLASS (node->stage)->process (node->stage, batch, flow->emitter, NULL);
  weir_emitter_end_origin (flow->emitter);
  share = weir_node_add_work (flow, batch, flow->now, batch->cursor - from);
  weir_router_settle (node, flow, batch, from, batch->cursor);
  flow->emitter->batch->worked = WEIR_IS_AGGREGATE (node->stage) ? share : batch->worked;
  batch->worked -= share;
  if (flow->emitter->borrows)
    weir_batch_share_blocks (flow->emitter->batch, batch);
  if (status == WEIR_STAGE_DONE)
    finish_input (node, flow);
  weir_node_send_emitted (node, flow);
  return status;
}

void
weir_node_account_time (WeirNode *node, WeirFlow *flow, gint64 since, guint n_records)
{
  gint64 spent = MAX (0, weir_flow_read_clock (flow) - since);

  weir_count (&node->busy, spent);
  if (n_records == 0)
    return;
  weir_histogram_add (node->process, spent / n_records, n_records);
  weir_pace_add (&node->first_twin->turn, spent);
  weir_pace_add (&node->first_twin->each, spent / n_records);
}

/* Whether so few records go on that finding the fields of later stages in all would be a waste. */
static gboolean
keeps_few (const WeirNode *node)
{
  return WEIR_IS_FILTER (node->stage) && node->ledger.filtered > node->ledger.in / 4 * 3;
}

static void
fill_fields (WeirNode *node, WeirFlow *flow)
{
  if (node->fields == NULL)
    return;
  if (keeps_few (node))
    weir_scanner_fill_early (flow->scanner, node->input, node->fields);
  else
    weir_scanner_fill (flow->scanner, node->input, node->fields);
}

static WeirStageStatus
process (WeirNode *node, WeirFlow *flow, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_DONE;

  fill_fields (node, flow);
  if (WEIR_IS_SINK (node->stage))
    status = run_sink (node, flow, error);
  else if (node->emits)
    status = run_emitting (node, flow);
  else
    run_in_place (node, flow);
  if (node->input != NULL && node->input->cursor == node->input->n_selected)
    finish_input (node, flow);
  return node->input != NULL ? status : WEIR_STAGE_DONE;
}

static void
take_broken (WeirNode *node, WeirFlow *flow, GError **error)
{
  if (!node->broken)
    break_node (node, error);
  node->full = FALSE;
  if (node->input == NULL)
    return;
  fail_rest (node, flow);
  finish_input (node, flow);
}

/* The input may be absent: the stage is to look after what it holds. */
static WeirStageStatus
run_holder (WeirNode *node, WeirFlow *flow, gboolean ending, GError **error)
{
  gint64 since = weir_flow_read_clock (flow);
  WeirStageStatus status;
  guint n_settled;

  if (node->input != NULL && !node->broken)
    fill_fields (node, flow);
  status = weir_node_run_holder (node, flow, ending, &n_settled, error);
  if (status == WEIR_STAGE_BROKEN || node->broken)
    take_broken (node, flow, error);
  weir_node_account_time (node, flow, since, n_settled);
  return status == WEIR_STAGE_BROKEN ? WEIR_STAGE_DONE : status;
}

static WeirStageStatus
run_input (WeirNode *node, WeirFlow *flow, GError **error)
{
  guint n_before = node->input->n_selected - node->input->cursor;
  gint64 since = flow->now;
  WeirStageStatus status = process (node, flow, error);

  weir_node_account_time (
      node, flow, since,
      n_before - (node->input == NULL ? 0 : node->input->n_selected - node->input->cursor));
  return status;
}

WeirStageStatus
weir_node_run (WeirNode *node, WeirFlow *flow, gboolean from_queue, GError **error)
{
  WeirStageStatus status = WEIR_STAGE_DONE;

  weir_flow_read_clock (flow);
  if (node->input != NULL)
    node->input->now = flow->now;
  if (node->input != NULL && !node->entered)
    enter (node, flow, from_queue);
  if (node->input != NULL && node->input->n_selected == node->input->cursor)
    finish_input (node, flow);
  else if (node->holder != NULL)
    status = run_holder (node, flow, FALSE, error);
  else
    status = run_input (node, flow, error);
  weir_router_send_sides (node, flow);
  count_in_flight (node);
  return status;
}

/* The alarm of the stage. */
void
weir_node_ring (WeirNode *node, WeirFlow *flow)
{
  gint64 since = weir_flow_read_clock (flow);
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (node->stage);

  __atomic_store_n (&node->alarm, WEIR_TIME_NEVER, __ATOMIC_RELAXED);
  if (klass->alarm == NULL)
    return;
  weir_node_open_emitter (node, flow);
  klass->alarm (node->stage, flow->emitter);
  weir_node_account_time (node, flow, since, 0);
  weir_node_send_emitted (node, flow);
  weir_flow_send_aside (flow);
}

static WeirStageStatus
finish_holder (WeirNode *node, WeirFlow *flow, GError **error)
{
  WeirStageStatus status = run_holder (node, flow, TRUE, error);

  weir_router_send_sides (node, flow);
  count_in_flight (node);
  return status;
}

WeirStageStatus
weir_node_finish (WeirNode *node, WeirFlow *flow, GError **error)
{
  WeirStageStatus status;

  weir_flow_read_clock (flow);
  if (node->holder != NULL)
    return finish_holder (node, flow, error);
  weir_node_open_emitter (node, flow);
  status = node->broken
               ? WEIR_STAGE_DONE
               : WEIR_STAGE_GET_CLASS (node->stage)->finish (node->stage, flow->emitter, error);
  if (status == WEIR_STAGE_BROKEN)
    break_node (node, error);
  weir_node_send_emitted (node, flow);
  weir_flow_send_aside (flow);
  return status;
}
