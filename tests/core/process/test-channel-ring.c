/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>

#include "process/weir-frame-private.h"
#include "process/weir-shm-link-private.h"

#include "test-channel.h"

#define RING 4096

/* Where the indices of a ring lie in its memory. */
#define HEAD 0
#define TAIL 128

/* A channel, and the worker's side of it in the hands of the test. */
typedef struct
{
  Fixture base;
  WeirShmLink *worker;
} RingFixture;

static void
open_with (RingFixture *fixture, const WeirChannelOptions *options)
{
  int fds[WEIR_CHILD_FDS];

  fixture->base.channel = weir_channel_new (options, fds, NULL);
  g_assert_nonnull (fixture->base.channel);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (fds[i], ==, -1);
  fixture->worker = weir_shm_link_new_for_fds (fds + 3, NULL);
  g_assert_nonnull (fixture->worker);
}

static void
set_up (RingFixture *fixture, gconstpointer data)
{
  WeirChannelOptions options;

  test_set_up (&fixture->base, NULL);
  fixture->base.stdin_fd = fixture->base.stdout_fd = -1;
  options = test_options (&fixture->base, WEIR_FRAMING_SHARED_MEMORY);
  options.pipe_size = RING;
  open_with (fixture, &options);
}

static void
tear_down (RingFixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->worker, weir_shm_link_free);
  test_tear_down (&fixture->base, NULL);
}

static void
reopen (RingFixture *fixture, const WeirChannelOptions *options)
{
  g_clear_pointer (&fixture->worker, weir_shm_link_free);
  g_clear_pointer (&fixture->base.channel, weir_channel_free);
  open_with (fixture, options);
}

static void
flush (RingFixture *fixture, WeirChannelStatus status)
{
  g_assert_cmpint (weir_channel_flush (fixture->base.channel), ==, status);
}

/* The worker takes the next frame. */
static void
hear (RingFixture *fixture, guint64 id, const char *text)
{
  char bytes[RING];
  gsize n = weir_shm_link_take (fixture->worker, bytes, WEIR_FRAME_HEAD + strlen (text));
  WeirFrameHead head = weir_frame_get_head (bytes);

  g_assert_cmpuint (n, ==, WEIR_FRAME_HEAD + strlen (text));
  g_assert_cmpuint (head.id, ==, id);
  g_assert_cmpmem (bytes + WEIR_FRAME_HEAD, head.length - WEIR_FRAME_MIN, text, strlen (text));
}

static gsize
say_bytes (RingFixture *fixture, const char *bytes, gsize length)
{
  gsize n = weir_shm_ring_put (&fixture->worker->out, bytes, length);

  weir_shm_link_publish (fixture->worker);
  return n;
}

static void
say_head (RingFixture *fixture, guint64 id, guint32 kind, gsize length)
{
  char head[WEIR_FRAME_HEAD];

  weir_frame_put_head (head, id, kind, length);
  g_assert_cmpuint (say_bytes (fixture, head, sizeof head), ==, sizeof head);
}

static void
say (RingFixture *fixture, guint64 id, guint32 kind, const char *text)
{
  say_head (fixture, id, kind, strlen (text));
  g_assert_cmpuint (say_bytes (fixture, text, strlen (text)), ==, strlen (text));
}

static gboolean
is_readable (RingFixture *fixture)
{
  struct pollfd fd = { weir_channel_get_input_fd (fixture->base.channel), POLLIN, 0 };

  return poll (&fd, 1, 0) == 1;
}

static void
test_a_record_goes_out_and_its_answer_comes_back (RingFixture *fixture, gconstpointer data)
{
  test_send (&fixture->base, 7, "{\"a\":1}");
  flush (fixture, WEIR_CHANNEL_DONE);
  hear (fixture, 7, "{\"a\":1}");
  say (fixture, 7, WEIR_REPLY_ONLY, "{\"b\":2}");
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 7, "{\"b\":2}");
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
}

