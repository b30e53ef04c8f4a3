/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024 * 1024)

static void
test_a_child_that_ran_tells_its_status (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id = guard_fixture_spawn_words (fixture, "/bin/sh", "-c", "exit 7", NULL);

  WeirGuardEvent started = guard_fixture_wait (fixture);
  g_assert_cmpint (started.kind, ==, WEIR_GUARD_STARTED);
  g_assert_cmpuint (started.id, ==, id);
  g_assert_cmpint (started.pid, >, 1);
  g_assert_cmpint (started.pidfd, >=, 0);
  close (started.pidfd);

  WeirGuardEvent exited = guard_fixture_wait (fixture);
  g_assert_cmpint (exited.kind, ==, WEIR_GUARD_EXITED);
  g_assert_cmpuint (exited.id, ==, id);
  g_assert_cmpint (WEXITSTATUS (exited.status), ==, 7);
}

static void
assert_fails (GuardFixture *fixture, const WeirCommand *command, int reason, const char *step)
{
  guint64 id = guard_fixture_spawn (fixture, command, -1, -1);
  WeirGuardEvent event = guard_fixture_wait (fixture);

  g_assert_cmpint (event.kind, ==, WEIR_GUARD_FAILED);
  g_assert_cmpuint (event.id, ==, id);
  g_assert_cmpint (event.error, ==, reason);
  g_assert_cmpstr (event.step, ==, step);
}

static void
test_a_failed_exec_tells_its_errno (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) missing = command_new ("/no/such/program", NULL);
  g_autoptr (WeirCommand) unknown = command_new ("no-such-program", NULL);
  g_autoptr (WeirCommand) closed = command_new ("/etc/passwd", NULL);
  g_autoptr (WeirCommand) folder = command_new ("/tmp", NULL);
  g_autoptr (WeirCommand) empty = command_new ("", NULL);

  assert_fails (fixture, missing, ENOENT, "exec");
  assert_fails (fixture, unknown, ENOENT, "exec");
  assert_fails (fixture, closed, EACCES, "exec");
  assert_fails (fixture, folder, EACCES, "exec");
  assert_fails (fixture, empty, ENOENT, "exec");
}

static void
assert_interpreter (const char *text, const char *interpreter)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autofree char *folder = g_dir_make_tmp ("weir-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "script", NULL);
  g_autoptr (WeirCommand) command = command_new (path, NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
  guard_fixture_spawn (fixture, command, -1, -1);
  WeirGuardEvent event = guard_fixture_wait (fixture);
  g_assert_cmpint (event.error, ==, ENOENT);
  g_assert_cmpstr (event.interpreter, ==, interpreter);
  remove (path);
  rmdir (folder);
}

static void
test_a_missing_interpreter_is_named (void)
{
  assert_interpreter ("#!/no/such -x\n", "/no/such");
  assert_interpreter ("#! \t/no/such", "/no/such");
  assert_interpreter ("#!/bin/sh\r\n", "/bin/sh\r");
}

static void
test_other_steps_tell_their_errno (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) nowhere = command_new ("true", NULL);
  g_autoptr (WeirCommand) no_cpu = command_new ("true", NULL);

  nowhere->directory = g_strdup ("/no/such/folder");
  assert_fails (fixture, nowhere, ENOENT, "chdir");
  no_cpu->affinity = g_array_new (FALSE, FALSE, sizeof (guint));
  assert_fails (fixture, no_cpu, EINVAL, "affinity");
}

static void
test_arguments_are_passed_as_they_are (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = command_new (
      "/bin/sh", "-c", "for word; do printf '<%s>' \"$word\"; done", "-x", "two words", "it's",
      "\"quoted\"", "new\nline", "--leading", "", "$HOME *;", "\\", NULL);
  g_autofree char *text = guard_fixture_run (fixture, command);

  g_assert_cmpstr (text, ==, "<two words><it's><\"quoted\"><new\nline><--leading><><$HOME *;><\\>");
}

