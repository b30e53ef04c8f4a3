/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "process/weir-channel-private.h"

/* A channel and the child's ends of it, in the hands of the test. */
typedef struct
{
  WeirBufferPool *buffers;
  WeirChannel *channel;
  int stdin_fd;  /* of the child */
  int stdout_fd; /* of the child */
  WeirReply reply;
} Fixture;

static inline WeirChannelOptions
test_options (Fixture *fixture, WeirFraming framing)
{
  return (WeirChannelOptions){ .framing = framing,
                               .max_reply = 1024 * 1024,
                               .buffers = fixture->buffers };
}

static inline void
test_open (Fixture *fixture, const WeirChannelOptions *options)
{
  int fds[WEIR_CHILD_FDS];

  fixture->channel = weir_channel_new (options, fds, NULL);
  g_assert_nonnull (fixture->channel);
  fixture->stdin_fd = fds[0];
  fixture->stdout_fd = fds[1];
  g_assert_cmpint (fds[2], ==, -1);
}

static inline void
test_close_child (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static inline void
test_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->buffers = weir_buffer_pool_new (16 * 1024 * 1024);
}

/* Nothing that the channel held is left. */
static inline void
test_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->channel, weir_channel_free);
  test_close_child (&fixture->stdin_fd);
  test_close_child (&fixture->stdout_fd);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->buffers), ==, 0);
  weir_buffer_pool_unref (fixture->buffers);
}

/* The child writes @bytes. */
static inline void
test_say (Fixture *fixture, const void *bytes, gsize length)
{
  g_assert_cmpint (write (fixture->stdout_fd, bytes, length), ==, length);
}

static inline void
test_send (Fixture *fixture, guint64 id, const char *text)
{
  WeirRequest request = { id, WEIR_TIME_NEVER, text, strlen (text) };

  weir_channel_send (fixture->channel, &request);
}

/* BLOCKED may be told of the moment of the read before. */
static inline WeirChannelStatus
test_receive (Fixture *fixture)
{
  WeirChannelStatus status = weir_channel_receive (fixture->channel, &fixture->reply);

  return status == WEIR_CHANNEL_BLOCKED
             ? weir_channel_receive (fixture->channel, &fixture->reply)
             : status;
}

/* The next reply is this one. */
static inline void
test_expect (Fixture *fixture, WeirReplyKind kind, guint64 id, const char *text)
{
  g_autofree char *got = NULL;

  g_assert_cmpint (test_receive (fixture), ==, WEIR_CHANNEL_DONE);
  got = g_strndup (fixture->reply.text, fixture->reply.length);
  g_assert_cmpint (fixture->reply.kind, ==, kind);
  g_assert_cmpuint (fixture->reply.id, ==, id);
  g_assert_cmpstr (got, ==, text);
  g_assert_nonnull (fixture->reply.buffer);
}

static inline void
test_expect_status (Fixture *fixture, WeirChannelStatus status)
{
  g_assert_cmpint (test_receive (fixture), ==, status);
}

static inline void
test_expect_broken (Fixture *fixture, const char *fault)
{
  for (guint i = 0; i < 2; i++)
    test_expect_status (fixture, WEIR_CHANNEL_BROKEN);
  g_assert_cmpstr (weir_channel_get_fault (fixture->channel), ==, fault);
}
