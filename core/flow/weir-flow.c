/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-flow-private.h"

/* Buffers that wait to be used again: a few full batches. */
#define MAX_IDLE_BYTES   (4 * 1024 * 1024)
#define MAX_IDLE_BATCHES 32

static WeirFlow *
make_flow (WeirClock *clock, WeirBufferPool *pool)
{
  WeirFlow *flow = g_new0 (WeirFlow, 1);

  flow->clock = g_object_ref (clock);
  flow->pool = pool;
  flow->emitter = weir_emitter_new ();
  flow->scanner = weir_scanner_new ();
  flow->deadline = WEIR_TIME_NEVER;
  flow->line = g_string_new (NULL);
  flow->latency = weir_histogram_new ();
  return flow;
}

WeirFlow *
weir_flow_new (WeirClock *clock)
{
  return make_flow (clock, weir_buffer_pool_new (MAX_IDLE_BYTES));
}

WeirFlow *
weir_flow_new_like (const WeirFlow *model)
{
  WeirFlow *flow = make_flow (model->clock, weir_buffer_pool_ref (model->pool));

  flow->deadline = model->deadline;
  flow->late = model->late;
  flow->priority = model->priority;
  flow->overload = model->overload;
  if (model->priority_expression != NULL)
    flow->priority_expression = weir_expression_ref (model->priority_expression);
  flow->dead_letters = (WeirAside){ model->dead_letters.queue, model->dead_letters.write, NULL };
  flow->results = (WeirAside){ model->results.queue, model->results.write, NULL };
  if (model->makers != NULL)
    flow->makers = g_ptr_array_ref (model->makers);
  return flow;
}

void
weir_flow_free (WeirFlow *flow)
{
  while (flow->idle != NULL)
    {
      WeirBatch *batch = flow->idle;

      flow->idle = batch->next;
      weir_batch_free (batch);
    }
  g_clear_pointer (&flow->dead_letters.lines, weir_batch_free);
  g_clear_pointer (&flow->results.lines, weir_batch_free);
  g_clear_pointer (&flow->makers, g_ptr_array_unref);
  g_string_free (flow->line, TRUE);
  g_clear_pointer (&flow->priority_expression, weir_expression_unref);
  weir_scanner_free (flow->scanner);
  weir_emitter_unref (flow->emitter);
  weir_histogram_free (flow->latency);
  weir_buffer_pool_unref (flow->pool);
  g_object_unref (flow->clock);
  g_free (flow);
}

gint64
weir_flow_read_clock (WeirFlow *flow)
{
  flow->now = weir_clock_get_time (flow->clock);
  return flow->now;
}

WeirBatch *
weir_flow_take_batch (WeirFlow *flow)
{
  WeirBatch *batch = flow->idle;

  if (batch == NULL)
    return weir_batch_new (flow->pool);
  flow->idle = batch->next;
  flow->n_idle--;
  batch->next = NULL;
  return batch;
}

void
weir_flow_release_batch (WeirFlow *flow, WeirBatch *batch)
{
  if (flow->n_idle == MAX_IDLE_BATCHES || batch->max_records > 4 * WEIR_BATCH_FULL)
    {
      weir_batch_free (batch);
      return;
    }
  weir_batch_clear (batch);
  batch->next = flow->idle;
  flow->idle = batch;
  flow->n_idle++;
}

gboolean
weir_flow_has_room_aside (const WeirFlow *flow)
{
  return weir_aside_has_room (&flow->dead_letters) && weir_aside_has_room (&flow->results);
}

void
weir_flow_send_aside (WeirFlow *flow)
{
  weir_aside_send (&flow->dead_letters, flow);
  weir_aside_send (&flow->results, flow);
}

void
weir_flow_put (WeirFlow *flow, WeirQueue *queue, WeirBatch *batch)
{
  WeirParcel parcel = { queue, batch };

  if (flow->outbox != NULL)
    {
      g_array_append_val (flow->outbox, parcel);
      return;
    }
  weir_queue_put (queue, batch);
  if (flow->notify != NULL)
    flow->notify (flow->notify_data, queue);
}
