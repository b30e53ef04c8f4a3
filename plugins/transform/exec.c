/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.exec: asks worker processes what records become.
 *
 * Each record goes to one of a pool of processes, in any language, as a line on its standard input
 * or as a frame; what the process answers goes on in its place. A process that dies, is silent
 * for too long or answers nonsense is replaced, and its records are sent again; one that fails
 * every time is failed, with what the process said last. An empty answer filters the record. The
 * deadline stays.
 *
 *   source.stdin ! transform.exec command='["tr", "a-z", "A-Z"]' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirTransform parent;

  WeirExecStage exec;
} WeirTransformExec;

static const WeirOption options[] = { WEIR_EXEC_STAGE_OPTIONS (WeirTransformExec, exec) };

static void
weir_transform_exec_deliver (WeirStage *stage, WeirRecord *record, const WeirExecAnswer *answer,
                             WeirEmitter *out)
{
  weir_exec_answer_emit (answer, out);
}

static void
weir_transform_exec_class_init (WeirTransformClass *klass)
{
  weir_exec_stage_class_init (WEIR_STAGE_CLASS (klass), G_STRUCT_OFFSET (WeirTransformExec, exec),
                              weir_transform_exec_deliver);
}

WEIR_DEFINE_TRANSFORM (WeirTransformExec, weir_transform_exec, "transform.exec",
                       "Asks worker processes what records become",
                       "source.stdin ! transform.exec command='[\"tr\", \"a-z\", \"A-Z\"]' "
                       "! sink.stdout")
