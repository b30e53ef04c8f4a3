/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-line-pieces-private.h"

#include <string.h>

typedef struct
{
  WeirBufferPool *pool;
  WeirBatch *batch;
  WeirLinePieces pieces;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->pool = weir_buffer_pool_new (0);
  fixture->batch = weir_batch_new (fixture->pool);
  fixture->pieces.framing = WEIR_LINE_PIECES_LINES;
  fixture->pieces.n_pieces = fixture->pieces.n_counts = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_batch_free (fixture->batch);
  weir_buffer_pool_unref (fixture->pool);
}

/* The records of a text stand at the lengths that follow, up to 0, each behind the one before and
 * a byte. */
static const char *
add_text (Fixture *fixture, const char *text, const guint *lengths)
{
  char *copy = weir_batch_allocate_text (fixture->batch, strlen (text) + 64);
  char *at = copy;

  memcpy (copy, text, strlen (text) + 1);
  for (guint i = 0; lengths[i] > 0; i++)
    {
      WeirRecord *record = weir_batch_append (fixture->batch);

      record->text = at;
      record->length = lengths[i];
      at += lengths[i] + 1;
    }
  return copy;
}

static char *
join (const WeirLinePieces *pieces)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < pieces->n_pieces; i++)
    g_string_append_len (text, pieces->pieces[i].iov_base, pieces->pieces[i].iov_len);
  return g_string_free (text, FALSE);
}

static guint
gather (Fixture *fixture, gsize skip)
{
  fixture->pieces.n_pieces = fixture->pieces.n_counts = 0;
  return weir_line_pieces_add (&fixture->pieces, fixture->batch, 0, fixture->batch->n_selected,
                               skip);
}

static void
test_lines_that_follow_one_another_are_one_piece (Fixture *fixture, gconstpointer data)
{
  const char *text = add_text (fixture, "one\nfour\nx\n", (guint[]){ 3, 4, 1, 0 });

  g_assert_cmpuint (gather (fixture, 0), ==, 3);
  g_assert_cmpuint (fixture->pieces.n_pieces, ==, 1);
  g_assert_true (fixture->pieces.pieces[0].iov_base == text);
  g_assert_cmpuint (fixture->pieces.pieces[0].iov_len, ==, 11);
}

static void
test_a_newline_is_added_where_there_is_none (Fixture *fixture, gconstpointer data)
{
  g_autofree char *joined = NULL;

  add_text (fixture, "one,four,", (guint[]){ 3, 4, 0 });
  g_assert_cmpuint (gather (fixture, 0), ==, 2);
  joined = join (&fixture->pieces);
  g_assert_cmpstr (joined, ==, "one\nfour\n");
}

static void
test_counts_stand_before_records (Fixture *fixture, gconstpointer data)
{
  g_autofree char *joined = NULL;

  add_text (fixture, "one\nhas ten by\n", (guint[]){ 3, 10, 0 });
  fixture->pieces.framing = WEIR_LINE_PIECES_OCTET_COUNTED;
  g_assert_cmpuint (gather (fixture, 0), ==, 2);
  joined = join (&fixture->pieces);
  g_assert_cmpstr (joined, ==, "3 one10 has ten by");
}

static void
test_it_goes_on_at_any_byte (Fixture *fixture, gconstpointer data)
{
  static const char *const wholes[] = { "one\nfour\n", "3 one4 four" };

  add_text (fixture, "one\nfour,", (guint[]){ 3, 4, 0 });
  for (guint framing = 0; framing < G_N_ELEMENTS (wholes); framing++)
    {
      fixture->pieces.framing = framing;
      for (gsize skip = 0;
           skip < weir_line_pieces_measure (framing, weir_batch_record (fixture->batch, 0)); skip++)
        {
          g_autofree char *joined = NULL;

          gather (fixture, skip);
          joined = join (&fixture->pieces);
          g_assert_cmpstr (joined, ==, wholes[framing] + skip);
        }
    }
}

static void
test_what_does_not_fit_is_left (Fixture *fixture, gconstpointer data)
{
  for (guint framing = 0; framing < 2; framing++)
    {
      for (guint i = 0; i < 2000; i++)
        {
          WeirRecord *record = weir_batch_append (fixture->batch);

          record->text = "";
          record->length = 0;
        }
      fixture->pieces.framing = framing;
      g_assert_cmpuint (gather (fixture, 0), <, 2000);
      g_assert_cmpuint (fixture->pieces.n_pieces, <=, WEIR_LINE_PIECES);
      g_assert_cmpuint (fixture->pieces.n_counts, <=, G_N_ELEMENTS (fixture->pieces.counts));
      weir_batch_clear (fixture->batch);
    }
}

#define ADD(name, func) g_test_add ("/line-pieces/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines that follow one another are one piece",
       test_lines_that_follow_one_another_are_one_piece);
  ADD ("a newline is added where there is none", test_a_newline_is_added_where_there_is_none);
  ADD ("counts stand before records", test_counts_stand_before_records);
  ADD ("it goes on at any byte", test_it_goes_on_at_any_byte);
  ADD ("what does not fit is left", test_what_does_not_fit_is_left);
  return g_test_run ();
}
