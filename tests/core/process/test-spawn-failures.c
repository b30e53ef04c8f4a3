/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "failing-calls.h"

/* Each call that starting a worker makes is failed in turn, in weir and in its guard. Whatever
 * fails, the start goes well all the same, or an error says what went wrong; and nothing is left.
 */

#define MOST_CALLS 100

typedef enum
{
  OUTCOME_STARTED,
  OUTCOME_REFUSED, /* by an error at once */
  OUTCOME_ENDED,   /* by what the end says */
} Outcome;

typedef struct
{
  guint n_descriptors;
  guint n_maps;
} Holdings;

static const WeirFraming framings[]
    = { WEIR_FRAMING_LINES, WEIR_FRAMING_FRAMES, WEIR_FRAMING_SHARED_MEMORY };
static const int errors[] = { EAGAIN, EMFILE };

/* Memory files that are mapped. */
static guint
count_maps (void)
{
  g_autofree char *text = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &text, NULL, NULL));
  for (const char *at = text; (at = strstr (at, "memfd:")) != NULL; at++)
    n++;
  return n;
}

static Holdings
get_holdings (void)
{
  return (Holdings){ count_descriptors (), count_maps () };
}

/* No child either, alive or a zombie. */
static void
assert_nothing_left (const Holdings *before)
{
  Holdings now = get_holdings ();

  g_assert_cmpuint (now.n_descriptors, ==, before->n_descriptors);
  g_assert_cmpuint (now.n_maps, ==, before->n_maps);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

/* One that makes the guard go through all of its steps. */
static WeirCommand *
make_command (void)
{
  WeirCommand *command = command_new ("/bin/true", NULL);
  guint cpu = 0;

  command->directory = g_strdup ("/");
  command->limits[WEIR_LIMIT_CORE] = 0;
  command->affinity = g_array_new (FALSE, FALSE, sizeof (guint));
  for (; cpu < 8 * sizeof (cpu_set_t); cpu++)
    g_array_append_val (command->affinity, cpu);
  return command;
}

/* The host has a clock that goes, as in a run; no test waits for it. */
static gboolean
open_host (ProcessFixture *fixture, GError **error)
{
  fixture->host = weir_process_host_new (weir_clock_get_system (), error);
  return fixture->host != NULL;
}

static gboolean
start (ProcessFixture *fixture, WeirFraming framing, GError **error)
{
  const WeirChannelOptions options = {
    .framing = framing, .max_reply = 1 << 20, .pipe_size = 1 << 16, .buffers = fixture->buffers
  };
  g_autoptr (WeirCommand) command = make_command ();
  int fds[WEIR_CHILD_FDS];
  WeirChannel *channel = weir_channel_new (&options, fds, error);

  if (channel == NULL)
    return FALSE;
  WeirProcess *process = process_fixture_try (fixture, command, channel, fds, error);
  for (guint i = 0; i < WEIR_CHILD_FDS; i++)
    if (fds[i] >= 0)
      close (fds[i]);
  return process != NULL;
}

static Outcome
judge_error (const GError *reason, int error)
{
  g_assert_nonnull (reason);
  g_test_message ("%s", reason->message);
  g_assert_true (
      g_str_has_suffix (reason->message, g_strerror (error))
      || g_str_has_suffix (reason->message, g_strerror (EPIPE))); /* of the guard's end */
  return OUTCOME_REFUSED;
}

static Outcome
judge_end (const ProcessFixture *fixture, int error)
{
  const char *text = fixture->description;

  if (strcmp (text, "exit status 0") == 0)
    {
      g_assert_cmpint (fixture->last.pid, >, 1);
      return OUTCOME_STARTED;
    }
  g_test_message ("%s", text);
  if (g_str_has_prefix (text, "cannot be started: "))
    g_assert_true (g_str_has_suffix (text, g_strerror (error)));
  else
    g_assert_true (g_str_has_prefix (text, "cannot be watched, ")
                   || g_str_has_prefix (text, "weir-guard was killed, "));
  return OUTCOME_ENDED;
}

static Outcome
await_end (ProcessFixture *fixture, int error)
{
  process_fixture_wait (fixture, &fixture->n_ended, fixture->n_ended + 1);
  return judge_end (fixture, error);
}

/* The calls that failed are kept in @failed; after the last of them nothing fails any more. */
static void
assert_all_failed (GHashTable *failed, const char *names)
{
  g_auto (GStrv) each = g_strsplit (names, " ", -1);

  for (guint i = 0; each[i] != NULL; i++)
    if (!g_hash_table_contains (failed, each[i]))
      g_error ("%s was never made to fail", each[i]);
}

static GHashTable *
make_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* Calls of weir ------------------------------------------------------------------------------- */

static Outcome
try_weir (WeirFraming framing, guint nth, int error, guint again, const char **failed)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new_without_host ();
  g_autoptr (GError) reason = NULL;

  failing_calls_arm (nth, error, again);
  gboolean started = open_host (fixture, &reason) && start (fixture, framing, &reason);
  if (again > 0)
    failing_calls_disarm ();
  Outcome outcome = started ? await_end (fixture, error) : judge_error (reason, error);
  *failed = failing_calls_disarm ();
  return outcome;
}

