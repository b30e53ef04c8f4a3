/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sink.exec: writes records to what a command reads, one a line.
 *
 * A record is accepted, and its deadline met or missed, when its line is in the command's pipe:
 * what the command makes of it is not known, and what it has not read when it dies is lost without
 * a trace. A command that is slow holds the pipeline back. At the end its input is closed, and it
 * has `timeout` to end. A command that ends with another status than 0 makes the sink fail, with
 * the records that were not written; one that ends well before its input ends the run as a reader
 * that goes away does: what it did not take has failed, and a warning says how much. When the run
 * is about to end, a command that takes nothing for `timeout` is ended, and the rest of the records
 * fails. With `restart` it is started again and gets the records that were not
 * written. What it writes goes to weir's own standard output.
 *
 *   source.stdin ! sink.exec command='["logger", "--tag", "weir"]'
 */
#include <weir/weir-plugin.h>

#define IDLE_INTERVAL G_GINT64_CONSTANT (1000000000) /* between looks while nothing comes */

typedef struct
{
  WeirSink parent;

  WeirExecOptions exec; /* options */
  guint restart;
  guint64 timeout;

  WeirCommandChain *command;
  WeirFdWriter *writer; /* of the run at hand; NULL: nothing was written yet */
  gboolean bounded;     /* in how long it takes the next record */
  gboolean left;        /* it ended before its input did */
} WeirSinkExec;

static const char *const restarts[] = { "never", "on-failure", "always", NULL };

static const WeirOption options[] = {
  WEIR_EXEC_COMMAND_OPTIONS (WeirSinkExec, exec),
  WEIR_OPTION_ENUM (
      "restart", WeirSinkExec, restart, restarts, "never",
      "When it is started again after it has ended; on-failure: unless with status 0"),
  WEIR_OPTION_DURATION ("timeout", WeirSinkExec, timeout, "10s",
                        "How long it may take to end once its input has ended, and how long it may "
                        "take nothing while the run ends"),
};

static void
weir_sink_exec_check (WeirStage *stage, WeirMistakes *mistakes)
{
  weir_exec_options_check (&((WeirSinkExec *)stage)->exec, mistakes);
}

/* While nothing is written, what the command says on stderr is read all the same. */
static void
plan_look (WeirSinkExec *self)
{
  WeirStage *stage = WEIR_STAGE (self);

  weir_stage_set_alarm (stage, weir_clock_get_time (weir_stage_get_clock (stage)) + IDLE_INTERVAL);
}

static void
weir_sink_exec_alarm (WeirStage *stage, WeirEmitter *out)
{
  WeirSinkExec *self = (WeirSinkExec *)stage;

  if (weir_command_chain_dispatch (self->command) != WEIR_CHAIN_ENDED)
    plan_look (self);
}

static WeirStageStatus
wait (WeirSinkExec *self, gboolean for_pipe)
{
  weir_stage_set_alarm (WEIR_STAGE (self), G_MAXINT64);
  weir_command_chain_wait (self->command, for_pipe);
  return WEIR_STAGE_WAIT;
}

/* There are records, and nobody who reads them. */
static WeirStageStatus
go_on_without_reader (WeirSinkExec *self, GError **error)
{
  g_clear_pointer (&self->writer, weir_fd_writer_free);
  self->bounded = FALSE;
  if (weir_command_chain_revive (self->command))
    return wait (self, FALSE);

  if (weir_command_chain_get_result (self->command, error))
    {
      self->left = TRUE;
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_CLOSED,
                   "%s: it ended before its input did",
                   weir_command_chain_get_name (self->command));
    }
  return WEIR_STAGE_BROKEN;
}

/* While the run goes on a command may take its time. */
static void
bound (WeirSinkExec *self, gboolean blocked, gboolean has_taken)
{
  gboolean wanted = blocked && weir_sink_is_ending (WEIR_SINK (self));

  if (wanted == self->bounded && !(wanted && has_taken))
    return;
  self->bounded = wanted;
  weir_command_chain_set_timeout (self->command, wanted ? self->timeout : G_MAXINT64);
}

