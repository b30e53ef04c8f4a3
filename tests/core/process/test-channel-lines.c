/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "test-channel.h"

static void
open_lines (Fixture *fixture)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_LINES);

  test_open (fixture, &options);
}

/* What the child finds in its stdin. */
static char *
read_child (Fixture *fixture)
{
  static char bytes[256 * 1024];
  gssize n = read (fixture->stdin_fd, bytes, sizeof bytes - 1);

  g_assert_cmpint (n, >=, 0);
  bytes[MAX (n, 0)] = '\0';
  return bytes;
}

static void
expect_requests (Fixture *fixture, const char *lines)
{
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_DONE);
  g_assert_cmpstr (read_child (fixture), ==, lines);
}

static void
say (Fixture *fixture, const char *text)
{
  test_say (fixture, text, strlen (text));
}

static void
test_a_record_is_sent_as_a_line (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  test_send (fixture, 1, "{\"a\":1}");
  test_send (fixture, 2, "");
  test_send (fixture, 3, "three");
  expect_requests (fixture, "{\"a\":1}\n\nthree\n");
}

static void
test_records_are_sent_from_where_they_are (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "one\ntwo\nthree\n";
  WeirRequest requests[] = { { 1, 0, text, 3 }, { 2, 0, text + 4, 3 }, { 3, 0, text + 8, 5 } };

  open_lines (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    weir_channel_send (fixture->channel, &requests[i]);
  expect_requests (fixture, text);
}

static void
test_a_newline_inside_a_record_becomes_a_space (Fixture *fixture, gconstpointer data)
{
  char text[] = "{\n\"a\": 1\n}\n";
  WeirRequest request = { 1, 0, text, strlen (text) };

  open_lines (fixture);
  weir_channel_send (fixture->channel, &request);
  expect_requests (fixture, "{ \"a\": 1 } \n");
  g_assert_cmpstr (text, ==, "{\n\"a\": 1\n}\n");
}

static void
test_a_long_record_gets_its_newline (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  open_lines (fixture);
  test_send (fixture, 1, text);
  expect_requests (fixture, line);
}

static void
test_replies_are_given_one_by_one (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
  say (fixture, "one\n\nthree\r\nfo");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "one");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "three");
  test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
  say (fixture, "ur\n");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "four");
  test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
}

static void
test_a_reply_that_is_held_stays_as_it_is (Fixture *fixture, gconstpointer data)
{
  g_autofree char *noise = g_strnfill (40000, 'n');
  g_autoptr (WeirBuffer) held = NULL;

  noise[39999] = '\n';
  open_lines (fixture);
  say (fixture, "kept\nhalf");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "kept");
  held = weir_buffer_ref (fixture->reply.buffer);
  const char *text = fixture->reply.text;

  for (guint i = 0; i < 10; i++)
    {
      test_say (fixture, noise, 40000);
      test_expect_status (fixture, WEIR_CHANNEL_DONE);
      test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
    }
  g_assert_cmpmem (text, 5, "kept\n", 5);
}

static void
test_a_reply_longer_than_a_buffer_is_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (50000, 'x');

  open_lines (fixture);
  for (guint i = 0; i < 20; i++)
    {
      test_say (fixture, piece, 50000);
      test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
    }
  say (fixture, "\n");
  test_expect_status (fixture, WEIR_CHANNEL_DONE);
  g_assert_cmpuint (fixture->reply.length, ==, 1000000);
  g_assert_cmpuint (strspn (fixture->reply.text, "x"), ==, 1000000);
}

static void
open_narrow (Fixture *fixture, gboolean any_replies)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_LINES);

  options.max_reply = 10;
  options.any_replies = any_replies;
  test_open (fixture, &options);
}

static void
test_a_reply_over_the_limit_is_an_error_of_its_own (Fixture *fixture, gconstpointer data)
{
  open_narrow (fixture, FALSE);
  say (fixture, "0123456789\r\n0123456789A\nnext\n");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "0123456789");
  test_expect (fixture, WEIR_REPLY_ERROR, 0, "a reply of 11 bytes is over the limit of 10 bytes");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "next");
}

static void
test_a_reply_over_the_limit_is_not_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (60000, 'x');

  open_narrow (fixture, FALSE);
  for (guint i = 0; i < 100; i++)
    {
      test_say (fixture, piece, 60000);
      test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
      g_assert_cmpuint (weir_buffer_pool_get_used (fixture->buffers), <=, 256 * 1024);
    }
  say (fixture, "\r\nnext\n");
  test_expect (fixture, WEIR_REPLY_ERROR, 0,
               "a reply of 6000000 bytes is over the limit of 10 bytes");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "next");
}

static void
test_any_replies_are_closed_by_an_empty_line (Fixture *fixture, gconstpointer data)
{
  open_narrow (fixture, TRUE);
  say (fixture, "one\ntwo\n\n\r\nthree\n");
  test_expect (fixture, WEIR_REPLY_MORE, 0, "one");
  test_expect (fixture, WEIR_REPLY_MORE, 0, "two");
  test_expect (fixture, WEIR_REPLY_END, 0, "");
  test_expect (fixture, WEIR_REPLY_END, 0, "");
  test_expect (fixture, WEIR_REPLY_MORE, 0, "three");
  test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
}

