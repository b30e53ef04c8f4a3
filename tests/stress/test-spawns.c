/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../core/process/process-fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "stress-run.h"

/* Processes that run at once. */
#define AT_ONCE 16

/* Processes whose parent is @parent, zombies too. */
static guint
count_children (pid_t parent)
{
  g_autofree char *wanted = g_strdup_printf ("\nPPid:\t%d\n", (int)parent);
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "status", NULL);
      g_autofree char *text = NULL;
      if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, NULL, NULL))
        n += strstr (text, wanted) != NULL;
    }
  return n;
}

static pid_t
find_guard (ProcessFixture *fixture)
{
  g_autofree char *line = NULL;

  process_fixture_start_speaker (fixture, "echo $PPID", &line);
  process_fixture_wait (fixture, &fixture->n_ended, 1);
  return atoi (line);
}

/* Every tenth is no program, every fiftieth never ends by itself. */
static void
start_some (ProcessFixture *fixture, guint i)
{
  g_autoptr (WeirCommand) good = command_new ("/bin/true", NULL);
  g_autoptr (WeirCommand) missing = command_new ("/no/such/program", NULL);
  g_autoptr (WeirCommand) endless = command_new ("sleep", "1000", NULL);
  g_autoptr (GError) error = NULL;
  WeirCommand *command = i % 50 == 0 ? endless : i % 10 == 0 ? missing : good;
  WeirProcess *process = process_fixture_try (fixture, command, NULL, NULL, &error);

  g_assert_no_error (error);
  if (i % 50 == 0)
    weir_process_end (process, i % 100 == 0 ? 0 : 1000000);
}

static void
test_ten_thousand_processes_leave_no_zombie (void)
{
  const guint n = STRESS_TIMES (10000);
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  pid_t guard = find_guard (fixture);
  guint n_children = count_children (getpid ()), n_descriptors = count_descriptors ();

  for (guint i = 1; i <= n; i++)
    {
      start_some (fixture, i);
      if (i > AT_ONCE)
        process_fixture_wait (fixture, &fixture->n_ended, 1 + i - AT_ONCE);
    }
  process_fixture_wait (fixture, &fixture->n_ended, 1 + n);
  g_assert_cmpuint (count_children (guard), ==, 0);
  g_assert_cmpuint (count_children (getpid ()), ==, n_children);
  g_assert_cmpuint (count_descriptors (), ==, n_descriptors);
}

static void
test_a_thousand_crashes_leave_no_descriptor (void)
{
  const guint n = STRESS_TIMES (1000);
  g_autoptr (ProcessFixture) fixture = process_fixture_new ();
  guint before = count_descriptors ();

  for (guint i = 1; i <= n; i++)
    {
      process_fixture_start_worker (
          fixture, i % 2 ? "kill -9 $$" : "echo half | tr -d '\\n'; exit 1", i % 3 == 0);
      process_fixture_wait (fixture, &fixture->n_ended, i);
    }
  g_assert_cmpuint (count_descriptors (), ==, before);
}

/* Hosts come and go with what runs in them, as stages do. */
static void
test_hundred_hosts_leave_nothing (void)
{
  guint descriptors = count_descriptors (), children = count_children (getpid ());

  for (guint i = 0; i < STRESS_TIMES (100); i++)
    {
      g_autoptr (ProcessFixture) fixture = process_fixture_new ();
      for (guint k = 0; k < i % 5; k++)
        process_fixture_start_worker (fixture, "setsid sleep 1000 & exec cat", FALSE);
      process_fixture_settle (fixture);
    }
  g_assert_cmpuint (count_descriptors (), ==, descriptors);
  g_assert_cmpuint (count_children (getpid ()), ==, children);
}

/* Microseconds of the fastest of some rounds of starts, each until its end is known. */
static gint64
time_starts (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  gint64 fastest = G_MAXINT64;

  for (guint round = 0; round < 10; round++)
    {
      gint64 start = g_get_monotonic_time ();
      for (guint i = 0; i < 20; i++)
        guard_fixture_wait_exit (fixture, guard_fixture_spawn_words (fixture, "/bin/true", NULL));
      fastest = MIN (fastest, g_get_monotonic_time () - start);
    }
  return fastest;
}

/* A fork would copy the page tables, ten times the cost of all the rest; closing each descriptor
 * that there could be is as bad. */
static void
test_a_start_costs_the_same_in_a_large_process (void)
{
  gsize size = STRESS_TIMES ((gsize)1 << 30);
  struct rlimit usual, low, high;

  getrlimit (RLIMIT_NOFILE, &usual);
  low = (struct rlimit){ 256, usual.rlim_max };
  high = (struct rlimit){ usual.rlim_max, usual.rlim_max };
  setrlimit (RLIMIT_NOFILE, &low);
  gint64 small = time_starts ();
  setrlimit (RLIMIT_NOFILE, &high);
  char *memory = mmap (NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  g_assert_true (memory != MAP_FAILED);
  gint64 large = time_starts ();
  munmap (memory, size);
  setrlimit (RLIMIT_NOFILE, &usual);
  g_test_message ("%" G_GINT64_FORMAT " us, %" G_GINT64_FORMAT " us", small, large);
  g_assert_cmpfloat ((double)large, <, 1.5 * (double)small);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/spawns/" #name, test_##name)
  TEST (ten_thousand_processes_leave_no_zombie);
  TEST (a_thousand_crashes_leave_no_descriptor);
  TEST (a_start_costs_the_same_in_a_large_process);
  TEST (hundred_hosts_leave_nothing);
  return g_test_run ();
}
