/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-responder-private.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "process/weir-frame-private.h"

#include "test-channel.h"

/* A channel of either framing, and the responder at its other end. */
typedef struct
{
  Fixture base;
  WeirResponder *responder;
} ResponderFixture;

static void
set_up (ResponderFixture *fixture, gconstpointer framing)
{
  int fds[WEIR_CHILD_FDS];
  WeirWorkerWire *wire;
  WeirChannelOptions options;

  test_set_up (&fixture->base, NULL);
  fixture->base.stdin_fd = fixture->base.stdout_fd = -1;
  options = test_options (&fixture->base, (WeirFraming)GPOINTER_TO_INT (framing));
  fixture->base.channel = weir_channel_new (&options, fds, NULL);
  g_assert_nonnull (fixture->base.channel);
  if (options.framing == WEIR_FRAMING_FRAMES)
    wire = weir_worker_wire_new_for_pipes (fds[0], fds[1]);
  else
    wire = weir_worker_wire_new_for_link (weir_shm_link_new_for_fds (fds + 3, NULL));
  fixture->responder = weir_responder_new_for_wire (wire);
}

static void
tear_down (ResponderFixture *fixture, gconstpointer framing)
{
  g_clear_object (&fixture->responder);
  test_tear_down (&fixture->base, NULL);
}

/* Weir sends these records, with the ids 1, 2, 3… and the end. */
static void
send (ResponderFixture *fixture, const char *const *records)
{
  for (guint i = 0; records[i] != NULL; i++)
    test_send (&fixture->base, i + 1, records[i]);
  g_assert_cmpint (weir_channel_flush (fixture->base.channel), ==, WEIR_CHANNEL_DONE);
  weir_channel_close_output (fixture->base.channel);
}

#define SEND(fixture, ...) send (fixture, (const char *[]){ __VA_ARGS__, NULL })

static void
hear (ResponderFixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  const char *got = weir_responder_read (fixture->responder, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (got, ==, text);
  g_assert_cmpuint (weir_responder_get_length (fixture->responder), ==,
                    text == NULL ? 0 : strlen (text));
}

static void
expect_end (ResponderFixture *fixture)
{
  g_clear_object (&fixture->responder);
  if (test_receive (&fixture->base) == WEIR_CHANNEL_BLOCKED) /* what was there was received */
    test_expect_status (&fixture->base, WEIR_CHANNEL_CLOSED);
}

static void
test_records_are_answered_in_turn (ResponderFixture *fixture, gconstpointer framing)
{
  SEND (fixture, "one", "", "three");
  hear (fixture, "one");
  weir_responder_reply (fixture->responder, "ONE", -1);
  hear (fixture, "");
  weir_responder_reply (fixture->responder, "", 0);
  hear (fixture, "three");
  weir_responder_reply (fixture->responder, "THREE and more", 5);
  hear (fixture, NULL);
  hear (fixture, NULL);
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 1, "ONE");
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 2, "");
  test_expect (&fixture->base, WEIR_REPLY_ONLY, 3, "THREE");
  expect_end (fixture);
}

static void
test_an_answer_may_have_many_outputs_or_none (ResponderFixture *fixture, gconstpointer framing)
{
  SEND (fixture, "many", "none", "last");
  hear (fixture, "many");
  weir_responder_emit (fixture->responder, "a", -1);
  weir_responder_emit (fixture->responder, "b", -1);
  weir_responder_finish (fixture->responder);
  hear (fixture, "none");
  weir_responder_finish (fixture->responder);
  hear (fixture, "last");
  weir_responder_emit (fixture->responder, "c", -1);
  weir_responder_reply (fixture->responder, "d", -1);
  hear (fixture, NULL);
  test_expect (&fixture->base, WEIR_REPLY_MORE, 1, "a");
  test_expect (&fixture->base, WEIR_REPLY_MORE, 1, "b");
  test_expect (&fixture->base, WEIR_REPLY_END, 1, "");
  test_expect (&fixture->base, WEIR_REPLY_END, 2, "");
  test_expect (&fixture->base, WEIR_REPLY_MORE, 3, "c");
  test_expect (&fixture->base, WEIR_REPLY_MORE, 3, "d");
  test_expect (&fixture->base, WEIR_REPLY_END, 3, "");
  expect_end (fixture);
}

