/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

static void
test_a_process_is_ready_and_ends (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_script (fixture, "exit 3");

  g_assert_cmpint (process->state, ==, WEIR_PROCESS_STARTING);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpuint (fixture->n_ready, ==, 1);
  g_assert_cmpint (fixture->last.state, ==, WEIR_PROCESS_ENDED);
  g_assert_cmpstr (fixture->description, ==, "exit status 3");
}

static void
test_one_that_cannot_be_started_says_why (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  g_autoptr (WeirCommand) command = command_new ("/no/such/program", NULL);

  g_assert_nonnull (process_fixture_try (fixture, command, NULL, NULL, NULL));
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpuint (fixture->n_ready, ==, 0);
  g_assert_cmpint (fixture->last.start_error, ==, ENOENT);
  g_assert_cmpstr (fixture->description, ==, "cannot be started: exec: No such file or directory");
}

static void
test_the_last_words_on_stderr_are_kept (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();

  process_fixture_start_script (fixture, "echo one >&2; echo two >&2; kill -9 $$");
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "signal 9 (Killed): one | two");
}

static void
test_a_worker_that_reads_to_the_end_needs_no_signal (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (fixture, "exec cat", FALSE);

  process_fixture_wait (fixture, &fixture->n_ready, 1);
  weir_process_end (process, SECOND);
  g_assert_cmpint (process->state, ==, WEIR_PROCESS_ENDING);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "exit status 0");
}

static void
test_the_ladder_goes_on_by_the_clock (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (
      fixture, "trap 'echo asked >&2' TERM; sleep 1000 & echo; while :; do wait; done", FALSE);

  process_fixture_wait (fixture, &fixture->n_readable, 1);
  weir_process_end (process, SECOND);
  g_assert_cmpint (weir_process_host_get_next_time (fixture->host), ==,
                   weir_clock_get_time (WEIR_CLOCK (fixture->clock)) + SECOND);
  weir_test_clock_advance (fixture->clock, SECOND);
  process_fixture_settle (fixture);
  while (weir_stderr_tail_get_bytes (process->errors) == 0)
    process_fixture_settle (fixture);
  g_assert_cmpuint (fixture->n_ended, ==, 0);
  weir_test_clock_advance (fixture->clock, SECOND);
  process_fixture_settle (fixture);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "signal 9 (Killed): asked");
  g_assert_cmpint (weir_process_host_get_next_time (fixture->host), ==, WEIR_TIME_NEVER);
}

static void
test_without_an_input_term_comes_first (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_script (fixture, "exec sleep 1000");

  weir_process_end (process, SECOND); /* it has not even started */
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "signal 15 (Terminated)");
  g_assert_cmpuint (fixture->n_ready, ==, 0);
}

static void
test_a_second_end_may_be_faster_and_not_slower (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (fixture, "trap '' TERM; sleep 1000", FALSE);
  gint64 next;

  process_fixture_wait (fixture, &fixture->n_ready, 1);
  weir_process_end (process, SECOND);
  next = weir_process_host_get_next_time (fixture->host);
  weir_process_end (process, 100 * SECOND);
  g_assert_cmpint (weir_process_host_get_next_time (fixture->host), ==, next);
  weir_process_end (process, 0);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "signal 9 (Killed)");
}

static void
test_a_worker_that_is_asked_says_when_it_is_ready (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process
      = process_fixture_start_worker (fixture, "sleep 0.05; echo ready; exec cat", TRUE);

  while (process->state == WEIR_PROCESS_STARTING)
    process_fixture_settle (fixture);
  g_assert_cmpint (process->state, ==, WEIR_PROCESS_WARMING);
  g_assert_cmpuint (fixture->n_ready, ==, 0);
  process_fixture_wait (fixture, &fixture->n_ready, 1);
  g_assert_cmpint (process->state, ==, WEIR_PROCESS_READY);
  g_assert_cmpint (weir_process_host_get_next_time (fixture->host), ==, WEIR_TIME_NEVER);
}

static void
test_one_that_is_not_ready_in_time_is_killed (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (fixture, "sleep 1000", TRUE);

  while (process->state == WEIR_PROCESS_STARTING)
    process_fixture_settle (fixture);
  weir_test_clock_advance (fixture->clock, 5 * SECOND);
  process_fixture_settle (fixture);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "was not ready in time, signal 9 (Killed)");
  g_assert_cmpuint (fixture->n_ready, ==, 0);
}

