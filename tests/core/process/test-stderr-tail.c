/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-stderr-tail-private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SECOND ((gint64)1000000000)

static guint n_logged;
static GString *logged;

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_string_append_printf (logged, "%s\n", (const char *)fields[i].value);
  n_logged++;
  return G_LOG_WRITER_HANDLED;
}

static void
add (WeirStderrTail *tail, const char *text, gint64 now)
{
  weir_stderr_tail_add (tail, text, strlen (text), now);
}

static void
expect_lines (const WeirStderrTail *tail, const char *lines)
{
  g_autofree char *got = weir_stderr_tail_get_lines (tail);

  g_assert_cmpstr (got, ==, lines);
}

static void
expect_dropped (const WeirStderrTail *tail, guint64 bytes, guint64 dropped)
{
  g_assert_cmpuint (weir_stderr_tail_get_bytes (tail), ==, bytes);
  g_assert_cmpuint (weir_stderr_tail_get_dropped (tail), ==, dropped);
}

static WeirStderrTail *
new_tail (void)
{
  g_string_truncate (logged, 0);
  n_logged = 0;
  return weir_stderr_tail_new ("worker 1");
}

static void
test_lines_go_to_the_log (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();

  expect_lines (tail, "");
  add (tail, "one\n\ntw", 0);
  expect_dropped (tail, 7, 2);
  add (tail, "o\r\n", 0);
  g_assert_cmpstr (logged->str, ==, "worker 1: one\nworker 1: two\n");
  expect_dropped (tail, 10, 0);
}

static void
test_the_last_five_lines_are_kept (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();

  for (guint i = 1; i <= 9; i++)
    {
      g_autofree char *line = g_strdup_printf ("line %u\n", i);

      add (tail, line, 0);
    }
  expect_lines (tail, "line 5 | line 6 | line 7 | line 8 | line 9");
  add (tail, "half", 0);
  expect_lines (tail, "line 6 | line 7 | line 8 | line 9 | half");
}

static void
test_a_long_line_is_cut (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();
  g_autofree char *text = g_strnfill (1000, 'x');
  g_autofree char *kept = g_strnfill (200, 'x');

  add (tail, text, 0);
  add (tail, text, 0);
  add (tail, "\n", 0);
  expect_lines (tail, kept);
  expect_dropped (tail, 2001, 1800);
  add (tail, "next\n", 0);
  g_assert_true (g_str_has_suffix (logged->str, "worker 1: 1800 bytes more on stderr\n"
                                                "worker 1: next\n"));
}

static void
test_a_flood_is_counted_and_not_logged (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();

  for (guint i = 0; i < 1000; i++)
    add (tail, "flood\n", 0);
  g_assert_cmpuint (n_logged, ==, 10);
  expect_dropped (tail, 6000, 990 * 6);

  add (tail, "later\n", SECOND / 10);
  g_assert_true (g_str_has_suffix (logged->str, "worker 1: 5940 bytes more on stderr\n"
                                                "worker 1: later\n"));
  expect_dropped (tail, 6006, 990 * 6);
  add (tail, "soon\n", SECOND / 10 + 1);
  expect_dropped (tail, 6011, 990 * 6 + 5);
}

static void
test_the_bucket_fills_up_to_a_second (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();

  add (tail, "first\n", 0);
  for (guint i = 0; i < 100; i++)
    add (tail, "flood\n", 100 * SECOND);
  g_assert_cmpuint (n_logged, ==, 11);
  add (tail, "back\n", 0);
  g_assert_cmpuint (n_logged, ==, 11);
}

static void
test_what_is_no_text_becomes_text (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();

  add (tail, "\xff\t\033[1mred\n", 0);
  expect_lines (tail, "\xef\xbf\xbd  [1mred");
}

static void
test_a_character_is_not_cut_in_two (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();
  g_autofree char *text = g_strnfill (199, 'x');

  add (tail, text, 0);
  add (tail, "\xc3\xa4 and so on\n", 0);
  expect_lines (tail, text);
  expect_dropped (tail, 199 + 13, 12);
}

static void
test_the_end_ends_the_last_line (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_NONBLOCK), ==, 0);
  g_assert_true (weir_stderr_tail_read (tail, ends[0], 0));
  g_assert_cmpint (write (ends[1], "one\ntwo", 7), ==, 7);
  g_assert_true (weir_stderr_tail_read (tail, ends[0], 0));
  expect_dropped (tail, 7, 3);
  close (ends[1]);
  g_assert_false (weir_stderr_tail_read (tail, ends[0], 0));
  g_assert_false (weir_stderr_tail_read (tail, ends[0], 0));
  expect_dropped (tail, 7, 0);
  g_assert_cmpstr (logged->str, ==, "worker 1: one\nworker 1: two\n");
  close (ends[0]);
}

static void
test_a_read_is_bounded (void)
{
  g_autoptr (WeirStderrTail) tail = new_tail ();
  int fd = open ("/dev/zero", O_RDONLY);

  g_assert_true (weir_stderr_tail_read (tail, fd, 0));
  expect_dropped (tail, 1024 * 1024, 1024 * 1024);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  logged = g_string_new (NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
  g_test_add_func ("/process/stderr-tail/lines go to the log", test_lines_go_to_the_log);
  g_test_add_func ("/process/stderr-tail/the last five lines are kept",
                   test_the_last_five_lines_are_kept);
  g_test_add_func ("/process/stderr-tail/a long line is cut", test_a_long_line_is_cut);
  g_test_add_func ("/process/stderr-tail/a flood is counted and not logged",
                   test_a_flood_is_counted_and_not_logged);
  g_test_add_func ("/process/stderr-tail/the bucket fills up to a second",
                   test_the_bucket_fills_up_to_a_second);
  g_test_add_func ("/process/stderr-tail/what is no text becomes text",
                   test_what_is_no_text_becomes_text);
  g_test_add_func ("/process/stderr-tail/a character is not cut in two",
                   test_a_character_is_not_cut_in_two);
  g_test_add_func ("/process/stderr-tail/the end ends the last line",
                   test_the_end_ends_the_last_line);
  g_test_add_func ("/process/stderr-tail/a read is bounded", test_a_read_is_bounded);
  return g_test_run ();
}