static void
test_a_command_is_looked_up_in_the_path_of_the_child (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) found = command_new ("echo", "found", NULL);
  g_autoptr (WeirCommand) lost = command_new ("echo", "found", NULL);
  g_autofree char *text = guard_fixture_run (fixture, found);

  g_assert_cmpstr (text, ==, "found\n");
  lost->environment = g_strsplit ("PATH=/no/such/folder:/etc", ",", -1);
  assert_fails (fixture, lost, ENOENT, "exec");
}

static void
test_the_environment_is_weirs_and_the_commands (void)
{
  g_autoptr (WeirCommand) command
      = command_new ("/bin/sh", "-c", "echo $OWN $BOTH $GIVEN $EXTRA", NULL);
  const char *extra[] = { "EXTRA=e", NULL };
  int ends[2];

  g_setenv ("OWN", "o", TRUE);
  g_setenv ("BOTH", "o", TRUE);
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  command->environment = g_strsplit ("BOTH=b,GIVEN=g,EXTRA=no", ",", -1);
  make_pipe (ends);
  const int fds[] = { -1, ends[1] };
  g_assert_true (weir_guard_spawn (fixture->guard, 1, command, extra, fds, 2, NULL));
  close (ends[1]);
  g_autofree char *line = read_line (ends[0]);
  close (ends[0]);
  g_assert_cmpstr (line, ==, "o b g e");
}

static void
test_what_weir_was_told_as_a_worker_is_not_handed_down (void)
{
  g_autoptr (WeirCommand) command
      = command_new ("/bin/sh", "-c", "echo ${WEIR_DEADLINE_MS-none} ${WEIR_RING-none}", NULL);

  g_setenv ("WEIR_DEADLINE_MS", "50", TRUE);
  g_setenv ("WEIR_RING", "3,4,5", TRUE);
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_unsetenv ("WEIR_DEADLINE_MS");
  g_unsetenv ("WEIR_RING");
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, "none none\n");
}

static void
test_a_child_works_where_the_command_says (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = command_new ("pwd", NULL);

  command->directory = g_strdup ("/usr");
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, "/usr\n");
}

static void
test_a_child_runs_on_the_cpus_of_the_command (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command
      = command_new ("grep", "Cpus_allowed_list", "/proc/self/status", NULL);
  guint cpu = (guint)sysconf (_SC_NPROCESSORS_ONLN) - 1;

  command->affinity = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (command->affinity, cpu);
  g_autofree char *expected = g_strdup_printf ("Cpus_allowed_list:\t%u\n", cpu);
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_limits_and_no_new_privileges_are_set (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = command_new (
      "/bin/sh", "-c", "ulimit -n; ulimit -t; ulimit -c; grep NoNewPrivs /proc/self/status", NULL);

  command->limits[WEIR_LIMIT_FILES] = 50;
  command->limits[WEIR_LIMIT_CPU] = 1000;
  command->limits[WEIR_LIMIT_CORE] = 0;
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, "50\n1000\n0\nNoNewPrivs:\t1\n");
}

static void
test_a_memory_limit_ends_that_child_alone (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) other = command_new ("cat", NULL);
  g_autoptr (WeirCommand) greedy
      = command_new ("/usr/bin/python3", "-c", "x = bytearray(1 << 28)", NULL);
  int ends[2];

  make_pipe (ends);
  guint64 alive = guard_fixture_spawn (fixture, other, ends[0], -1);
  close (ends[0]);
  guint64 free = guard_fixture_spawn (fixture, greedy, -1, -1);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, free).status, ==, 0);
  greedy->limits[WEIR_LIMIT_MEMORY] = 128 * MIB;
  guint64 limited = guard_fixture_spawn (fixture, greedy, -1, -1);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, limited).status, !=, 0);
  close (ends[1]);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, alive).status, ==, 0);
}