static void
test_the_environment_names_the_descriptors (RingFixture *fixture, gconstpointer data)
{
  WeirChannel *channel = fixture->base.channel;

  g_assert_cmpstr (weir_channel_get_environment (channel), ==, "WEIR_RING=3,4,5");
  g_assert_true (weir_channel_has_ids (channel));
}

static void
test_nothing_is_seen_before_the_flush (RingFixture *fixture, gconstpointer data)
{
  test_send (&fixture->base, 1, "x");
  g_assert_false (weir_shm_ring_has_bytes (&fixture->worker->in));
  flush (fixture, WEIR_CHANNEL_DONE);
  g_assert_true (weir_shm_ring_has_bytes (&fixture->worker->in));
}

/* The worker takes @length bytes of @text. */
static void
hear_part (RingFixture *fixture, const char *text, gsize length)
{
  g_autofree char *bytes = g_malloc (length);

  for (gsize n = 0; n < length;)
    {
      gsize part = weir_shm_link_take (fixture->worker, bytes + n, length - n);

      g_assert_cmpuint (part, >, 0);
      n += part;
    }
  g_assert_cmpmem (bytes, length, text, length);
}

static void
test_a_record_larger_than_the_ring_goes_in_parts (RingFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * RING, 'x');

  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  test_send (&fixture->base, 1, text);
  flush (fixture, WEIR_CHANNEL_BLOCKED);
  hear_part (fixture, "\014\040\0\0\1\0\0\0\0\0\0\0\377\377\377\377", WEIR_FRAME_HEAD);
  hear_part (fixture, text, RING - WEIR_FRAME_HEAD);
  g_assert_true (is_readable (fixture));
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  g_assert_false (is_readable (fixture));
  hear_part (fixture, text, RING);
  flush (fixture, WEIR_CHANNEL_DONE);
  hear_part (fixture, text, WEIR_FRAME_HEAD);
  g_assert_false (weir_shm_ring_has_bytes (&fixture->worker->in));
}

static void
test_a_record_that_is_kept_goes_though_its_text_is_gone (RingFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * RING, 'x');
  g_autofree char *copy = g_strdup (text);

  test_send (&fixture->base, 1, text);
  test_send (&fixture->base, 2, "y");
  flush (fixture, WEIR_CHANNEL_BLOCKED);
  weir_channel_keep (fixture->base.channel);
  weir_channel_keep (fixture->base.channel);
  memset (text, '#', 2 * RING);
  hear_part (fixture, "\014\040\0\0\1\0\0\0\0\0\0\0\377\377\377\377", WEIR_FRAME_HEAD);
  hear_part (fixture, copy, RING - WEIR_FRAME_HEAD);
  flush (fixture, WEIR_CHANNEL_BLOCKED);
  hear_part (fixture, copy, RING);
  flush (fixture, WEIR_CHANNEL_DONE);
  hear_part (fixture, copy, WEIR_FRAME_HEAD);
  hear (fixture, 2, "y");
}

static void
test_a_reply_larger_than_the_ring_comes_in_parts (RingFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (100000, 'y');
  gsize n = 0;

  say_head (fixture, 3, WEIR_REPLY_ONLY, 100000);
  while (n < 100000)
    {
      n += say_bytes (fixture, text + n, 100000 - n);
      if (n < 100000)
        test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
    }
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 3, text);
}

static void
test_a_reply_wakes_who_was_blocked_and_from_the_start (RingFixture *fixture, gconstpointer data)
{
  say (fixture, 1, WEIR_REPLY_ONLY, "a");
  g_assert_true (is_readable (fixture));
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 1, "a");
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  g_assert_false (is_readable (fixture));
  say (fixture, 2, WEIR_REPLY_ONLY, "b");
  g_assert_true (is_readable (fixture));
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 2, "b");
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  g_assert_false (is_readable (fixture));
}

static void
test_a_wake_for_nothing_is_forgotten (RingFixture *fixture, gconstpointer data)
{
  const guint64 one = 1;

  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  g_assert_cmpint (write (fixture->worker->wake_fd, &one, sizeof one), ==, sizeof one);
  g_assert_true (is_readable (fixture));
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  g_assert_false (is_readable (fixture));
}

