/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-batch-private.h"

#include <string.h>

#define KIB ((gsize)1024)

static WeirRecord *
add (WeirBatch *batch, const char *text)
{
  gsize length = strlen (text);
  WeirRecord *record = weir_batch_append (batch);

  *record = (WeirRecord){ .batch = batch, .length = length, .deadline = WEIR_TIME_NEVER };
  record->text = memcpy (weir_batch_allocate_text (batch, length + 1), text, length);
  return record;
}

/* Records "0", "1", …. */
static WeirBatch *
make_numbers (WeirBufferPool *pool, guint n)
{
  WeirBatch *batch = weir_batch_new (pool);

  for (guint i = 0; i < n; i++)
    {
      char text[16];

      g_snprintf (text, sizeof text, "%u", i);
      add (batch, text);
    }
  return batch;
}

static char *
to_text (WeirBatch *batch)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < batch->n_selected; i++)
    {
      const WeirRecord *record = weir_batch_record (batch, i);

      g_string_append_len (text, record->text, record->length);
    }
  return g_string_free (text, FALSE);
}

#define assert_batch(batch, expected)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *batch_text = to_text (batch);                                                 \
    g_assert_cmpstr (batch_text, ==, expected);                                                    \
  }                                                                                                \
  G_STMT_END

static void
take_out (WeirBatch *batch, guint position)
{
  batch->n_selected--;
  memmove (&batch->selection[position], &batch->selection[position + 1],
           (batch->n_selected - position) * sizeof *batch->selection);
}

static void
test_what_has_failed_stays_failed (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 1);

  weir_batch_set_verdict (batch, 0, WEIR_VERDICT_FAILED);
  weir_batch_set_verdict (batch, 0, WEIR_VERDICT_PASS);
  g_assert_cmpint (weir_batch_get_record (batch, 0)->verdict, ==, WEIR_VERDICT_FAILED);
}

static void
test_a_copy_has_the_selected_records_on_the_same_blocks (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  WeirBatch *batch = make_numbers (pool, 4);
  gsize used = weir_buffer_pool_get_used (pool);
  g_autoptr (WeirBatch) copy = NULL;

  take_out (batch, 1);
  copy = weir_batch_copy_selected (batch);
  g_assert_true (weir_batch_record (copy, 1)->text == weir_batch_record (batch, 1)->text);
  g_assert_true (weir_batch_record (copy, 1)->batch == copy);
  weir_batch_free (batch);
  assert_batch (copy, "023");
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, used);
}

static void
test_a_copy_begins_at_the_cursor (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 4);
  g_autoptr (WeirBatch) copy = NULL;

  batch->cursor = 2;
  copy = weir_batch_copy_selected (batch);
  assert_batch (copy, "23");
  g_assert_cmpuint (copy->cursor, ==, 0);
}

static void
test_nothing_is_added_to_a_shared_block (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 1);
  g_autoptr (WeirBatch) copy = weir_batch_copy_selected (batch);
  gsize pinned = weir_batch_get_pinned (copy);

  add (batch, "1");
  add (copy, "2");
  g_assert_cmpuint (weir_block_get_pinned (batch->blocks[0]), ==, pinned);
  assert_batch (batch, "01");
  assert_batch (copy, "02");
}

static WeirBatch *
make_pinning (WeirBufferPool *pool, gsize length)
{
  WeirBatch *batch = weir_batch_new (pool);
  WeirBuffer *buffer = weir_buffer_new (pool, KIB * KIB);
  WeirRecord *record;

  weir_batch_take_buffer (batch, buffer);
  memset (buffer->data, 'a', buffer->size);
  record = weir_batch_append (batch);
  *record = (WeirRecord){ .batch = batch, .text = buffer->data, .length = length };
  return batch;
}

static void
test_below_an_eighth_the_text_moves_and_the_buffer_goes (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_pinning (pool, 128 * KIB - 1);
  const char *before = batch->records[0].text;

  weir_batch_compact (batch);
  g_assert_true (batch->records[0].text != before);
  g_assert_cmpint (batch->records[0].text[128 * KIB - 2], ==, 'a');
  g_assert_cmpint (batch->records[0].text[128 * KIB - 1], ==, '\n');
  g_assert_cmpuint (weir_batch_get_pinned (batch), ==, 128 * KIB);
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 128 * KIB);
}

