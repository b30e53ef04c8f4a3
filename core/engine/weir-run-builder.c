/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-builder-private.h"

#include "engine/weir-field-plan-private.h"

/* Instances of a segment of stateless stages, for each worker: one to work on, and one whose
 * results wait for their turn. */
#define INSTANCES_PER_WORKER 2

/* What is being built, and the input of each stage that begins a segment. */
typedef struct
{
  WeirExecutor *executor;
  WeirFlow *flow;
  const WeirGraph *graph;
  GPtrArray *field_sets;
  guint n_workers;
  GHashTable *inputs; /* WeirStage → WeirQueue */
} Builder;

static GPtrArray *
list_makers (const WeirGraph *graph)
{
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < graph->nodes->len; i++)
    g_ptr_array_add (ids, ((WeirGraphNode *)g_ptr_array_index (graph->nodes, i))->id);
  return ids;
}

static WeirNode *
make_node (Builder *builder, const WeirGraphNode *described, WeirFieldSet *fields)
{
  WeirNode *node = weir_node_new (described->stage, described->id);
  guint number = 0;

  g_ptr_array_find (builder->graph->nodes, described, &number);
  node->aside = described == builder->graph->dead_letter || described == builder->graph->results;
  node->source = (guint16)number;
  node->fields = fields;
  return node;
}

static WeirSegment *
make_instance (Builder *builder, GPtrArray *described, WeirFieldSet **fields)
{
  WeirSegment *segment = weir_segment_new (described->len);

  for (guint i = 0; i < described->len; i++)
    {
      segment->nodes[i] = make_node (builder, g_ptr_array_index (described, i), fields[i]);
      if (i > 0)
        segment->nodes[i - 1]->next = segment->nodes[i];
    }
  return segment;
}

static WeirQueue *
make_input (Builder *builder, const WeirGraphNode *first)
{
  WeirQueue *queue;

  if (WEIR_IS_SOURCE (first->stage))
    return NULL;
  queue
      = weir_queue_new (MAX (WEIR_RUN_QUEUE_BATCHES, 2 * builder->n_workers), WEIR_RUN_QUEUE_BYTES);
  weir_executor_add_queue (builder->executor, queue);
  g_hash_table_insert (builder->inputs, first->stage, queue);
  if (first == builder->graph->dead_letter)
    builder->flow->dead_letters.queue = queue;
  if (first == builder->graph->results)
    builder->flow->results.queue = queue;
  return queue;
}

static WeirGate *
make_gate (Builder *builder)
{
  WeirGate *gate = g_new0 (WeirGate, 1);

  gate->instances = g_ptr_array_new ();
  weir_executor_add_gate (builder->executor, gate);
  return gate;
}

static void
add_instance (WeirGate *gate, WeirSegment *segment)
{
  WeirSegment *first;

  g_ptr_array_add (gate->instances, segment);
  first = g_ptr_array_index (gate->instances, 0);
  for (guint i = 0; i < segment->n_nodes; i++)
    segment->nodes[i]->first_twin = first->nodes[i];
}

static void
add_segment (Builder *builder, const WeirPlanSegment *planned, WeirFieldSet **fields)
{
  guint n_instances = planned->parallel ? INSTANCES_PER_WORKER * builder->n_workers : 1;
  WeirGate *gate = planned->parallel ? make_gate (builder) : NULL;
  WeirQueue *input = make_input (builder, g_ptr_array_index (planned->stages, 0));

  for (guint i = 0; i < n_instances; i++)
    {
      WeirSegment *segment = make_instance (builder, planned->stages, fields);

      segment->input = input;
      segment->gate = gate;
      if (input != NULL)
        weir_queue_add_reader (input, segment);
      if (gate != NULL)
        add_instance (gate, segment);
      weir_executor_add_segment (builder->executor, segment);
    }
}

static void
plan_segment (Builder *builder, const WeirPlanSegment *planned)
{
  guint n = planned->stages->len;
  g_autofree WeirStage **stages = g_new (WeirStage *, n);
  g_autofree WeirFieldSet **fields = g_new0 (WeirFieldSet *, n);

  for (guint i = 0; i < n; i++)
    {
      const WeirGraphNode *described = g_ptr_array_index (planned->stages, i);

      stages[i] = described->stage;
      weir_stage_attach (described->stage, described->id, builder->flow->clock, &weir_executor_host,
                         builder->executor);
    }
  weir_field_plan_segment (stages, n, fields, builder->field_sets);
  add_segment (builder, planned, fields);
}

/* Each instance of the stage that owns the port leads to the reader's queue. */
static void
connect_edge (Builder *builder, const WeirGraphEdge *edge)
{
  GPtrArray *segments = weir_executor_get_segments (builder->executor);
  WeirQueue *queue = g_hash_table_lookup (builder->inputs, edge->to->stage);
  WeirPort port;

  if (!weir_port_parse (edge->port, &port))
    g_assert_not_reached ();
  for (guint i = 0; i < segments->len; i++)
    {
      WeirSegment *segment = g_ptr_array_index (segments, i);

      for (guint k = 0; k < segment->n_nodes; k++)
        {
          WeirNode *node = segment->nodes[k];

          if (node->stage != edge->from->stage
              || (port == WEIR_PORT_OUT && node->next != NULL
                  && node->next->stage == edge->to->stage))
            continue;
          weir_node_add_reader (node, port, queue);
          weir_queue_add_writer (queue, segment);
        }
    }
}

/* Each node may put there. */
static void
connect_aside (Builder *builder, const WeirAside *aside)
{
  GPtrArray *segments = weir_executor_get_segments (builder->executor);

  for (guint i = 0; i < segments->len && weir_aside_is_open (aside); i++)
    {
      WeirSegment *segment = g_ptr_array_index (segments, i);

      for (guint k = 0; k < segment->n_nodes && !segment->nodes[0]->aside; k++)
        weir_queue_add_writer (aside->queue, segment);
    }
}

void
weir_run_build (WeirExecutor *executor, WeirFlow *flow, const WeirGraph *graph,
                const WeirPlan *plan, guint n_workers, GPtrArray *field_sets)
{
  g_autoptr (GHashTable) inputs = g_hash_table_new (NULL, NULL);
  Builder builder = { executor, flow, graph, field_sets, n_workers, inputs };

  for (guint i = 0; i < plan->segments->len; i++)
    plan_segment (&builder, g_ptr_array_index (plan->segments, i));
  for (guint i = 0; i < graph->edges->len; i++)
    connect_edge (&builder, g_ptr_array_index (graph->edges, i));
  connect_aside (&builder, &flow->dead_letters);
  connect_aside (&builder, &flow->results);
  flow->makers = list_makers (graph);
}
