/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "flow-fixture.h"
#include "stage/weir-stage-private.h"

/* Holds batches until the test says what of them is settled. A record becomes what its first letter
 * says: p it passes as it is, t two texts, n nothing, f failed, i invalid, l late. */
typedef struct
{
  WeirTransform parent;

  guint capacity;  /* records */
  gboolean breaks; /* at the next service */
  gboolean open;   /* has something to do at the end */

  GPtrArray *batches; /* WeirBatch, in the order in which they came; NULL: given back */
  GArray *n_left;     /* guint: of each, not given back */
  GArray *settled;    /* WeirLot: to be given back */
  guint n_held;
  gint64 late_after;
  gboolean ending;
} FlowHolder;

typedef WeirTransformClass FlowHolderClass;

static GType flow_holder_get_type (void);
G_DEFINE_FINAL_TYPE (FlowHolder, flow_holder, WEIR_TYPE_TRANSFORM)

static void
settle (FlowHolder *holder, guint index, guint from, guint to)
{
  WeirLot lot = { holder->batches->pdata[index], from, to, FALSE };

  g_array_append_val (holder->settled, lot);
}

static guint
find (FlowHolder *holder, const WeirBatch *batch)
{
  guint index = 0;
  gboolean found = g_ptr_array_find (holder->batches, batch, &index);

  g_assert_true (found);
  return index;
}

static void
settle_all (FlowHolder *holder)
{
  g_array_set_size (holder->settled, 0);
  for (guint i = 0; i < holder->batches->len; i++)
    if (holder->batches->pdata[i] != NULL)
      settle (holder, i, 0, ((WeirBatch *)holder->batches->pdata[i])->n_selected);
}

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  FlowHolder *holder = (FlowHolder *)stage;
  guint n = batch->n_selected;

  if (holder->n_held + n > holder->capacity)
    return FALSE;
  g_ptr_array_add (holder->batches, batch);
  g_array_append_val (holder->n_left, n);
  holder->n_held += n;
  return TRUE;
}

static void
fail_batch (WeirBatch *batch)
{
  for (guint i = 0; batch != NULL && i < batch->n_selected; i++)
    weir_record_fail (weir_batch_record (batch, i), "broken");
}

static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  FlowHolder *holder = (FlowHolder *)stage;

  holder->late_after = late_after;
  holder->ending = ending;
  if (!holder->breaks)
    return TRUE;
  for (guint i = 0; i < holder->batches->len; i++)
    fail_batch (holder->batches->pdata[i]);
  settle_all (holder);
  g_set_error_literal (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "broken");
  return FALSE;
}

static void
deliver (WeirRecord *record, WeirEmitter *out)
{
  g_autofree char *text = weir_record_get_text (record);

  if (record->verdict != WEIR_VERDICT_PASS)
    return;
  weir_emitter_begin_origin (out, record);
  if (*text == 'p')
    weir_emitter_emit (out, record);
  for (guint i = 0; i < 2 && *text == 't'; i++)
    weir_emitter_emit_text (out, text, -1);
  if (*text == 'f')
    weir_record_fail (record, "told so");
  if (*text == 'i')
    weir_record_reject (record, "told so");
  if (*text == 'l')
    weir_record_set_verdict (record, WEIR_VERDICT_LATE, NULL);
}

static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  FlowHolder *holder = (FlowHolder *)stage;
  guint index;

  if (holder->settled->len == 0)
    return FALSE;
  *lot = g_array_index (holder->settled, WeirLot, 0);
  g_array_remove_index (holder->settled, 0);
  for (guint i = lot->from; i < lot->to; i++)
    deliver (weir_batch_record (lot->batch, i), out);
  index = find (holder, lot->batch);
  holder->n_held -= lot->to - lot->from;
  g_array_index (holder->n_left, guint, index) -= lot->to - lot->from;
  lot->done = g_array_index (holder->n_left, guint, index) == 0;
  if (lot->done)
    holder->batches->pdata[index] = NULL;
  return TRUE;
}

