/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "flow-fixture.h"
#include "stage/weir-stage-private.h"

/* Keeps batches, and writes `allowance` records of them when it is serviced: those that begin with
 * f fail. */
typedef struct
{
  WeirSink parent;

  guint capacity; /* batches */
  guint allowance;
  gboolean breaks;

  GPtrArray *batches; /* WeirBatch */
  guint written;      /* of the first one */
  guint released;
  guint n_held;
  GString *calls;
} FlowKeeper;

typedef WeirSinkClass FlowKeeperClass;

static GType flow_keeper_get_type (void);
G_DEFINE_FINAL_TYPE (FlowKeeper, flow_keeper, WEIR_TYPE_SINK)

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  FlowKeeper *keeper = (FlowKeeper *)stage;

  g_string_append (keeper->calls, "hold ");
  if (keeper->batches->len == keeper->capacity)
    return FALSE;
  g_ptr_array_add (keeper->batches, batch);
  keeper->n_held += batch->n_selected;
  return TRUE;
}

static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  FlowKeeper *keeper = (FlowKeeper *)stage;
  WeirBatch *batch = keeper->batches->len > 0 ? keeper->batches->pdata[0] : NULL;

  g_string_append (keeper->calls, "service ");
  for (; batch != NULL && keeper->allowance > 0 && keeper->written < batch->n_selected;
       keeper->allowance--, keeper->written++)
    {
      WeirRecord *record = weir_batch_record (batch, keeper->written);

      if (record->text[0] == 'f')
        weir_record_fail (record, "told so");
    }
  if (keeper->breaks)
    g_set_error_literal (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "broken");
  return !keeper->breaks;
}

static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  FlowKeeper *keeper = (FlowKeeper *)stage;

  g_assert_null (out);
  if (keeper->written == keeper->released)
    return FALSE;
  *lot = (WeirLot){ keeper->batches->pdata[0], keeper->released, keeper->written, FALSE };
  lot->done = lot->to == lot->batch->n_selected;
  keeper->n_held -= lot->to - lot->from;
  keeper->released = keeper->written;
  if (lot->done)
    {
      g_ptr_array_remove_index (keeper->batches, 0);
      keeper->written = keeper->released = 0;
    }
  return TRUE;
}

static void
wait (WeirStage *stage)
{
}

static gboolean
end (WeirStage *stage)
{
  return TRUE;
}

static guint
count (WeirStage *stage)
{
  return ((FlowKeeper *)stage)->n_held;
}

static const WeirHolder flow_keeper_view = {
  .hold = hold, .service = service, .release = release, .wait = wait, .end = end, .count = count
};

static void
flow_keeper_finalize (GObject *object)
{
  FlowKeeper *keeper = (FlowKeeper *)object;

  for (guint i = 0; i < keeper->batches->len; i++)
    weir_batch_free (keeper->batches->pdata[i]);
  g_ptr_array_unref (keeper->batches);
  g_string_free (keeper->calls, TRUE);
  G_OBJECT_CLASS (flow_keeper_parent_class)->finalize (object);
}

static void
flow_keeper_class_init (FlowKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = flow_keeper_finalize;
  WEIR_STAGE_CLASS (klass)->holder = &flow_keeper_view;
}

static void
flow_keeper_init (FlowKeeper *keeper)
{
  keeper->capacity = keeper->allowance = G_MAXUINT;
  keeper->batches = g_ptr_array_new ();
  keeper->calls = g_string_new (NULL);
}

/* Helpers ------------------------------------------------------------------------------------ */

typedef struct
{
  FlowFixture *flow;
  FlowKeeper *keeper;
  WeirNode *node;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->flow = flow_fixture_new ();
  fixture->keeper = g_object_new (flow_keeper_get_type (), NULL);
  fixture->node = flow_fixture_add_node (fixture->flow, fixture->keeper);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  flow_fixture_free (fixture->flow);
}

static WeirStageStatus
run (Fixture *fixture)
{
  WeirStageStatus status;

  fixture->node->waits = FALSE;
  status = weir_node_run (fixture->node, fixture->flow->flow, TRUE, NULL);
  g_assert_true (weir_ledger_is_balanced (&fixture->node->ledger));
  return status;
}

