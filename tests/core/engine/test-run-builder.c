/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-run-builder-private.h"

#include "flow-stages.h"
#include "flow/weir-worker-private.h"

/* Reads the field `path`; as a filter it passes what has it, as a transform it gives the field. */
typedef struct
{
  WeirFilter parent;
  char *path;
  guint slot;
} ProbeFilter;

typedef struct
{
  WeirTransform parent;
  char *path;
  guint slot;
} ProbeTransform;

typedef WeirFilterClass ProbeFilterClass;
typedef WeirTransformClass ProbeTransformClass;
GType probe_filter_get_type (void);
GType probe_transform_get_type (void);
G_DEFINE_FINAL_TYPE (ProbeFilter, probe_filter, WEIR_TYPE_FILTER)
G_DEFINE_FINAL_TYPE (ProbeTransform, probe_transform, WEIR_TYPE_TRANSFORM)

static const WeirOption filter_options[]
    = { WEIR_OPTION_STRING ("path", ProbeFilter, path, ".a", "A field") };
static const WeirOption transform_options[]
    = { WEIR_OPTION_STRING ("path", ProbeTransform, path, ".a", "A field") };

static void
probe_filter_plan (WeirStage *stage, WeirFieldSet *fields)
{
  ProbeFilter *probe = (ProbeFilter *)stage;

  probe->slot = weir_field_set_add (fields, probe->path);
}

static gboolean
probe_filter_accept (WeirFilter *filter, WeirRecord *record)
{
  return weir_record_get_field (record, ((ProbeFilter *)filter)->slot)->type != WEIR_FIELD_ABSENT;
}

static void
probe_filter_class_init (WeirFilterClass *klass)
{
  WEIR_STAGE_CLASS (klass)->plan = probe_filter_plan;
  klass->accept = probe_filter_accept;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), filter_options, 1);
}

static void
probe_filter_init (ProbeFilter *probe)
{
}

static void
probe_transform_plan (WeirStage *stage, WeirFieldSet *fields)
{
  ProbeTransform *probe = (ProbeTransform *)stage;

  probe->slot = weir_field_set_add (fields, probe->path);
}

static void
probe_transform_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  const WeirField *field = weir_record_get_field (record, ((ProbeTransform *)transform)->slot);

  weir_record_set_text (record, field->text, field->length);
  weir_emitter_emit (out, record);
}

static void
probe_transform_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->plan = probe_transform_plan;
  klass->transform = probe_transform_transform;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), transform_options, 1);
}

static void
probe_transform_init (ProbeTransform *probe)
{
}

/* Building --------------------------------------------------------------------------------------
 */

static const WeirExecutorEvents no_events = { 0 };

typedef struct
{
  WeirClock *clock;
  WeirFlow *flow;
  WeirExecutor *executor;
  WeirGraph *graph;
  GPtrArray *field_sets;
  guint n_workers;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = weir_test_clock_new ();
  fixture->flow = weir_flow_new (fixture->clock);
  fixture->executor = weir_executor_new (fixture->flow, &no_events, NULL);
  fixture->n_workers = 1;
  fixture->field_sets = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_field_set_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_executor_free (fixture->executor);
  g_ptr_array_unref (fixture->field_sets);
  g_clear_pointer (&fixture->graph, weir_graph_unref);
  g_object_unref (fixture->clock);
}

/* @stages: what stands between the brackets of "stages", in single quotes. */
static void
build (Fixture *fixture, const char *keys, const char *stages)
{
  g_autofree char *text = g_strdup_printf ("{%s'stages':[%s]}", keys, stages);
  g_autoptr (WeirPlan) plan = NULL;
  g_autoptr (GError) error = NULL;

  g_strdelimit (text, "'", '"');
  fixture->graph = weir_graph_new_from_text ("test", text, -1, NULL, &error);
  g_assert_no_error (error);
  plan = weir_plan_new (fixture->graph, fixture->n_workers);
  weir_run_build (fixture->executor, fixture->flow, fixture->graph, plan, fixture->n_workers,
                  fixture->field_sets);
}

static WeirNode *
get_node (Fixture *fixture, const char *id)
{
  return weir_executor_get_node (fixture->executor,
                                 weir_graph_get_node (fixture->graph, id)->stage);
}