static void
test_one_of_any_replies_over_the_limit_is_one_error (Fixture *fixture, gconstpointer data)
{
  open_narrow (fixture, TRUE);
  say (fixture, "one\n0123456789A\ntwo\n0123456789ABC\n\nnext\n\n");
  test_expect (fixture, WEIR_REPLY_MORE, 0, "one");
  test_expect (fixture, WEIR_REPLY_ERROR, 0, "a reply of 11 bytes is over the limit of 10 bytes");
  test_expect (fixture, WEIR_REPLY_MORE, 0, "next");
  test_expect (fixture, WEIR_REPLY_END, 0, "");
}

static void
test_the_first_line_may_say_ready (Fixture *fixture, gconstpointer data)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_LINES);

  options.waits_ready = TRUE;
  test_open (fixture, &options);
  say (fixture, "at your service\nreply\n");
  test_expect (fixture, WEIR_REPLY_READY, 0, "at your service");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "reply");
}

static void
test_the_end_behind_a_whole_line_is_closed (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  say (fixture, "last\n");
  test_close_child (&fixture->stdout_fd);
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "last");
  test_expect_status (fixture, WEIR_CHANNEL_CLOSED);
  test_expect_status (fixture, WEIR_CHANNEL_CLOSED);
}

static void
test_the_end_inside_a_line_is_half_a_line (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  say (fixture, "whole\nhal");
  test_close_child (&fixture->stdout_fd);
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "whole");
  test_expect_broken (fixture, "half a line");
}

static void
test_a_full_pipe_blocks_and_goes_on (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (299, 'x');
  gsize sum = 0;
  WeirChannelStatus status;

  open_lines (fixture);
  for (guint i = 0; i < 3000; i++)
    test_send (fixture, i + 1, text);
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_BLOCKED);
  do
    {
      sum += strlen (read_child (fixture));
      status = weir_channel_flush (fixture->channel);
    }
  while (status == WEIR_CHANNEL_BLOCKED);
  g_assert_cmpint (status, ==, WEIR_CHANNEL_DONE);

  weir_channel_close_output (fixture->channel);
  for (gsize n = 1; n > 0; sum += n)
    n = strlen (read_child (fixture));
  g_assert_cmpuint (sum, ==, 3000 * 300);
}

static void
test_a_worker_that_closed_its_input_raises_no_signal (Fixture *fixture, gconstpointer data)
{
  sigset_t pending;

  signal (SIGPIPE, SIG_DFL);
  open_lines (fixture);
  test_close_child (&fixture->stdin_fd);
  test_send (fixture, 1, "one");
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_CLOSED);
  sigpending (&pending);
  g_assert_false (sigismember (&pending, SIGPIPE));
  say (fixture, "reply\n");
  test_expect (fixture, WEIR_REPLY_ONLY, 0, "reply");
}

static void
test_closing_the_output_ends_the_input_of_the_child (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  test_send (fixture, 1, "one");
  expect_requests (fixture, "one\n");
  weir_channel_close_output (fixture->channel);
  g_assert_cmpint (weir_channel_get_output_fd (fixture->channel), ==, -1);
  g_assert_cmpstr (read_child (fixture), ==, "");
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_CLOSED);
}

static void
test_only_the_channel_end_does_not_block (Fixture *fixture, gconstpointer data)
{
  open_lines (fixture);
  g_assert_cmpint (fcntl (fixture->stdin_fd, F_GETFL) & O_NONBLOCK, ==, 0);
  g_assert_cmpint (fcntl (fixture->stdout_fd, F_GETFL) & O_NONBLOCK, ==, 0);
  g_assert_cmpint (fcntl (fixture->stdout_fd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (fcntl (weir_channel_get_input_fd (fixture->channel), F_GETFD), ==, FD_CLOEXEC);
  g_assert_false (weir_channel_has_ids (fixture->channel));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/channel-lines/" name, Fixture, NULL, test_set_up, function, test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a record is sent as a line", test_a_record_is_sent_as_a_line);
  ADD ("records are sent from where they are", test_records_are_sent_from_where_they_are);
  ADD ("a newline inside a record becomes a space", test_a_newline_inside_a_record_becomes_a_space);
  ADD ("a long record gets its newline", test_a_long_record_gets_its_newline);
  ADD ("replies are given one by one", test_replies_are_given_one_by_one);
  ADD ("a reply that is held stays as it is", test_a_reply_that_is_held_stays_as_it_is);
  ADD ("a reply longer than a buffer is whole", test_a_reply_longer_than_a_buffer_is_whole);
  ADD ("a reply over the limit is an error of its own",
       test_a_reply_over_the_limit_is_an_error_of_its_own);
  ADD ("a reply over the limit is not kept", test_a_reply_over_the_limit_is_not_kept);
  ADD ("any replies are closed by an empty line", test_any_replies_are_closed_by_an_empty_line);
  ADD ("one of any replies over the limit is one error",
       test_one_of_any_replies_over_the_limit_is_one_error);
  ADD ("the first line may say ready", test_the_first_line_may_say_ready);
  ADD ("the end behind a whole line is closed", test_the_end_behind_a_whole_line_is_closed);
  ADD ("the end inside a line is half a line", test_the_end_inside_a_line_is_half_a_line);
  ADD ("a full pipe blocks and goes on", test_a_full_pipe_blocks_and_goes_on);
  ADD ("a worker that closed its input raises no signal",
       test_a_worker_that_closed_its_input_raises_no_signal);
  ADD ("closing the output ends the input of the child",
       test_closing_the_output_ends_the_input_of_the_child);
  ADD ("only the channel's end does not block", test_only_the_channel_end_does_not_block);
  return g_test_run ();
}