static void
test_a_failure_carries_its_message (ResponderFixture *fixture, gconstpointer framing)
{
  SEND (fixture, "bad", "forgotten");
  hear (fixture, "bad");
  weir_responder_fail (fixture->responder, "no such country");
  hear (fixture, "forgotten");
  hear (fixture, NULL);
  test_expect (&fixture->base, WEIR_REPLY_ERROR, 1, "no such country");
  test_expect (&fixture->base, WEIR_REPLY_ERROR, 2, "the worker gave no answer");
  expect_end (fixture);
}

static void
test_records_need_not_be_text (ResponderFixture *fixture, gconstpointer framing)
{
  WeirRequest request = { 1, WEIR_TIME_NEVER, "\0\xff\n", 3 };
  g_autoptr (GBytes) bytes = NULL;

  weir_channel_send (fixture->base.channel, &request);
  send (fixture, (const char *[]){ NULL });
  bytes = weir_responder_read_bytes (fixture->responder, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), request.text, 3);
  weir_responder_reply_bytes (fixture->responder, bytes);
  hear (fixture, NULL);
  g_assert_cmpint (test_receive (&fixture->base), ==, WEIR_CHANNEL_DONE);
  g_assert_cmpmem (fixture->base.reply.text, fixture->base.reply.length, request.text, 3);
}

static void
test_a_deadline_is_passed_on (ResponderFixture *fixture, gconstpointer framing)
{
  WeirRequest request = { 1, (gint64)3600 * G_GINT64_CONSTANT (1000000000), "x", 1 };
  const gint64 minute = (gint64)60 * G_GINT64_CONSTANT (1000000000);

  g_assert_cmpint (weir_responder_get_remaining (fixture->responder), ==, G_MAXINT64);
  weir_channel_send (fixture->base.channel, &request);
  request.remaining = -1;
  weir_channel_send (fixture->base.channel, &request);
  SEND (fixture, "none");
  hear (fixture, "x");
  g_assert_cmpint (weir_responder_get_remaining (fixture->responder), <=, 60 * minute);
  g_assert_cmpint (weir_responder_get_remaining (fixture->responder), >, 50 * minute);
  hear (fixture, "x");
  g_assert_cmpint (weir_responder_get_remaining (fixture->responder), ==, 0);
  hear (fixture, "none");
  g_assert_cmpint (weir_responder_get_remaining (fixture->responder), ==, G_MAXINT64);
}

static void
expect_error (const char *bytes, gsize length, GIOErrorEnum code)
{
  g_autoptr (WeirResponder) responder = NULL;
  g_autoptr (GError) error = NULL;
  int in[2], out;

  g_assert_cmpint (pipe2 (in, O_CLOEXEC), ==, 0);
  g_assert_cmpint (write (in[1], bytes, length), ==, length);
  close (in[1]);
  out = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  responder = weir_responder_new_for_wire (weir_worker_wire_new_for_pipes (in[0], out));
  g_assert_null (weir_responder_read (responder, &error));
  g_assert_error (error, G_IO_ERROR, (int)code);
}