static const WeirSegment *
get_segment (Fixture *fixture, guint index)
{
  return weir_executor_get_segments (fixture->executor)->pdata[index];
}

static void
test_a_chain_is_one_segment_without_queues (Fixture *fixture, gconstpointer data)
{
  build (fixture, "", "{'type':'source.flow'},{'type':'filter.even'},{'type':'sink.flow'}");
  g_assert_cmpuint (weir_executor_get_segments (fixture->executor)->len, ==, 1);
  g_assert_cmpuint (get_segment (fixture, 0)->n_nodes, ==, 3);
  g_assert_true (get_node (fixture, "even")->next == get_node (fixture, "flow-2"));
  g_assert_null (get_segment (fixture, 0)->input);
  g_assert_null (fixture->flow->dead_letters.queue);
}

static void
test_readers_of_a_port_have_queues (Fixture *fixture, gconstpointer data)
{
  WeirNode *even;

  build (fixture, "",
         "{'type':'source.flow'},{'type':'filter.even'},{'type':'sink.flow','id':'a'},"
         "{'type':'sink.flow','id':'b','from':'even.else'},"
         "{'type':'sink.flow','id':'c','from':'even'}");
  even = get_node (fixture, "even");
  g_assert_null (even->next);
  g_assert_cmpuint (even->queues[WEIR_PORT_OUT]->len, ==, 2);
  g_assert_cmpuint (even->queues[WEIR_PORT_ELSE]->len, ==, 1);
  g_assert_null (even->queues[WEIR_PORT_LATE]);
}

static void
test_a_merge_has_one_queue_with_each_writer (Fixture *fixture, gconstpointer data)
{
  build (fixture, "",
         "{'type':'source.flow','id':'x'},{'type':'source.flow','id':'y'},"
         "{'type':'sink.flow','id':'out','from':['x','y','y.late']}");
  g_assert_cmpuint (weir_executor_get_segments (fixture->executor)->len, ==, 3);
  g_assert_cmpuint (get_segment (fixture, 2)->input->n_open, ==, 3);
  g_assert_true (get_node (fixture, "x")->queues[WEIR_PORT_OUT]->pdata[0]
                 == get_segment (fixture, 2)->input);
}

static void
test_records_know_the_stage_that_made_them (Fixture *fixture, gconstpointer data)
{
  build (fixture, "",
         "{'type':'source.flow','id':'x'},{'type':'sink.flow'},"
         "{'type':'source.flow','id':'y'},{'type':'sink.flow','id':'out'}");
  ((FlowSource *)get_node (fixture, "y")->stage)->per_fill = 1;
  weir_node_fill (get_node (fixture, "y"), fixture->flow, NULL, NULL);
  g_assert_cmpuint (get_node (fixture, "x")->source, ==, 0);
  g_assert_cmpuint (get_node (fixture, "out")->input->records[0].source, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (fixture->flow->makers, 2), ==, "y");
}

static void
test_dead_letters_stand_aside (Fixture *fixture, gconstpointer data)
{
  const WeirSegment *last;

  build (fixture, "'dead-letter':{'type':'sink.flow'},",
         "{'type':'source.flow','id':'x'},{'type':'sink.flow'},"
         "{'type':'source.flow','id':'y'},{'type':'sink.flow'}");
  last = get_segment (fixture, 2);
  g_assert_true (last->nodes[0]->aside);
  g_assert_true (fixture->flow->dead_letters.queue == last->input);
  g_assert_cmpuint (last->input->n_open, ==, 4); /* each node may write one */
  g_assert_false (get_node (fixture, "x")->aside);
}

static void
test_results_stand_aside_behind_the_dead_letters (Fixture *fixture, gconstpointer data)
{
  const WeirSegment *last;

  build (fixture, "'results':{'type':'sink.flow'},'dead-letter':{'type':'sink.flow'},",
         "{'type':'source.flow','id':'x'},{'type':'filter.even'},{'type':'sink.flow'}");
  last = get_segment (fixture, 2);
  g_assert_true (last->nodes[0]->aside);
  g_assert_true (fixture->flow->results.queue == last->input);
  g_assert_true (fixture->flow->dead_letters.queue == get_segment (fixture, 1)->input);
  g_assert_cmpuint (last->input->n_open, ==, 3);
}

