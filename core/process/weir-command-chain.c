/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <unistd.h>

#include <weir/weir-command-chain.h>
#include <weir/weir-error.h>

#include "base/weir-batch-private.h"
#include "process/weir-chain-report-private.h"
#include "process/weir-supervisor-private.h"
#include "stage/weir-stage-private.h"

#define SECOND   G_GINT64_CONSTANT (1000000000)
#define PATIENCE (1 * SECOND)  /* between the steps of the ladder */
#define GOOD_RUN (10 * SECOND) /* so long a run is as good as a reply */

/* A chain is one run after the other, each a WeirChainRun. The stage drives it:
 *
 *        start              dispatch                     dispatch
 *   ─────────────> STARTING ────────> RUNNING ───────────────────────> ENDED ──> get_result
 *                     ↑                                                  │
 *                     └──────────── revive: behind the backoff ──────────┘
 *
 * The end of a run is the end of its commands. A grandchild that still holds the pipe keeps
 * nobody waiting: what the commands wrote is in the pipe by then.
 *
 * Owned by one stage, used by one thread at a time; never blocks, but for the free function. */
struct _WeirCommandChain
{
  WeirStage *stage; /* borrowed: it owns the chain */
  GPtrArray *commands;
  WeirChainEnd end;
  gsize pipe_size;
  WeirRestart restart;
  char *name;

  WeirSupervisor *supervisor;
  WeirChainRun *run;   /* NULL: between two, or before the first */
  gint64 next_start;   /* WEIR_TIME_NEVER: not planned */
  gint64 expiry;       /* when the run must have ended; WEIR_TIME_NEVER: no bound */
  const char *fault;   /* what it did not do in its time; NULL: it was not ended for that */
  gboolean stuck;      /* it was to take records, and did not */
  char *start_failure; /* why a later run could not even be begun */
  WeirChainReport *report;
};

static gint64
get_time (const WeirCommandChain *chain)
{
  return weir_clock_get_time (weir_stage_get_clock (chain->stage));
}

static char *
make_name (const WeirCommandChain *chain)
{
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; i < chain->commands->len; i++)
    {
      g_autofree char *text = weir_command_to_text (g_ptr_array_index (chain->commands, i));
      g_strv_builder_add (texts, text);
    }
  g_auto (GStrv) list = g_strv_builder_end (texts);
  return g_strjoinv (" | ", list);
}

static char *
describe (gpointer report)
{
  return weir_chain_report_describe (report);
}

/**
 * weir_command_chain_new: (skip)
 * @stage: the stage that runs it
 * @commands: (element-type WeirCommand): the commands, at least one; a reference is kept
 * @end: which end is weir's
 * @pipe_size: bytes that each pipe holds, as far as the system allows; 0: as it is
 *
 * Makes a chain of commands that do not run yet. What they do and use stands in the report of
 * @stage.
 *
 * Returns: (transfer full): the chain
 */
WeirCommandChain *
weir_command_chain_new (WeirStage *stage, GPtrArray *commands, WeirChainEnd end, gsize pipe_size)
{
  g_return_val_if_fail (WEIR_IS_STAGE (stage), NULL);
  g_return_val_if_fail (commands != NULL && commands->len > 0, NULL);

  WeirCommandChain *chain = g_new0 (WeirCommandChain, 1);

  chain->stage = stage;
  chain->commands = g_ptr_array_ref (commands);
  chain->end = end;
  chain->pipe_size = pipe_size;
  chain->next_start = chain->expiry = WEIR_TIME_NEVER;
  chain->name = make_name (chain);
  chain->report = weir_chain_report_new (commands);
  weir_stage_tell_workers (stage, describe, chain->report);
  weir_command_chain_set_restart (chain, WEIR_RESTART_NEVER, SECOND);
  return chain;
}

/**
 * weir_command_chain_set_restart: (skip)
 * @chain: a chain
 * @restart: when weir_command_chain_revive() starts it again
 * @first_delay: nanoseconds that the first restart waits at most
 *
 * Says what becomes of the chain when it has ended. Before the start.
 */
