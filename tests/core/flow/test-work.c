/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

/* How long stages worked on a record, as its result tells. Each stage here turns the clock by its
 * cost for each record, passes what ends in an even digit, and gives `outputs` of it. */
typedef struct
{
  WeirFilter parent;

  gint64 cost;
} SlowFilter;

typedef struct
{
  WeirTransform parent;

  gint64 cost;
  guint outputs;
} SlowMap;

typedef WeirFilterClass SlowFilterClass;
typedef WeirTransformClass SlowMapClass;

static GType slow_filter_get_type (void);
static GType slow_map_get_type (void);
G_DEFINE_FINAL_TYPE (SlowFilter, slow_filter, WEIR_TYPE_FILTER)
G_DEFINE_FINAL_TYPE (SlowMap, slow_map, WEIR_TYPE_TRANSFORM)

static void
spend (gpointer stage, gint64 cost)
{
  weir_test_clock_advance (WEIR_TEST_CLOCK (weir_stage_get_clock (stage)), cost);
}

static gboolean
slow_filter_accept (WeirFilter *filter, WeirRecord *record)
{
  spend (filter, ((SlowFilter *)filter)->cost);
  return record->text[record->length - 1] % 2 == 0;
}

static void
slow_filter_class_init (WeirFilterClass *klass)
{
  klass->accept = slow_filter_accept;
}

static void
slow_filter_init (SlowFilter *filter)
{
}

static void
slow_map_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  SlowMap *map = (SlowMap *)transform;

  spend (transform, map->cost);
  for (guint i = 0; i < map->outputs; i++)
    weir_emitter_emit (out, record);
}

static void
slow_map_class_init (WeirTransformClass *klass)
{
  klass->transform = slow_map_transform;
}

static void
slow_map_init (SlowMap *map)
{
}

static WeirStage *
make_filter (gint64 cost)
{
  SlowFilter *filter = g_object_new (slow_filter_get_type (), NULL);

  filter->cost = cost;
  return WEIR_STAGE (filter);
}

static WeirStage *
make_map (gint64 cost, guint outputs)
{
  SlowMap *map = g_object_new (slow_map_get_type (), NULL);

  map->cost = cost;
  map->outputs = outputs;
  return WEIR_STAGE (map);
}

static void
write_work (GString *json, const WeirFlow *flow, const char *stage_id, const WeirRecord *record,
            const char *message)
{
  g_string_append_printf (json, "%.*s=%" G_GINT64_FORMAT, (int)record->length, record->text,
                          record->batch->worked);
}

static FlowFixture *
make_fixture (void)
{
  FlowFixture *fixture = flow_fixture_new ();

  fixture->flow->results.write = write_work;
  fixture->flow->results.queue = flow_fixture_make_queue (fixture, 64, G_MAXSIZE);
  return fixture;
}

static void
assert_told (FlowFixture *fixture, const char *expected)
{
  g_autofree char *told = flow_fixture_take_all (fixture, fixture->flow->results.queue);

  g_assert_cmpstr (told, ==, expected);
}

/* Runs a batch through the nodes, which end with NULL, each as often as it takes. */
static void
run (FlowFixture *fixture, WeirNode **nodes, const char *words)
{
  weir_node_give (nodes[0], flow_fixture_make_batch (fixture, words));
  for (guint i = 0; nodes[i + 1] != NULL; i++)
    nodes[i]->next = nodes[i + 1];
  for (guint i = 0; nodes[i] != NULL; i++)
    while (nodes[i]->input != NULL)
      weir_node_run (nodes[i], fixture->flow, FALSE, NULL);
}

static void
test_the_shares_of_the_stages_add_up (void)
{
  g_autoptr (FlowFixture) fixture = make_fixture ();
  WeirNode *nodes[] = { flow_fixture_add_node (fixture, make_filter (10)),
                        flow_fixture_add_node (fixture, make_map (200, 1)),
                        flow_fixture_add_node (fixture, make_filter (3000)),
                        flow_fixture_add_node (fixture, flow_sink_new ()), NULL };

  run (fixture, nodes, "r0 r1 r2");
  assert_told (fixture, "r1=10 r0=3210 r2=3210");
}

static void
test_what_waits_in_between_is_no_work (void)
{
  g_autoptr (FlowFixture) fixture = make_fixture ();
  WeirNode *first[] = { flow_fixture_add_node (fixture, make_filter (10)), NULL };
  WeirQueue *between = flow_fixture_read (fixture, first[0], WEIR_PORT_OUT);
  WeirNode *second = flow_fixture_add_node (fixture, flow_sink_new ());

  run (fixture, first, "r0 r2");
  flow_fixture_advance (fixture, 5000);
  weir_node_give (second, flow_fixture_take (between));
  weir_node_run (second, fixture->flow, TRUE, NULL);
  assert_told (fixture, "r0=10 r2=10");
}