static void
test_stages_up_to_one_that_makes_records_share_fields (Fixture *fixture, gconstpointer data)
{
  const WeirFieldSet *before;
  const WeirFieldSet *after;

  build (fixture, "",
         "{'type':'source.flow'},{'type':'filter.probe','id':'a','path':'.a'},"
         "{'type':'filter.even'},{'type':'filter.probe','id':'b','path':'.b'},"
         "{'type':'transform.probe','id':'c','path':'.a'},"
         "{'type':'filter.probe','id':'d','path':'.d'},{'type':'sink.flow','id':'out'}");
  before = get_node (fixture, "a")->fields;
  after = get_node (fixture, "d")->fields;
  g_assert_true (get_node (fixture, "b")->fields == before);
  g_assert_true (get_node (fixture, "c")->fields == before);
  g_assert_cmpuint (weir_field_set_get_size (before), ==, 2);
  g_assert_true (after != before);
  g_assert_cmpuint (weir_field_set_get_size (after), ==, 1);
  g_assert_null (get_node (fixture, "even")->fields);
  g_assert_null (get_node (fixture, "out")->fields);
}

static void
fill (Fixture *fixture, WeirNode *node, const char *const *texts)
{
  WeirEmitter *emitter = fixture->flow->emitter;

  weir_emitter_open (emitter, weir_flow_take_batch (fixture->flow), 0);
  for (guint i = 0; texts[i] != NULL; i++)
    weir_emitter_emit_text (emitter, texts[i], -1);
  weir_node_give (node, weir_emitter_close (emitter));
}

static void
test_declared_fields_are_filled_for_every_record (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[]
      = { "{\"a\":1,\"b\":10}", "{\"b\":20}", "{\"a\":3,\"b\":30}", "{\"a\":", NULL };
  FlowSink *sink;

  build (fixture, "",
         "{'type':'source.flow'},{'type':'filter.probe','id':'a','path':'.a'},"
         "{'type':'transform.probe','id':'b','path':'.b'},{'type':'sink.flow','id':'out'}");
  sink = (FlowSink *)get_node (fixture, "out")->stage;
  fill (fixture, get_node (fixture, "a"), texts);
  weir_node_run (get_node (fixture, "a"), fixture->flow, FALSE, NULL);
  weir_node_run (get_node (fixture, "b"), fixture->flow, FALSE, NULL);
  weir_node_run (get_node (fixture, "out"), fixture->flow, FALSE, NULL);
  g_assert_cmpstr (sink->seen->str, ==, "10 30 ");
  g_assert_cmpuint (get_node (fixture, "a")->ledger.filtered, ==, 1);
  g_assert_cmpuint (get_node (fixture, "a")->ledger.failed, ==, 1);
}

static void
add_type (const char *name, GType type)
{
  g_autoptr (GError) error = NULL;

  weir_registry_add (name, type, &error);
  g_assert_no_error (error);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/engine/run-builder/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_type ("source.flow", flow_source_get_type ());
  add_type ("sink.flow", flow_sink_get_type ());
  add_type ("filter.even", flow_even_get_type ());
  add_type ("filter.probe", probe_filter_get_type ());
  add_type ("transform.probe", probe_transform_get_type ());
  ADD ("a chain is one segment without queues", test_a_chain_is_one_segment_without_queues);
  ADD ("readers of a port have queues", test_readers_of_a_port_have_queues);
  ADD ("a merge has one queue with each writer", test_a_merge_has_one_queue_with_each_writer);
  ADD ("records know the stage that made them", test_records_know_the_stage_that_made_them);
  ADD ("dead letters stand aside", test_dead_letters_stand_aside);
  ADD ("results stand aside behind the dead letters",
       test_results_stand_aside_behind_the_dead_letters);
  ADD ("stages up to one that makes records share fields",
       test_stages_up_to_one_that_makes_records_share_fields);
  ADD ("declared fields are filled for every record",
       test_declared_fields_are_filled_for_every_record);
  return g_test_run ();
}
