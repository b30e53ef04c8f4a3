/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-interrupts-private.h"
#include "cli/weir-cli-live-line-private.h"
#include "cli/weir-cli-log-private.h"
#include "cli/weir-cli-report-file-private.h"
#include "engine/weir-pipeline-private.h"
#include "graph/weir-affinity-private.h"
#include "stage/weir-option-private.h"

#define MAX_THREADS 256

/* One `weir run`, on the control thread. What the run came to (ledger, report, error) is told once:
 * by the control thread, or, when that hangs after a second interrupt, by the thread of the
 * interrupts; whoever sets `told` first. */
typedef struct
{
  char *report_path; /* options */
  char *deadline;
  char *affinity;
  int threads;
  gboolean quiet;
  gboolean strict;

  WeirPipeline *pipeline;
  GMainLoop *loop;
  GError *error;
  WeirLiveLine *live;
  gint told; /* atomic */
} WeirRun;

static void
weir_run_clear (WeirRun *run)
{
  g_free (run->report_path);
  g_free (run->deadline);
  g_free (run->affinity);
  g_clear_object (&run->pipeline);
  g_clear_pointer (&run->loop, g_main_loop_unref);
  g_clear_error (&run->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirRun, weir_run_clear)

static gboolean
is_strict_failure (const WeirReport *report)
{
  const WeirLedger *records = &report->records;

  return records->late > 0 || records->invalid > 0 || records->shed > 0 || records->failed > 0
         || report->deadline_missed > report->deadline_excused;
}

static int
tell_report (const WeirRun *run, const WeirReport *report)
{
  int status = WEIR_EXIT_DONE;
  gboolean started = !g_error_matches (run->error, WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START);

  if (run->report_path && !weir_report_file_write (run->report_path, report))
    status = WEIR_EXIT_FAILED;
  if (!run->quiet && started)
    {
      g_autofree char *ledger = weir_report_to_text (report);
      fputs (ledger, stderr);
    }
  return status;
}

static int
tell (const WeirRun *run)
{
  g_autoptr (WeirReport) report = weir_pipeline_snapshot (run->pipeline);
  int status = report ? tell_report (run, report) : WEIR_EXIT_DONE;

  if (run->error && !g_error_matches (run->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    status = weir_complain_error (run->error);
  if (status == WEIR_EXIT_DONE && run->strict && report && is_strict_failure (report))
    status = WEIR_EXIT_STRICT;
  return status;
}

static gboolean
take_the_word (WeirRun *run)
{
  return g_atomic_int_compare_and_exchange (&run->told, 0, 1);
}

static void
note (const WeirRun *run, const char *text)
{
  if (!run->quiet && isatty (STDERR_FILENO))
    fprintf (stderr, "\r\033[K%s\n", text);
}

static void
on_first_interrupt (gpointer data)
{
  WeirRun *run = data;

  note (run, "weir: the sources stop, what was read is worked off; interrupt again to abort");
  weir_pipeline_stop (run->pipeline);
}

static void
on_second_interrupt (gpointer data)
{
  WeirRun *run = data;

  weir_pipeline_abort (run->pipeline);
}

static void
on_hung (gpointer data)
{
  WeirRun *run = data;

  if (take_the_word (run))
    tell (run);
  fflush (stderr);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  WeirRun *run = data;

  weir_pipeline_run_finish (run->pipeline, result, &run->error);
  g_main_loop_quit (run->loop);
}

/* A live line and records on the same terminal would spoil each other. */
static gboolean
wants_live_line (const WeirRun *run, const WeirGraph *graph)
{
  gboolean to_terminal = FALSE;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      to_terminal |= strcmp (node->info->name, "sink.stdout") == 0;
    }

  return !run->quiet && isatty (STDERR_FILENO) && !(to_terminal && isatty (STDOUT_FILENO));
}

static int
run_graph (WeirRun *run, WeirGraph *graph)
{
  static const WeirInterruptsFuncs funcs = { on_first_interrupt, on_second_interrupt, on_hung };

  run->pipeline = weir_pipeline_new_from_graph (graph);
  run->loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (WeirInterrupts) interrupts = weir_interrupts_new (&funcs, run);

  if (wants_live_line (run, graph))
    run->live = weir_live_line_new (run->pipeline);
  weir_pipeline_run_async (run->pipeline, NULL, on_done, run);
  g_main_loop_run (run->loop);
  g_clear_pointer (&run->live, weir_live_line_free);

  if (!take_the_word (run))
    pause (); /* the process is about to end */
  int status = tell (run);
  return weir_interrupts_get_count (interrupts) > 1 ? WEIR_EXIT_ABORTED : status;
}

static gboolean
set_deadline (const WeirRun *run, WeirGraph *graph)
{
  guint64 deadline;

  if (!run->deadline)
    return TRUE;
  if (!weir_duration_parse (run->deadline, &deadline) || deadline == 0
      || deadline >= WEIR_TIME_NEVER)
    {
      weir_complain ("run: --deadline: \"%s\" is not a duration (expected one such as \"50ms\")",
                     run->deadline);
      return FALSE;
    }

  graph->deadline = deadline;
  return TRUE;
}

static gboolean
set_threads (const WeirRun *run, WeirGraph *graph)
{
  if (run->threads == G_MININT)
    return TRUE;
  if (run->threads < 0 || run->threads > MAX_THREADS)
    {
      weir_complain ("run: --threads: %d is not in the range 0 to %d", run->threads, MAX_THREADS);
      return FALSE;
    }

  graph->n_threads = run->threads;
  return TRUE;
}

static gboolean
set_affinity (const WeirRun *run, WeirGraph *graph)
{
  g_autoptr (GError) error = NULL;

  if (!run->affinity)
    return TRUE;
  g_clear_pointer (&graph->affinity, g_array_unref);
  graph->affinity = weir_affinity_parse (run->affinity, &error);
  if (error)
    weir_complain ("run: --affinity: %s", error->message);
  return !error;
}

int
weir_command_run (const WeirCliCommand *command, char **argv)
{
  int status;
  g_autoptr (GError) error = NULL;
  g_auto (WeirRun) run = { .threads = G_MININT };
  const GOptionEntry entries[]
      = { { "threads", 0, 0, G_OPTION_ARG_INT, &run.threads,
            "Worker threads; 0: all on the main loop (default: as the file says)", "N" },
          { "affinity", 0, 0, G_OPTION_ARG_FILENAME, &run.affinity,
            "CPUs to pin the threads to in turn, such as 0-1,3 (default: as the file says)",
            "LIST" },
          { "deadline", 0, 0, G_OPTION_ARG_FILENAME, &run.deadline,
            "Deadline of each record, such as 50ms (default: as the file says)", "DURATION" },
          { "report", 0, 0, G_OPTION_ARG_FILENAME, &run.report_path,
            "Write what the run did to FILE, as JSON", "FILE" },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &run.quiet, "Only errors on standard error", NULL },
          { "strict", 0, 0, G_OPTION_ARG_NONE, &run.strict,
            "Exit with 3 when a record was late, invalid, shed or failed", NULL },
          { NULL } };
  g_autoptr (WeirArguments) arguments = weir_arguments_parse (
      command, argv, WEIR_ARGUMENTS_LAUNCH | WEIR_ARGUMENTS_SET, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, 1))
    return WEIR_EXIT_USAGE;

  g_autoptr (WeirGraph) graph = weir_arguments_load (arguments, &error);
  if (!graph)
    return weir_complain_error (error);
  if (!set_deadline (&run, graph) || !set_threads (&run, graph) || !set_affinity (&run, graph))
    return WEIR_EXIT_USAGE;

  if (run.quiet)
    weir_cli_log_be_quiet ();
  signal (SIGPIPE, SIG_IGN); /* an output that takes no more is an error of its write */
  signal (SIGXFSZ, SIG_IGN);
  return run_graph (&run, graph);
}
