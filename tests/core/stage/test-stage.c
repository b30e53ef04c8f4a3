/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow-fixture.h"

#include <string.h>

/* What the base classes do for stages that take one record at a time. The records of these tests
 * say what is to happen to them: "yes", "no", "fail", "reject". */

static gboolean
decide (WeirRecord *record)
{
  g_autofree char *text = weir_record_get_text (record);

  if (strcmp (text, "fail") == 0)
    weir_record_fail (record, "failed");
  if (strcmp (text, "reject") == 0)
    weir_record_reject (record, "rejected");
  return strcmp (text, "no") != 0;
}

#define DEFINE_STAGE(Type, prefix, Parent, PARENT)                                                 \
  typedef struct                                                                                   \
  {                                                                                                \
    Parent parent;                                                                                 \
    guint n;                                                                                       \
  } Type;                                                                                          \
  typedef Parent##Class Type##Class;                                                               \
  GType prefix##_get_type (void);                                                                  \
  G_DEFINE_FINAL_TYPE (Type, prefix, PARENT)                                                       \
  static void prefix##_init (Type *self) { self->n = 0; }

DEFINE_STAGE (TestFilter, test_filter, WeirFilter, WEIR_TYPE_FILTER)
DEFINE_STAGE (TestValidate, test_validate, WeirValidate, WEIR_TYPE_VALIDATE)
DEFINE_STAGE (TestTransform, test_transform, WeirTransform, WEIR_TYPE_TRANSFORM)
DEFINE_STAGE (TestBatchTransform, test_batch_transform, WeirTransform, WEIR_TYPE_TRANSFORM)
DEFINE_STAGE (TestAggregate, test_aggregate, WeirAggregate, WEIR_TYPE_AGGREGATE)
DEFINE_STAGE (TestSink, test_sink, WeirSink, WEIR_TYPE_SINK)

static gboolean
test_filter_accept (WeirFilter *filter, WeirRecord *record)
{
  ((TestFilter *)filter)->n++;
  return decide (record);
}

static void
test_filter_class_init (WeirFilterClass *klass)
{
  klass->accept = test_filter_accept;
}

static gboolean
test_validate_validate (WeirValidate *validate, WeirRecord *record)
{
  return decide (record);
}

static void
test_validate_class_init (WeirValidateClass *klass)
{
  klass->validate = test_validate_validate;
}

static void
test_transform_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  ((TestTransform *)transform)->n++;
  if (decide (record))
    weir_emitter_emit (out, record);
}

static void
test_transform_class_init (WeirTransformClass *klass)
{
  klass->transform = test_transform_transform;
}

static void
test_batch_transform_transform (WeirTransform *transform, WeirBatch *batch, WeirEmitter *out)
{
  for (guint i = 0; i < weir_batch_get_length (batch); i++)
    {
      WeirRecord *record = weir_batch_get_record (batch, i);

      weir_emitter_begin (out, record);
      if (decide (record))
        weir_emitter_emit (out, record);
    }
}

static void
test_batch_transform_class_init (WeirTransformClass *klass)
{
  klass->transform_batch = test_batch_transform_transform;
}

static void
test_aggregate_add (WeirAggregate *aggregate, WeirRecord *record, WeirEmitter *out)
{
  decide (record);
}

static gboolean
test_aggregate_flush (WeirAggregate *aggregate, WeirEmitter *out)
{
  weir_emitter_emit_text (out, "result", -1);
  return ++((TestAggregate *)aggregate)->n < 2;
}

static void
test_aggregate_class_init (WeirAggregateClass *klass)
{
  klass->add = test_aggregate_add;
  klass->flush = test_aggregate_flush;
}

static gboolean
test_sink_write (WeirSink *sink, WeirRecord *record, GError **error)
{
  if (decide (record))
    return TRUE;
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "no");
  return FALSE;
}

static void
test_sink_class_init (WeirSinkClass *klass)
{
  klass->write = test_sink_write;
}

/* Running ---------------------------------------------------------------------------------------
 */

static char *
get_verdicts (WeirBatch *batch)
{
  static const char letters[] = "PEAILSF";
  GString *verdicts = g_string_new (NULL);

  for (guint i = 0; i < batch->n_records; i++)
    g_string_append_c (verdicts, letters[batch->records[i].verdict]);
  return g_string_free (verdicts, FALSE);
}

