/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-command-chain.h>

#include "process/weir-process-private.h"

G_BEGIN_DECLS

/* What a process used up and said. */
typedef struct
{
  pid_t pid; /* 0: it never ran */
  WeirUsage usage;
  guint64 n_said; /* bytes on stderr */
  guint64 n_dropped;
} WeirChainFigures;

typedef struct
{
  WeirCommand *command;
  WeirProcess *process; /* NULL: it does not run */
  gboolean started;
  WeirChainFigures figures; /* once it has ended */
  char *end;                /* how; NULL: it has not */
} WeirChainMember;

/* Commands joined by pipes, from their start to the end of the last one of them:
 *
 *   WEIR_CHAIN_OUTPUT   /dev/null ─> a ─> b ─> c ─> weir
 *   WEIR_CHAIN_INPUT                weir ─> a ─> b ─> c ─> weir's standard output
 *
 * They have a host of their own, and what they leave behind goes with it. As with pipefail, the
 * run fails when one of them does. One that is killed by SIGPIPE is fine when another one follows,
 * because that one did not want more; so is a shell that says so of its last command. What is told
 * is the first failure.
 *
 * Who waits for a run waits for one descriptor: `waiter`, an epoll set of the host's and, when it
 * is wanted, the pipe. It is only ever waited for; whoever is woken dispatches, and tries the pipe.
 * Used by one thread at a time. */
typedef struct
{
  WeirProcessHost *host;
  WeirChainEnd end;
  gsize pipe_size;
  WeirChainMember *members;
  guint n_members;
  guint n_alive;  /* members with a process */
  guint n_events; /* starts and ends */

  int waiter;
  int pipe; /* weir's end; -1: closed */

  gint64 start_time;
  char *failure;   /* NULL: none so far */
  int start_error; /* errno of the command that could not be started; 0: none */
} WeirChainRun;

/* @deadline: nanoseconds that a record has; 0: any number. @commands: references are taken. NULL:
 * nothing of it runs. */
WeirChainRun *weir_chain_run_new (WeirClock *clock, gint64 deadline, WeirCommand *const *commands,
                                  guint n_commands, WeirChainEnd end, gsize pipe_size,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends what is left of it at once. */
void weir_chain_run_free (WeirChainRun *run);

WeirChainState weir_chain_run_dispatch (WeirChainRun *run);
/* What a member has used so far. */
WeirChainFigures weir_chain_member_look (const WeirChainMember *member);
/* When there is something to do at the latest. */
gint64 weir_chain_run_get_next_time (const WeirChainRun *run);
void weir_chain_run_watch_pipe (WeirChainRun *run, gboolean wanted);
void weir_chain_run_close_pipe (WeirChainRun *run);
/* By the ladder: nanoseconds between its steps; 0: at once. */
void weir_chain_run_end (WeirChainRun *run, gint64 patience);
/* Until all have ended, by the ladder. */
void weir_chain_run_linger (WeirChainRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirChainRun, weir_chain_run_free)

G_END_DECLS
