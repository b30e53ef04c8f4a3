/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate.exec: asks worker processes which records are valid.
 *
 * Each record goes to one of a pool of processes, in any language. The answer `true` passes it
 * untouched; `false`, or an object `{"error": "why"}`, makes it invalid, with that message; any
 * other answer fails it. The deadline stays. What becomes of processes that misbehave is as
 * in transform.exec.
 *
 *   source.stdin ! validate.exec command='["./check.py"]' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirValidate parent;

  WeirExecStage exec;
} WeirValidateExec;

static const WeirOption options[] = { WEIR_EXEC_STAGE_OPTIONS (WeirValidateExec, exec) };

/* The message of an error object, or NULL. */
static char *
get_error (const char *text, gsize length)
{
  g_autoptr (WeirRecord) reply = weir_record_new (text, length);

  return length > 0 && text[0] == '{' ? weir_record_get_string (reply, ".error") : NULL;
}

static void
refuse (WeirRecord *record, const WeirExecAnswer *answer)
{
  gsize length;
  const char *peeked = weir_exec_answer_peek (answer, &length);
  const char *text = peeked != NULL ? peeked : "";
  g_autofree char *why = get_error (text, length);
  g_autofree char *message = NULL;

  if (why != NULL || weir_exec_answer_is (answer, "false"))
    {
      weir_record_reject (record, why != NULL ? why : "the worker answered false");
      return;
    }
  message
      = g_strdup_printf ("the worker answered \"%.*s\"; true, false or {\"error\": …} was expected",
                         (int)MIN (length, 80), text);
  weir_record_fail (record, message);
}

static void
weir_validate_exec_deliver (WeirStage *stage, WeirRecord *record, const WeirExecAnswer *answer,
                            WeirEmitter *out)
{
  if (weir_exec_answer_is (answer, "true"))
    weir_emitter_emit (out, record);
  else
    refuse (record, answer);
}

static void
weir_validate_exec_class_init (WeirValidateClass *klass)
{
  weir_exec_stage_class_init (WEIR_STAGE_CLASS (klass), G_STRUCT_OFFSET (WeirValidateExec, exec),
                              weir_validate_exec_deliver);
}

WEIR_DEFINE_VALIDATE (WeirValidateExec, weir_validate_exec, "validate.exec",
                      "Asks worker processes which records are valid",
                      "source.stdin ! validate.exec command='[\"./check.py\"]' ! sink.stdout")
