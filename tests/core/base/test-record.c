/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-record.h>

#include "base/weir-batch-private.h"

static WeirBatch *
make_batch (WeirBufferPool *pool, const char *text)
{
  WeirBatch *batch = weir_batch_new (pool);
  WeirRecord *record = weir_batch_append (batch);

  *record = (WeirRecord){ .batch = batch,
                          .ingest = 100,
                          .deadline = 200,
                          .offset = 42,
                          .priority = 7,
                          .flags = WEIR_RECORD_CHECKED };
  weir_record_set_text (record, text, -1);
  return batch;
}

#define assert_text(record, expected)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *record_text = weir_record_get_text (record);                                  \
    g_assert_cmpstr (record_text, ==, expected);                                                   \
  }                                                                                                \
  G_STMT_END

static void
test_a_record_is_one_cache_line (void)
{
  g_assert_cmpuint (sizeof (WeirRecord), ==, 64);
}

static void
test_a_new_record_has_no_deadline (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("{\"a\":1}tail", 7);

  assert_text (record, "{\"a\":1}");
  g_assert_cmpint (weir_record_get_deadline (record), ==, G_MAXINT64);
  g_assert_cmpuint (weir_record_get_offset (record), ==, 0);
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_PASS);
}

static void
test_a_copy_outlives_its_batch (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  WeirBatch *batch = make_batch (pool, "text");
  g_autoptr (WeirRecord) copy = weir_record_copy (&batch->records[0]);

  weir_batch_free (batch);
  assert_text (copy, "text");
  g_assert_cmpint (weir_record_get_ingest_time (copy), ==, 100);
  g_assert_cmpint (weir_record_get_deadline (copy), ==, 200);
  g_assert_cmpuint (weir_record_get_offset (copy), ==, 42);
  g_assert_cmpuint (weir_record_get_priority (copy), ==, 7);
}

static void
test_a_copy_of_a_failed_record_passes (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("x", -1);
  g_autoptr (WeirRecord) copy = NULL;

  weir_record_fail (record, "no good");
  copy = weir_record_copy (record);
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_FAILED);
  g_assert_cmpint (weir_record_get_verdict (copy), ==, WEIR_VERDICT_PASS);
}

static void
test_the_text_ends_where_the_next_record_would_begin (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "text");
  gsize length;
  const char *text = weir_record_peek (&batch->records[0], &length);

  g_assert_cmpuint (length, ==, 4);
  g_assert_cmpint (text[length], ==, '\n');
}

static void
test_new_text_may_be_a_part_of_the_old (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("0123456789", -1);

  weir_record_set_text (record, record->text + 3, 4);
  assert_text (record, "3456");
}

static void
test_new_text_in_a_batch_leaves_the_old_bytes_alone (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "old");
  const char *old = batch->records[0].text;

  batch->records[0].flags = WEIR_RECORD_CHECKED | WEIR_RECORD_LATE_ROUTED;
  weir_record_set_text (&batch->records[0], "newer", -1);
  assert_text (&batch->records[0], "newer");
  g_assert_cmpmem (old, 3, "old", 3);
  g_assert_cmpint (batch->records[0].flags, ==, WEIR_RECORD_LATE_ROUTED);
}

static void
test_declared_fields_of_the_other_records_stay (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "old");
  const WeirFieldSet *set = (const WeirFieldSet *)batch;

  batch->field_set = set;
  weir_record_set_text (&batch->records[0], "new", -1);
  g_assert_true (batch->field_set == set);
}

static void
test_verdicts_have_messages_in_a_batch (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "x");
  WeirRecord *record = &batch->records[0];

  g_assert_null (weir_batch_get_message (batch, record));
  weir_record_reject (record, "too long");
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_INVALID);
  g_assert_cmpstr (weir_batch_get_message (batch, record), ==, "too long");
  weir_record_fail (record, "broken");
  g_assert_cmpint (weir_record_get_verdict (record), ==, WEIR_VERDICT_FAILED);
  g_assert_cmpstr (weir_batch_get_message (batch, record), ==, "broken");
}

static void
test_what_is_left_counts_from_when_the_batch_was_taken_up (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "x");
  WeirRecord *record = &batch->records[0];

  batch->now = 70;
  record->deadline = 100;
  g_assert_cmpint (weir_record_get_remaining (record), ==, 30);
  batch->now = 130;
  g_assert_cmpint (weir_record_get_remaining (record), ==, -30);
  record->deadline = WEIR_TIME_NEVER;
  g_assert_cmpint (weir_record_get_remaining (record), ==, G_MAXINT64);
}

static void
test_a_copy_keeps_what_was_left (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_batch (pool, "x");
  g_autoptr (WeirRecord) copy = NULL;
  g_autoptr (WeirRecord) second = NULL;

  batch->now = 70;
  batch->records[0].deadline = 100;
  copy = weir_record_copy (&batch->records[0]);
  batch->now = 80;
  second = weir_record_copy (copy);
  g_assert_cmpint (weir_record_get_remaining (copy), ==, 30);
  g_assert_cmpint (weir_record_get_remaining (second), ==, 30);
}

static void
test_boxed_copies_are_deep (void)
{
  g_autoptr (WeirRecord) record = weir_record_new ("x", -1);
  WeirRecord *copy = g_boxed_copy (WEIR_TYPE_RECORD, record);

  g_assert_true (copy->text != record->text);
  g_boxed_free (WEIR_TYPE_RECORD, copy);
}

#define ADD(name, func) g_test_add_func ("/base/record/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a record is one cache line", test_a_record_is_one_cache_line);
  ADD ("a new record has no deadline", test_a_new_record_has_no_deadline);
  ADD ("a copy outlives its batch", test_a_copy_outlives_its_batch);
  ADD ("a copy of a failed record passes", test_a_copy_of_a_failed_record_passes);
  ADD ("the text ends where the next record would begin",
       test_the_text_ends_where_the_next_record_would_begin);
  ADD ("new text may be a part of the old", test_new_text_may_be_a_part_of_the_old);
  ADD ("new text in a batch leaves the old bytes alone",
       test_new_text_in_a_batch_leaves_the_old_bytes_alone);
  ADD ("declared fields of the other records stay", test_declared_fields_of_the_other_records_stay);
  ADD ("verdicts have messages in a batch", test_verdicts_have_messages_in_a_batch);
  ADD ("what is left counts from when the batch was taken up",
       test_what_is_left_counts_from_when_the_batch_was_taken_up);
  ADD ("a copy keeps what was left", test_a_copy_keeps_what_was_left);
  ADD ("boxed copies are deep", test_boxed_copies_are_deep);
  return g_test_run ();
}