#define assert_verdicts(batch, expected)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *verdicts = get_verdicts (batch);                                              \
    g_assert_cmpstr (verdicts, ==, expected);                                                      \
  }                                                                                                \
  G_STMT_END

/* Runs the stage on words; those that begin with "!" have failed before. */
static WeirBatch *
process (FlowFixture *fixture, gpointer stage, const char *words)
{
  WeirEmitter *emitter = fixture->flow->emitter;
  WeirBatch *batch = flow_fixture_make_batch (fixture, words);
  g_autoptr (WeirBatch) out = weir_batch_new (fixture->flow->pool);

  g_ptr_array_add (fixture->stages, stage);
  for (guint i = 0; i < batch->n_records && batch->records[i].text[0] == '!'; i++)
    weir_record_fail (&batch->records[i], "before");
  weir_emitter_open (emitter, out, 0);
  WEIR_STAGE_GET_CLASS (stage)->process (stage, batch, emitter, NULL);
  weir_emitter_close (emitter);
  g_assert_cmpuint (batch->cursor, ==, batch->n_selected);
  return batch;
}

static void
test_a_filter_gives_else_to_what_it_does_not_accept (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  TestFilter *filter = g_object_new (test_filter_get_type (), NULL);
  g_autoptr (WeirBatch) batch = process (fixture, filter, "!x yes no fail");

  assert_verdicts (batch, "FPEF");
  g_assert_cmpuint (filter->n, ==, 3); /* what has failed is not asked about */
}

static void
test_a_validate_stage_rejects_with_a_message (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirBatch) batch
      = process (fixture, g_object_new (test_validate_get_type (), NULL), "!x yes no reject fail");

  assert_verdicts (batch, "FPIIF");
  g_assert_cmpstr (weir_batch_get_message (batch, &batch->records[2]), ==,
                   "the record is not valid");
  g_assert_cmpstr (weir_batch_get_message (batch, &batch->records[3]), ==, "rejected");
}

static void
test_a_transform_is_asked_about_each_record (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  TestTransform *transform = g_object_new (test_transform_get_type (), NULL);
  g_autoptr (WeirBatch) batch = process (fixture, transform, "!x yes no reject fail");

  assert_verdicts (batch, "FPEIF");
  g_assert_cmpuint (transform->n, ==, 4);
}

static void
test_a_transform_of_batches_gives_the_same (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirBatch) batch = process (
      fixture, g_object_new (test_batch_transform_get_type (), NULL), "!x yes no reject fail");

  assert_verdicts (batch, "FPEIF");
}

static void
test_an_aggregate_absorbs_what_does_not_fail (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  g_autoptr (WeirBatch) batch
      = process (fixture, g_object_new (test_aggregate_get_type (), NULL), "!x yes no fail");

  assert_verdicts (batch, "FAAF");
}

static void
test_an_aggregate_flushes_until_there_is_no_more (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  WeirNode *node = flow_fixture_add_node (fixture, g_object_new (test_aggregate_get_type (), NULL));
  WeirQueue *out = flow_fixture_read (fixture, node, WEIR_PORT_OUT);

  g_assert_cmpint (weir_node_finish (node, fixture->flow, NULL), ==, WEIR_STAGE_AGAIN);
  g_assert_cmpint (weir_node_finish (node, fixture->flow, NULL), ==, WEIR_STAGE_DONE);
  g_assert_cmpuint (out->n_records, ==, 2);
}

static void
test_a_sink_accepts_what_was_written (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  TestSink *sink = g_object_new (test_sink_get_type (), NULL);
  g_autoptr (WeirBatch) batch = flow_fixture_make_batch (fixture, "yes yes no yes");
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (fixture->stages, sink);
  weir_sink_begin_batch ((WeirSink *)sink);
  g_assert_cmpint (WEIR_STAGE_GET_CLASS (sink)->process ((WeirStage *)sink, batch, NULL, &error),
                   ==, WEIR_STAGE_BROKEN);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT);
  g_assert_cmpuint (weir_sink_get_accepted ((WeirSink *)sink), ==, 2);
  g_assert_cmpuint (weir_sink_get_bytes ((WeirSink *)sink), ==, 8);
}

