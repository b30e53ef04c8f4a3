/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.exec: reads records from what a command writes, one a line.
 *
 * `command` is a program and its arguments; `chain` is a list of them, joined by pipes as in
 * `a | b | c`. The deadline of a record runs from when it was read. The input ends when the command
 * ends with status 0; with any other end, of one in a chain too, the run fails, and tells the
 * status or signal and the last lines on stderr. With `restart` it is started again after a pause
 * that grows; the offsets of records go on counting. A command that cannot be started at all ends
 * the run. When the run is stopped, the command is asked to end and then killed, and a line that
 * has not ended yet is a failed record.
 *
 *   source.exec command='["journalctl", "--follow", "--output=json"]' restart=always ! sink.stdout
 */
#include "weir-chain-option.h"

typedef struct
{
  WeirSource parent;

  WeirExecOptions exec; /* options */
  JsonNode *chain;
  guint64 pipe_size;
  guint restart;
  guint64 max_record;
  guint check;

  WeirCommandChain *commands;
  WeirLineReader *reader;
} WeirSourceExec;

static const char *const restarts[] = { "never", "on-failure", "always", NULL };
static const char *const checks[] = { "fields", "full", NULL };

static const WeirOption options[] = {
  WEIR_OPTION_STRINGS ("command", WeirSourceExec, exec.command, FALSE,
                       "The program and its arguments, as a list; they are passed as they are"),
  WEIR_OPTION_JSON ("chain", WeirSourceExec, chain,
                    "Instead of one command: a list of commands, each reading what the one before "
                    "it writes"),
  WEIR_OPTION_SIZE ("pipe-size", WeirSourceExec, pipe_size, 4096, 1 << 30, "1MiB",
                    "What each pipe holds, as far as the system allows"),
  WEIR_OPTION_ENUM (
      "restart", WeirSourceExec, restart, restarts, "never",
      "When it is started again after it has ended; on-failure: unless with status 0"),
  WEIR_EXEC_SURROUNDINGS_OPTIONS (WeirSourceExec, exec),
  WEIR_OPTION_SIZE ("max-record", WeirSourceExec, max_record, 1, 1 << 30, "1MiB",
                    "Longer records fail, and reading goes on"),
  WEIR_OPTION_ENUM ("check", WeirSourceExec, check, checks, "fields",
                    "What is checked: records whose fields are read, or the full grammar of each"),
};

/* There is no command: the rest of the options is checked with one that is. */
static void
check_without_command (const WeirExecOptions *given, WeirMistakes *mistakes)
{
  char *any[] = { "true", NULL };
  WeirExecOptions complete = *given;

  weir_mistakes_add (mistakes, "/command",
                     "there is no program to run (expected \"command\", a list such as "
                     "[\"cat\", \"-u\"], or \"chain\", a list of such lists)");
  complete.command = any;
  weir_exec_options_check (&complete, mistakes);
}

static void
weir_source_exec_check (WeirStage *stage, WeirMistakes *mistakes)
{
  WeirSourceExec *self = (WeirSourceExec *)stage;

  if (self->chain == NULL && self->exec.command == NULL)
    {
      check_without_command (&self->exec, mistakes);
      return;
    }
  if (self->chain == NULL)
    {
      weir_exec_options_check (&self->exec, mistakes);
      return;
    }
  if (self->exec.command != NULL)
    weir_mistakes_add (mistakes, "/chain", "there is a \"command\" too (one of them is enough)");

  g_autoptr (GPtrArray) commands = weir_chain_option_read (&self->exec, self->chain, mistakes);

  (void)commands;
}

static GPtrArray *
make_commands (WeirSourceExec *self, GError **error)
{
  GPtrArray *commands;
  WeirCommand *command;

  if (self->chain != NULL)
    {
      commands = weir_chain_option_read (&self->exec, self->chain, NULL);
      if (commands == NULL)
        g_set_error_literal (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                             "the options do not make a chain of commands");
      return commands;
    }
  command = weir_exec_options_get_command (&self->exec, error);
  if (command == NULL)
    return NULL;
  commands = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_exec_command_unref);
  g_ptr_array_add (commands, command);
  return commands;
}

static void
weir_source_exec_stop (WeirStage *stage)
{
  WeirSourceExec *self = (WeirSourceExec *)stage;

  g_clear_pointer (&self->commands, weir_command_chain_free);
  g_clear_pointer (&self->reader, weir_line_reader_free);
}

static gboolean
weir_source_exec_start (WeirStage *stage, GError **error)
{
  WeirSourceExec *self = (WeirSourceExec *)stage;
  g_autoptr (GPtrArray) commands = make_commands (self, error);

  if (commands == NULL)
    return FALSE;

  self->commands = weir_command_chain_new (stage, commands, WEIR_CHAIN_OUTPUT, self->pipe_size);
  weir_command_chain_set_restart (self->commands, self->restart, self->exec.restart_delay);
  self->reader = weir_line_reader_new (self->max_record, self->check);
  if (weir_command_chain_start (self->commands, error))
    return TRUE;

  weir_source_exec_stop (stage);
  return FALSE;
}

static WeirSourceStatus
weir_source_exec_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  WeirSourceExec *self = (WeirSourceExec *)source;
  g_autoptr (GError) failure = NULL;
  WeirSourceStatus status;

  if (weir_source_is_halting (source))
    {
      weir_command_chain_end (self->commands);
      return weir_line_reader_halt (self->reader, out);
    }

  status = weir_line_reader_fill (self->reader, out, weir_command_chain_read, self->commands,
                                  &failure);
  if (status == WEIR_SOURCE_MORE || status == WEIR_SOURCE_WAIT)
    return status;

  if (weir_command_chain_revive (self->commands))
    {
      weir_line_reader_restart (self->reader);
      return WEIR_SOURCE_MORE;
    }
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return status;
}

static void
weir_source_exec_class_init (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = weir_source_exec_check;
  WEIR_STAGE_CLASS (klass)->start = weir_source_exec_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_source_exec_stop;
  klass->fill = weir_source_exec_fill;
}

WEIR_DEFINE_SOURCE (WeirSourceExec, weir_source_exec, "source.exec",
                    "Reads records from what a command writes, one a line",
                    "source.exec command='[\"journalctl\", \"--follow\", \"--output=json\"]' "
                    "restart=always ! sink.stdout")