static void
test_one_that_ends_before_it_is_ready_is_no_worker (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();

  process_fixture_start_worker (fixture, "echo broken >&2; exit 1", TRUE);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpuint (fixture->n_ready, ==, 0);
  g_assert_true (g_str_has_suffix (fixture->description, "exit status 1: broken"));
}

static void
test_a_daemon_that_holds_the_pipes_delays_nothing (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (
      fixture, "setsid sh -c 'echo; exec sleep 1000' & exec cat", FALSE);

  process_fixture_wait (fixture, &fixture->n_readable, 1);
  weir_process_end (process, SECOND);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_assert_cmpstr (fixture->description, ==, "exit status 0");
}

static void
test_replies_before_the_end_can_still_be_read (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (ProcessFixture) fixture = process_fixture_new ();

      process_fixture_start_worker (fixture, "echo 1; echo 2; echo 3", FALSE);
      process_fixture_wait (fixture, &fixture->n_ended, 1);
      g_assert_cmpuint (fixture->n_readable, <=, 3);
    }
}

static void
test_a_closed_output_is_not_told_for_ever (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process
      = process_fixture_start_worker (fixture, "echo; exec >&-; sleep 1000", FALSE);

  process_fixture_wait (fixture, &fixture->n_readable, 1);
  while (process->input_watch != NULL)
    process_fixture_settle (fixture);
  process_fixture_settle (fixture); /* comes to an end */
  g_assert_cmpint (process->state, ==, WEIR_PROCESS_READY);
}

static void
send (WeirProcess *process)
{
  WeirRequest request = { .id = 1, .remaining = WEIR_TIME_NEVER, .text = "x\n", .length = 1 };

  weir_channel_send (process->channel, &request);
  g_assert_cmpint (weir_channel_flush (process->channel), ==, WEIR_CHANNEL_DONE);
}

/* The clock of the test is that of its rest. */
static void
test_one_that_rests_is_heard_when_its_time_has_come (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  WeirProcess *process = process_fixture_start_worker (fixture, "cat", FALSE);
  gint64 until = weir_clock_get_time (WEIR_CLOCK (fixture->clock)) + SECOND;
  struct pollfd replies = { weir_channel_get_input_fd (process->channel), POLLIN };

  process_fixture_wait (fixture, &fixture->n_ready, 1);
  weir_process_rest_input (process, until);
  g_assert_cmpint (weir_process_host_get_next_time (fixture->host), ==, until);
  send (process);
  g_assert_cmpint (poll (&replies, 1, 20000), ==, 1);
  process_fixture_settle (fixture);
  g_assert_cmpuint (fixture->n_readable, ==, 0);
  weir_test_clock_advance (fixture->clock, SECOND);
  weir_process_host_dispatch (fixture->host);
  g_assert_cmpuint (fixture->n_readable, ==, 1);
  send (process);
  process_fixture_wait (fixture, &fixture->n_readable, 2);
}

static void
test_lines_come_without_being_held_back (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();

  process_fixture_start_worker (
      fixture, "/usr/bin/python3 -c 'import time\nprint(1)\ntime.sleep(1000)'", FALSE);
  process_fixture_start_worker (fixture, "(echo 1; sleep 1000) | exec tr 1 2", FALSE);
  process_fixture_wait (fixture, &fixture->n_readable, 2);
}

static void
test_a_lost_guard_ends_all_and_is_replaced (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  g_autofree char *line = NULL;

  process_fixture_start_speaker (fixture, "echo $PPID; exec sleep 1000", &line);
  process_fixture_start_script (fixture, "sleep 1000");
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  kill (atoi (line), SIGKILL);
  process_fixture_wait (fixture, &fixture->n_ended, 2);
  g_log_set_always_fatal (fatal);
  g_assert_cmpstr (fixture->description, ==, "weir-guard was killed, signal 9 (Killed)");
  process_fixture_start_script (fixture, "exit 0");
  process_fixture_wait (fixture, &fixture->n_ended, 3);
  g_assert_cmpstr (fixture->description, ==, "exit status 0");
}

