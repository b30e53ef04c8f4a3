/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-builder-private.h"

#include <weir/weir-aggregate.h>
#include <weir/weir-transform.h>

/* Bounds of a queue between segments: enough to keep both sides busy, little enough to bound the
 * memory of a wide graph. */
#define QUEUE_BATCHES 4
#define QUEUE_BYTES   (1024 * 1024)

static WeirNode *
make_node (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph,
           const WeirGraphNode *described)
{
  WeirNode *node = weir_node_new (described->stage, described->id);

  node->aside = described == graph->dead_letter;
  weir_stage_attach (described->stage, described->id, flow->clock, &weir_executor_host, executor);
  return node;
}

static void
add_segment (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph, GPtrArray *described)
{
  WeirSegment *segment = weir_segment_new (described->len);

  for (guint i = 0; i < described->len; i++)
    {
      segment->nodes[i] = make_node (executor, flow, graph, g_ptr_array_index (described, i));
      if (i > 0)
        segment->nodes[i - 1]->next = segment->nodes[i];
    }
  if (!WEIR_IS_SOURCE (segment->nodes[0]->stage))
    segment->input = weir_queue_new (QUEUE_BATCHES, QUEUE_BYTES);
  if (segment->nodes[0]->aside)
    flow->dead_letters = segment->input;
  weir_executor_add (executor, segment);
}

static WeirQueue *
find_queue (GPtrArray *segments, const WeirNode *reader)
{
  for (guint i = 0; i < segments->len; i++)
    {
      const WeirSegment *segment = g_ptr_array_index (segments, i);

      if (segment->nodes[0] == reader)
        return segment->input;
    }
  g_assert_not_reached ();
}

static void
connect_edge (WeirExecutor *executor, const WeirGraphEdge *edge)
{
  WeirNode *from = weir_executor_get_node (executor, edge->from->stage);
  WeirNode *to = weir_executor_get_node (executor, edge->to->stage);
  WeirPort port;

  if (!weir_port_parse (edge->port, &port))
    g_assert_not_reached ();
  if (port == WEIR_PORT_OUT && from->next == to)
    return;
  weir_node_add_reader (from, port, find_queue (weir_executor_get_segments (executor), to));
}

static gboolean
makes_new_records (const WeirNode *node)
{
  return WEIR_IS_TRANSFORM (node->stage) || WEIR_IS_AGGREGATE (node->stage);
}

/* The nodes up to one that makes new records share a set of fields: one pass fills it for all. */
static void
plan_fields (const WeirSegment *segment, GPtrArray *field_sets)
{
  WeirFieldSet *set = NULL;

  for (guint i = 0; i < segment->n_nodes; i++)
    {
      WeirNode *node = segment->nodes[i];
      WeirStageClass *klass = WEIR_STAGE_GET_CLASS (node->stage);

      if (set == NULL)
        {
          set = weir_field_set_new ();
          g_ptr_array_add (field_sets, set);
        }
      if (klass->plan != NULL)
        {
          klass->plan (node->stage, set);
          node->fields = weir_field_set_get_size (set) > 0 ? set : NULL;
        }
      if (makes_new_records (node))
        set = NULL;
    }
}

void
weir_run_build (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph,
                const WeirPlan *plan, GPtrArray *field_sets)
{
  GPtrArray *segments = weir_executor_get_segments (executor);

  for (guint i = 0; i < plan->segments->len; i++)
    add_segment (executor, flow, graph, g_ptr_array_index (plan->segments, i));
  for (guint i = 0; i < graph->edges->len; i++)
    connect_edge (executor, g_ptr_array_index (graph->edges, i));
  for (guint i = 0; i < segments->len; i++)
    plan_fields (g_ptr_array_index (segments, i), field_sets);
  if (flow->dead_letters != NULL)
    flow->dead_letters->n_writers = segments->len - 1;
}