static void
test_what_fails_while_it_is_written_is_failed_and_not_out (void)
{
  g_autoptr (FlowFixture) fixture = flow_fixture_new ();
  TestSink *sink = g_object_new (test_sink_get_type (), NULL);
  WeirNode *node = flow_fixture_add_node (fixture, sink);

  weir_node_give (node, flow_fixture_make_batch (fixture, "yes fail yes fail"));
  weir_node_run (node, fixture->flow, TRUE, NULL);
  g_assert_cmpuint (node->ledger.out, ==, 2);
  g_assert_cmpuint (node->ledger.failed, ==, 2);
  g_assert_cmpuint (weir_sink_get_bytes ((WeirSink *)sink), ==, 8);
  g_assert_true (weir_ledger_is_balanced (&node->ledger));
}

/* Hosts -----------------------------------------------------------------------------------------
 */

static void
host_set_alarm (gpointer engine, WeirStage *stage, gint64 time)
{
  g_string_append_printf (engine, "alarm %d ", (int)time);
}

static void
host_wait_fd (gpointer engine, WeirStage *stage, int fd, GIOCondition condition)
{
  g_string_append_printf (engine, "fd %d %d ", fd, condition);
}

static void
host_wait_until (gpointer engine, WeirStage *stage, gint64 time)
{
  g_string_append_printf (engine, "until %d ", (int)time);
}

static void
host_wake (gpointer engine, WeirStage *stage)
{
  g_string_append (engine, "wake ");
}

static const WeirStageHost host = {
  .set_alarm = host_set_alarm,
  .wait_fd = host_wait_fd,
  .wait_until = host_wait_until,
  .wake = host_wake,
};

static void
ask_for_all (WeirStage *stage)
{
  weir_stage_set_alarm (stage, 5);
  weir_stage_wait_fd (stage, 3, G_IO_IN);
  weir_stage_wait_until (stage, 7);
  weir_source_set_halting (WEIR_SOURCE (stage));
}

static void
test_a_stage_asks_its_host (void)
{
  g_autoptr (WeirStage) stage = (WeirStage *)flow_source_new (1, 1);
  g_autoptr (WeirClock) clock = weir_test_clock_new ();
  g_autoptr (GString) asked = g_string_new (NULL);

  weir_stage_attach (stage, "name", clock, &host, asked);
  g_assert_cmpstr (weir_stage_get_id (stage), ==, "name");
  g_assert_true (weir_stage_get_clock (stage) == clock);
  g_assert_false (weir_source_is_halting (WEIR_SOURCE (stage)));
  ask_for_all (stage);
  g_assert_cmpstr (asked->str, ==, "alarm 5 fd 3 1 until 7 wake ");
  g_assert_true (weir_source_is_halting (WEIR_SOURCE (stage)));
}

static void
test_a_stage_without_a_host_asks_nobody (void)
{
  g_autoptr (WeirStage) stage = (WeirStage *)flow_source_new (1, 1);
  g_autoptr (GString) asked = g_string_new (NULL);

  g_assert_null (weir_stage_get_id (stage));
  g_assert_true (weir_stage_get_clock (stage) == weir_clock_get_system ());
  ask_for_all (stage);
  weir_stage_attach (stage, "name", weir_clock_get_system (), &host, asked);
  weir_stage_attach (stage, "name", weir_clock_get_system (), NULL, NULL);
  ask_for_all (stage);
  g_assert_cmpstr (asked->str, ==, "");
}

#define ADD(name, func) g_test_add_func ("/stage/stage/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a filter gives else to what it does not accept",
       test_a_filter_gives_else_to_what_it_does_not_accept);
  ADD ("a validate stage rejects with a message", test_a_validate_stage_rejects_with_a_message);
  ADD ("a transform is asked about each record", test_a_transform_is_asked_about_each_record);
  ADD ("a transform of batches gives the same", test_a_transform_of_batches_gives_the_same);
  ADD ("an aggregate absorbs what does not fail", test_an_aggregate_absorbs_what_does_not_fail);
  ADD ("an aggregate flushes until there is no more",
       test_an_aggregate_flushes_until_there_is_no_more);
  ADD ("a sink accepts what was written", test_a_sink_accepts_what_was_written);
  ADD ("what fails while it is written is failed and not out",
       test_what_fails_while_it_is_written_is_failed_and_not_out);
  ADD ("a stage asks its host", test_a_stage_asks_its_host);
  ADD ("a stage without a host asks nobody", test_a_stage_without_a_host_asks_nobody);
  return g_test_run ();
}