void
weir_command_chain_set_restart (WeirCommandChain *chain, WeirRestart restart, guint64 first_delay)
{
  g_return_if_fail (chain != NULL && first_delay <= G_MAXINT64);

  chain->restart = restart;
  g_clear_pointer (&chain->supervisor, weir_supervisor_free);
  chain->supervisor = weir_supervisor_new ((gint64)first_delay, g_random_int ());
}

/**
 * weir_command_chain_start: (skip)
 * @chain: a chain that does not run
 * @error: return location of an error: there is no room for a process or a pipe
 *
 * Asks for the processes. Whether they could be started is told by weir_command_chain_dispatch().
 *
 * Returns: %TRUE if they were asked for
 */
gboolean
weir_command_chain_start (WeirCommandChain *chain, GError **error)
{
  g_return_val_if_fail (chain != NULL && chain->run == NULL, FALSE);

  chain->next_start = chain->expiry = WEIR_TIME_NEVER;
  chain->fault = NULL;
  chain->stuck = FALSE;
  weir_supervisor_begin (chain->supervisor, get_time (chain));
  chain->run = weir_chain_run_new (weir_stage_get_clock (chain->stage),
                                   weir_stage_get_deadline (chain->stage),
                                   (WeirCommand *const *)chain->commands->pdata,
                                   chain->commands->len, chain->end, chain->pipe_size, error);
  return chain->run != NULL;
}

static void
start_again (WeirCommandChain *chain)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&chain->start_failure, g_free);
  if (!weir_command_chain_start (chain, &error))
    chain->start_failure = g_strdup_printf ("%s: %s", chain->name, error->message);
}

static void
check_expiry (WeirCommandChain *chain)
{
  if (get_time (chain) < chain->expiry)
    return;
  chain->expiry = WEIR_TIME_NEVER;
  chain->stuck = chain->run->pipe >= 0;
  chain->fault = chain->stuck ? "it took no records in time" : "it did not end in time";
  weir_chain_run_end (chain->run, PATIENCE);
}

/**
 * weir_command_chain_dispatch: (skip)
 * @chain: a chain that was started
 *
 * Takes in what has happened, and does what is due.
 *
 * Returns: where the chain is
 */
WeirChainState
weir_command_chain_dispatch (WeirCommandChain *chain)
{
  g_return_val_if_fail (chain != NULL, WEIR_CHAIN_ENDED);

  if (chain->run == NULL && get_time (chain) >= chain->next_start)
    start_again (chain);
  if (chain->run == NULL)
    return chain->next_start != WEIR_TIME_NEVER ? WEIR_CHAIN_STARTING : WEIR_CHAIN_ENDED;

  WeirChainState state = weir_chain_run_dispatch (chain->run);

  weir_chain_report_take (chain->report, chain->run, get_time (chain));
  if (state == WEIR_CHAIN_RUNNING)
    weir_supervisor_started (chain->supervisor);
  if (state != WEIR_CHAIN_ENDED)
    check_expiry (chain);
  return state;
}

/**
 * weir_command_chain_wait: (skip)
 * @chain: a chain
 * @for_pipe: whether the pipe is waited for, beside what happens to the processes
 *
 * Makes the stage wait for the chain: before it says that it waits.
 */
void
weir_command_chain_wait (WeirCommandChain *chain, gboolean for_pipe)
{
  gint64 next;

  g_return_if_fail (chain != NULL);

  next = chain->next_start;
  if (chain->run != NULL)
    {
      weir_chain_run_watch_pipe (chain->run, for_pipe);
      weir_stage_wait_fd (chain->stage, chain->run->waiter, G_IO_IN);
      next = MIN (chain->expiry, weir_chain_run_get_next_time (chain->run));
    }
  if (next != WEIR_TIME_NEVER)
    weir_stage_wait_until (chain->stage, next);
}

