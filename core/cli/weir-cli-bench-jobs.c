/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/weir-pipeline-private.h"

/* Descriptors of the process that runs a job. */
#define DATA_FD   3
#define REPORT_FD 4

static char *
make_line (int fd, const char *stages)
{
  return g_strdup_printf ("source.file path=/proc/self/fd/%d ! %s", fd, stages);
}

/* A fast run that lost records would be no result. */
static gboolean
check_run (const WeirBenchData *data, const WeirBenchRun *run, guint64 n_failed, GError **error)
{
  if (run->records == data->records && run->bytes == data->bytes && n_failed == 0)
    return TRUE;

  g_set_error (error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_RUN,
               "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
               " records were read, %" G_GUINT64_FORMAT " failed",
               run->records, data->records, n_failed);
  return FALSE;
}

gboolean
weir_bench_job_in_process (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                           GError **error)
{
  WeirBenchData *data = &bench->data[benchmark->format];

  if (!weir_bench_data_make (data, benchmark->format, bench->n_records, error))
    return FALSE;

  g_autofree char *line = make_line (data->fd, benchmark->stages);
  g_autoptr (WeirGraph) graph = weir_graph_new_from_launch (line, NULL, error);
  if (!graph)
    return FALSE;

  graph->n_threads = bench->n_threads;
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_graph (graph);
  if (!weir_pipeline_run (pipeline, NULL, error))
    return FALSE;

  g_autoptr (WeirReport) report = weir_pipeline_snapshot (pipeline);
  run->seconds = report->seconds;
  run->records = report->records.in;
  run->bytes = report->bytes_in;
  run->has_latency = TRUE;
  memcpy (run->latency_us, report->latency_us, sizeof run->latency_us);
  return check_run (data, run, report->records.failed, error);
}

/* The process ---------------------------------------------------------------------------------- */

static GPtrArray *
make_arguments (const WeirBench *bench, const char *stages, GError **error)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  char *program = g_file_read_link ("/proc/self/exe", error);

  if (!program)
    return NULL;

  g_ptr_array_add (arguments, program);
  g_ptr_array_add (arguments, g_strdup ("run"));
  g_ptr_array_add (arguments, g_strdup ("--quiet"));
  g_ptr_array_add (arguments, g_strdup_printf ("--threads=%d", bench->n_threads));
  g_ptr_array_add (arguments, g_strdup_printf ("--report=/proc/self/fd/%d", REPORT_FD));
  for (char **path = bench->plugin_paths; path && *path; path++)
    g_ptr_array_add (arguments, g_strconcat ("--plugin-path=", *path, NULL));
  g_ptr_array_add (arguments, g_strdup ("-e"));
  g_ptr_array_add (arguments, make_line (DATA_FD, stages));
  g_ptr_array_add (arguments, NULL);
  return g_steal_pointer (&arguments);
}

/* @report gets what the process wrote there; it is less than a pipe holds. */
static gboolean
run_process (char **argv, int data_fd, const int report[2], GError **error)
{
  posix_spawn_file_actions_t actions;
  int status = 0;
  pid_t pid;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, data_fd, DATA_FD);
  posix_spawn_file_actions_adddup2 (&actions, report[1], REPORT_FD);
  int reason = posix_spawn (&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy (&actions);

  if (reason != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason), "cannot start %s: %s",
                   argv[0], g_strerror (reason));
      return FALSE;
    }
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  return g_spawn_check_wait_status (status, error);
}

static guint64
get_count (JsonObject *report, const char *group, const char *name)
{
  JsonObject *object = json_object_get_object_member (report, group);

  return (guint64)json_object_get_int_member (object, name);
}

static gboolean
read_report (int fd, WeirBenchRun *run, guint64 *n_failed, GError **error)
{
  static const char *const names[] = { "p50", "p90", "p99", "p999", "max" };
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *text = g_malloc (64 * 1024);
  gssize length = read (fd, text, 64 * 1024);

  if (!json_parser_load_from_data (parser, text, MAX (length, 0), error))
    return FALSE;

  JsonObject *report = json_node_get_object (json_parser_get_root (parser));
  JsonObject *latency = json_object_get_object_member (report, "latency_us");
  run->records = get_count (report, "records", "in");
  run->bytes = get_count (report, "bytes", "in");
  run->has_latency = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    run->latency_us[i] = json_object_get_double_member (latency, names[i]);
  *n_failed = get_count (report, "records", "failed");
  return TRUE;
}

/* Both ends behind the descriptors that the process gets. */
static gboolean
open_report (int report[2], GError **error)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "no pipe: %s",
                   g_strerror (errno));
      return FALSE;
    }
  for (int i = 0; i < 2; i++)
    {
      report[i] = fcntl (ends[i], F_DUPFD_CLOEXEC, REPORT_FD + 1);
      close (ends[i]);
    }
  return TRUE;
}

gboolean
weir_bench_job_end_to_end (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                           GError **error)
{
  WeirBenchData *data = &bench->data[benchmark->format];
  g_autoptr (GPtrArray) arguments = NULL;
  guint64 n_failed = 0;
  int report[2];

  if (!weir_bench_data_make (data, benchmark->format, bench->n_records, error))
    return FALSE;
  arguments = make_arguments (bench, benchmark->stages, error);
  if (!arguments || !open_report (report, error))
    return FALSE;

  gint64 start = g_get_monotonic_time ();
  gboolean done = run_process ((char **)arguments->pdata, data->fd, report, error);
  run->seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  close (report[1]);
  done = done && read_report (report[0], run, &n_failed, error);
  close (report[0]);
  return done && check_run (data, run, n_failed, error);
}
