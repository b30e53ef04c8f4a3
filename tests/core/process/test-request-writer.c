/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "process/weir-request-writer-private.h"

typedef struct
{
  WeirRequestWriter writer;
  int ends[2];
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  weir_request_writer_init (&fixture->writer);
  g_assert_cmpint (pipe2 (fixture->ends, O_NONBLOCK), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_request_writer_clear (&fixture->writer);
  close (fixture->ends[0]);
  if (fixture->ends[1] >= 0)
    close (fixture->ends[1]);
}

static void
test_neighbours_are_one_piece (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "one two three";

  weir_request_writer_add (&fixture->writer, text, 4);
  weir_request_writer_add (&fixture->writer, text + 4, 4);
  weir_request_writer_add (&fixture->writer, text + 8, 0);
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 1);
  weir_request_writer_add (&fixture->writer, text + 9, 4);
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 2);
}

static void
test_copies_are_one_piece (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    memset (weir_request_writer_reserve (&fixture->writer, 10), 'x', 10);
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 1);
  g_assert_cmpuint (fixture->writer.chunks->len, ==, 1);
}

/* A piece in place or a copy of it, of any length; the bytes count up. */
static void
add_some (Fixture *fixture, GRand *random, const char *text, gsize *at)
{
  gsize length = g_rand_int_range (random, 0, 5000);
  gsize lead = g_rand_int_range (random, 0, 50);

  memcpy (weir_request_writer_reserve (&fixture->writer, lead), text + *at, lead);
  weir_request_writer_add (&fixture->writer, text + *at + lead, length);
  *at += lead + length;
}

static void
check_some (Fixture *fixture, const char *text, gsize *at)
{
  char bytes[7000];
  gssize n = read (fixture->ends[0], bytes, sizeof bytes);

  if (n <= 0)
    return;
  g_assert_cmpmem (bytes, n, text + *at, n);
  *at += n;
}

static void
test_all_bytes_come_in_order (Fixture *fixture, gconstpointer data)
{
  const gsize size = 10 * 1000 * 1000;
  g_autofree char *text = g_malloc (size + 16000);
  g_autoptr (GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  gsize put = 0, got = 0;

  for (gsize i = 0; i < size + 16000; i++)
    text[i] = (char)(i * 31 + i / 251);
  while (put < size)
    {
      for (guint i = 0; i < 3; i++)
        add_some (fixture, random, text, &put);
      weir_request_writer_flush (&fixture->writer, fixture->ends[1]);
      for (guint i = 0; i < 2; i++)
        check_some (fixture, text, &got);
    }
  while (got < put)
    {
      weir_request_writer_flush (&fixture->writer, fixture->ends[1]);
      check_some (fixture, text, &got);
    }
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 0);
}

static void
test_copies_are_freed_though_the_pipe_stays_full (Fixture *fixture, gconstpointer data)
{
  static const char mark[] = "-";
  char bytes[10000];

  for (guint i = 0; i < 20; i++)
    memset (weir_request_writer_reserve (&fixture->writer, 10000), 'x', 10000);
  for (guint i = 0; i < 1000; i++)
    {
      memset (weir_request_writer_reserve (&fixture->writer, 10000), 'x', 10000);
      weir_request_writer_add (&fixture->writer, mark, 1);
      weir_request_writer_flush (&fixture->writer, fixture->ends[1]);
      g_assert_cmpint (read (fixture->ends[0], bytes, 10000), ==, 10000);
    }
  g_assert_cmpuint (fixture->writer.chunks->len, <, 20);
  g_assert_cmpuint (fixture->writer.max_pieces, <=, 64);
}

static void
test_what_is_not_written_goes_when_closed (Fixture *fixture, gconstpointer data)
{
  weir_request_writer_add (&fixture->writer, "one", 3);
  weir_request_writer_close (&fixture->writer, &fixture->ends[1]);
  g_assert_cmpint (fixture->ends[1], ==, -1);
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 0);
  g_assert_cmpint (weir_request_writer_flush (&fixture->writer, -1), ==, WEIR_CHANNEL_CLOSED);
}

static void
test_what_is_kept_needs_the_caller_no_more (Fixture *fixture, gconstpointer data)
{
  const gsize size = 200000;
  g_autofree char *text = g_malloc (size);
  g_autofree char *copy = NULL;
  gsize got = 0;

  for (gsize i = 0; i < size; i++)
    text[i] = (char)(i * 31 + i / 251);
  copy = g_memdup2 (text, size);
  weir_request_writer_add (&fixture->writer, text, size / 2);
  memcpy (weir_request_writer_reserve (&fixture->writer, 10), text + size / 2, 10);
  weir_request_writer_add (&fixture->writer, text + size / 2 + 10, size / 2 - 10);
  weir_request_writer_flush (&fixture->writer, fixture->ends[1]);
  weir_request_writer_keep (&fixture->writer);
  memset (text, '#', size);
  while (got < size)
    {
      check_some (fixture, copy, &got);
      weir_request_writer_flush (&fixture->writer, fixture->ends[1]);
    }
  g_assert_cmpuint (fixture->writer.n_pieces, ==, 0);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/request-writer/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("neighbours are one piece", test_neighbours_are_one_piece);
  ADD ("copies are one piece", test_copies_are_one_piece);
  ADD ("all bytes come in order", test_all_bytes_come_in_order);
  ADD ("copies are freed though the pipe stays full",
       test_copies_are_freed_though_the_pipe_stays_full);
  ADD ("what is kept needs the caller no more", test_what_is_kept_needs_the_caller_no_more);
  ADD ("what is not written goes when closed", test_what_is_not_written_goes_when_closed);
  return g_test_run ();
}
