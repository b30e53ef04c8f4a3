/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

#include <string.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 30
#define MAX_DISPATCHES   5000

static void
on_broken (gpointer data, WeirNode *node, const GError *error)
{
  FlowFixture *fixture = data;

  fixture->n_broken++;
  g_clear_error (&fixture->error);
  fixture->error = g_error_copy (error);
}

static void
on_finished (gpointer data)
{
  FlowFixture *fixture = data;

  g_assert_false (fixture->finished);
  fixture->finished = TRUE;
}

static const WeirExecutorEvents events = { .broken = on_broken, .finished = on_finished };

static void
write_letter (GString *json, const WeirFlow *flow, const char *stage_id, const WeirRecord *record,
              const char *message)
{
  g_string_append_printf (json, "%s:%.*s:%s", stage_id, (int)record->length, record->text,
                          message != NULL ? message : "-");
}

static void
write_result (GString *json, const WeirFlow *flow, const char *stage_id, const WeirRecord *record,
              const char *message)
{
  g_string_append_printf (json, "%.*s:%s:%d", (int)record->length, record->text, stage_id,
                          record->verdict);
}

FlowFixture *
flow_fixture_new_with_clock (WeirClock *clock)
{
  FlowFixture *fixture = g_new0 (FlowFixture, 1);

  alarm (WATCHDOG_SECONDS);
  fixture->clock = clock;
  fixture->flow = weir_flow_new (fixture->clock);
  fixture->flow->dead_letters.write = write_letter;
  fixture->flow->results.write = write_result;
  fixture->context = g_main_context_new ();
  fixture->executor = weir_executor_new (fixture->flow, &events, fixture);
  fixture->stages = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_node_free);
  fixture->queues = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_queue_free);
  weir_flow_read_clock (fixture->flow);
  return fixture;
}

FlowFixture *
flow_fixture_new (void)
{
  return flow_fixture_new_with_clock (weir_test_clock_new ());
}

void
flow_fixture_free (FlowFixture *fixture)
{
  g_ptr_array_unref (fixture->nodes);
  g_ptr_array_unref (fixture->queues);
  weir_executor_free (fixture->executor);
  g_ptr_array_unref (fixture->stages);
  g_main_context_unref (fixture->context);
  g_object_unref (fixture->clock);
  g_clear_error (&fixture->error);
  g_free (fixture);
  alarm (0);
}

void
flow_fixture_advance (FlowFixture *fixture, gint64 nanoseconds)
{
  weir_test_clock_advance (WEIR_TEST_CLOCK (fixture->clock), nanoseconds);
}

/* Nodes and queues ------------------------------------------------------------------------------
 */

static WeirNode *
make_node (FlowFixture *fixture, WeirStage *stage, const WeirStageHost *host)
{
  g_ptr_array_add (fixture->stages, stage);
  weir_stage_attach (stage, G_OBJECT_TYPE_NAME (stage), fixture->clock, host, fixture->executor);
  return weir_node_new (stage, weir_stage_get_id (stage));
}

WeirNode *
flow_fixture_add_node (FlowFixture *fixture, gpointer stage)
{
  WeirNode *node = make_node (fixture, stage, NULL);

  g_ptr_array_add (fixture->nodes, node);
  return node;
}

WeirQueue *
flow_fixture_make_queue (FlowFixture *fixture, guint max_batches, gsize max_bytes)
{
  WeirQueue *queue = weir_queue_new (max_batches, max_bytes);

  g_ptr_array_add (fixture->queues, queue);
  weir_queue_add_writer (queue, NULL);
  return queue;
}

WeirQueue *
flow_fixture_read (FlowFixture *fixture, WeirNode *node, WeirPort port)
{
  WeirQueue *queue = flow_fixture_make_queue (fixture, 64, G_MAXSIZE);

  weir_node_add_reader (node, port, queue);
  return queue;
}

WeirBatch *
flow_fixture_make_batch (FlowFixture *fixture, const char *words)
{
  WeirEmitter *emitter = fixture->flow->emitter;
  g_auto (GStrv) texts = g_strsplit (words, " ", -1);

  emitter->deadline_span = fixture->flow->deadline;
  weir_emitter_open (emitter, weir_flow_take_batch (fixture->flow),
                     weir_flow_read_clock (fixture->flow));
  for (guint i = 0; texts[i] != NULL; i++)
    weir_emitter_emit_text (emitter, texts[i], -1);
  return weir_emitter_close (emitter);
}

