/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sink.stdout: writes records to standard output, one a line.
 *
 * A record is accepted, and its deadline met or missed, when its bytes have reached the kernel. A
 * reader that is slow holds the pipeline back; one that goes away ends the run as if it had been
 * stopped.
 *
 *   source.stdin ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <unistd.h>

#include <weir/weir-plugin.h>

typedef struct
{
  WeirSink parent;

  WeirFdWriter *writer;
} WeirSinkStdout;

static const WeirOption options[] = {};

static WeirStageStatus
weir_sink_stdout_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  return weir_fd_writer_write (((WeirSinkStdout *)sink)->writer, sink, batch, error);
}

static gboolean
weir_sink_stdout_start (WeirStage *stage, GError **error)
{
  ((WeirSinkStdout *)stage)->writer = weir_fd_writer_new (STDOUT_FILENO, "standard output");
  return TRUE;
}

static void
weir_sink_stdout_stop (WeirStage *stage)
{
  g_clear_pointer (&((WeirSinkStdout *)stage)->writer, weir_fd_writer_free);
}

static void
weir_sink_stdout_class_init (WeirSinkClass *klass)
{
  WEIR_STAGE_CLASS (klass)->start = weir_sink_stdout_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_sink_stdout_stop;
  klass->write_batch = weir_sink_stdout_write_batch;
}

WEIR_DEFINE_SINK (WeirSinkStdout, weir_sink_stdout, "sink.stdout",
                  "Writes records to standard output, one a line", "source.stdin ! sink.stdout")
