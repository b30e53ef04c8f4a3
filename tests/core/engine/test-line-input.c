/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "line-fixture.h"

#define MANY 8

static void
a_record_that_comes_in_parts_is_whole_though_others_come_between (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (2, 100, WEIR_STREAM_LINES);

  line_fixture_feed_text (fixture, 0, "a\nfi");
  line_fixture_feed_text (fixture, 1, "b\nsec");
  line_fixture_feed_text (fixture, 0, "rs");
  line_fixture_feed_text (fixture, 1, "ond\n");
  line_fixture_feed_text (fixture, 0, "t\nc\n");
  g_assert_cmpstr (fixture->seen->str, ==, "[a][b][second][first][c]");
}

static void
half_a_record_at_the_end_is_failed_and_the_message_names_its_peer (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (3, 100, WEIR_STREAM_LINES);

  line_fixture_feed_text (fixture, 0, "ha");
  line_fixture_feed_text (fixture, 1, "other");
  line_fixture_feed (fixture, 0, "lf", 2, "ended");
  line_fixture_feed (fixture, 1, NULL, 0, "the connection was reset");
  line_fixture_feed (fixture, 2, "whole\n", 6, "ended");
  g_assert_cmpstr (fixture->seen->str, ==, "{half}{other}[whole]");
  g_assert_cmpstr (fixture->messages->str, ==,
                   "peer-0: ended in mid-record\n"
                   "peer-1: the connection was reset in mid-record\n");
}

static void
white_space_at_the_end_is_no_record (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (1, 100, WEIR_STREAM_LINES);

  line_fixture_feed (fixture, 0, "a\n \r", 4, "ended");
  g_assert_cmpstr (fixture->seen->str, ==, "[a]");
}

static void
a_byte_order_mark_is_skipped_at_the_start_of_each_input (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (2, 100, WEIR_STREAM_LINES);

  line_fixture_feed_text (fixture, 0, "\xef\xbb");
  line_fixture_feed_text (fixture, 1, "\xef\xbb\xbfx\n");
  line_fixture_feed_text (fixture, 0, "\xbfy\n\xef\xbb\xbfz\n");
  g_assert_cmpstr (fixture->seen->str, ==, "[x][y][\xef\xbb\xbfz]");
}

static void
a_record_that_is_too_long_fails_alone_and_keeps_no_more_than_its_beginning (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (2, 8, WEIR_STREAM_LINES);

  for (guint i = 0; i < 1000; i++)
    {
      line_fixture_feed_text (fixture, 0, "0123456789");
      line_fixture_feed_text (fixture, 1, i % 10 == 0 ? "b\n" : "");
    }
  line_fixture_feed_text (fixture, 0, "\nc\n");
  g_assert_true (g_str_has_suffix (fixture->seen->str, "[b]{01234567}[c]"));
  g_assert_cmpstr (fixture->messages->str, ==,
                   "peer-0: record of 10000 bytes is over max-record (8)\n");
}

static void
long_records_of_many_inputs_arrive_whole (void)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (MANY, 1 << 20, WEIR_STREAM_LINES);
  g_autofree char *part = g_strnfill (10000, 'x');

  for (guint round = 0; round < 90; round++)
    for (guint i = 0; i < MANY; i++)
      line_fixture_feed_text (fixture, i, part);
  for (guint i = 0; i < MANY; i++)
    line_fixture_feed_text (fixture, i, "\n");
  g_assert_cmpuint (fixture->seen->len, ==, MANY * (900000 + 2));
  g_assert_cmpuint (g_hash_table_size (fixture->offsets), ==, MANY);
}

/* A text of short and long lines, some with a CR, some blank, some too long. */
static GString *
make_text (GRand *random)
{
  GString *text = g_string_new (g_rand_boolean (random) ? "\xef\xbb\xbf" : NULL);
  guint n_lines = g_rand_int_range (random, 0, 40);

  for (guint i = 0; i < n_lines; i++)
    {
      guint length = g_rand_int_range (random, 0, g_rand_boolean (random) ? 8 : 80);

      for (guint k = 0; k < length; k++)
        g_string_append_c (text, "ab \r\t"[g_rand_int_range (random, 0, 5)]);
      g_string_append (text, g_rand_boolean (random) ? "\r\n" : "\n");
    }
  return text;
}

/* What a reader of this text alone gives out. */
static char *
read_alone (const GString *text)
{
  g_autoptr (LineFixture) fixture = line_fixture_new (1, 40, WEIR_STREAM_LINES);

  line_fixture_feed (fixture, 0, text->str, text->len, "ended");
  return g_strdup (fixture->seen->str);
}

static void
feed_in_turns (LineFixture *fixture, GPtrArray *texts, GRand *random, GString **seen)
{
  gsize positions[MANY] = { 0 };

  for (guint left = MANY; left > 0;)
    {
      guint i = g_rand_int_range (random, 0, MANY);
      const GString *text = g_ptr_array_index (texts, i);
      gsize rest = text->len - positions[i];
      gsize part = g_rand_int_range (random, 0, 60);
      gsize n = MIN (rest, part);

      if (positions[i] == G_MAXSIZE)
        continue;
      g_string_truncate (fixture->seen, 0);
      line_fixture_feed (fixture, i, text->str + positions[i], n, n == rest ? "ended" : NULL);
      g_string_append (seen[i], fixture->seen->str);
      positions[i] = n == rest ? G_MAXSIZE : positions[i] + n;
      left -= n == rest;
    }
}

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

static void
inputs_in_any_order_give_what_each_gives_alone (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (LineFixture) fixture = line_fixture_new (MANY, 40, WEIR_STREAM_LINES);
      g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (free_text);
      GString *seen[MANY];

      for (guint i = 0; i < MANY; i++)
        {
          seen[i] = g_string_new (NULL);
          g_ptr_array_add (texts, make_text (random));
        }
      feed_in_turns (fixture, texts, random, seen);
      for (guint i = 0; i < MANY; i++)
        {
          g_autofree char *alone = read_alone (g_ptr_array_index (texts, i));

          g_assert_cmpstr (seen[i]->str, ==, alone);
          g_string_free (seen[i], TRUE);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/line-input/" #test, test)
  ADD (a_record_that_comes_in_parts_is_whole_though_others_come_between);
  ADD (half_a_record_at_the_end_is_failed_and_the_message_names_its_peer);
  ADD (white_space_at_the_end_is_no_record);
  ADD (a_byte_order_mark_is_skipped_at_the_start_of_each_input);
  ADD (a_record_that_is_too_long_fails_alone_and_keeps_no_more_than_its_beginning);
  ADD (long_records_of_many_inputs_arrive_whole);
  ADD (inputs_in_any_order_give_what_each_gives_alone);

  return g_test_run ();
}
