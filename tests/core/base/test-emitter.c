/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-emitter-private.h"

#define NOW 1000

/* One emitter that is open on `out`, and a batch `in` of records that it has outputs for. */
typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirBatch *in;
  WeirBatch *out;
} Fixture;

static guint n_warnings;

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  n_warnings += (level & G_LOG_LEVEL_WARNING) != 0;
  return G_LOG_WRITER_HANDLED;
}

static WeirRecord *
add_origin (Fixture *fixture, const char *text)
{
  WeirRecord *record = weir_batch_append (fixture->in);

  *record = (WeirRecord){
    .batch = fixture->in, .ingest = 11, .deadline = 22, .event = 33, .offset = 44, .priority = 6
  };
  weir_record_set_text (record, text, -1);
  return record;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->in = weir_batch_new (fixture->pool);
  fixture->out = weir_batch_new (fixture->pool);
  weir_emitter_open (fixture->emitter, fixture->out, NOW);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_emitter_unref (fixture->emitter);
  weir_batch_free (fixture->out);
  weir_batch_free (fixture->in);
  weir_buffer_pool_unref (fixture->pool);
}

static void
assert_output (Fixture *fixture, guint position, const char *expected)
{
  g_autofree char *text = weir_record_get_text (weir_batch_get_record (fixture->out, position));

  g_assert_cmpstr (text, ==, expected);
}

static void
test_outputs_inherit_from_their_record (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");
  const WeirRecord *output;

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_emitter_emit_text (fixture->emitter, "a", -1);
  weir_emitter_emit_text (fixture->emitter, "bcd", 2);
  weir_emitter_end_origin (fixture->emitter);
  output = weir_batch_get_record (fixture->out, 1);
  assert_output (fixture, 0, "a");
  assert_output (fixture, 1, "bc");
  g_assert_cmpint (output->ingest, ==, 11);
  g_assert_cmpint (output->deadline, ==, 22);
  g_assert_cmpint (output->event, ==, 33);
  g_assert_cmpuint (output->offset, ==, 44);
  g_assert_cmpuint (output->output, ==, 1);
  g_assert_cmpuint (fixture->emitter->n_created, ==, 1);
  g_assert_cmpuint (fixture->emitter->n_in, ==, 0);
}

static void
test_the_only_output_of_an_output_keeps_its_number (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");

  origin->output = 3;
  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_emitter_emit_text (fixture->emitter, "a", -1);
  weir_emitter_emit_text (fixture->emitter, "b", -1);
  weir_emitter_end_origin (fixture->emitter);
  g_assert_cmpuint (weir_batch_get_record (fixture->out, 0)->output, ==, 3);
  g_assert_cmpuint (weir_batch_get_record (fixture->out, 1)->output, ==, 1);
}

static void
test_no_output_filters_the_record (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_emitter_end_origin (fixture->emitter);
  g_assert_cmpint (origin->verdict, ==, WEIR_VERDICT_ELSE);
  g_assert_cmpuint (fixture->emitter->n_created, ==, 0);
}

static void
test_a_failed_record_takes_its_outputs_back (Fixture *fixture, gconstpointer data)
{
  WeirRecord *good = add_origin (fixture, "good");
  WeirRecord *bad;

  weir_emitter_begin_origin (fixture->emitter, good);
  weir_emitter_emit_text (fixture->emitter, "kept", -1);
  weir_emitter_end_origin (fixture->emitter);
  bad = add_origin (fixture, "bad");
  weir_emitter_begin_origin (fixture->emitter, bad);
  weir_emitter_emit_text (fixture->emitter, "one", -1);
  weir_emitter_emit_text (fixture->emitter, "two", -1);
  weir_record_fail (bad, "why");
  weir_emitter_end_origin (fixture->emitter);
  g_assert_cmpuint (weir_batch_get_length (fixture->out), ==, 1);
  assert_output (fixture, 0, "kept");
  g_assert_cmpuint (fixture->emitter->n_created, ==, 0);
  g_assert_cmpint (bad->verdict, ==, WEIR_VERDICT_FAILED);
}

static void
test_a_rejected_record_takes_its_outputs_back (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_emitter_emit_text (fixture->emitter, "out", -1);
  weir_record_reject (origin, "why");
  weir_emitter_end_origin (fixture->emitter);
  g_assert_cmpuint (weir_batch_get_length (fixture->out), ==, 0);
  g_assert_cmpint (origin->verdict, ==, WEIR_VERDICT_INVALID);
}

static void
test_the_record_in_hand_is_not_copied (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_record_set_text (origin, "changed", -1);
  weir_emitter_emit (fixture->emitter, origin);
  g_assert_true (weir_batch_get_record (fixture->out, 0)->text == origin->text);
  g_assert_true (fixture->emitter->borrows);
  weir_emitter_end_origin (fixture->emitter);
  assert_output (fixture, 0, "changed");
}

static void
test_the_record_itself_stays_as_it_entered (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "entered");
  g_autofree char *text = NULL;

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_record_set_text (origin, "changed", -1);
  weir_record_fail (origin, "why");
  weir_emitter_end_origin (fixture->emitter);
  text = weir_record_get_text (origin);
  g_assert_cmpstr (text, ==, "entered");
}