static void
wait (WeirStage *stage)
{
}

static gboolean
end (WeirStage *stage)
{
  return !((FlowHolder *)stage)->open;
}

static guint
count (WeirStage *stage)
{
  return ((FlowHolder *)stage)->n_held;
}

static const WeirHolder flow_holder_view = {
  .hold = hold, .service = service, .release = release, .wait = wait, .end = end, .count = count
};

static void
flow_holder_finalize (GObject *object)
{
  FlowHolder *holder = (FlowHolder *)object;

  for (guint i = 0; i < holder->batches->len; i++)
    g_clear_pointer ((WeirBatch **)&holder->batches->pdata[i], weir_batch_free);
  g_ptr_array_unref (holder->batches);
  g_array_unref (holder->n_left);
  g_array_unref (holder->settled);
  G_OBJECT_CLASS (flow_holder_parent_class)->finalize (object);
}

static void
flow_holder_class_init (FlowHolderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flow_holder_finalize;
  WEIR_STAGE_CLASS (klass)->holder = &flow_holder_view;
}

static void
flow_holder_init (FlowHolder *holder)
{
  holder->capacity = G_MAXUINT;
  holder->batches = g_ptr_array_new ();
  holder->n_left = g_array_new (FALSE, FALSE, sizeof (guint));
  holder->settled = g_array_new (FALSE, FALSE, sizeof (WeirLot));
}

static FlowHolder *
flow_holder_new (void)
{
  return g_object_new (flow_holder_get_type (), NULL);
}

/* Helpers ------------------------------------------------------------------------------------ */

#define assert_taken(fixture, queue, expected)                                                     \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *taken = flow_fixture_take_all (fixture, queue);                               \
    g_assert_cmpstr (taken, ==, expected);                                                         \
  }                                                                                                \
  G_STMT_END

static WeirStageStatus
run (FlowFixture *fixture, WeirNode *node)
{
  WeirStageStatus status;

  node->waits = FALSE;
  status = weir_node_run (node, fixture->flow, TRUE, NULL);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
  return status;
}

static WeirStageStatus
give (FlowFixture *fixture, WeirNode *node, const char *words)
{
  weir_node_give (node, flow_fixture_make_batch (fixture, words));
  return run (fixture, node);
}

static WeirStageStatus
finish (FlowFixture *fixture, WeirNode *node)
{
  WeirStageStatus status = weir_node_finish (node, fixture->flow, NULL);

  g_assert_true (weir_ledger_is_balanced (&node->ledger));
  return status;
}

/* Tests -------------------------------------------------------------------------------------- */

static void
test_held_is_in_flight (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);

  g_assert_cmpint (give (fixture, node, "p0 p1"), ==, WEIR_STAGE_DONE);
  g_assert_cmpint (give (fixture, node, "p2"), ==, WEIR_STAGE_DONE);
  g_assert_null (node->input);
  g_assert_cmpuint (node->ledger.in, ==, 3);
  g_assert_cmpuint (node->ledger.in_flight, ==, 3);
  g_assert_true (node->waits);
  g_assert_false (weir_node_is_runnable (node));
}

static void
test_any_order (void)
{
  static const guint lots[][3]
      = { { 1, 1, 2 }, { 0, 2, 3 }, { 0, 0, 1 }, { 1, 0, 1 }, { 0, 1, 2 } };
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  give (fixture, node, "p0 t1 p2");
  give (fixture, node, "p3 n4");
  for (guint i = 0; i < G_N_ELEMENTS (lots); i++)
    {
      settle (holder, lots[i][0], lots[i][1], lots[i][2]);
      run (fixture, node);
      g_assert_cmpuint (node->ledger.in_flight, ==, 4 - i);
    }
  assert_taken (fixture, out, "p2 p0 p3 t1 t1");
  g_assert_cmpuint (node->ledger.filtered, ==, 1);
  g_assert_cmpuint (node->ledger.created, ==, 1);
}

