/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.exec: asks worker processes which records go on.
 *
 * Each record goes to one of a pool of processes, in any language; the answer is `true` or `false`.
 * A record goes on untouched by `out`, or leaves by `else`; any other answer fails it. The
 * deadline stays. What becomes of processes that misbehave is as in transform.exec.
 *
 *   source.stdin ! filter.exec command='["./is-good.py"]' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirFilter parent;

  WeirExecStage exec;
} WeirFilterExec;

static const WeirOption options[] = { WEIR_EXEC_STAGE_OPTIONS (WeirFilterExec, exec) };

static void
weir_filter_exec_deliver (WeirStage *stage, WeirRecord *record, const WeirExecAnswer *answer,
                          WeirEmitter *out)
{
  gsize length;
  const char *text = weir_exec_answer_peek (answer, &length);
  g_autofree char *message = NULL;

  if (weir_exec_answer_is (answer, "true"))
    {
      weir_emitter_emit (out, record);
      return;
    }
  if (weir_exec_answer_is (answer, "false"))
    return;
  message = g_strdup_printf ("the worker answered \"%.*s\"; true or false was expected",
                             (int)MIN (length, 80), text != NULL ? text : "");
  weir_record_fail (record, message);
}

static void
weir_filter_exec_class_init (WeirFilterClass *klass)
{
  weir_exec_stage_class_init (WEIR_STAGE_CLASS (klass), G_STRUCT_OFFSET (WeirFilterExec, exec),
                              weir_filter_exec_deliver);
}

WEIR_DEFINE_FILTER (WeirFilterExec, weir_filter_exec, "filter.exec",
                    "Asks worker processes which records go on",
                    "source.stdin ! filter.exec command='[\"./is-good.py\"]' ! sink.stdout")
