/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <weir/weir-error.h>
#include <weir/weir-line-reader.h>

#include "base/weir-emitter-private.h"

/* An input that gives `step` bytes a read, then what `last` says. */
typedef struct
{
  const char *bytes;
  gsize length;
  gsize step;
  gsize position;
  gssize last;
} Input;

/* Reads inputs to their end; `seen` gets each record in brackets, a failed one in braces. */
typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirLineReader *reader;
  GString *seen;
  GString *messages;
  GArray *offsets; /* guint64 */
  gsize most_pinned;
  GError *error;
} Fixture;

static gssize
read_input (gpointer data, char *buffer, gsize size, GError **error)
{
  Input *input = data;
  gsize n = MIN (MIN (input->step, size), input->length - input->position);

  if (n == 0 && input->last == -2)
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "gone");
  if (n == 0)
    return input->last;

  memcpy (buffer, input->bytes + input->position, n);
  input->position += n;
  return n;
}

static Fixture *
fixture_new (gsize max_record, WeirCheck check)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->reader = weir_line_reader_new (max_record, check);
  fixture->seen = g_string_new (NULL);
  fixture->messages = g_string_new (NULL);
  fixture->offsets = g_array_new (FALSE, FALSE, sizeof (guint64));
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  weir_line_reader_free (fixture->reader);
  weir_emitter_unref (fixture->emitter);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->pool), ==, 0);
  weir_buffer_pool_unref (fixture->pool);
  g_string_free (fixture->seen, TRUE);
  g_string_free (fixture->messages, TRUE);
  g_array_unref (fixture->offsets);
  g_clear_error (&fixture->error);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
note (Fixture *fixture, WeirBatch *batch)
{
  for (guint i = 0; i < batch->n_records; i++)
    {
      const WeirRecord *record = &batch->records[i];
      const char *message = weir_batch_get_message (batch, record);
      gboolean failed = record->verdict == WEIR_VERDICT_FAILED;

      g_string_append_c (fixture->seen, failed ? '{' : '[');
      g_string_append_len (fixture->seen, record->text, record->length);
      g_string_append_c (fixture->seen, failed ? '}' : ']');
      g_string_append (fixture->messages, message != NULL ? message : "");
      g_array_append_val (fixture->offsets, record->offset);
    }
}

/* One fill, or the halt when there is no input. */
static WeirSourceStatus
step (Fixture *fixture, Input *input)
{
  g_autoptr (WeirBatch) batch = weir_batch_new (fixture->pool);
  WeirSourceStatus status;

  weir_emitter_open (fixture->emitter, batch, 0);
  status = input != NULL ? weir_line_reader_fill (fixture->reader, fixture->emitter, read_input,
                                                  input, &fixture->error)
                         : weir_line_reader_halt (fixture->reader, fixture->emitter);
  weir_emitter_close (fixture->emitter);
  note (fixture, batch);
  fixture->most_pinned = MAX (fixture->most_pinned, weir_buffer_pool_get_used (fixture->pool));
  return status;
}

static WeirSourceStatus
read_all (Fixture *fixture, const char *bytes, gsize length, gsize each, gssize last)
{
  Input input = { bytes, length, each, 0, last };
  WeirSourceStatus status;

  do
    status = step (fixture, &input);
  while (status == WEIR_SOURCE_MORE);

  return status;
}

static WeirSourceStatus
read_text (Fixture *fixture, const char *text, gsize each)
{
  return read_all (fixture, text, strlen (text), each, 0);
}

static void
records_are_the_same_however_reads_cut_them (void)
{
  const char text[] = "\xef\xbb\xbf{\"a\":1}\r\n\n{\"b\":2}\n \t\r\n{\"c\":3}\r\n\r\nlast";

  for (gsize each = 1; each < sizeof text; each++)
    {
      g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);

      g_assert_cmpint (read_text (fixture, text, each), ==, WEIR_SOURCE_END);
      g_assert_cmpstr (fixture->seen->str, ==, "[{\"a\":1}][{\"b\":2}][{\"c\":3}][last]");
    }
}

static void
offsets_count_every_byte_of_the_input (void)
{
  for (gsize each = 1; each < 20; each++)
    {
      g_autoptr (Fixture) fixture = fixture_new (4, WEIR_CHECK_FIELDS);

      read_text (fixture,
                 "\xef\xbb\xbf"
                 "ab\r\n\nlonger\ncd\nef",
                 each);
      g_assert_cmpstr (fixture->seen->str, ==, "[ab]{long}[cd][ef]");
      g_assert_cmpuint (g_array_index (fixture->offsets, guint64, 0), ==, 3);
      g_assert_cmpuint (g_array_index (fixture->offsets, guint64, 1), ==, 8);
      g_assert_cmpuint (g_array_index (fixture->offsets, guint64, 2), ==, 15);
      g_assert_cmpuint (g_array_index (fixture->offsets, guint64, 3), ==, 18);
    }
}

