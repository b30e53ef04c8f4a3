/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-exec.h>

G_BEGIN_DECLS

/**
 * WeirRestart: (skip)
 * @WEIR_RESTART_NEVER: the end of the command is the end
 * @WEIR_RESTART_ON_FAILURE: it is started again unless it ended with status 0
 * @WEIR_RESTART_ALWAYS: it is started again however it ended
 *
 * What happens when a command ends; the choices of the option `restart`. A command that could never
 * be started is not tried again.
 */
typedef enum
{
  WEIR_RESTART_NEVER,
  WEIR_RESTART_ON_FAILURE,
  WEIR_RESTART_ALWAYS,
} WeirRestart;

/**
 * WeirChainEnd: (skip)
 * @WEIR_CHAIN_OUTPUT: weir reads what the last command writes; the first one reads nothing
 * @WEIR_CHAIN_INPUT: weir writes what the first command reads; the last one writes to weir's own
 *   standard output
 *
 * Which end of a chain is weir's.
 */
typedef enum
{
  WEIR_CHAIN_OUTPUT,
  WEIR_CHAIN_INPUT,
} WeirChainEnd;

/**
 * WeirChainState: (skip)
 * @WEIR_CHAIN_STARTING: it will run
 * @WEIR_CHAIN_RUNNING: each of its commands was started, and not all of them have ended
 * @WEIR_CHAIN_ENDED: all have ended, or one could not be started
 *
 * Where a chain is.
 */
typedef enum
{
  WEIR_CHAIN_STARTING,
  WEIR_CHAIN_RUNNING,
  WEIR_CHAIN_ENDED,
} WeirChainState;

/**
 * WeirCommandChain: (skip)
 *
 * Commands joined by pipes, `a | b | c`, with one end in weir's hand. Nothing of it blocks. One
 * thread at a time.
 */
typedef struct _WeirCommandChain WeirCommandChain;

WEIR_API WeirCommandChain *weir_command_chain_new (WeirStage *stage, GPtrArray *commands,
                                                   WeirChainEnd end,
                                                   gsize pipe_size) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_command_chain_set_restart (WeirCommandChain *chain, WeirRestart restart,
                                              guint64 first_delay);
WEIR_API gboolean weir_command_chain_start (WeirCommandChain *chain, GError **error);

WEIR_API WeirChainState weir_command_chain_dispatch (WeirCommandChain *chain);
WEIR_API void weir_command_chain_wait (WeirCommandChain *chain, gboolean for_pipe);
WEIR_API int weir_command_chain_get_fd (const WeirCommandChain *chain);
WEIR_API const char *weir_command_chain_get_name (const WeirCommandChain *chain);
WEIR_API gssize weir_command_chain_read (gpointer chain, char *buffer, gsize size, GError **error);

WEIR_API void weir_command_chain_set_timeout (WeirCommandChain *chain, guint64 timeout);
WEIR_API void weir_command_chain_finish (WeirCommandChain *chain, guint64 timeout);
WEIR_API void weir_command_chain_end (WeirCommandChain *chain);
WEIR_API gboolean weir_command_chain_get_result (const WeirCommandChain *chain, GError **error);
WEIR_API gboolean weir_command_chain_revive (WeirCommandChain *chain);
WEIR_API void weir_command_chain_free (WeirCommandChain *chain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCommandChain, weir_command_chain_free)

G_END_DECLS