static void
test_ends_unread (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  WeirQueue *letters = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);
  const WeirLedger expected
      = { .in = 6, .created = 1, .out = 3, .filtered = 1, .invalid = 1, .late = 1, .failed = 1 };

  fixture->flow->dead_letters.queue = letters;
  flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  give (fixture, node, "f0 p1 i2 l3 t4 n5");
  settle (holder, 0, 0, 6);
  run (fixture, node);
  g_assert_cmpmem (&node->ledger, sizeof node->ledger, &expected, sizeof expected);
  assert_taken (fixture, letters, "FlowHolder:f0:told so FlowHolder:i2:told so");
}

/* All the time that it was held counts as work. */
static void
test_results (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *results = flow_fixture_make_queue (fixture, 4, G_MAXSIZE);

  fixture->flow->results.queue = results;
  give (fixture, node, "p0 f1 p2");
  for (guint i = 1; i <= 2; i++)
    {
      g_autoptr (WeirBatch) batch = NULL;

      flow_fixture_advance (fixture, 50);
      settle (holder, 0, i == 1 ? 0 : 2, i == 1 ? 2 : 3);
      run (fixture, node);
      batch = flow_fixture_take (out);
      g_assert_cmpint (batch->worked, ==, i * 50);
    }
  assert_taken (fixture, results, "f1:FlowHolder:6");
}

/* The batches are gone when the records are read. */
static void
test_two_readers (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *other = flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  WeirQueue *failed = flow_fixture_read (fixture, node, WEIR_PORT_FAILED);
  WeirQueue *too = flow_fixture_read (fixture, node, WEIR_PORT_FAILED);

  give (fixture, node, "f0 p1");
  give (fixture, node, "p2 f3");
  settle (holder, 1, 1, 2);
  settle (holder, 0, 0, 2);
  settle (holder, 1, 0, 1);
  run (fixture, node);
  assert_taken (fixture, out, "p1 p2");
  assert_taken (fixture, other, "p1 p2");
  assert_taken (fixture, failed, "f3 f0");
  assert_taken (fixture, too, "f3 f0");
  g_assert_cmpuint (node->ledger.created, ==, 4);
  g_assert_cmpuint (node->ledger.out, ==, 8);
}

static void
test_no_room (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  holder->capacity = 2;
  give (fixture, node, "p0 p1");
  g_assert_cmpint (give (fixture, node, "p2"), ==, WEIR_STAGE_WAIT);
  g_assert_true (node->full && node->input != NULL);
  g_assert_cmpuint (node->ledger.in_flight, ==, 3);
  g_assert_false (weir_node_is_runnable (node));
  settle (holder, 0, 0, 2);
  g_assert_cmpint (run (fixture, node), ==, WEIR_STAGE_AGAIN);
  g_assert_true (weir_node_is_runnable (node));
  assert_taken (fixture, out, "p0 p1");
  g_assert_cmpint (run (fixture, node), ==, WEIR_STAGE_DONE);
  g_assert_null (node->input);
  g_assert_cmpuint (node->ledger.in_flight, ==, 1);
}

static void
test_broken (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);

  holder->capacity = 2;
  give (fixture, node, "p0 p1");
  give (fixture, node, "p2 p3");
  holder->breaks = TRUE;
  run (fixture, node);
  g_assert_true (node->broken);
  g_assert_cmpuint (node->ledger.failed, ==, 4);
  g_assert_cmpint (give (fixture, node, "p4"), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (node->ledger.failed, ==, 5);
  g_assert_cmpuint (node->ledger.in_flight, ==, 0);
  g_assert_cmpint (finish (fixture, node), ==, WEIR_STAGE_DONE);
}

