/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* A start costs about as much as a thousand records. */
#define RECORDS_PER_START 1000
#define MIN_STARTS        20

static const char *const argv_true[] = { "/bin/true", NULL };

typedef gboolean (*StartAndWait) (GError **error);

static gboolean
start_many (const WeirBench *bench, StartAndWait start_and_wait, WeirBenchRun *run, GError **error)
{
  guint64 n_starts = MAX (bench->n_records / RECORDS_PER_START, MIN_STARTS);
  gint64 start = g_get_monotonic_time ();

  for (guint64 i = 0; i < n_starts; i++)
    if (!start_and_wait (error))
      return FALSE;

  run->seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  run->records = n_starts;
  return TRUE;
}

static gboolean
by_posix_spawn (GError **error)
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
by_g_spawn_sync (GError **error)
{
  int status = 0;

  return g_spawn_sync (NULL, (char **)argv_true, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                       &status, error)
         && g_spawn_check_wait_status (status, error);
}

static gboolean
by_g_subprocess (GError **error)
{
  g_autoptr (GSubprocess) process = g_subprocess_newv (argv_true, G_SUBPROCESS_FLAGS_NONE, error);

  return process && g_subprocess_wait_check (process, NULL, error);
}

gboolean
weir_bench_posix_spawn (WeirBench *bench, const char *stages, WeirBenchRun *run, GError **error)
{
  return start_many (bench, by_posix_spawn, run, error);
}

gboolean
weir_bench_g_spawn_sync (WeirBench *bench, const char *stages, WeirBenchRun *run, GError **error)
{
  return start_many (bench, by_g_spawn_sync, run, error);
}

gboolean
weir_bench_g_subprocess (WeirBench *bench, const char *stages, WeirBenchRun *run, GError **error)
{
  return start_many (bench, by_g_subprocess, run, error);
}