/**
 * weir_command_chain_get_fd: (skip)
 * @chain: a chain
 *
 * Returns: weir's end of the pipe, which does not block; -1: closed
 */
int
weir_command_chain_get_fd (const WeirCommandChain *chain)
{
  g_return_val_if_fail (chain != NULL, -1);

  return chain->run != NULL ? chain->run->pipe : -1;
}

/**
 * weir_command_chain_get_name: (skip)
 * @chain: a chain
 *
 * Returns: (transfer none): the commands as a person would type them, for messages
 */
const char *
weir_command_chain_get_name (const WeirCommandChain *chain)
{
  g_return_val_if_fail (chain != NULL, NULL);

  return chain->name;
}

/* -1 at the end, and when there is nothing. */
static gssize
read_pipe (WeirChainRun *run, gboolean ended, char *buffer, gsize size)
{
  gssize n;

  if (run->pipe < 0)
    return -1;
  do
    n = read (run->pipe, buffer, size);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    return n;
  if (n == 0 || errno != EAGAIN || ended)
    weir_chain_run_close_pipe (run);
  return -1;
}

/**
 * weir_command_chain_read: (skip)
 * @chain: a #WeirCommandChain with %WEIR_CHAIN_OUTPUT
 * @buffer: where to
 * @size: bytes that @buffer takes
 * @error: return location of an error: how a command ended
 *
 * Reads the output; a #WeirReadFunc. What -1 stands for is waited for.
 *
 * Returns: the number of bytes, 0 at the end, -1 when nothing can be read now, -2 on error
 */
gssize
weir_command_chain_read (gpointer chain, char *buffer, gsize size, GError **error)
{
  WeirCommandChain *self = chain;
  WeirChainState state = weir_command_chain_dispatch (self);
  gssize n
      = self->run == NULL ? -1 : read_pipe (self->run, state == WEIR_CHAIN_ENDED, buffer, size);

  if (n > 0)
    return n;
  if (state == WEIR_CHAIN_ENDED)
    return weir_command_chain_get_result (self, error) ? 0 : -2;
  weir_command_chain_wait (self, TRUE);
  return -1;
}

/* The end ------------------------------------------------------------------------------------ */

/**
 * weir_command_chain_set_timeout: (skip)
 * @chain: a chain
 * @timeout: nanoseconds from now on; %G_MAXINT64: no bound
 *
 * Bounds how long the run at hand goes on unless another bound is set. A chain that does not end in
 * time is ended.
 */
void
weir_command_chain_set_timeout (WeirCommandChain *chain, guint64 timeout)
{
  g_return_if_fail (chain != NULL && timeout <= G_MAXINT64);

  chain->expiry = timeout == G_MAXINT64
                      ? WEIR_TIME_NEVER
                      : get_time (chain) + (gint64)MIN (timeout, WEIR_TIME_NEVER / 2);
}

/**
 * weir_command_chain_finish: (skip)
 * @chain: a chain
 * @timeout: nanoseconds that it may take to end
 *
 * Closes weir's end of the pipe. A chain that does not end in time is ended.
 */
void
weir_command_chain_finish (WeirCommandChain *chain, guint64 timeout)
{
  g_return_if_fail (chain != NULL && timeout <= G_MAXINT64);

  if (chain->run == NULL || chain->run->pipe < 0)
    return;
  weir_chain_run_close_pipe (chain->run);
  weir_command_chain_set_timeout (chain, timeout);
}

/**
 * weir_command_chain_end: (skip)
 * @chain: a chain
 *
 * Ends the commands, in steps that get rougher.
 */
void
weir_command_chain_end (WeirCommandChain *chain)
{
  g_return_if_fail (chain != NULL);

  chain->next_start = WEIR_TIME_NEVER;
  if (chain->run != NULL)
    weir_chain_run_end (chain->run, PATIENCE);
}

static const char *
get_failure (const WeirCommandChain *chain)
{
  return chain->run != NULL ? chain->run->failure : chain->start_failure;
}