static void
test_a_reply_that_was_received_cannot_change (RingFixture *fixture, gconstpointer data)
{
  char *memory = fixture->worker->memory;
  g_autoptr (WeirBuffer) buffer = NULL;

  say (fixture, 1, WEIR_REPLY_ONLY, "true");
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 1, "true");
  buffer = weir_buffer_ref (fixture->base.reply.buffer);
  memset (memory + WEIR_SHM_RING_MEMORY (RING) + WEIR_SHM_RING_MEMORY (0), '#', RING);
  for (guint i = 0; i < 1000; i++)
    {
      say (fixture, 2, WEIR_REPLY_ONLY, "false");
      test_receive (&fixture->base);
      test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
    }
  g_assert_cmpmem (buffer->data + WEIR_FRAME_HEAD, 5, "true\n", 5);
}

static void
test_a_reply_over_the_limit_fails_its_record_alone (RingFixture *fixture, gconstpointer data)
{
  WeirChannelOptions options = test_options (&fixture->base, WEIR_FRAMING_SHARED_MEMORY);

  options.max_reply = 4;
  reopen (fixture, &options);
  say (fixture, 1, WEIR_REPLY_ONLY, "12345");
  say (fixture, 2, WEIR_REPLY_ONLY, "1234");
  test_expect (&fixture->base, WEIR_REPLY_ERROR, 1,
               "a reply of 5 bytes is over the limit of 4 bytes");
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 2, "1234");
}

static void
test_readiness_is_told_when_it_is_asked_for (RingFixture *fixture, gconstpointer data)
{
  WeirChannelOptions options = test_options (&fixture->base, WEIR_FRAMING_SHARED_MEMORY);

  say (fixture, 0, WEIR_REPLY_READY, "");
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  options.waits_ready = TRUE;
  reopen (fixture, &options);
  say (fixture, 0, WEIR_REPLY_READY, "");
  test_expect (&fixture->base, WEIR_REPLY_READY, 0, "");
}

static void
test_garbage_breaks_it (RingFixture *fixture, gconstpointer data)
{
  say_bytes (fixture, "Hello, this is not a frame", 26);
  test_expect_broken (&fixture->base, "a frame of an impossible length (1819043144)");
}

static void
test_a_wrong_head_breaks_it (RingFixture *fixture, gconstpointer data)
{
  char *ring = (char *)fixture->worker->memory + WEIR_SHM_RING_MEMORY (RING);

  *(guint64 *)(gpointer)(ring + HEAD) = RING + 1;
  test_expect_broken (&fixture->base, "a wrong index in the ring");
}

static void
test_a_wrong_tail_breaks_it (RingFixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (2 * RING, 'x');
  char *ring = fixture->worker->memory;

  *(guint64 *)(gpointer)(ring + TAIL) = RING * 5;
  test_send (&fixture->base, 1, text);
  flush (fixture, WEIR_CHANNEL_CLOSED);
  test_expect_broken (&fixture->base, "a wrong index in the ring");
}

static void
test_scribbling_never_leads_outside (RingFixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  WeirChannelOptions options = fixture->base.channel->options;
  WeirChannelStatus status = WEIR_CHANNEL_DONE;

  for (guint round = 0; round < 300; round++)
    {
      guint32 *words = fixture->worker->memory;

      for (guint i = 0; i < 200 && status != WEIR_CHANNEL_BROKEN; i++)
        {
          for (guint k = 0; k < 20; k++)
            words[g_rand_int_range (rand, 0, fixture->worker->memory_size / 4)]
                = g_rand_int_range (rand, 0, 64);
          test_send (&fixture->base, i + 1, "record");
          weir_channel_flush (fixture->base.channel);
          status = test_receive (&fixture->base);
        }
      reopen (fixture, &options);
      status = WEIR_CHANNEL_DONE;
    }
}