static void
test_a_child_inherits_no_descriptor (void)
{
  int noise[50];

  for (guint i = 0; i < G_N_ELEMENTS (noise); i++)
    noise[i] = open ("/dev/null", O_RDONLY); /* without close-on-exec */
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = command_new ("ls", "/proc/self/fd", NULL);
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, "0\n1\n2\n3\n"); /* 3: the folder that ls reads */
  for (guint i = 0; i < G_N_ELEMENTS (noise); i++)
    close (noise[i]);
}

static void
test_the_end_of_input_arrives_while_others_are_started (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) reader = command_new ("cat", NULL);
  int ends[2];

  make_pipe (ends);
  guint64 id = guard_fixture_spawn (fixture, reader, ends[0], -1);
  close (ends[0]);
  for (guint i = 0; i < 20; i++)
    guard_fixture_spawn_words (fixture, "sleep", "1000", NULL);
  close (ends[1]);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, id).status, ==, 0);
}

static void
test_all_six_descriptors_can_be_given (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command
      = command_new ("/bin/sh", "-c", "echo 1; echo 3 >&3; echo 4 >&4; echo 5 >&5", NULL);
  int ends[2];

  make_pipe (ends);
  const int fds[WEIR_CHILD_FDS] = { -1, ends[1], -1, ends[1], ends[1], ends[1] };
  g_assert_true (weir_guard_spawn (fixture->guard, 1, command, NULL, fds, WEIR_CHILD_FDS, NULL));
  close (ends[1]);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, 1).status, ==, 0);
  for (const char *c = "1345"; *c != '\0'; c++)
    {
      g_autofree char *line = read_line (ends[0]);
      g_assert_cmpint (line[0], ==, *c);
    }
  close (ends[0]);
}

static void
test_a_signal_reaches_the_whole_group (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *line = guard_fixture_start_script (fixture, "sleep 1000 & echo $!; wait", &id);
  pid_t grandchild = atoi (line);

  g_assert_true (is_there (grandchild));
  weir_guard_signal (fixture->guard, id, SIGTERM);
  g_assert_cmpint (WTERMSIG (guard_fixture_wait_exit (fixture, id).status), ==, SIGTERM);
  g_assert_true (ends_soon (grandchild));
}

static void
test_what_a_leader_leaves_in_its_group_ends_with_it (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *line = guard_fixture_start_script (fixture, "sleep 1000 & echo $!", &id);

  g_assert_cmpint (guard_fixture_wait_exit (fixture, id).status, ==, 0);
  g_assert_true (ends_soon (atoi (line)));
}

static void
test_a_child_that_was_reaped_gets_no_signal (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id = guard_fixture_spawn_words (fixture, "true", NULL);

  guard_fixture_wait_exit (fixture, id);
  for (guint64 other = 0; other < 5; other++)
    weir_guard_signal (fixture->guard, other, SIGKILL);
  id = guard_fixture_spawn_words (fixture, "true", NULL);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, id).status, ==, 0);
}

static void
test_a_daemon_that_holds_the_output_ends_with_the_guard (void)
{
  GuardFixture *fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *line
      = guard_fixture_start_script (fixture, "setsid sh -c 'echo $$; exec sleep 1000' & wait", &id);
  pid_t daemon = atoi (line);

  weir_guard_signal (fixture->guard, id, SIGTERM);
  g_assert_cmpint (WTERMSIG (guard_fixture_wait_exit (fixture, id).status), ==, SIGTERM);
  g_assert_true (is_there (daemon));
  guard_fixture_free (fixture);
  g_assert_false (is_there (daemon));
}

static void
test_stopped_and_stubborn_children_end_with_the_guard (void)
{
  GuardFixture *fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *stopped = guard_fixture_start_script (fixture, "echo $$; kill -STOP $$", &id);
  g_autofree char *deaf = guard_fixture_start_script (
      fixture,
      "trap '' TERM INT HUP; setsid sh -c \"trap '' TERM; (setsid sleep 1000)\" & echo $$; wait",
      &id);

  guard_fixture_free (fixture);
  g_assert_false (is_there (atoi (stopped)));
  g_assert_false (is_there (atoi (deaf)));
}

