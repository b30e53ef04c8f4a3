/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <weir/weir-exec-stage.h>

#include "process/weir-exchange-private.h"
#include "stage/weir-stage-private.h"

/* Nanoseconds between the steps that end a worker. */
#define PATIENCE (2 * G_GINT64_CONSTANT (1000000000))

const char *const weir_exec_orders[] = { "keep", "key", "free", NULL };
const char *const weir_exec_framings[] = { "lines", "frames", "shared-memory", NULL };
const char *const weir_exec_replies[] = { "one", "any", NULL };

/* What a class of exec stages adds to the engine's view of it; made once a class, never freed. */
typedef struct
{
  WeirHolder holder;
  gsize offset; /* of the WeirExecStage in the stage */
  WeirExecDeliver deliver;
} ExecClass;

static const ExecClass *
class_of (WeirStage *stage)
{
  return (const ExecClass *)weir_stage_get_holder (stage);
}

static WeirExecStage *
exec_of (WeirStage *stage)
{
  return G_STRUCT_MEMBER_P (stage, class_of (stage)->offset);
}

static WeirExchange *
exchange_of (WeirStage *stage)
{
  return exec_of (stage)->exchange;
}

/* Answers ------------------------------------------------------------------------------------ */

/**
 * weir_exec_answer_peek: (skip)
 * @answer: an answer
 * @length: (out): its length in bytes
 *
 * Returns: (nullable): its first output, not ended by NUL; %NULL when there is none
 */
const char *
weir_exec_answer_peek (const WeirExecAnswer *answer, gsize *length)
{
  g_return_val_if_fail (answer != NULL && length != NULL, NULL);

  *length = answer->output.text != NULL ? answer->output.length : 0;
  return answer->output.text;
}

/**
 * weir_exec_answer_is: (skip)
 * @answer: an answer
 * @word: what it may be
 *
 * Returns: whether the first output of the answer is @word and nothing more
 */
gboolean
weir_exec_answer_is (const WeirExecAnswer *answer, const char *word)
{
  g_return_val_if_fail (answer != NULL && word != NULL, FALSE);

  return answer->output.text != NULL && answer->output.length == strlen (word)
         && memcmp (answer->output.text, word, answer->output.length) == 0;
}

/* The buffer is the batch's too, once. */
static void
emit_output (const WeirExecAnswer *answer, const WeirOutputText *output, WeirEmitter *out)
{
  WeirExchange *exchange = answer->held->exchange;
  WeirRecord *record;

  if (output->length == 0)
    return;
  if (exchange->emitted_batch != out->batch || exchange->emitted_buffer != output->buffer->buffer)
    weir_batch_take_buffer (out->batch, weir_buffer_ref (output->buffer->buffer));
  exchange->emitted_batch = out->batch;
  exchange->emitted_buffer = output->buffer->buffer;
  record = weir_emitter_append_slice (out, output->text, output->length, answer->record->offset);
  record->flags &= ~WEIR_RECORD_CHECKED;
}

/**
 * weir_exec_answer_emit: (skip)
 * @answer: an answer
 * @out: an emitter
 *
 * Emits each output of the answer; an empty one is none.
 */
void
weir_exec_answer_emit (const WeirExecAnswer *answer, WeirEmitter *out)
{
  g_return_if_fail (answer != NULL && out != NULL);

  if (answer->output.text != NULL)
    emit_output (answer, &answer->output, out);
  for (guint i = 0; answer->outputs != NULL && i < answer->outputs->len; i++)
    emit_output (answer, &g_array_index (answer->outputs, WeirOutputText, i), out);
}

/* Options ------------------------------------------------------------------------------------ */

static void
check (WeirStage *stage, WeirMistakes *mistakes)
{
  const WeirExecStage *exec = exec_of (stage);

  weir_exec_options_check (&exec->exec, mistakes);
  if (exec->max_workers > 0 && exec->max_workers < exec->min_workers)
    weir_mistakes_add (mistakes, "/max-workers", "is less than min-workers");
  if (exec->order == WEIR_ORDER_KEY && exec->key == NULL)
    weir_mistakes_add (mistakes, "/order", "key needs the option \"key\"");
  if (exec->order != WEIR_ORDER_KEY && exec->key != NULL)
    weir_mistakes_add (mistakes, "/key", "has a meaning with \"order\": \"key\" only");
  if (exec->replies == 1 && exec->framing != WEIR_FRAMING_LINES)
    weir_mistakes_add (mistakes, "/replies", "has a meaning with \"framing\": \"lines\" only");
}