static void
test_half_a_record_and_garbage_are_errors (void)
{
  expect_error ("\015\0\0\0\1\0\0\0", 8, G_IO_ERROR_PARTIAL_INPUT);
  expect_error ("\015\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16, G_IO_ERROR_PARTIAL_INPUT);
  expect_error ("{\"these\":\"are lines\"}\n", 22, G_IO_ERROR_INVALID_DATA);
  expect_error ("\013\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16, G_IO_ERROR_INVALID_DATA);
}

static void
test_the_first_read_says_that_it_is_ready (void)
{
  g_autoptr (WeirResponder) responder = NULL;
  char bytes[WEIR_FRAME_HEAD + 1];
  int out[2];

  g_assert_cmpint (pipe2 (out, O_CLOEXEC), ==, 0);
  responder = weir_responder_new_for_wire (
      weir_worker_wire_new_for_pipes (open ("/dev/null", O_RDONLY | O_CLOEXEC), out[1]));
  for (guint i = 0; i < 2; i++)
    g_assert_null (weir_responder_read (responder, NULL));
  g_assert_cmpmem (bytes, read (out[0], bytes, sizeof bytes),
                   "\014\0\0\0\0\0\0\0\0\0\0\0\004\0\0\0", WEIR_FRAME_HEAD);
  close (out[0]);
}

static void
test_an_environment_that_cannot_be_is_an_error (void)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("WEIR_RING", "nonsense", TRUE);
  g_assert_null (weir_responder_new_from_environment (&error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_unsetenv ("WEIR_RING");
}

/* A worker in a thread, and records of all sizes on their way in both directions at once. */
#define N_RECORDS 20000
#define LONGEST   9000
#define N_OUT     100

static gpointer
echo (gpointer responder)
{
  const char *text;

  while ((text = weir_responder_read (responder, NULL)) != NULL)
    weir_responder_reply (responder, text, (gssize)weir_responder_get_length (responder));
  g_object_unref (responder);
  return NULL;
}

static gsize
length_of (guint64 id)
{
  return id % 500 == 0 ? 300000 : id * 7919 % LONGEST;
}

static void
give (ResponderFixture *fixture, const char *text, guint64 *sent, guint64 received)
{
  while (*sent < N_RECORDS && *sent - received < N_OUT)
    {
      guint64 id = ++*sent;
      WeirRequest request = { id, WEIR_TIME_NEVER, text + id % 10, length_of (id) };

      weir_channel_send (fixture->base.channel, &request);
    }
}

static void
wait_for (ResponderFixture *fixture, WeirChannelStatus flushed)
{
  WeirChannel *channel = fixture->base.channel;
  struct pollfd fds[] = {
    { weir_channel_get_input_fd (channel), POLLIN, 0 },
    { flushed == WEIR_CHANNEL_BLOCKED ? weir_channel_get_output_fd (channel) : -1, POLLOUT, 0 },
  };

  if (!weir_channel_spin (channel))
    g_assert_cmpint (poll (fds, 2, -1), >=, 1);
}

static guint64
receive_all (ResponderFixture *fixture, const char *text, guint64 received)
{
  const WeirReply *reply = &fixture->base.reply;
  WeirChannelStatus status;

  while ((status = test_receive (&fixture->base)) == WEIR_CHANNEL_DONE)
    {
      g_assert_cmpuint (reply->id, ==, ++received);
      g_assert_cmpuint (reply->length, ==, length_of (received));
      g_assert_true (memcmp (reply->text, text + received % 10, reply->length) == 0);
    }
  g_assert_cmpint (status, ==, WEIR_CHANNEL_BLOCKED);
  return received;
}

static void
test_each_of_many_records_is_answered_once (ResponderFixture *fixture, gconstpointer framing)
{
  g_autofree char *text = g_malloc (300010);
  guint64 sent = 0, received = 0;
  pthread_t worker;

  for (guint i = 0; i < 300010; i++)
    text[i] = (char)('0' + i % 10);
  g_assert_cmpint (pthread_create (&worker, NULL, echo, g_steal_pointer (&fixture->responder)), ==,
                   0);
  while (received < N_RECORDS)
    {
      WeirChannelStatus flushed;

      give (fixture, text, &sent, received);
      flushed = weir_channel_flush (fixture->base.channel);
      received = receive_all (fixture, text, received);
      if (received < sent && (sent == N_RECORDS || sent - received == N_OUT))
        wait_for (fixture, flushed);
    }
  weir_channel_close_output (fixture->base.channel);
  pthread_join (worker, NULL);
  expect_end (fixture);
}

static void
add (const char *name, void (*function) (ResponderFixture *, gconstpointer))
{
  g_autofree char *frames = g_strdup_printf ("/process/responder/frames/%s", name);
  g_autofree char *rings = g_strdup_printf ("/process/responder/shared memory/%s", name);

  g_test_add (frames, ResponderFixture, GINT_TO_POINTER (WEIR_FRAMING_FRAMES), set_up, function,
              tear_down);
  g_test_add (rings, ResponderFixture, GINT_TO_POINTER (WEIR_FRAMING_SHARED_MEMORY), set_up,
              function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("records are answered in turn", test_records_are_answered_in_turn);
  add ("an answer may have many outputs or none", test_an_answer_may_have_many_outputs_or_none);
  add ("a failure carries its message", test_a_failure_carries_its_message);
  add ("records need not be text", test_records_need_not_be_text);
  add ("a deadline is passed on", test_a_deadline_is_passed_on);
  add ("each of many records is answered once", test_each_of_many_records_is_answered_once);
  g_test_add_func ("/process/responder/the first read says that it is ready",
                   test_the_first_read_says_that_it_is_ready);
  g_test_add_func ("/process/responder/half a record and garbage are errors",
                   test_half_a_record_and_garbage_are_errors);
  g_test_add_func ("/process/responder/an environment that cannot be is an error",
                   test_an_environment_that_cannot_be_is_an_error);
  return g_test_run ();
}