static void
test_a_port_takes_the_work_along (void)
{
  g_autoptr (FlowFixture) fixture = make_fixture ();
  WeirNode *first[] = { flow_fixture_add_node (fixture, make_filter (10)), NULL };
  WeirQueue *other = flow_fixture_read (fixture, first[0], WEIR_PORT_ELSE);
  WeirQueue *too = flow_fixture_read (fixture, first[0], WEIR_PORT_ELSE);
  WeirQueue *queues[] = { other, too };

  flow_fixture_read (fixture, first[0], WEIR_PORT_OUT);
  run (fixture, first, "r1");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WeirBatch) batch = flow_fixture_take (queues[i]);

      g_assert_cmpint (batch->worked, ==, 10);
    }
}

static void
test_a_map_that_comes_again_worked_on_the_rest_only_then (void)
{
  g_autoptr (FlowFixture) fixture = make_fixture ();
  WeirNode *map = flow_fixture_add_node (fixture, make_map (10, WEIR_BATCH_FULL));
  WeirQueue *out = flow_fixture_read (fixture, map, WEIR_PORT_OUT);

  weir_node_give (map, flow_fixture_make_batch (fixture, "r0 r2"));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (WeirBatch) batch = NULL;

      weir_node_run (map, fixture->flow, FALSE, NULL);
      batch = flow_fixture_take (out);
      g_assert_cmpint (batch->worked, ==, 10);
    }
}

static void
test_what_an_aggregate_makes_begins_anew (void)
{
  g_autoptr (FlowFixture) fixture = make_fixture ();
  WeirNode *nodes[] = { flow_fixture_add_node (fixture, make_filter (10)),
                        flow_fixture_add_node (fixture, flow_count_new ()), NULL };
  WeirQueue *out = flow_fixture_read (fixture, nodes[1], WEIR_PORT_OUT);
  g_autoptr (WeirBatch) result = NULL;

  run (fixture, nodes, "r0 r2");
  assert_told (fixture, "r0=10 r2=10");
  weir_node_finish (nodes[1], fixture->flow, NULL);
  result = flow_fixture_take (out);
  g_assert_cmpint (result->worked, ==, 0);
}

static void
test_without_results_nothing_is_measured (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *nodes[] = { flow_fixture_add_node (fixture, make_filter (10)), NULL };
  WeirQueue *out = flow_fixture_read (fixture, nodes[0], WEIR_PORT_OUT);
  g_autoptr (WeirBatch) batch = NULL;

  run (fixture, nodes, "r0");
  batch = flow_fixture_take (out);
  g_assert_cmpint (batch->worked, ==, 0);
}

/* What is left of the deadline ------------------------------------------------------------------
 */

static void
test_what_is_left_is_told_as_of_when_the_batch_was_taken_up (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *nodes[] = { flow_fixture_add_node (fixture, make_filter (10)), NULL };
  WeirQueue *out = flow_fixture_read (fixture, nodes[0], WEIR_PORT_OUT);
  g_autoptr (WeirBatch) batch = NULL;

  fixture->flow->deadline = 100;
  weir_node_give (nodes[0], flow_fixture_make_batch (fixture, "r0 r2"));
  flow_fixture_advance (fixture, 70);
  weir_node_run (nodes[0], fixture->flow, TRUE, NULL);
  batch = flow_fixture_take (out);
  g_assert_cmpint (weir_record_get_remaining (&batch->records[0]), ==, 30);
  g_assert_cmpint (weir_record_get_remaining (&batch->records[1]), ==, 30);
}

static void
test_of_a_late_record_less_than_nothing_is_left (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *nodes[] = { flow_fixture_add_node (fixture, make_filter (10)), NULL };
  WeirQueue *out = flow_fixture_read (fixture, nodes[0], WEIR_PORT_OUT);
  g_autoptr (WeirBatch) batch = NULL;

  fixture->flow->deadline = 100;
  weir_node_give (nodes[0], flow_fixture_make_batch (fixture, "r0"));
  flow_fixture_advance (fixture, 170);
  weir_node_run (nodes[0], fixture->flow, TRUE, NULL);
  batch = flow_fixture_take (out);
  g_assert_cmpint (weir_record_get_remaining (&batch->records[0]), ==, -70);
}

#define ADD(name, func) g_test_add_func ("/flow/work/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the shares of the stages add up", test_the_shares_of_the_stages_add_up);
  ADD ("what waits in between is no work", test_what_waits_in_between_is_no_work);
  ADD ("a port takes the work along", test_a_port_takes_the_work_along);
  ADD ("a map that comes again worked on the rest only then",
       test_a_map_that_comes_again_worked_on_the_rest_only_then);
  ADD ("what an aggregate makes begins anew", test_what_an_aggregate_makes_begins_anew);
  ADD ("without results nothing is measured", test_without_results_nothing_is_measured);
  ADD ("what is left is told as of when the batch was taken up",
       test_what_is_left_is_told_as_of_when_the_batch_was_taken_up);
  ADD ("of a late record less than nothing is left",
       test_of_a_late_record_less_than_nothing_is_left);
  return g_test_run ();
}