/* Up to a start in which as many calls are not made. */
static void
fail_each_of_weir (WeirFraming framing, int error, guint again, GHashTable *failed)
{
  Holdings before = get_holdings ();
  guint nth = 1;

  for (;; nth++)
    {
      const char *name;
      Outcome outcome = try_weir (framing, nth, error, again, &name);
      assert_nothing_left (&before);
      if (name == NULL)
        {
          g_assert_cmpint (outcome, ==, OUTCOME_STARTED);
          return;
        }
      g_hash_table_add (failed, g_strdup (name));
      g_assert_cmpuint (nth, <, MOST_CALLS);
    }
}

static void
fail_all_of_weir (guint again, GHashTable *failed)
{
  for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
    for (guint k = 0; k < G_N_ELEMENTS (errors); k++)
      fail_each_of_weir (framings[i], errors[k], again, failed);
}

static void
test_each_call_of_weir_may_fail (void)
{
  g_autoptr (GHashTable) failed = make_set ();

  fail_all_of_weir (0, failed);
  assert_all_failed (failed, "socketpair posix_spawn epoll_create1 epoll_ctl pipe2 memfd_create "
                             "eventfd ftruncate fcntl mmap sendmsg recvmsg");
}

/* As when there are no descriptors left: what a way round needs is not to be had either, be it
 * the next, or the one after it. */
static void
test_each_call_of_weir_may_fail_and_some_that_follow (void)
{
  g_autoptr (GHashTable) failed = make_set ();

  for (guint again = 1; again <= 4; again++)
    fail_all_of_weir (again, failed);
  assert_all_failed (failed, "socketpair posix_spawn epoll_create1 epoll_ctl pipe2 memfd_create "
                             "eventfd ftruncate fcntl mmap sendmsg");
}

/* Calls of the guard -------------------------------------------------------------------------- */

static char *
find_module (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);

  return g_build_filename (folder, "support", "failing-calls.so", NULL);
}

/* @nth: 0: a guard like any other. */
static void
open_failing_guard (ProcessFixture *fixture, guint nth, int error, const char *file)
{
  g_autofree char *module = find_module ();
  g_autofree char *text = g_strdup_printf ("%u:%d", nth, error);

  g_assert_true (g_file_test (module, G_FILE_TEST_EXISTS));
  g_setenv ("LD_PRELOAD", module, TRUE);
  g_setenv (FAILING_CALLS_VARIABLE, text, TRUE);
  g_setenv (FAILING_CALLS_FILE, file, TRUE);
  g_assert_true (open_host (fixture, NULL));
  g_unsetenv ("LD_PRELOAD");
  g_unsetenv (FAILING_CALLS_VARIABLE);
  g_unsetenv (FAILING_CALLS_FILE);
}

/* The descriptors of the guard, or of another in its place, after one more child. */
static guint
count_after_another (ProcessFixture *fixture)
{
  g_autofree char *line = NULL;
  guint n_ended = fixture->n_ended;

  process_fixture_settle (fixture);
  process_fixture_start_speaker (fixture, "echo $PPID", &line);
  process_fixture_wait (fixture, &fixture->n_ended, n_ended + 1);
  g_assert_cmpstr (fixture->description, ==, "exit status 0");
  g_assert_cmpuint (count_children (atoi (line)), ==, 0);
  return count_descriptors_of (atoi (line));
}

/* @n_descriptors: of the guard when it is idle, after a start in which the call numbered @nth
 * failed, whose @name it gives; the other start is out of its reach. */