/**
 * weir_command_chain_get_result: (skip)
 * @chain: a chain that has ended
 * @error: return location of an error: the command, how it ended, what it said last
 *
 * Returns: %TRUE if no command failed
 */
gboolean
weir_command_chain_get_result (const WeirCommandChain *chain, GError **error)
{
  g_return_val_if_fail (chain != NULL, FALSE);

  if (get_failure (chain) == NULL && !chain->stuck)
    return TRUE;
  g_set_error (error, WEIR_STAGE_ERROR,
               chain->end == WEIR_CHAIN_OUTPUT ? WEIR_STAGE_ERROR_INPUT : WEIR_STAGE_ERROR_OUTPUT,
               "%s%s%s", chain->fault != NULL ? chain->fault : "", chain->fault != NULL ? ": " : "",
               get_failure (chain) != NULL ? get_failure (chain) : chain->name);
  return FALSE;
}

static void
drop_run (WeirCommandChain *chain)
{
  if (chain->run != NULL)
    weir_chain_report_close (chain->report, chain->run);
  g_clear_pointer (&chain->run, weir_chain_run_free);
}

static gboolean
is_passing (int start_error)
{
  return start_error == EAGAIN || start_error == ENOMEM || start_error == EMFILE
         || start_error == ENFILE;
}

/* Tells the supervisor how the run went. The exit of a command that is to run for good is as bad as
 * a crash, so that one that ends at once does not spin. */
static void
judge_run (WeirCommandChain *chain)
{
  gint64 now = get_time (chain);

  if (chain->run == NULL)
    {
      weir_supervisor_failed (chain->supervisor, TRUE, now);
      return;
    }
  if (chain->run->start_error != 0)
    {
      weir_supervisor_failed (chain->supervisor, is_passing (chain->run->start_error), now);
      return;
    }
  weir_supervisor_started (chain->supervisor);
  if (now - chain->run->start_time >= GOOD_RUN)
    weir_supervisor_answered (chain->supervisor);
  weir_supervisor_crashed (chain->supervisor, now);
}

/**
 * weir_command_chain_revive: (skip)
 * @chain: a chain that has ended
 *
 * Plans its next start, if it is to be started again: not after it was ended because it took no
 * records in time. The delay grows from one short run to the
 * next, up to 30 seconds.
 *
 * Returns: %TRUE if it will be started
 */
gboolean
weir_command_chain_revive (WeirCommandChain *chain)
{
  g_return_val_if_fail (chain != NULL, FALSE);

  gboolean wanted = chain->restart == WEIR_RESTART_ALWAYS
                    || (chain->restart == WEIR_RESTART_ON_FAILURE && get_failure (chain) != NULL);

  if (!wanted || chain->stuck)
    return FALSE;
  judge_run (chain);
  if (weir_supervisor_is_hopeless (chain->supervisor))
    return FALSE;
  if (get_failure (chain) != NULL)
    g_message ("%s: %s; it is started again", weir_stage_get_id (chain->stage),
               get_failure (chain));
  drop_run (chain);
  g_clear_pointer (&chain->start_failure, g_free);
  chain->next_start = MAX (get_time (chain), weir_supervisor_get_next_start (chain->supervisor));
  return TRUE;
}

/**
 * weir_command_chain_free: (skip)
 * @chain: (transfer full): a chain
 *
 * Ends the commands, waits for them, and frees @chain.
 */
void
weir_command_chain_free (WeirCommandChain *chain)
{
  if (chain->run != NULL)
    {
      weir_chain_run_close_pipe (chain->run);
      weir_command_chain_end (chain);
      weir_chain_run_linger (chain->run);
    }
  drop_run (chain);
  weir_stage_keep_workers (chain->stage);
  weir_chain_report_free (chain->report);
  weir_supervisor_free (chain->supervisor);
  g_ptr_array_unref (chain->commands);
  g_free (chain->start_failure);
  g_free (chain->name);
  g_free (chain);
}