static WeirStageStatus
give (Fixture *fixture, const char *words)
{
  weir_node_give (fixture->node, flow_fixture_make_batch (fixture->flow, words));
  return run (fixture);
}

/* Tests -------------------------------------------------------------------------------------- */

static void
test_it_writes_in_the_call_that_hands_it_records (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (give (fixture, "a b"), ==, WEIR_STAGE_DONE);
  g_assert_cmpstr (fixture->keeper->calls->str, ==, "hold service ");
  g_assert_cmpuint (fixture->node->ledger.out, ==, 2);
  g_assert_cmpuint (fixture->node->ledger.in_flight, ==, 0);
  g_assert_null (fixture->node->input);
}

static void
test_a_record_is_out_when_it_is_released (Fixture *fixture, gconstpointer data)
{
  fixture->flow->flow->deadline = 100;
  fixture->keeper->allowance = 1;
  give (fixture, "a b c");
  g_assert_cmpuint (fixture->node->ledger.out, ==, 1);
  g_assert_cmpuint (fixture->node->ledger.in_flight, ==, 2);
  flow_fixture_advance (fixture->flow, 101);
  fixture->keeper->allowance = 2;
  run (fixture);
  g_assert_cmpuint (fixture->node->ledger.out, ==, 3);
  g_assert_cmpuint (fixture->flow->flow->met, ==, 1);
  g_assert_cmpuint (fixture->flow->flow->missed, ==, 2);
}

static void
test_what_it_could_not_write_fails (Fixture *fixture, gconstpointer data)
{
  WeirQueue *failed = flow_fixture_read (fixture->flow, fixture->node, WEIR_PORT_FAILED);
  g_autofree char *taken = NULL;

  give (fixture, "a f1 b");
  give (fixture, "f2");
  g_assert_cmpuint (fixture->node->ledger.out, ==, 4);
  taken = flow_fixture_take_all (fixture->flow, failed);
  g_assert_cmpstr (taken, ==, "f1 f2");
  g_assert_cmpuint (fixture->flow->flow->met + fixture->flow->flow->missed, ==, 0);
}

static void
test_what_there_is_no_room_for_stays (Fixture *fixture, gconstpointer data)
{
  fixture->keeper->capacity = 1;
  fixture->keeper->allowance = 0;
  give (fixture, "a b");
  g_assert_cmpint (give (fixture, "c"), ==, WEIR_STAGE_WAIT);
  g_assert_nonnull (fixture->node->input);
  g_assert_cmpuint (fixture->node->ledger.in_flight, ==, 3);
  fixture->keeper->allowance = G_MAXUINT;
  g_assert_cmpint (run (fixture), ==, WEIR_STAGE_AGAIN);
  g_assert_cmpint (run (fixture), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (fixture->node->ledger.out, ==, 3);
}

static void
test_late_records_are_found_before_it_holds_them (Fixture *fixture, gconstpointer data)
{
  WeirBatch *batch;

  fixture->flow->flow->deadline = 100;
  fixture->flow->flow->late = WEIR_LATE_DROP;
  batch = flow_fixture_make_batch (fixture->flow, "a b");
  flow_fixture_advance (fixture->flow, 101);
  weir_node_give (fixture->node, batch);
  run (fixture);
  g_assert_cmpuint (fixture->node->ledger.late, ==, 2);
  g_assert_cmpstr (fixture->keeper->calls->str, ==, "");
}

#define ADD(name, func)                                                                            \
  g_test_add ("/node-holder-sink/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it writes in the call that hands it records",
       test_it_writes_in_the_call_that_hands_it_records);
  ADD ("a record is out when it is released", test_a_record_is_out_when_it_is_released);
  ADD ("what it could not write fails", test_what_it_could_not_write_fails);
  ADD ("what there is no room for stays", test_what_there_is_no_room_for_stays);
  ADD ("late records are found before it holds them",
       test_late_records_are_found_before_it_holds_them);
  return g_test_run ();
}