static void
test_the_worker_sees_the_end_behind_what_was_flushed (RingFixture *fixture, gconstpointer data)
{
  test_send (&fixture->base, 1, "last");
  flush (fixture, WEIR_CHANNEL_DONE);
  test_send (&fixture->base, 2, "never");
  weir_channel_close_output (fixture->base.channel);
  g_assert_false (weir_shm_ring_is_ended (&fixture->worker->in));
  hear (fixture, 1, "last");
  g_assert_true (weir_shm_ring_is_ended (&fixture->worker->in));
}

static void
test_the_end_comes_after_the_last_reply (RingFixture *fixture, gconstpointer data)
{
  test_expect_status (&fixture->base, WEIR_CHANNEL_BLOCKED);
  say (fixture, 1, WEIR_REPLY_ONLY, "a");
  weir_shm_link_close_output (fixture->worker);
  g_assert_true (is_readable (fixture));
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 1, "a");
  test_expect_status (&fixture->base, WEIR_CHANNEL_CLOSED);
}

static void
test_the_end_inside_a_frame_breaks_it (RingFixture *fixture, gconstpointer data)
{
  say_head (fixture, 1, WEIR_REPLY_ONLY, 10);
  say_bytes (fixture, "12345", 5);
  weir_shm_link_close_output (fixture->worker);
  test_expect_broken (&fixture->base, "half a frame");
}

static void
test_nobody_looks_when_nothing_is_out (RingFixture *fixture, gconstpointer data)
{
  WeirChannel *channel = fixture->base.channel;

  say (fixture, 1, WEIR_REPLY_ONLY, "unasked");
  g_assert_false (weir_channel_spin (channel));
}

static void
test_a_look_in_vain_leaves_it_ready_to_be_woken (RingFixture *fixture, gconstpointer data)
{
  test_send (&fixture->base, 1, "x");
  flush (fixture, WEIR_CHANNEL_DONE);
  g_assert_false (weir_channel_spin (fixture->base.channel));
  say (fixture, 1, WEIR_REPLY_ONLY, "y");
  g_assert_true (is_readable (fixture));
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 1, "y");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/channel-ring/" name, RingFixture, NULL, set_up, function, tear_down)

static void
add_hostile (void)
{
  ADD ("a reply that was received cannot change", test_a_reply_that_was_received_cannot_change);
  ADD ("garbage breaks it", test_garbage_breaks_it);
  ADD ("a wrong head breaks it", test_a_wrong_head_breaks_it);
  ADD ("a wrong tail breaks it", test_a_wrong_tail_breaks_it);
  ADD ("scribbling never leads outside", test_scribbling_never_leads_outside);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a record goes out and its answer comes back",
       test_a_record_goes_out_and_its_answer_comes_back);
  ADD ("the environment names the descriptors", test_the_environment_names_the_descriptors);
  ADD ("nothing is seen before the flush", test_nothing_is_seen_before_the_flush);
  ADD ("a record larger than the ring goes in parts",
       test_a_record_larger_than_the_ring_goes_in_parts);
  ADD ("a record that is kept goes though its text is gone",
       test_a_record_that_is_kept_goes_though_its_text_is_gone);
  ADD ("a reply larger than the ring comes in parts",
       test_a_reply_larger_than_the_ring_comes_in_parts);
  ADD ("a reply wakes who was blocked, and from the start",
       test_a_reply_wakes_who_was_blocked_and_from_the_start);
  ADD ("a wake for nothing is forgotten", test_a_wake_for_nothing_is_forgotten);
  ADD ("a reply over the limit fails its record alone",
       test_a_reply_over_the_limit_fails_its_record_alone);
  ADD ("readiness is told when it is asked for", test_readiness_is_told_when_it_is_asked_for);
  ADD ("the worker sees the end behind what was flushed",
       test_the_worker_sees_the_end_behind_what_was_flushed);
  ADD ("the end comes after the last reply", test_the_end_comes_after_the_last_reply);
  ADD ("the end inside a frame breaks it", test_the_end_inside_a_frame_breaks_it);
  ADD ("nobody looks when nothing is out", test_nobody_looks_when_nothing_is_out);
  ADD ("a look in vain leaves it ready to be woken",
       test_a_look_in_vain_leaves_it_ready_to_be_woken);
  add_hostile ();
  return g_test_run ();
}