/* A command that has closed its input is about to end. */
static WeirStageStatus
write_records (WeirSinkExec *self, WeirBatch *batch)
{
  int fd = weir_command_chain_get_fd (self->command);
  guint n_before = weir_sink_get_accepted (WEIR_SINK (self));
  WeirStageStatus status;

  if (fd < 0)
    return wait (self, FALSE);
  if (self->writer == NULL)
    self->writer = weir_fd_writer_new (fd, weir_command_chain_get_name (self->command));

  status = weir_fd_writer_write (self->writer, WEIR_SINK (self), batch, NULL);
  bound (self, status == WEIR_STAGE_WAIT, weir_sink_get_accepted (WEIR_SINK (self)) > n_before);
  if (status == WEIR_STAGE_DONE)
    {
      plan_look (self);
      return status;
    }
  if (status == WEIR_STAGE_WAIT)
    return wait (self, TRUE);

  g_clear_pointer (&self->writer, weir_fd_writer_free);
  weir_command_chain_finish (self->command, self->timeout);
  return wait (self, FALSE);
}

static WeirStageStatus
weir_sink_exec_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  WeirSinkExec *self = (WeirSinkExec *)sink;

  switch (weir_command_chain_dispatch (self->command))
    {
    case WEIR_CHAIN_STARTING:
      return wait (self, FALSE);
    case WEIR_CHAIN_RUNNING:
      return write_records (self, batch);
    case WEIR_CHAIN_ENDED:
    default:
      return go_on_without_reader (self, error);
    }
}

static WeirStageStatus
weir_sink_exec_drain (WeirSink *sink, GError **error)
{
  WeirSinkExec *self = (WeirSinkExec *)sink;
  WeirChainState state = weir_command_chain_dispatch (self->command);

  if (state == WEIR_CHAIN_ENDED)
    return weir_command_chain_get_result (self->command, error) ? WEIR_STAGE_DONE
                                                                : WEIR_STAGE_BROKEN;
  if (state == WEIR_CHAIN_RUNNING)
    {
      g_clear_pointer (&self->writer, weir_fd_writer_free);
      weir_command_chain_finish (self->command, self->timeout);
    }
  return wait (self, FALSE);
}

static void
weir_sink_exec_stop (WeirStage *stage)
{
  WeirSinkExec *self = (WeirSinkExec *)stage;

  if (self->left)
    g_warning ("%s: %s: it ended before its input did; it did not take %" G_GUINT64_FORMAT
               " records, which have failed",
               weir_stage_get_id (stage), weir_command_chain_get_name (self->command),
               weir_sink_get_refused (WEIR_SINK (self)));
  g_clear_pointer (&self->writer, weir_fd_writer_free);
  g_clear_pointer (&self->command, weir_command_chain_free);
}

static gboolean
weir_sink_exec_start (WeirStage *stage, GError **error)
{
  WeirSinkExec *self = (WeirSinkExec *)stage;
  g_autoptr (GPtrArray) commands
      = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_exec_command_unref);
  WeirCommand *command = weir_exec_options_get_command (&self->exec, error);

  if (command == NULL)
    return FALSE;

  g_ptr_array_add (commands, command);
  self->command = weir_command_chain_new (stage, commands, WEIR_CHAIN_INPUT, 0);
  weir_command_chain_set_restart (self->command, self->restart, self->exec.restart_delay);
  if (weir_command_chain_start (self->command, error))
    {
      plan_look (self);
      return TRUE;
    }
  weir_sink_exec_stop (stage);
  return FALSE;
}

static void
weir_sink_exec_class_init (WeirSinkClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = weir_sink_exec_check;
  WEIR_STAGE_CLASS (klass)->start = weir_sink_exec_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_sink_exec_stop;
  WEIR_STAGE_CLASS (klass)->alarm = weir_sink_exec_alarm;
  klass->write_batch = weir_sink_exec_write_batch;
  klass->drain = weir_sink_exec_drain;
}

WEIR_DEFINE_SINK (WeirSinkExec, weir_sink_exec, "sink.exec",
                  "Writes records to what a command reads, one a line",
                  "source.stdin ! sink.exec command='[\"logger\", \"--tag\", \"weir\"]'")
