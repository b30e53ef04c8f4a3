/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-frame-private.h"
#include "test-channel.h"

static void
open_frames (Fixture *fixture)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_FRAMES);

  test_open (fixture, &options);
}

static void
open_narrow (Fixture *fixture)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_FRAMES);

  options.max_reply = 10;
  test_open (fixture, &options);
}

static GString *
append_frame (GString *bytes, guint64 id, WeirReplyKind kind, const char *payload)
{
  char head[WEIR_FRAME_HEAD];

  weir_frame_put_head (head, id, kind, strlen (payload));
  g_string_append_len (bytes, head, sizeof head);
  return g_string_append (bytes, payload);
}

/* The child answers with one frame. */
static void
say (Fixture *fixture, guint64 id, WeirReplyKind kind, const char *payload)
{
  GString *bytes = append_frame (g_string_new (NULL), id, kind, payload);

  test_say (fixture, bytes->str, bytes->len);
  g_string_free (bytes, TRUE);
}

static void
say_head (Fixture *fixture, guint32 length, guint64 id, guint32 info)
{
  char head[WEIR_FRAME_HEAD];

  weir_frame_put_head (head, id, info, (gsize)length - WEIR_FRAME_MIN);
  test_say (fixture, head, sizeof head);
}

static void
read_child (Fixture *fixture, char *bytes, gsize length)
{
  g_assert_cmpint (read (fixture->stdin_fd, bytes, length), ==, length);
}

static void
expect_request (Fixture *fixture, guint64 id, guint32 info, const char *payload)
{
  gsize length = strlen (payload);
  g_autofree char *bytes = g_malloc (WEIR_FRAME_HEAD + length);

  read_child (fixture, bytes, WEIR_FRAME_HEAD + length);
  WeirFrameHead head = weir_frame_get_head (bytes);
  g_assert_cmpuint (head.length, ==, WEIR_FRAME_MIN + length);
  g_assert_cmpuint (head.id, ==, id);
  g_assert_cmpuint (head.info, ==, info);
  g_assert_cmpmem (bytes + WEIR_FRAME_HEAD, length, payload, length);
}

static void
test_a_record_is_sent_as_a_frame (Fixture *fixture, gconstpointer data)
{
  static const guint8 frame[] = { 14, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 50, 0, 0, 0, 'h', 'i' };
  WeirRequest request = { 7, 50 * 1000000 + 999, "hi", 2 };
  char bytes[sizeof frame];

  open_frames (fixture);
  weir_channel_send (fixture->channel, &request);
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_DONE);
  read_child (fixture, bytes, sizeof bytes);
  g_assert_cmpmem (bytes, sizeof bytes, frame, sizeof frame);
}

static void
test_the_time_to_the_deadline_is_sent (Fixture *fixture, gconstpointer data)
{
  static const gint64 remaining[] = { WEIR_TIME_NEVER, -5, WEIR_TIME_NEVER - 1 };
  static const guint32 infos[] = { G_MAXUINT32, 0, G_MAXUINT32 - 1 };

  open_frames (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      WeirRequest request = { i + 1, remaining[i], "x", 1 };

      weir_channel_send (fixture->channel, &request);
    }
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_DONE);
  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    expect_request (fixture, i + 1, infos[i], "x");
}

static void
test_payloads_of_any_length_are_sent_in_order (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (20000, 'x');

  open_frames (fixture);
  test_send (fixture, 1, "");
  test_send (fixture, 2, text);
  test_send (fixture, 3, "a\nb");
  g_assert_cmpint (weir_channel_flush (fixture->channel), ==, WEIR_CHANNEL_DONE);
  expect_request (fixture, 1, G_MAXUINT32, "");
  expect_request (fixture, 2, G_MAXUINT32, text);
  expect_request (fixture, 3, G_MAXUINT32, "a\nb");
}

static void
test_replies_are_given_with_their_ids (Fixture *fixture, gconstpointer data)
{
  open_frames (fixture);
  say (fixture, 9, WEIR_REPLY_ONLY, "nine");
  say (fixture, 4, WEIR_REPLY_MORE, "");
  say (fixture, 4, WEIR_REPLY_END, "");
  say (fixture, 5, WEIR_REPLY_ERROR, "no");
  test_expect (fixture, WEIR_REPLY_ONLY, 9, "nine");
  test_expect (fixture, WEIR_REPLY_MORE, 4, "");
  test_expect (fixture, WEIR_REPLY_END, 4, "");
  test_expect (fixture, WEIR_REPLY_ERROR, 5, "no");
  test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
  g_assert_true (weir_channel_has_ids (fixture->channel));
}

static void
test_a_frame_may_come_byte_by_byte (Fixture *fixture, gconstpointer data)
{
  GString *bytes = g_string_new (NULL);

  for (guint i = 1; i <= 300; i++)
    {
      g_autofree char *payload = g_strnfill (i, 'a' + i % 26);

      g_string_truncate (bytes, 0);
      append_frame (bytes, i, WEIR_REPLY_ONLY, payload);
      if (i == 1)
        open_frames (fixture);
      for (gsize at = 0; at < bytes->len; at++)
        {
          test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
          test_say (fixture, bytes->str + at, 1);
        }
      test_expect (fixture, WEIR_REPLY_ONLY, i, payload);
    }
  g_string_free (bytes, TRUE);
}

