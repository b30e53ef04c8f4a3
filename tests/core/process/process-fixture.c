/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-fixture.h"

#include <poll.h>
#include <unistd.h>

#define PATIENCE 20000 /* milliseconds */
#define SECOND   G_GINT64_CONSTANT (1000000000)

static void
on_ready (WeirProcess *process)
{
  ((ProcessFixture *)process->owner)->n_ready++;
}

static void
on_readable (WeirProcess *process)
{
  ProcessFixture *fixture = process->owner;
  WeirReply reply;

  while (weir_channel_receive (process->channel, &reply) == WEIR_CHANNEL_DONE)
    fixture->n_readable++;
}

static void
on_ended (WeirProcess *process)
{
  ProcessFixture *fixture = process->owner;

  g_free (fixture->description);
  fixture->description = weir_process_describe_end (process);
  fixture->last = *process;
  fixture->n_ended++;
}

static const WeirProcessEvents events
    = { .ready = on_ready, .readable = on_readable, .ended = on_ended };

ProcessFixture *
process_fixture_new_without_host (void)
{
  ProcessFixture *fixture = g_new0 (ProcessFixture, 1);

  fixture->clock = WEIR_TEST_CLOCK (weir_test_clock_new ());
  fixture->buffers = weir_buffer_pool_new (1 << 20);
  return fixture;
}

ProcessFixture *
process_fixture_new (void)
{
  g_autoptr (GError) error = NULL;
  ProcessFixture *fixture = process_fixture_new_without_host ();

  fixture->host = weir_process_host_new (WEIR_CLOCK (fixture->clock), &error);
  g_assert_no_error (error);
  return fixture;
}

void
process_fixture_free (ProcessFixture *fixture)
{
  g_clear_pointer (&fixture->host, weir_process_host_free);
  weir_buffer_pool_unref (fixture->buffers);
  g_object_unref (fixture->clock);
  g_free (fixture->description);
  g_free (fixture);
}

void
process_fixture_wait (ProcessFixture *fixture, const guint *counter, guint count)
{
  struct pollfd fd = { weir_process_host_get_fd (fixture->host), POLLIN };

  while (*counter < count)
    {
      g_assert_cmpint (poll (&fd, 1, PATIENCE), ==, 1);
      weir_process_host_dispatch (fixture->host);
    }
}

void
process_fixture_settle (ProcessFixture *fixture)
{
  struct pollfd fd = { weir_process_host_get_fd (fixture->host), POLLIN };

  do
    weir_process_host_dispatch (fixture->host);
  while (poll (&fd, 1, 0) == 1);
}

WeirProcess *
process_fixture_try (ProcessFixture *fixture, WeirCommand *command, WeirChannel *channel,
                     const int *fds, GError **error)
{
  const int none[WEIR_CHILD_FDS] = { -1, -1, -1, -1, -1, -1 };

  return weir_process_start (fixture->host, command, channel, fds != NULL ? fds : none, 5 * SECOND,
                             &events, fixture, error);
}

static WeirProcess *
start_script (ProcessFixture *fixture, const char *script, WeirChannel *channel, const int *fds)
{
  g_autoptr (WeirCommand) command = command_new ("/bin/sh", "-c", script, NULL);
  g_autoptr (GError) error = NULL;
  WeirProcess *process = process_fixture_try (fixture, command, channel, fds, &error);

  g_assert_no_error (error);
  return process;
}

WeirProcess *
process_fixture_start_script (ProcessFixture *fixture, const char *script)
{
  return start_script (fixture, script, NULL, NULL);
}

WeirProcess *
process_fixture_start_worker (ProcessFixture *fixture, const char *script, gboolean waits_ready)
{
  const WeirChannelOptions options = { .framing = WEIR_FRAMING_LINES,
                                       .waits_ready = waits_ready,
                                       .max_reply = 1 << 20,
                                       .buffers = fixture->buffers };
  g_autoptr (GError) error = NULL;
  int fds[WEIR_CHILD_FDS];
  WeirChannel *channel = weir_channel_new (&options, fds, &error);

  g_assert_no_error (error);
  WeirProcess *process = start_script (fixture, script, channel, fds);
  for (guint i = 0; i < WEIR_CHILD_FDS; i++)
    if (fds[i] >= 0)
      close (fds[i]);
  return process;
}

WeirProcess *
process_fixture_start_speaker (ProcessFixture *fixture, const char *script, char **line)
{
  int ends[2], fds[WEIR_CHILD_FDS] = { -1, -1, -1, -1, -1, -1 };

  make_pipe (ends);
  fds[1] = ends[1];
  WeirProcess *process = start_script (fixture, script, NULL, fds);
  close (ends[1]);
  *line = read_line (ends[0]);
  close (ends[0]);
  process_fixture_wait (fixture, &fixture->n_ready, 1);
  return process;
}