static void
test_from_an_eighth_on_nothing_is_copied (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_pinning (pool, 128 * KIB);
  const char *before = batch->records[0].text;

  weir_batch_compact (batch);
  g_assert_true (batch->records[0].text == before);
}

static void
test_a_small_buffer_is_kept (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 1);
  const char *before = batch->records[0].text;

  weir_batch_compact (batch);
  g_assert_true (batch->records[0].text == before);
}

static void
test_messages_of_what_has_left_do_not_pin (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_pinning (pool, 10);

  add (batch, "bad");
  weir_record_fail (weir_batch_record (batch, 1), "bad");
  take_out (batch, 1);
  weir_batch_compact (batch);
  g_assert_cmpuint (weir_batch_get_pinned (batch), ==, 64 * KIB);
  g_assert_null (weir_batch_get_message (batch, &batch->records[1]));
}

static void
test_growth_keeps_messages_and_records (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 3);

  weir_record_fail (&batch->records[1], "because");
  for (guint i = 0; i < 1000; i++)
    add (batch, "x");
  g_assert_cmpstr (weir_batch_get_message (batch, &batch->records[1]), ==, "because");
  g_assert_null (weir_batch_get_message (batch, &batch->records[2]));
  g_assert_null (weir_batch_get_message (batch, &batch->records[1002]));
  g_assert_cmpuint (batch->n_selected, ==, 1003);
}

static void
test_truncating_takes_the_last_records_back (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 5);

  weir_batch_truncate (batch, 2);
  add (batch, "9");
  assert_batch (batch, "019");
}

static void
test_the_earliest_deadline_is_of_what_is_selected (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 3);

  g_assert_cmpint (weir_batch_get_urgency (batch), ==, WEIR_TIME_NEVER);
  batch->records[0].deadline = 160;
  batch->records[1].deadline = 480;
  batch->records[2].deadline = 320;
  g_assert_cmpint (weir_batch_get_urgency (batch) & WEIR_URGENCY_MASK, ==, 160);
  batch->cursor = 1;
  g_assert_cmpint (weir_batch_get_urgency (batch) & WEIR_URGENCY_MASK, ==, 320);
}

static void
test_of_two_with_one_deadline_the_higher_priority_is_more_urgent (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) low = make_numbers (pool, 1);
  g_autoptr (WeirBatch) high = make_numbers (pool, 1);

  low->records[0].deadline = high->records[0].deadline = 1600;
  low->records[0].priority = 1;
  high->records[0].priority = 9;
  g_assert_cmpint (weir_batch_get_urgency (high), <, weir_batch_get_urgency (low));
}

static void
test_a_cleared_batch_is_as_new (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBatch) batch = make_numbers (pool, 3);

  weir_record_fail (&batch->records[1], "because");
  batch->cursor = 2;
  weir_batch_clear (batch);
  g_assert_cmpuint (weir_batch_get_length (batch), ==, 0);
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 0);
  add (batch, "7");
  assert_batch (batch, "7");
  g_assert_null (weir_batch_get_message (batch, &batch->records[0]));
}

#define ADD(name, func) g_test_add_func ("/base/batch/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("what has failed stays failed", test_what_has_failed_stays_failed);
  ADD ("a copy has the selected records on the same blocks",
       test_a_copy_has_the_selected_records_on_the_same_blocks);
  ADD ("a copy begins at the cursor", test_a_copy_begins_at_the_cursor);
  ADD ("nothing is added to a shared block", test_nothing_is_added_to_a_shared_block);
  ADD ("below an eighth the text moves and the buffer goes",
       test_below_an_eighth_the_text_moves_and_the_buffer_goes);
  ADD ("from an eighth on nothing is copied", test_from_an_eighth_on_nothing_is_copied);
  ADD ("a small buffer is kept", test_a_small_buffer_is_kept);
  ADD ("messages of what has left do not pin", test_messages_of_what_has_left_do_not_pin);
  ADD ("growth keeps messages and records", test_growth_keeps_messages_and_records);
  ADD ("truncating takes the last records back", test_truncating_takes_the_last_records_back);
  ADD ("the earliest deadline is of what is selected",
       test_the_earliest_deadline_is_of_what_is_selected);
  ADD ("of two with one deadline the higher priority is more urgent",
       test_of_two_with_one_deadline_the_higher_priority_is_more_urgent);
  ADD ("a cleared batch is as new", test_a_cleared_batch_is_as_new);
  return g_test_run ();
}