static void
a_byte_order_mark_is_content_except_at_the_start_of_an_input (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);

  read_text (fixture,
             "\xef\xbb\xbf"
             "a\n\xef\xbb\xbf"
             "b",
             100);
  weir_line_reader_restart (fixture->reader);
  read_text (fixture,
             "\xef\xbb\xbf"
             "c\n",
             100);
  g_assert_cmpstr (fixture->seen->str, ==,
                   "[a][\xef\xbb\xbf"
                   "b][c]");
  g_assert_cmpuint (g_array_index (fixture->offsets, guint64, 2), ==, 12);
}

static void
an_empty_input_has_no_records (void)
{
  const char *const empty[] = { "", "\n", "\xef\xbb\xbf", "\xef\xbb\xbf\r\n", "  \n\t\n\r\n" };

  for (guint i = 0; i < G_N_ELEMENTS (empty); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);

      g_assert_cmpint (read_text (fixture, empty[i], 2), ==, WEIR_SOURCE_END);
      g_assert_cmpstr (fixture->seen->str, ==, "");
    }
}

static void
a_record_of_max_record_bytes_passes_and_a_longer_one_fails_alone (void)
{
  for (gsize each = 1; each < 40; each++)
    {
      g_autoptr (Fixture) fixture = fixture_new (8, WEIR_CHECK_FIELDS);

      read_text (fixture, "12345678\r\n123456789\r\n12345678\n123456789012345\nend", each);
      g_assert_cmpstr (fixture->seen->str, ==, "[12345678]{12345678}[12345678]{12345678}[end]");
    }
}

static void
a_blank_line_that_is_too_long_fails_however_reads_cut_it (void)
{
  for (gsize each = 1; each < 40; each++)
    {
      g_autoptr (Fixture) fixture = fixture_new (4, WEIR_CHECK_FIELDS);

      read_text (fixture, "    \r\n              \na\n", each);
      g_assert_cmpstr (fixture->seen->str, ==, "{    }[a]");
    }
}

static void
memory_is_bounded_whatever_the_length_of_a_record (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024 * 1024, WEIR_CHECK_FIELDS);
  g_autofree char *text = g_malloc (8 << 20);

  memset (text, 'x', 8 << 20);
  memcpy (text, "a\n", 2);
  memcpy (text + (8 << 20) - 3, "\nb\n", 3);
  g_assert_cmpint (read_all (fixture, text, 8 << 20, 65536, 0), ==, WEIR_SOURCE_END);
  g_assert_true (g_str_has_prefix (fixture->seen->str, "[a]{xxx"));
  g_assert_true (g_str_has_suffix (fixture->seen->str, "xxx}[b]"));
  g_assert_cmpuint (fixture->seen->len, ==, 3 + 2 + (1 << 20) + 3);
  g_assert_cmpuint (fixture->most_pinned, <, 4 << 20);
  g_assert_cmpstr (fixture->messages->str, ==,
                   "record of 8388603 bytes is over max-record (1048576)");
}

static void
the_kept_part_of_a_long_record_does_not_end_in_half_a_character (void)
{
  g_autoptr (Fixture) fixture = fixture_new (4, WEIR_CHECK_FIELDS);

  read_text (fixture, "abc\xc3\xa9-\nab\xc3\xa9-\nabc\xe2\x82\xac-\n", 3);
  g_assert_cmpstr (fixture->seen->str, ==, "{abc}{ab\xc3\xa9}{abc}");
}

static void
records_larger_than_a_buffer_arrive_whole (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024 * 1024, WEIR_CHECK_FIELDS);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (gsize size = 1; size < 1 << 20; size = size * 3 + 1)
    {
      g_autofree char *line = g_strnfill (size, 'a' + size % 26);

      g_string_append_printf (text, "%s\n", line);
      g_string_append_printf (expected, "[%s]", line);
    }
  read_all (fixture, text->str, text->len, 50000, 0);
  g_assert_true (g_string_equal (fixture->seen, expected));
}

static void
a_full_check_fails_what_is_not_json_and_marks_what_is (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FULL);

  read_text (fixture, "{\"a\":1}\n{\"a\":01}\n[1,]\n\"\xff\"\ntrue\n", 7);
  g_assert_cmpstr (fixture->seen->str, ==, "[{\"a\":1}]{{\"a\":01}}{[1,]}{\"\xff\"}[true]");
  g_assert_true (g_str_has_prefix (fixture->messages->str, "not JSON: "));
}

