/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-exec.h>
#include <weir/weir-expression.h>

G_BEGIN_DECLS

/**
 * WeirExecStage: (skip)
 *
 * What the stages have in common that ask worker processes: the options that
 * %WEIR_EXEC_STAGE_OPTIONS are the rows of, and whoever deals with the workers. A member of the
 * stage.
 */
typedef struct
{
  WeirExecOptions exec;
  guint64 workers;
  guint64 min_workers;
  guint64 max_workers;
  guint64 timeout;
  guint64 retries;
  guint order;
  WeirExpression *key;
  guint64 batch_size;
  guint64 in_flight;
  gboolean cancel_late;
  guint64 max_uses;
  guint64 idle_timeout;
  guint framing;
  guint replies;
  gboolean ready;
  guint64 start_timeout;
  guint64 max_reply;
  guint64 pipe_size;

  /*< private >*/
  gpointer exchange;
} WeirExecStage;

/**
 * WeirExecAnswer: (skip)
 *
 * What a worker answered for one record.
 */
typedef struct _WeirTask WeirExecAnswer;

WEIR_API const char *weir_exec_answer_peek (const WeirExecAnswer *answer, gsize *length);
WEIR_API gboolean weir_exec_answer_is (const WeirExecAnswer *answer, const char *word);
WEIR_API void weir_exec_answer_emit (const WeirExecAnswer *answer, WeirEmitter *out);

/**
 * WeirExecDeliver: (skip)
 *
 * Takes the answer for a record: emits what it becomes, or rejects or fails it. A record of which
 * nothing is emitted is filtered. The thread that runs the stage.
 */
typedef void (*WeirExecDeliver) (WeirStage *stage, WeirRecord *record, const WeirExecAnswer *answer,
                                 WeirEmitter *out);

WEIR_API void weir_exec_stage_class_init (WeirStageClass *klass, gsize offset,
                                          WeirExecDeliver deliver);

WEIR_API const char *const weir_exec_orders[];
WEIR_API const char *const weir_exec_framings[];
WEIR_API const char *const weir_exec_replies[];

/**
 * WEIR_EXEC_STAGE_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirExecStage
 *
 * The rows of an option table that say which workers are asked, and how.
 */
#define WEIR_EXEC_STAGE_OPTIONS(Type, member)                                                      \
  WEIR_EXEC_COMMAND_OPTIONS (Type, member.exec),                                                   \
      WEIR_OPTION_UINT64 ("workers", Type, member.workers, 0, 1024, "0",                           \
                          "Processes, all kept warm; 0: as min-workers and max-workers say"),      \
      WEIR_OPTION_UINT64 ("min-workers", Type, member.min_workers, 0, 1024, "1",                   \
                          "Processes that are kept warm"),                                         \
      WEIR_OPTION_UINT64 ("max-workers", Type, member.max_workers, 0, 1024, "0",                   \
                          "Processes at most, as the load asks for; 0: as many as min-workers, "   \
                          "at least one"),                                                         \
      WEIR_OPTION_DURATION (                                                                       \
          "timeout", Type, member.timeout, "30s",                                                  \
          "A worker that has a record and answers nothing for so long is ended"),                  \
      WEIR_OPTION_UINT64 ("retries", Type, member.retries, 0, 1000, "2",                           \
                          "Further attempts with a record that a worker failed on"),               \
      WEIR_OPTION_ENUM ("order", Type, member.order, weir_exec_orders, "keep",                     \
                        "The order of the outputs: keep, as the records came; key, that among "    \
                        "records of one key; free, as they are answered"),                         \
      WEIR_OPTION_EXPRESSION ("key", Type, member.key, FALSE,                                      \
                              "With order key: what records that must not overtake each other "    \
                              "have in common"),                                                   \
      WEIR_OPTION_UINT64 ("batch-size", Type, member.batch_size, 0, 4096, "0",                     \
                          "Records that are sent together at most; 0: found by itself"),           \
      WEIR_OPTION_UINT64 ("in-flight", Type, member.in_flight, 0, 4096, "0",                       \
                          "Records out at one worker; 0: found by itself"),                        \
      WEIR_OPTION_BOOLEAN ("cancel-late", Type, member.cancel_late, "false",                       \
                           "A record that is out when its deadline passes is late at once, "       \
                           "where late records go elsewhere: to the port late, or by the "         \
                           "policy late"),                                                         \
      WEIR_OPTION_UINT64 ("max-uses", Type, member.max_uses, 0, 1e15, "0",                         \
                          "Records after which a worker is replaced by a new one; 0: never"),      \
      WEIR_OPTION_DURATION ("idle-timeout", Type, member.idle_timeout, "10s",                      \
                            "A worker beyond min-workers that had nothing to do for so long is "   \
                            "ended"),                                                              \
      WEIR_OPTION_ENUM ("framing", Type, member.framing, weir_exec_framings, "lines",              \
                        "How records and answers are told apart: lines; frames, with a length "    \
                        "and an id; shared-memory, frames in rings"),                              \
      WEIR_OPTION_ENUM ("replies", Type, member.replies, weir_exec_replies, "one",                 \
                        "Lines of an answer: one; any, closed by an empty line (lines only)"),     \
      WEIR_OPTION_BOOLEAN ("ready", Type, member.ready, "false",                                   \
                           "Nothing is sent before the worker has said that it is ready: its "     \
                           "first line, or a frame of kind 4"),                                    \
      WEIR_OPTION_DURATION ("start-timeout", Type, member.start_timeout, "30s",                    \
                            "A worker that has not said so after so long is ended"),               \
      WEIR_OPTION_SIZE ("max-reply", Type, member.max_reply, 1, 1 << 30, "1MiB",                   \
                        "A longer reply fails its record"),                                        \
      WEIR_OPTION_SIZE ("pipe-size", Type, member.pipe_size, 4096, 1 << 30, "256KiB",              \
                        "Bytes of each pipe or ring, as far as the system allows")

G_END_DECLS