static Outcome
try_guard (guint nth, int error, const char *file, guint *n_descriptors, char **name)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new_without_host ();
  g_autoptr (GError) reason = NULL;

  open_failing_guard (fixture, nth, error, file);
  gboolean started = start (fixture, WEIR_FRAMING_SHARED_MEMORY, &reason);
  Outcome outcome = started ? await_end (fixture, error) : judge_error (reason, error);
  if (g_file_get_contents (file, name, NULL, NULL))
    g_assert_cmpint (g_unlink (file), ==, 0);
  if (*name == NULL && nth > 0)
    return outcome;
  *n_descriptors = count_after_another (fixture);
  g_assert_cmpuint (count_after_another (fixture), ==, *n_descriptors);
  return outcome;
}

static void
fail_each_of_guard (int error, const char *file, GHashTable *failed)
{
  Holdings before = get_holdings ();
  g_autofree char *none = NULL;
  guint expected, n_descriptors;

  g_assert_cmpint (try_guard (0, error, file, &expected, &none), ==, OUTCOME_STARTED);
  for (guint nth = 1;; nth++)
    {
      g_autofree char *name = NULL;
      Outcome outcome = try_guard (nth, error, file, &n_descriptors, &name);
      assert_nothing_left (&before);
      if (name == NULL)
        {
          g_assert_cmpint (outcome, ==, OUTCOME_STARTED);
          return;
        }
      g_assert_cmpuint (n_descriptors, <=, expected); /* less: the pidfd of weir */
      g_hash_table_add (failed, g_steal_pointer (&name));
      g_assert_cmpuint (nth, <, MOST_CALLS);
    }
}

static void
test_each_call_of_the_guard_may_fail (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "failed", NULL);
  g_autoptr (GHashTable) failed = make_set ();

  for (guint k = 0; k < G_N_ELEMENTS (errors); k++)
    fail_each_of_guard (errors[k], file, failed);
  assert_all_failed (failed, "fcntl dup2 dup3 signalfd pidfd_open prctl recvmsg clone setpgid "
                             "sched_setaffinity chdir setrlimit execve sendmsg");
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* The limit of descriptors --------------------------------------------------------------------- */

static void
set_limit (rlim_t limit)
{
  struct rlimit usual;

  getrlimit (RLIMIT_NOFILE, &usual);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ limit, usual.rlim_max }), ==, 0);
}

/* The least limit that forbids none that is open. */
static rlim_t
get_least_limit (void)
{
  int fd = fcntl (0, F_DUPFD_CLOEXEC, 3);

  close (fd);
  return (rlim_t)fd;
}

/* With room for @room descriptors more; @guard_too: in a guard that starts under the limit. */
static Outcome
try_with_room (WeirFraming framing, guint room, gboolean guard_too)
{
  g_autoptr (ProcessFixture) fixture = process_fixture_new_without_host ();
  g_autoptr (GError) reason = NULL;
  struct rlimit usual;

  getrlimit (RLIMIT_NOFILE, &usual);
  if (!guard_too)
    g_assert_true (open_host (fixture, NULL));
  set_limit (get_least_limit () + room);
  gboolean started
      = (guard_too ? open_host (fixture, &reason) : TRUE) && start (fixture, framing, &reason);
  Outcome outcome = started ? await_end (fixture, EMFILE) : judge_error (reason, EMFILE);
  set_limit (usual.rlim_cur);
  return outcome;
}

static void
try_with_each_room (WeirFraming framing, gboolean guard_too)
{
  Holdings before = get_holdings ();
  Outcome outcome = OUTCOME_STARTED;

  for (guint room = 0; room <= 20; room++)
    {
      outcome = try_with_room (framing, room, guard_too);
      assert_nothing_left (&before);
      g_assert_true (room > 0 || outcome != OUTCOME_STARTED);
    }
  g_assert_cmpint (outcome, ==, OUTCOME_STARTED);
}

static void
test_with_room_for_any_number_of_descriptors_nothing_is_left (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
    for (guint guard_too = 0; guard_too < 2; guard_too++)
      try_with_each_room (framings[i], guard_too);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR); /* a lost guard is a warning */
#define TEST(name) g_test_add_func ("/spawn-failures/" #name, test_##name)
  TEST (each_call_of_weir_may_fail);
  TEST (each_call_of_weir_may_fail_and_some_that_follow);
  TEST (each_call_of_the_guard_may_fail);
  TEST (with_room_for_any_number_of_descriptors_nothing_is_left);
  return g_test_run ();
}