static void
an_input_that_breaks_off_fails_its_last_line (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);

  g_assert_cmpint (read_all (fixture, "a\nb\nhal", 7, 3, -2), ==, WEIR_SOURCE_BROKEN);
  g_assert_cmpstr (fixture->seen->str, ==, "[a][b]{hal}");
  g_assert_error (fixture->error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
}

static void
a_halt_gives_out_what_was_read_and_fails_the_rest_of_a_line (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);

  g_assert_cmpint (read_all (fixture, "a\nb\nhal", 7, 100, -1), ==, WEIR_SOURCE_WAIT);
  g_assert_cmpint (step (fixture, NULL), ==, WEIR_SOURCE_END);
  g_assert_cmpstr (fixture->seen->str, ==, "[a][b]{hal}");
  g_assert_cmpstr (fixture->messages->str, ==, "stopped in mid-record");
}

static void
a_halt_in_a_long_record_counts_it_once (void)
{
  g_autoptr (Fixture) fixture = fixture_new (4, WEIR_CHECK_FIELDS);

  read_all (fixture, "a\nlonger-than-that", 18, 5, -1);
  g_assert_cmpint (step (fixture, NULL), ==, WEIR_SOURCE_END);
  g_assert_cmpstr (fixture->seen->str, ==, "[a]{long}");
}

static void
a_batch_is_no_larger_than_full_and_the_rest_goes_out_before_reading (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);
  g_autoptr (GString) text = g_string_new (NULL);
  Input input = { .step = 1 << 20 };

  for (guint i = 0; i < 3 * WEIR_BATCH_FULL; i++)
    g_string_append (text, "{}\n");
  input.bytes = text->str;
  input.length = text->len;
  for (guint i = 1; i <= 3; i++)
    {
      g_assert_cmpint (step (fixture, &input), ==, WEIR_SOURCE_MORE);
      g_assert_cmpuint (fixture->offsets->len, ==, i * WEIR_BATCH_FULL);
    }
  g_assert_cmpint (step (fixture, &input), ==, WEIR_SOURCE_END);
}

static void
published_bytes_stay_while_reading_goes_on (void)
{
  g_autoptr (Fixture) fixture = fixture_new (1024, WEIR_CHECK_FIELDS);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_batch_free);
  g_autoptr (GString) text = g_string_new (NULL);
  Input input = { .step = 5003 };
  guint n = 0;

  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (text, "%0*u\n", (int)(200 + i % 500), i);
  input.bytes = text->str;
  input.length = text->len;
  do
    {
      g_ptr_array_add (kept, weir_batch_new (fixture->pool));
      weir_emitter_open (fixture->emitter, kept->pdata[kept->len - 1], 0);
    }
  while (weir_line_reader_fill (fixture->reader, fixture->emitter, read_input, &input, NULL)
             == WEIR_SOURCE_MORE
         && weir_emitter_close (fixture->emitter) != NULL);
  for (guint i = 0; i < kept->len; i++)
    for (guint j = 0; j < ((WeirBatch *)kept->pdata[i])->n_records; j++)
      g_assert_cmpint (atoi (((WeirBatch *)kept->pdata[i])->records[j].text), ==, (int)n++);
  g_assert_cmpuint (n, ==, 3000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/line-reader/" #test, test)
  ADD (records_are_the_same_however_reads_cut_them);
  ADD (offsets_count_every_byte_of_the_input);
  ADD (a_byte_order_mark_is_content_except_at_the_start_of_an_input);
  ADD (an_empty_input_has_no_records);
  ADD (a_record_of_max_record_bytes_passes_and_a_longer_one_fails_alone);
  ADD (a_blank_line_that_is_too_long_fails_however_reads_cut_it);
  ADD (memory_is_bounded_whatever_the_length_of_a_record);
  ADD (the_kept_part_of_a_long_record_does_not_end_in_half_a_character);
  ADD (records_larger_than_a_buffer_arrive_whole);
  ADD (a_full_check_fails_what_is_not_json_and_marks_what_is);
  ADD (an_input_that_breaks_off_fails_its_last_line);
  ADD (a_halt_gives_out_what_was_read_and_fails_the_rest_of_a_line);
  ADD (a_halt_in_a_long_record_counts_it_once);
  ADD (a_batch_is_no_larger_than_full_and_the_rest_goes_out_before_reading);
  ADD (published_bytes_stay_while_reading_goes_on);

  return g_test_run ();
}