static void
test_a_record_that_was_made_is_copied (Fixture *fixture, gconstpointer data)
{
  WeirRecord *origin = add_origin (fixture, "in");
  WeirRecord *made = weir_record_new ("made", -1);

  weir_emitter_begin_origin (fixture->emitter, origin);
  weir_emitter_emit (fixture->emitter, made);
  weir_record_free (made);
  assert_output (fixture, 0, "made");
  g_assert_cmpint (weir_batch_get_record (fixture->out, 0)->deadline, ==, 22);
  g_assert_false (fixture->emitter->borrows);
}

static void
test_new_records_get_times_and_numbers (Fixture *fixture, gconstpointer data)
{
  const WeirRecord *second;

  fixture->emitter->deadline_span = 50;
  fixture->emitter->priority = 3;
  weir_emitter_emit_text (fixture->emitter, "a", -1);
  weir_emitter_emit_text (fixture->emitter, "b", -1);
  second = weir_batch_get_record (fixture->out, 1);
  g_assert_cmpint (second->ingest, ==, NOW);
  g_assert_cmpint (second->deadline, ==, NOW + 50);
  g_assert_cmpuint (second->priority, ==, 3);
  g_assert_cmpuint (second->offset, ==, 1);
  g_assert_cmpuint (fixture->emitter->n_in, ==, 2);
}

static void
test_a_failed_input_is_counted_and_says_why (Fixture *fixture, gconstpointer data)
{
  const WeirRecord *record;

  weir_emitter_emit_failed (fixture->emitter, "{", -1, "ends early");
  record = weir_batch_get_record (fixture->out, 0);
  g_assert_cmpint (record->verdict, ==, WEIR_VERDICT_FAILED);
  g_assert_cmpstr (weir_batch_get_message (fixture->out, record), ==, "ends early");
  g_assert_cmpuint (fixture->emitter->n_in, ==, 1);
}

static void
test_a_slice_is_not_copied (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "slice\n";
  const WeirRecord *record
      = weir_emitter_append_slice (fixture->emitter, text, sizeof text - 2, 99);

  g_assert_true (record->text == text);
  g_assert_cmpuint (record->offset, ==, 99);
}

static void
test_emitting_after_the_call_is_ignored_with_a_warning (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirRecord) record = weir_record_new ("x", -1);

  n_warnings = 0;
  g_assert_true (weir_emitter_close (fixture->emitter) == fixture->out);
  weir_emitter_emit_text (fixture->emitter, "late", -1);
  weir_emitter_emit (fixture->emitter, record);
  weir_emitter_emit_failed (fixture->emitter, "late", -1, "why");
  g_assert_cmpuint (n_warnings, ==, 3);
  g_assert_cmpuint (weir_batch_get_length (fixture->out), ==, 0);
  g_assert_true (weir_emitter_is_full (fixture->emitter));
}

static void
test_it_is_full_of_records (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < WEIR_BATCH_FULL; i++)
    {
      g_assert_false (weir_emitter_is_full (fixture->emitter));
      weir_emitter_emit_text (fixture->emitter, "x", 1);
    }
  g_assert_true (weir_emitter_is_full (fixture->emitter));
}

static void
test_it_is_full_of_text (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (WEIR_EMITTER_FULL_BYTES - 1, 'x');

  weir_emitter_emit_text (fixture->emitter, text, -1);
  g_assert_false (weir_emitter_is_full (fixture->emitter));
  weir_emitter_emit_text (fixture->emitter, "x", -1);
  g_assert_true (weir_emitter_is_full (fixture->emitter));
}

static void
test_opening_again_starts_afresh (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirBatch) other = weir_batch_new (fixture->pool);
  g_autofree char *text = g_strnfill (WEIR_EMITTER_FULL_BYTES, 'x');

  weir_emitter_emit_text (fixture->emitter, text, -1);
  weir_emitter_close (fixture->emitter);
  weir_emitter_open (fixture->emitter, other, NOW + 1);
  g_assert_false (weir_emitter_is_full (fixture->emitter));
  weir_emitter_emit_text (fixture->emitter, "x", -1);
  g_assert_cmpint (weir_batch_get_record (other, 0)->ingest, ==, NOW + 1);
}

#define ADD(name, func) g_test_add ("/base/emitter/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (count_warnings, NULL, NULL);
  ADD ("outputs inherit from their record", test_outputs_inherit_from_their_record);
  ADD ("the only output of an output keeps its number",
       test_the_only_output_of_an_output_keeps_its_number);
  ADD ("no output filters the record", test_no_output_filters_the_record);
  ADD ("a failed record takes its outputs back", test_a_failed_record_takes_its_outputs_back);
  ADD ("a rejected record takes its outputs back", test_a_rejected_record_takes_its_outputs_back);
  ADD ("the record in hand is not copied", test_the_record_in_hand_is_not_copied);
  ADD ("the record itself stays as it entered", test_the_record_itself_stays_as_it_entered);
  ADD ("a record that was made is copied", test_a_record_that_was_made_is_copied);
  ADD ("new records get times and numbers", test_new_records_get_times_and_numbers);
  ADD ("a failed input is counted and says why", test_a_failed_input_is_counted_and_says_why);
  ADD ("a slice is not copied", test_a_slice_is_not_copied);
  ADD ("emitting after the call is ignored with a warning",
       test_emitting_after_the_call_is_ignored_with_a_warning);
  ADD ("it is full of records", test_it_is_full_of_records);
  ADD ("it is full of text", test_it_is_full_of_text);
  ADD ("opening again starts afresh", test_opening_again_starts_afresh);
  return g_test_run ();
}