static void
test_frames_of_all_lengths_come_together (Fixture *fixture, gconstpointer data)
{
  GString *bytes = g_string_new (NULL);

  open_frames (fixture);
  for (guint i = 1; i <= 300; i++)
    {
      g_autofree char *payload = g_strnfill (i, 'x');

      append_frame (bytes, i, WEIR_REPLY_ONLY, payload);
    }
  test_say (fixture, bytes->str, bytes->len);
  for (guint i = 1; i <= 300; i++)
    {
      g_autofree char *payload = g_strnfill (i, 'x');

      test_expect (fixture, WEIR_REPLY_ONLY, i, payload);
    }
  g_string_free (bytes, TRUE);
}

/* Whoever writes the reply as a line looks at the byte behind it. */
static void
test_a_newline_stands_behind_a_reply_for_good (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeirBuffer) held = NULL;

  open_frames (fixture);
  say (fixture, 1, WEIR_REPLY_ONLY, "one");
  test_expect (fixture, WEIR_REPLY_ONLY, 1, "one");
  held = weir_buffer_ref (fixture->reply.buffer);
  const char *text = fixture->reply.text;

  for (guint i = 2; i < 10; i++)
    {
      g_assert_cmpmem (text, 4, "one\n", 4);
      say (fixture, i, WEIR_REPLY_ONLY, "more");
      say (fixture, i, WEIR_REPLY_ONLY, "");
      test_expect (fixture, WEIR_REPLY_ONLY, i, "more");
      g_assert_cmpint (fixture->reply.text[4], ==, '\n');
      test_expect (fixture, WEIR_REPLY_ONLY, i, "");
      g_assert_cmpint (fixture->reply.text[0], ==, '\n');
    }
}

static void
test_a_reply_longer_than_a_buffer_is_whole (Fixture *fixture, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (50000, 'x');

  open_frames (fixture);
  say_head (fixture, 12 + 1000000, 1, WEIR_REPLY_ONLY);
  for (guint i = 0; i < 20; i++)
    {
      test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
      test_say (fixture, piece, 50000);
    }
  test_expect_status (fixture, WEIR_CHANNEL_DONE);
  g_assert_cmpuint (fixture->reply.length, ==, 1000000);
  g_assert_cmpuint (strspn (fixture->reply.text, "x"), ==, 1000000);
}

static void
test_a_reply_over_the_limit_is_an_error_of_its_own (Fixture *fixture, gconstpointer data)
{
  open_narrow (fixture);
  say (fixture, 1, WEIR_REPLY_ONLY, "0123456789");
  say (fixture, 2, WEIR_REPLY_ONLY, "0123456789A");
  say (fixture, 3, WEIR_REPLY_ONLY, "next");
  test_expect (fixture, WEIR_REPLY_ONLY, 1, "0123456789");
  test_expect (fixture, WEIR_REPLY_ERROR, 2, "a reply of 11 bytes is over the limit of 10 bytes");
  test_expect (fixture, WEIR_REPLY_ONLY, 3, "next");
}

static void
test_a_reply_over_the_limit_is_not_kept (Fixture *fixture, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (60000, 'x');

  open_narrow (fixture);
  say_head (fixture, 12 + 6000000, 1, WEIR_REPLY_ONLY);
  for (guint i = 0; i < 100; i++)
    {
      test_expect_status (fixture, WEIR_CHANNEL_BLOCKED);
      test_say (fixture, piece, 60000);
      g_assert_cmpuint (weir_buffer_pool_get_used (fixture->buffers), <=, 256 * 1024);
    }
  test_expect (fixture, WEIR_REPLY_ERROR, 1,
               "a reply of 6000000 bytes is over the limit of 10 bytes");
  say (fixture, 2, WEIR_REPLY_ONLY, "next");
  test_expect (fixture, WEIR_REPLY_ONLY, 2, "next");
}

static void
test_one_output_over_the_limit_is_one_error (Fixture *fixture, gconstpointer data)
{
  open_narrow (fixture);
  say (fixture, 1, WEIR_REPLY_MORE, "0123456789A");
  say (fixture, 1, WEIR_REPLY_MORE, "0123456789ABC");
  say (fixture, 2, WEIR_REPLY_MORE, "other");
  say (fixture, 1, WEIR_REPLY_MORE, "short");
  say (fixture, 1, WEIR_REPLY_ONLY, "last");
  say (fixture, 2, WEIR_REPLY_END, "");
  test_expect (fixture, WEIR_REPLY_MORE, 2, "other");
  test_expect (fixture, WEIR_REPLY_ERROR, 1, "a reply of 11 bytes is over the limit of 10 bytes");
  test_expect (fixture, WEIR_REPLY_END, 2, "");
}