static void
append_texts (GString *text, WeirBatch *batch)
{
  for (guint i = batch->cursor; i < batch->n_selected; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      if (text->len > 0)
        g_string_append_c (text, ' ');
      g_string_append_len (text, record->text, record->length);
    }
}

char *
flow_batch_to_text (WeirBatch *batch)
{
  GString *text = g_string_new (NULL);

  append_texts (text, batch);
  return g_string_free (text, FALSE);
}

WeirBatch *
flow_fixture_take (WeirQueue *queue)
{
  guint64 ticket;

  return weir_queue_take (queue, &ticket);
}

char *
flow_fixture_take_all (FlowFixture *fixture, WeirQueue *queue)
{
  GString *text = g_string_new (NULL);
  WeirBatch *batch;

  while ((batch = flow_fixture_take (queue)) != NULL)
    {
      append_texts (text, batch);
      weir_flow_release_batch (fixture->flow, batch);
    }
  return g_string_free (text, FALSE);
}

/* Segments --------------------------------------------------------------------------------------
 */

WeirSegment *
flow_fixture_add_segment (FlowFixture *fixture, guint bound, ...)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  WeirSegment *segment;
  WeirStage *stage;
  va_list stages;

  va_start (stages, bound);
  while ((stage = va_arg (stages, WeirStage *)) != NULL)
    g_ptr_array_add (nodes, make_node (fixture, stage, &weir_executor_host));
  va_end (stages);
  segment = weir_segment_new (nodes->len);
  for (guint i = 0; i < nodes->len; i++)
    {
      segment->nodes[i] = g_ptr_array_index (nodes, i);
      if (i > 0)
        segment->nodes[i - 1]->next = segment->nodes[i];
    }
  if (!WEIR_IS_SOURCE (segment->nodes[0]->stage))
    {
      segment->input = weir_queue_new (bound, G_MAXSIZE);
      weir_queue_add_reader (segment->input, segment);
      weir_executor_add_queue (fixture->executor, segment->input);
    }
  weir_executor_add_segment (fixture->executor, segment);
  return segment;
}

WeirNode *
flow_fixture_node (FlowFixture *fixture, gpointer stage)
{
  return weir_executor_get_node (fixture->executor, stage);
}

WeirSegment *
flow_fixture_segment (FlowFixture *fixture, guint index)
{
  return g_ptr_array_index (weir_executor_get_segments (fixture->executor), index);
}

void
flow_fixture_connect (FlowFixture *fixture, gpointer from, WeirPort port, WeirSegment *segment)
{
  weir_node_add_reader (flow_fixture_node (fixture, from), port, segment->input);
  weir_queue_add_writer (segment->input, g_hash_table_lookup (fixture->executor->homes, from));
}

void
flow_fixture_put (FlowFixture *fixture, WeirSegment *segment, const char *words)
{
  if (segment->input->writers->len == 0)
    {
      weir_queue_add_writer (segment->input, segment);
      weir_queue_close (segment->input);
    }
  weir_queue_put (segment->input, flow_fixture_make_batch (fixture, words));
}

void
flow_fixture_attach (FlowFixture *fixture)
{
  weir_executor_attach (fixture->executor, &fixture->context, NULL, 1);
}

void
flow_fixture_settle (FlowFixture *fixture)
{
  for (guint n = 0; n < MAX_DISPATCHES && g_main_context_iteration (fixture->context, FALSE); n++)
    ;
}

static void
assert_segment_balanced (const WeirSegment *segment)
{
  const WeirQueue *queue = segment->input;

  if (queue != NULL)
    {
      const WeirNode *first = segment->nodes[0];

      g_assert_cmpuint (queue->sent, ==, queue->taken + queue->n_records);
      g_assert_cmpuint (queue->taken, ==, first->ledger.in + first->held);
    }
  for (guint i = 0; i < segment->n_nodes; i++)
    {
      const WeirNode *node = segment->nodes[i];

      g_assert_true (weir_ledger_is_balanced (&node->ledger));
      if (node->next != NULL)
        g_assert_cmpuint (node->sent_on, ==, node->next->ledger.in + node->next->held);
    }
}

void
flow_fixture_assert_balanced (FlowFixture *fixture)
{
  GPtrArray *segments = weir_executor_get_segments (fixture->executor);

  for (guint i = 0; i < segments->len; i++)
    assert_segment_balanced (g_ptr_array_index (segments, i));
}