static WeirExchangeOptions
get_options (const WeirExecStage *exec, gint64 deadline)
{
  guint min = exec->workers > 0 ? exec->workers : exec->min_workers;
  guint max = exec->workers > 0 ? exec->workers : exec->max_workers;

  return (WeirExchangeOptions){
    .pool = {
      .min = min,
      .max = MAX (MAX (min, max), 1),
      .max_uses = exec->max_uses,
      .idle_timeout = exec->idle_timeout,
      .restart_delay = exec->exec.restart_delay,
      .start_timeout = exec->start_timeout,
      .patience = PATIENCE,
      .deadline = deadline,
      .channel = {
        .framing = exec->framing,
        .any_replies = exec->replies == 1,
        .waits_ready = exec->ready,
        .max_reply = exec->max_reply,
        .pipe_size = exec->pipe_size,
      },
    },
    .timeout = exec->timeout,
    .retries = exec->retries,
    .order = exec->order,
    .batch_size = exec->batch_size,
    .in_flight = exec->in_flight,
    .cancel_late = exec->cancel_late,
  };
}

static char *
describe (gpointer exchange)
{
  return weir_exchange_describe (exchange);
}

static gboolean
start (WeirStage *stage, GError **error)
{
  WeirExecStage *exec = exec_of (stage);
  WeirExchangeOptions options = get_options (exec, weir_stage_get_deadline (stage));
  WeirCommand *command = weir_exec_options_get_command (&exec->exec, error);

  if (command == NULL)
    return FALSE;
  exec->exchange
      = weir_exchange_new (&options, command, exec->key, weir_stage_get_clock (stage), error);
  weir_exec_command_unref (command);
  if (exec->exchange != NULL)
    weir_stage_tell_workers (stage, describe, exec->exchange);
  return exec->exchange != NULL;
}

static void
stop (WeirStage *stage)
{
  WeirExecStage *exec = exec_of (stage);

  weir_stage_keep_workers (stage);
  weir_exchange_free (g_steal_pointer (&exec->exchange));
}

/* The engine's view -------------------------------------------------------------------------- */

static gboolean
hold (WeirStage *stage, WeirBatch *batch)
{
  return weir_exchange_hold (exchange_of (stage), batch);
}

static gboolean
service (WeirStage *stage, gint64 late_after, gboolean ending, GError **error)
{
  return weir_exchange_service (exchange_of (stage), late_after, ending, error);
}

static gboolean
end (WeirStage *stage)
{
  return weir_exchange_end (exchange_of (stage));
}

static gboolean
is_late (const WeirExchange *exchange, const WeirRecord *record)
{
  return record->deadline < exchange->late_after && !(record->flags & WEIR_RECORD_LATE_ROUTED);
}

static void
deliver (WeirStage *stage, WeirTask *task, WeirEmitter *out)
{
  WeirRecord *record = task->record;

  if (record->verdict == WEIR_VERDICT_PASS && is_late (task->held->exchange, record))
    weir_record_set_verdict (record, WEIR_VERDICT_LATE, NULL);
  if (record->verdict != WEIR_VERDICT_PASS)
    return;
  weir_emitter_begin_origin (out, record);
  class_of (stage)->deliver (stage, record, task, out);
}

/* Records that follow each other in one batch are one lot. */
static gboolean
release (WeirStage *stage, WeirEmitter *out, WeirLot *lot)
{
  WeirExchange *exchange = exchange_of (stage);
  WeirTask *task = weir_exchange_peek (exchange);
  WeirBatch *done = NULL;

  if (task == NULL)
    return FALSE;
  lot->batch = task->held->batch;
  lot->from = lot->to = task->position;
  while (task != NULL && done == NULL && task->held->batch == lot->batch
         && task->position == lot->to && !weir_emitter_is_full (out))
    {
      deliver (stage, task, out);
      lot->to++;
      weir_exchange_pop (exchange, &done);
      task = weir_exchange_peek (exchange);
    }
  lot->done = done != NULL;
  return TRUE;
}

static void
wait (WeirStage *stage)
{
  WeirExchange *exchange = exchange_of (stage);

  weir_stage_wait_fd (stage, weir_exchange_get_fd (exchange), G_IO_IN);
  weir_stage_wait_until (stage, weir_exchange_get_next_time (exchange));
}

static guint
count (WeirStage *stage)
{
  return exchange_of (stage)->n_held;
}

static gint64
get_run_time (WeirStage *stage)
{
  return weir_pace_get_p90 (&exchange_of (stage)->turn);
}

static void
stop_waiting (WeirStage *stage)
{
  weir_exchange_stop (exchange_of (stage));
}

/**
 * weir_exec_stage_class_init: (skip)
 * @klass: the class of a transform, filter or validate stage
 * @offset: of the #WeirExecStage in the struct of the stage
 * @deliver: takes the answers
 *
 * Makes the stages of a class ask worker processes for what becomes of their records.
 */
void
weir_exec_stage_class_init (WeirStageClass *klass, gsize offset, WeirExecDeliver deliver_)
{
  ExecClass *exec_class = g_new0 (ExecClass, 1);

  exec_class->holder = (WeirHolder){ .hold = hold,
                                     .service = service,
                                     .release = release,
                                     .wait = wait,
                                     .end = end,
                                     .count = count,
                                     .stop = stop_waiting,
                                     .get_run_time = get_run_time };
  exec_class->offset = offset;
  exec_class->deliver = deliver_;
  klass->holder = exec_class;
  klass->check = check;
  klass->start = start;
  klass->stop = stop;
}