static void
test_end (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);

  give (fixture, node, "p0");
  g_assert_false (holder->ending);
  holder->open = TRUE;
  g_assert_cmpint (finish (fixture, node), ==, WEIR_STAGE_WAIT);
  g_assert_true (holder->ending && weir_node_is_held_up (node));
  settle (holder, 0, 0, 1);
  g_assert_cmpint (finish (fixture, node), ==, WEIR_STAGE_WAIT);
  g_assert_true (node->lingers);
  holder->open = FALSE;
  g_assert_cmpint (finish (fixture, node), ==, WEIR_STAGE_DONE);
  g_assert_false (weir_node_is_held_up (node));
}

static void
test_much (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);
  g_autoptr (GString) words = g_string_new ("t");

  flow_fixture_read (fixture, node, WEIR_PORT_OUT);
  for (guint i = 1; i < 700; i++)
    g_string_append (words, " t");
  give (fixture, node, words->str);
  give (fixture, node, words->str);
  settle (holder, 0, 0, 700);
  settle (holder, 1, 0, 700);
  g_assert_cmpint (run (fixture, node), ==, WEIR_STAGE_AGAIN);
  g_assert_true (weir_node_is_runnable (node));
  while (run (fixture, node) == WEIR_STAGE_AGAIN)
    ;
  g_assert_cmpuint (node->ledger.out, ==, 2800);
  g_assert_cmpuint (node->ledger.in_flight, ==, 0);
}

static void
test_late (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  WeirNode *node = flow_fixture_add_node (fixture, holder);

  fixture->flow->deadline = 100;
  give (fixture, node, "p0");
  g_assert_cmpint (holder->late_after, ==, G_MININT64);
  fixture->flow->late = WEIR_LATE_DROP;
  flow_fixture_advance (fixture, 101);
  run (fixture, node);
  g_assert_cmpint (holder->late_after, ==, fixture->flow->now);
  fixture->flow->late = WEIR_LATE_DELIVER;
  run (fixture, node);
  g_assert_cmpint (holder->late_after, ==, G_MININT64);
  flow_fixture_read (fixture, node, WEIR_PORT_LATE);
  run (fixture, node);
  g_assert_cmpint (holder->late_after, ==, fixture->flow->now);
}

/* Through segments, with the waits of an executor; each record leaves once. */
static void
test_in_a_graph (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  FlowHolder *holder = flow_holder_new ();
  FlowSink *sink = flow_sink_new ();
  WeirSegment *segment = flow_fixture_add_segment (fixture, 4, holder, sink, NULL);

  holder->capacity = 3;
  flow_fixture_put (fixture, segment, "p0 f1");
  flow_fixture_put (fixture, segment, "p2 t3");
  flow_fixture_put (fixture, segment, "p4");
  flow_fixture_attach (fixture);
  for (guint i = 0; i < 20 && !fixture->finished; i++)
    {
      flow_fixture_settle (fixture);
      settle_all (holder);
      weir_stage_wake (WEIR_STAGE (holder));
    }
  g_assert_true (fixture->finished);
  g_assert_cmpstr (sink->seen->str, ==, "p0 p2 t3 t3 p4 ");
  flow_fixture_assert_balanced (fixture);
  g_assert_cmpuint (flow_fixture_node (fixture, holder)->ledger.failed, ==, 1);
}

#define ADD(name, func) g_test_add_func ("/node-holder/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("what is held is in flight", test_held_is_in_flight);
  ADD ("lots are routed in the order in which they are settled", test_any_order);
  ADD ("what ends unread is counted by its name", test_ends_unread);
  ADD ("two readers of a port get what outlives its batch", test_two_readers);
  ADD ("what there is no room for stays", test_no_room);
  ADD ("a stage that cannot go on fails all", test_broken);
  ADD ("the end waits for what is held, and for what is open", test_end);
  ADD ("what is much is given on in parts", test_much);
  ADD ("the stage is told what is late where that matters", test_late);
  ADD ("what was held has results, and was worked on", test_results);
  ADD ("a segment goes on around what is held", test_in_a_graph);
  return g_test_run ();
}
