/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/weir-guard-private.h"

/* A start costs about as much as a thousand records. */
#define RECORDS_PER_START 1000
#define MIN_STARTS        20

/* What the process that starts others holds meanwhile: this, or a quarter of what the machine has.
 */
#define BALLAST ((guint64)4 << 30)

static const char *const argv_true[] = { "/bin/true", NULL };

typedef gboolean (*StartAndWait) (gpointer with, GError **error);

static gboolean
start_many (const WeirBench *bench, StartAndWait start_and_wait, gpointer with, WeirBenchRun *run,
            GError **error)
{
  guint64 n_starts = MAX (bench->n_records / RECORDS_PER_START, MIN_STARTS);
  gint64 start = g_get_monotonic_time ();

  for (guint64 i = 0; i < n_starts; i++)
    if (!start_and_wait (with, error))
      return FALSE;

  run->seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  run->records = n_starts;
  return TRUE;
}

static gboolean
by_posix_spawn (gpointer with, GError **error)
{
  int status = 0;
  pid_t pid;
  int reason = posix_spawn (&pid, argv_true[0], NULL, NULL, (char **)argv_true, environ);

  if (reason != 0)
    {
      g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "cannot start %s: %s", argv_true[0],
                   g_strerror (reason));
      return FALSE;
    }
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  return g_spawn_check_wait_status (status, error);
}

static gboolean
by_g_spawn_sync (gpointer with, GError **error)
{
  int status = 0;

  return g_spawn_sync (NULL, (char **)argv_true, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                       &status, error)
         && g_spawn_check_wait_status (status, error);
}

static gboolean
by_g_subprocess (gpointer with, GError **error)
{
  g_autoptr (GSubprocess) process = g_subprocess_newv (argv_true, G_SUBPROCESS_FLAGS_NONE, error);

  return process && g_subprocess_wait_check (process, NULL, error);
}

/* The guard --------------------------------------------------------------------------------------
 */

static gboolean
check_event (const WeirGuardEvent *event, GError **error)
{
  if (event->pidfd >= 0)
    close (event->pidfd);
  if (event->kind == WEIR_GUARD_EXITED)
    return g_spawn_check_wait_status (event->status, error);
  if (event->kind == WEIR_GUARD_STARTED)
    return TRUE;
  g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "cannot start %s: %s", argv_true[0],
               event->kind == WEIR_GUARD_LOST ? "weir-guard has ended" : g_strerror (event->error));
  return FALSE;
}

static gboolean
by_guard (gpointer with, GError **error)
{
  static guint64 last_id;
  g_autoptr (WeirCommand) command = weir_command_new (argv_true);
  struct pollfd fd = { weir_guard_get_fd (with), POLLIN, 0 };
  WeirGuardEvent event = { .kind = WEIR_GUARD_STARTED };

  if (!weir_guard_spawn (with, ++last_id, command, NULL, NULL, 0, error))
    return FALSE;
  while (event.kind != WEIR_GUARD_EXITED)
    if (!weir_guard_next_event (with, &event))
      poll (&fd, 1, -1);
    else if (!check_event (&event, error))
      return FALSE;
  return TRUE;
}

/* Resident: each page is written to. */
static char *
hold_memory (gsize size, GError **error)
{
  char *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "no memory to hold: %s",
                   g_strerror (errno));
      return NULL;
    }
  madvise (memory, size, MADV_NOHUGEPAGE);
  memset (memory, 1, size);
  return memory;
}

gboolean
weir_bench_guard (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                  GError **error)
{
  g_autoptr (WeirGuard) guard = weir_guard_new (error);

  return guard && start_many (bench, by_guard, guard, run, error);
}

gboolean
weir_bench_guard_large (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                        GError **error)
{
  guint64 available = (guint64)sysconf (_SC_AVPHYS_PAGES) * (guint64)sysconf (_SC_PAGESIZE);
  gsize size = MIN (BALLAST, available / 4);
  char *memory = hold_memory (size, error);

  if (!memory)
    return FALSE;
  gboolean done = weir_bench_guard (bench, benchmark, run, error);
  munmap (memory, size);
  return done;
}

gboolean
weir_bench_posix_spawn (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                        GError **error)
{
  return start_many (bench, by_posix_spawn, NULL, run, error);
}

gboolean
weir_bench_g_spawn_sync (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                         GError **error)
{
  return start_many (bench, by_g_spawn_sync, NULL, run, error);
}

gboolean
weir_bench_g_subprocess (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                         GError **error)
{
  return start_many (bench, by_g_subprocess, NULL, run, error);
}
