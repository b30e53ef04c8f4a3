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

/* Microseconds of the fastest of some starts of a guard. */
static gint64
time_guards (void)
{
  gint64 fastest = G_MAXINT64;

  for (guint i = 0; i < 30; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr (GuardFixture) fixture = guard_fixture_new ();
      fastest = MIN (fastest, g_get_monotonic_time () - start);
    }
  return fastest;
}

/* Microseconds of the fastest of some rounds of starts, each until its end is known. */
static gint64
time_starts (void)
{
  g_autoptr (GuardFixture) fixture = guard_fixture_new ();
  gint64 fastest = G_MAXINT64;

  for (guint round = 0; round < 20; round++)
    {
      gint64 start = g_get_monotonic_time ();
      for (guint i = 0; i < 20; i++)
        guard_fixture_wait_exit (fixture, guard_fixture_spawn_words (fixture, "/bin/true", NULL));
      fastest = MIN (fastest, g_get_monotonic_time () - start);
    }
  return fastest;
}

/* What there is to be taken without harm to others, up to 4 GiB; says so when it is less. */
static gsize
choose_size (void)
{
  const gsize wanted = STRESS_TIMES ((gsize)4 << 30);
  g_autofree char *text = NULL;
  const char *line = NULL;

  if (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    line = strstr (text, "MemAvailable:");
  gsize available = line != NULL ? g_ascii_strtoull (line + 13, NULL, 10) * 1024 : 0;
  gsize size = available >= wanted / 2 * 3 ? wanted : available / 3;
  g_test_message ("a parent of %" G_GSIZE_FORMAT " MiB: %s", size >> 20,
                  size == wanted ? "what is asked for" : "there is no memory for more");
  return size;
}

/* A large page would be one entry of a page table in the place of 512. */
static char *
take_memory (gsize size)
{
  char *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  madvise (memory, size, MADV_NOHUGEPAGE);
  for (gsize i = 0; i < size; i += 4096)
    memory[i] = 1;
  return memory;
}

static void
assert_flat (const char *what, gint64 small, gint64 large)
{
  g_test_message ("%s: %" G_GINT64_FORMAT " us, then %" G_GINT64_FORMAT " us", what, small, large);
  g_assert_cmpfloat ((double)large, <, 1.5 * (double)small);
}

/* A fork would copy the page tables, ten times the cost of all the rest. */
static void
test_a_start_costs_the_same_in_a_large_process (void)
{
  gsize size = choose_size ();
  gint64 guards = time_guards (), starts = time_starts ();
  char *memory = take_memory (size);
  gint64 large_guards = time_guards (), large_starts = time_starts ();

  munmap (memory, size);
  assert_flat ("a guard", guards, large_guards);
  assert_flat ("20 workers", starts, large_starts);
}

/* The hard limit too, where that is allowed. */
static rlim_t
raise_descriptor_limit (rlim_t most)
{
  struct rlimit usual, high = { most, most };

  getrlimit (RLIMIT_NOFILE, &usual);
  if (usual.rlim_max < most && setrlimit (RLIMIT_NOFILE, &high) == 0)
    return most;
  high = (struct rlimit){ MIN (usual.rlim_max, most), usual.rlim_max };
  setrlimit (RLIMIT_NOFILE, &high);
  return high.rlim_cur;
}

/* Closing each descriptor that there could be takes longer than all the rest. */
static void
test_a_start_costs_the_same_whatever_the_limit_of_descriptors (void)
{
  struct rlimit usual;

  getrlimit (RLIMIT_NOFILE, &usual);
  setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 1024, usual.rlim_max });
  gint64 guards = time_guards (), starts = time_starts ();
  rlim_t limit = raise_descriptor_limit (1024 * 1024);
  gint64 high_guards = time_guards (), high_starts = time_starts ();

  setrlimit (RLIMIT_NOFILE, &usual);
  g_test_message ("1024 descriptors at most, then %" G_GUINT64_FORMAT "%s", (guint64)limit,
                  limit < 1024 * 1024 ? ", the hard limit" : "");
  assert_flat ("a guard", guards, high_guards);
  assert_flat ("20 workers", starts, high_starts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/spawns/" #name, test_##name)
  TEST (ten_thousand_processes_leave_no_zombie);
  TEST (a_thousand_crashes_leave_no_descriptor);
  TEST (a_start_costs_the_same_in_a_large_process);
  TEST (a_start_costs_the_same_whatever_the_limit_of_descriptors);
  TEST (hundred_hosts_leave_nothing);
  return g_test_run ();
}