/* As the guard does that has no descriptors, once it was asked. */
static void
test_a_guard_that_cannot_begin_says_why (void)
{
  const char script[] = "#!/bin/sh\nhead -c 1\nexit 24\n";
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp (NULL, &file, NULL);

  g_assert_cmpint (write (fd, script, strlen (script)), ==, strlen (script));
  g_assert_cmpint (fchmod (fd, 0700), ==, 0);
  close (fd);
  g_setenv ("WEIR_GUARD", file, TRUE);
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  g_unsetenv ("WEIR_GUARD");
  process_fixture_start_script (fixture, "exit 0");
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  g_log_set_always_fatal (fatal);
  g_assert_cmpstr (fixture->description, ==, "cannot be started: weir-guard: Too many open files");
  unlink (file);
}

static void
test_freeing_the_host_leaves_nothing (void)
{
  guint before = count_descriptors ();
  ProcessFixture *fixture = process_fixture_new ();
  g_autofree char *line = NULL;

  process_fixture_start_speaker (fixture, "trap '' TERM; echo $$; sleep 1000", &line);
  process_fixture_start_worker (fixture, "cat", FALSE);
  process_fixture_start_worker (fixture, "cat", TRUE);
  process_fixture_free (fixture);
  g_assert_false (is_there (atoi (line)));
  g_assert_cmpuint (count_descriptors (), ==, before);
}

static void
test_a_live_process_tells_what_it_uses (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  g_autofree char *line = NULL;
  WeirUsage usage;
  WeirProcess *process = process_fixture_start_speaker (
      fixture,
      "exec /usr/bin/python3 -c 'import time\nx = bytearray(1 << 25)\n"
      "while time.process_time() < 0.2: pass\nprint()\ntime.sleep(1000)'",
      &line);

  weir_process_get_usage (process, &usage);
  g_assert_cmpuint (usage.user + usage.system, >=, 180 * 1000 * 1000);
  g_assert_cmpuint (usage.user + usage.system, <=, 400 * 1000 * 1000);
  g_assert_cmpuint (usage.peak, >=, 1 << 25);
  g_assert_cmpuint (usage.peak, <=, 1 << 26);
}

static void
set_descriptor_limit (guint n, struct rlimit *before)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, before);
  limit = (struct rlimit){ n, before->rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

/* Whether a process was started and ended well while at most @limit descriptors could be open. */
static gboolean
try_with_descriptors (ProcessFixture *fixture, guint limit)
{
  g_autoptr (WeirCommand) command = command_new ("true", NULL);
  g_autoptr (GError) error = NULL;
  struct rlimit before;
  guint n_ended = fixture->n_ended;

  set_descriptor_limit (limit, &before);
  WeirProcess *process = process_fixture_try (fixture, command, NULL, NULL, &error);
  if (process != NULL)
    process_fixture_wait (fixture, &fixture->n_ended, n_ended + 1);
  else
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_MFILE);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  return process != NULL && fixture->last.start_error == 0;
}

static void
test_without_descriptors_nothing_leaks (void)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  guint before = count_descriptors ();
  guint n_failures = 0;

  for (guint limit = before - 2; !try_with_descriptors (fixture, limit); limit++)
    {
      g_assert_cmpuint (count_descriptors (), ==, before);
      g_assert_cmpuint (++n_failures, <, 20);
    }
  g_assert_cmpuint (n_failures, >, 0);
  g_assert_cmpuint (count_descriptors (), ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/process/" #name, test_##name)
  TEST (a_process_is_ready_and_ends);
  TEST (one_that_cannot_be_started_says_why);
  TEST (the_last_words_on_stderr_are_kept);
  TEST (a_worker_that_reads_to_the_end_needs_no_signal);
  TEST (the_ladder_goes_on_by_the_clock);
  TEST (without_an_input_term_comes_first);
  TEST (a_second_end_may_be_faster_and_not_slower);
  TEST (a_worker_that_is_asked_says_when_it_is_ready);
  TEST (one_that_is_not_ready_in_time_is_killed);
  TEST (one_that_ends_before_it_is_ready_is_no_worker);
  TEST (a_daemon_that_holds_the_pipes_delays_nothing);
  TEST (replies_before_the_end_can_still_be_read);
  TEST (a_closed_output_is_not_told_for_ever);
  TEST (one_that_rests_is_heard_when_its_time_has_come);
  TEST (lines_come_without_being_held_back);
  TEST (a_lost_guard_ends_all_and_is_replaced);
  TEST (a_guard_that_cannot_begin_says_why);
  TEST (freeing_the_host_leaves_nothing);
  TEST (a_live_process_tells_what_it_uses);
  TEST (without_descriptors_nothing_leaks);
  return g_test_run ();
}