static gpointer
spawn_in_thread (gpointer data)
{
  guard_fixture_spawn_words (data, "/bin/sh", "-c", "exit 3", NULL);
  return NULL;
}

static gpointer
make_in_thread (gpointer data)
{
  return guard_fixture_new ();
}

static void
test_the_thread_that_asked_may_exit (void)
{
  GThread *maker = g_thread_new ("maker", make_in_thread, NULL);
  g_autoptr (GuardFixture) fixture = g_thread_join (maker);
  GThread *asker = g_thread_new ("asker", spawn_in_thread, fixture);
  g_autofree char *line = NULL;
  guint64 id;

  g_thread_join (asker);
  g_assert_cmpint (WEXITSTATUS (guard_fixture_wait_exit (fixture, 1).status), ==, 3);
  line = guard_fixture_start_script (fixture, "echo here; exit 4", &id);
  g_assert_cmpstr (line, ==, "here");
  g_assert_cmpint (WEXITSTATUS (guard_fixture_wait_exit (fixture, id).status), ==, 4);
}

static void
test_a_guard_that_is_killed_is_told_once (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = command_new ("true", NULL);
  g_autoptr (GError) error = NULL;
  WeirGuardEvent event;
  guint64 id;
  g_autofree char *line
      = guard_fixture_start_script (fixture, "echo $PPID $$; exec sleep 1000", &id);
  g_auto (GStrv) pids = g_strsplit (line, " ", 2);

  g_assert_true (is_there (atoi (pids[0])));
  kill (atoi (pids[0]), SIGKILL);
  while ((event = guard_fixture_wait (fixture)).kind != WEIR_GUARD_LOST)
    close (event.pidfd);
  g_assert_false (weir_guard_next_event (fixture->guard, &event));
  g_assert_true (ends_soon (atoi (pids[1])));
  g_assert_false (weir_guard_spawn (fixture->guard, 9, command, NULL, NULL, 0, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
}

static void
test_no_signal_but_kill_ends_the_guard (void)
{
  const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGALRM };
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *line = guard_fixture_start_script (fixture, "echo $PPID", &id);

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    kill (atoi (line), signals[i]);
  id = guard_fixture_spawn_words (fixture, "true", NULL);
  g_assert_cmpint (guard_fixture_wait_exit (fixture, id).status, ==, 0);
}

static void
test_requests_wait_while_the_guard_has_no_room (void)
{
  const guint n = 1500;
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint n_exited = 0;
  gboolean was_blocked = FALSE;

  for (guint i = 0; i < n; i++)
    {
      guard_fixture_spawn_words (fixture, "/no/such/program", NULL);
      was_blocked |= weir_guard_is_blocked (fixture->guard);
    }
  for (guint64 expected = 1; n_exited < n; expected++, n_exited++)
    {
      WeirGuardEvent event = guard_fixture_wait (fixture);
      g_assert_cmpint (event.kind, ==, WEIR_GUARD_FAILED);
      g_assert_cmpuint (event.id, ==, expected);
    }
  g_assert_true (was_blocked);
  g_assert_false (weir_guard_is_blocked (fixture->guard));
}

static void
test_arguments_that_are_too_long_are_refused (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autofree char *word = g_strnfill (200 * 1024, 'x');
  g_autoptr (WeirCommand) command = command_new ("true", word, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (weir_guard_spawn (fixture->guard, 1, command, NULL, NULL, 0, &error));
  g_assert_nonnull (strstr (error->message, g_strerror (E2BIG)));
}

static void
test_usage_is_what_the_child_used (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = self_new ("burn");
  int ends[2];

  make_pipe (ends);
  guint64 id = guard_fixture_spawn (fixture, command, -1, ends[1]);
  close (ends[1]);
  g_autofree char *line = read_line (ends[0]);
  close (ends[0]);
  g_auto (GStrv) own = g_strsplit (line, " ", 2);
  WeirGuardEvent event = guard_fixture_wait_exit (fixture, id);
  double cpu = (double)(event.usage.user + event.usage.system) / 1e9;

  g_assert_cmpfloat_with_epsilon (cpu / g_ascii_strtod (own[0], NULL), 1, 0.1);
  g_assert_cmpfloat_with_epsilon (cpu, 0.5, 0.1);
  g_assert_cmpfloat_with_epsilon ((double)event.usage.peak / g_ascii_strtod (own[1], NULL), 1, 0.1);
  g_assert_cmpuint (event.usage.peak, >=, 64 * MIB);
}

static void
test_nothing_outlives_a_killed_weir (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = self_new ("weir");
  int ends[2];

  make_pipe (ends);
  guard_fixture_spawn (fixture, command, -1, ends[1]);
  close (ends[1]);
  WeirGuardEvent event = guard_fixture_wait (fixture);
  close (event.pidfd);
  g_autofree char *line = read_line (ends[0]);
  close (ends[0]);
  g_auto (GStrv) pids = g_strsplit (line, " ", -1);

  g_assert_cmpuint (g_strv_length (pids), ==, 3); /* guard, child, grandchild */
  kill (event.pid, SIGKILL);
  for (guint i = 0; i < 3; i++)
    g_assert_true (ends_soon (atoi (pids[i])));
}

static WeirGuard *
make_guard_with_descriptors (guint limit)
{
  struct rlimit usual;

  getrlimit (RLIMIT_NOFILE, &usual);
  setrlimit (RLIMIT_NOFILE, &(struct rlimit){ limit, usual.rlim_max });
  WeirGuard *guard = weir_guard_new (NULL);
  setrlimit (RLIMIT_NOFILE, &usual);
  return guard;
}

/* The guard itself has no room for its own descriptors, or for those of a request. */
static gboolean
try_guard_with_descriptors (guint limit)
{
  g_autoptr (WeirCommand) command = command_new ("true", NULL);
  g_autoptr (WeirGuard) guard = make_guard_with_descriptors (limit);
  GuardFixture fixture = { guard, 0 };
  const int fds[] = { 1, 1 };

  if (guard == NULL || !weir_guard_spawn (guard, 1, command, NULL, fds, 2, NULL))
    return FALSE;
  WeirGuardEvent event = guard_fixture_wait (&fixture);
  if (event.kind == WEIR_GUARD_FAILED)
    g_assert_cmpint (event.error, ==, EMFILE);
  if (event.kind != WEIR_GUARD_STARTED)
    return FALSE;
  close (event.pidfd);
  g_assert_cmpint (guard_fixture_wait_exit (&fixture, 1).status, ==, 0);
  return TRUE;
}

static void
test_a_guard_without_descriptors_says_so (void)
{
  guint before = count_descriptors ();
  guint limit = 5;

  while (!try_guard_with_descriptors (limit))
    {
      g_assert_cmpuint (count_descriptors (), ==, before);
      g_assert_cmpuint (++limit, <, 20);
    }
  g_assert_cmpuint (limit, >, 8);
  g_assert_cmpuint (count_descriptors (), ==, before);
}

/* As a user who may have few processes: the guard is one, its child another. */
static void
test_a_clone_that_fails_is_told (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  g_autoptr (WeirCommand) command = self_new ("crowded");

  if (getuid () != 0)
    {
      g_test_skip ("only root can become a user without other processes");
      return;
    }
  g_autofree char *text = guard_fixture_run (fixture, command);
  g_assert_cmpstr (text, ==, "no guard\nEAGAIN clone\nstarted\n");
}

/* What became of a guard and a child of it while at most @limit processes may be there. */
static const char *
try_with_processes (guint limit)
{
  g_autoptr (WeirCommand) command = command_new ("true", NULL);
  guint before = count_descriptors ();

  setrlimit (RLIMIT_NPROC, &(struct rlimit){ limit, 100 });
  g_autoptr (WeirGuard) guard = weir_guard_new (NULL);
  if (guard == NULL)
    return "no guard";
  GuardFixture fixture = { guard, 0 };
  guint64 id = guard_fixture_spawn (&fixture, command, -1, -1);
  WeirGuardEvent event = guard_fixture_wait_exit (&fixture, id);
  g_assert_cmpuint (count_descriptors (), ==, before + 1);
  if (event.error == EAGAIN && strcmp (event.step, "clone") == 0)
    return "EAGAIN clone";
  return event.kind == WEIR_GUARD_EXITED ? "started" : "something else";
}

static int
be_crowded (void)
{
  guint before = count_descriptors ();

  if (setgid (65533) != 0 || setuid (65533) != 0)
    return 1;
  for (guint limit = 1; limit <= 3; limit++)
    {
      g_print ("%s\n", try_with_processes (limit));
      g_assert_cmpuint (count_descriptors (), ==, before);
    }
  return 0;
}

static double
get_cpu (const struct rusage *usage)
{
  return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec)
         + (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* Half a second of CPU, 64 MiB; tells what it has used by its own account. */
static int
burn (void)
{
  char *memory = g_malloc (64 * MIB);
  struct rusage usage;

  memset (memory, 1, 64 * MIB);
  do
    getrusage (RUSAGE_SELF, &usage);
  while (get_cpu (&usage) < 0.5);
  dprintf (STDOUT_FILENO, "%f %ld\n", get_cpu (&usage), usage.ru_maxrss * 1024);
  _exit (memory[0] - 1);
}

/* A process with a guard, a child and a grandchild in a session of its own. */
static int
be_weir (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  guint64 id;
  g_autofree char *line = guard_fixture_start_script (
      fixture,
      "echo $PPID $$ $(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' & ); wait; sleep 1000",
      &id);

  g_print ("%s\n", line);
  for (;;)
    pause ();
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "burn") == 0)
    return burn ();
  if (argc == 2 && strcmp (argv[1], "weir") == 0)
    return be_weir ();

  if (argc == 2 && strcmp (argv[1], "crowded") == 0)
    return be_crowded ();

  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/guard/" #name, test_##name)
  TEST (a_child_that_ran_tells_its_status);
  TEST (a_failed_exec_tells_its_errno);
  TEST (a_missing_interpreter_is_named);
  TEST (other_steps_tell_their_errno);
  TEST (arguments_are_passed_as_they_are);
  TEST (a_command_is_looked_up_in_the_path_of_the_child);
  TEST (the_environment_is_weirs_and_the_commands);
  TEST (what_weir_was_told_as_a_worker_is_not_handed_down);
  TEST (a_child_works_where_the_command_says);
  TEST (a_child_runs_on_the_cpus_of_the_command);
  TEST (limits_and_no_new_privileges_are_set);
  TEST (a_memory_limit_ends_that_child_alone);
  TEST (a_child_inherits_no_descriptor);
  TEST (the_end_of_input_arrives_while_others_are_started);
  TEST (all_six_descriptors_can_be_given);
  TEST (a_signal_reaches_the_whole_group);
  TEST (what_a_leader_leaves_in_its_group_ends_with_it);
  TEST (a_child_that_was_reaped_gets_no_signal);
  TEST (a_daemon_that_holds_the_output_ends_with_the_guard);
  TEST (stopped_and_stubborn_children_end_with_the_guard);
  TEST (the_thread_that_asked_may_exit);
  TEST (a_guard_that_is_killed_is_told_once);
  TEST (no_signal_but_kill_ends_the_guard);
  TEST (requests_wait_while_the_guard_has_no_room);
  TEST (arguments_that_are_too_long_are_refused);
  TEST (a_guard_without_descriptors_says_so);
  TEST (a_clone_that_fails_is_told);
  TEST (usage_is_what_the_child_used);
  TEST (nothing_outlives_a_killed_weir);
  return g_test_run ();
}
