/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "line-fixture.h"

static LineFixture *
make (gsize max_record)
{
  return line_fixture_new (2, max_record, WEIR_STREAM_OCTET_COUNTED);
}

/* Feeds @text @each bytes at a time, with another input in between, and ends the input. */
static void
feed_in_parts (LineFixture *fixture, const char *text, gsize each)
{
  gsize length = strlen (text);

  for (gsize at = 0; at < length && !fixture->broken; at += each)
    {
      line_fixture_feed (fixture, 0, text + at, MIN (each, length - at), NULL);
      line_fixture_feed_text (fixture, 1, at == 0 ? "1" : "");
    }
  line_fixture_feed (fixture, 0, NULL, 0, "ended");
}

static void
assert_records (const char *text, gsize max_record, const char *expected)
{
  for (gsize each = 1; each <= strlen (text); each++)
    {
      g_autoptr (LineFixture) fixture = make (max_record);

      feed_in_parts (fixture, text, each);
      g_assert_cmpstr (fixture->seen->str, ==, expected);
    }
}

static void
records_are_the_same_however_reads_cut_them (void)
{
  assert_records ("1 a10 01234567897 {\"b\":2}", 100, "[a][0123456789][{\"b\":2}]");
  assert_records ("3 abc7 {\"b\":2}2 []", 100, "[abc][{\"b\":2}][[]]");
}

static void
newlines_in_a_record_become_spaces_and_one_at_its_end_is_no_content (void)
{
  assert_records ("8 {\n\"a\":1}4 xyz\n5 xyz\r\n4 \n\n\n\n1 z", 100, "[{ \"a\":1}][xyz][xyz][z]");
}

static void
a_record_that_is_too_long_fails_alone (void)
{
  assert_records ("8 1234567820 123456789012345678908 abcdefgh", 8,
                  "[12345678]{12345678}[abcdefgh]");
  assert_records ("9 1234567898 abcdefgh", 8, "{12345678}[abcdefgh]");
  assert_records ("12 1\n34567890ab1 c", 8, "{1 345678}[c]");
}

static void
half_a_record_at_the_end_is_failed (void)
{
  assert_records ("1 a5 hal", 100, "[a]{hal}");
  assert_records ("1 a5 ", 100, "[a]{}");
  assert_records ("1 a5", 100, "[a]{}");
  assert_records ("9 x\ny", 100, "{x y}");
}

static void
assert_broken (const char *text, const char *expected)
{
  g_autoptr (LineFixture) fixture = make (100);

  line_fixture_feed_text (fixture, 0, text);
  g_assert_true (fixture->broken);
  g_assert_cmpstr (fixture->seen->str, ==, expected);
  g_assert_true (g_str_has_prefix (fixture->messages->str, "peer-0: no length where a record "));
}

static void
what_is_no_length_fails_and_ends_the_input (void)
{
  assert_broken ("{\"a\":1}\n{\"b\":2}\n", "{{\"a\":1}}");
  assert_broken ("1 a0 b", "[a]{0 b}");
  assert_broken ("1 a\n1 b", "[a]{}");
  assert_broken ("1 a12x34", "[a]{x34}");
  assert_broken ("1 a -1", "[a]{ -1}");
  assert_broken ("12345678901 a", "{1 a}");
}

static void
a_newline_stands_behind_each_record_that_nothing_overwrites (void)
{
  g_autoptr (LineFixture) fixture = make (100);
  g_autoptr (WeirBatch) batch = weir_batch_new (fixture->pool);
  LineFeed feed = { "1 a2 bc", 7 };

  weir_line_reader_set_input (fixture->reader, g_ptr_array_index (fixture->inputs, 0));
  weir_emitter_open (fixture->emitter, batch, 0);
  weir_line_reader_fill (fixture->reader, fixture->emitter, line_feed_read, &feed, NULL);
  feed = (LineFeed){ "3 def", 5 };
  weir_line_reader_fill (fixture->reader, fixture->emitter, line_feed_read, &feed, NULL);
  weir_emitter_close (fixture->emitter);
  g_assert_cmpuint (batch->n_records, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (batch->records[i].text[batch->records[i].length], ==, '\n');
  line_fixture_note (fixture, batch);
  g_assert_cmpstr (fixture->seen->str, ==, "[a][bc][def]");
}

static void
offsets_count_every_byte (void)
{
  g_autoptr (LineFixture) fixture = make (100);
  const guint64 expected[] = { 2, 5, 11 };

  feed_in_parts (fixture, "1 a4 bcd\n1 e", 100);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_true (g_hash_table_contains (fixture->offsets, &expected[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/octets/" #test, test)
  ADD (records_are_the_same_however_reads_cut_them);
  ADD (newlines_in_a_record_become_spaces_and_one_at_its_end_is_no_content);
  ADD (a_record_that_is_too_long_fails_alone);
  ADD (half_a_record_at_the_end_is_failed);
  ADD (what_is_no_length_fails_and_ends_the_input);
  ADD (a_newline_stands_behind_each_record_that_nothing_overwrites);
  ADD (offsets_count_every_byte);

  return g_test_run ();
}