static void
test_ready_is_told_once (Fixture *fixture, gconstpointer data)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_FRAMES);

  options.waits_ready = TRUE;
  test_open (fixture, &options);
  say (fixture, 0, WEIR_REPLY_READY, "");
  say (fixture, 0, WEIR_REPLY_READY, "");
  say (fixture, 1, WEIR_REPLY_ONLY, "one");
  test_expect (fixture, WEIR_REPLY_READY, 0, "");
  test_expect (fixture, WEIR_REPLY_ONLY, 1, "one");
}

static void
test_a_reply_before_ready_breaks_the_channel (Fixture *fixture, gconstpointer data)
{
  WeirChannelOptions options = test_options (fixture, WEIR_FRAMING_FRAMES);

  options.waits_ready = TRUE;
  test_open (fixture, &options);
  say (fixture, 1, WEIR_REPLY_ONLY, "early");
  test_expect_broken (fixture, "a reply before the worker was ready");
}

typedef struct
{
  guint32 length;
  guint64 id;
  guint32 info;
  const char *fault;
} Garbage;

static const Garbage garbage[] = {
  { 11, 1, 0, "a frame of an impossible length (11)" },
  { (1u << 30) + 1, 1, 0, "a frame of an impossible length (1073741825)" },
  { 12, 1, 5, "a reply of an unknown kind (5)" },
  { 12, 0, 0, "a reply of kind 0 with record id 0" },
  { 12, 3, 4, "a reply of kind 4 with record id 3" },
  { 13, 3, 2, "a reply of kind 2 with a payload" },
};

static void
test_garbage_breaks_the_channel (Fixture *fixture, gconstpointer data)
{
  const Garbage *given = data;

  open_frames (fixture);
  say (fixture, 1, WEIR_REPLY_ONLY, "good");
  say_head (fixture, given->length, given->id, given->info);
  test_expect (fixture, WEIR_REPLY_ONLY, 1, "good");
  test_expect_broken (fixture, given->fault);
}

static void
test_the_end_between_frames_is_closed (Fixture *fixture, gconstpointer data)
{
  open_frames (fixture);
  say (fixture, 1, WEIR_REPLY_ONLY, "last");
  test_close_child (&fixture->stdout_fd);
  test_expect (fixture, WEIR_REPLY_ONLY, 1, "last");
  test_expect_status (fixture, WEIR_CHANNEL_CLOSED);
}

static void
test_the_end_inside_a_frame_is_half_a_frame (Fixture *fixture, gconstpointer data)
{
  static const guint lengths[] = { 1, 15, 16, 20 };
  guint n = lengths[GPOINTER_TO_UINT (data)];
  GString *bytes = append_frame (g_string_new (NULL), 1, WEIR_REPLY_ONLY, "12345");

  open_frames (fixture);
  test_say (fixture, bytes->str, n);
  test_close_child (&fixture->stdout_fd);
  test_expect_broken (fixture, "half a frame");
  g_string_free (bytes, TRUE);
}

static void
add_series (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *name
          = g_strdup_printf ("/process/channel-frames/garbage breaks the channel: %u", i);

      g_test_add (name, Fixture, &garbage[i], test_set_up, test_garbage_breaks_the_channel,
                  test_tear_down);
    }

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name
          = g_strdup_printf ("/process/channel-frames/the end inside a frame: %u", i);

      g_test_add (name, Fixture, GUINT_TO_POINTER (i), test_set_up,
                  test_the_end_inside_a_frame_is_half_a_frame, test_tear_down);
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/channel-frames/" name, Fixture, NULL, test_set_up, function, test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a record is sent as a frame", test_a_record_is_sent_as_a_frame);
  ADD ("the time to the deadline is sent", test_the_time_to_the_deadline_is_sent);
  ADD ("payloads of any length are sent in order", test_payloads_of_any_length_are_sent_in_order);
  ADD ("replies are given with their ids", test_replies_are_given_with_their_ids);
  ADD ("a frame may come byte by byte", test_a_frame_may_come_byte_by_byte);
  ADD ("frames of all lengths come together", test_frames_of_all_lengths_come_together);
  ADD ("a newline stands behind a reply for good", test_a_newline_stands_behind_a_reply_for_good);
  ADD ("a reply longer than a buffer is whole", test_a_reply_longer_than_a_buffer_is_whole);
  ADD ("a reply over the limit is an error of its own",
       test_a_reply_over_the_limit_is_an_error_of_its_own);
  ADD ("a reply over the limit is not kept", test_a_reply_over_the_limit_is_not_kept);
  ADD ("one output over the limit is one error", test_one_output_over_the_limit_is_one_error);
  ADD ("ready is told once", test_ready_is_told_once);
  ADD ("a reply before ready breaks the channel", test_a_reply_before_ready_breaks_the_channel);
  ADD ("the end between frames is closed", test_the_end_between_frames_is_closed);
  add_series ();
  return g_test_run ();
}
