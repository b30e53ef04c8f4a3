/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "process/guard/weir-guard-protocol.h"
#include "process/weir-command-private.h"

G_BEGIN_DECLS

/* Descriptors that a child may be given: 0, 1, 2 and those of shared memory. */
#define WEIR_CHILD_FDS 6

/* What a process has used up. */
typedef struct
{
  guint64 user;   /* nanoseconds of CPU */
  guint64 system; /* nanoseconds of CPU */
  guint64 peak;   /* bytes of resident memory at most */
} WeirUsage;

typedef enum
{
  WEIR_GUARD_STARTED, /* pid, pidfd */
  WEIR_GUARD_FAILED,  /* error, step: it never ran */
  WEIR_GUARD_EXITED,  /* status, usage: reaped */
  WEIR_GUARD_LOST,    /* the guard itself is gone, and its children with it; id is 0; error: why it
                         could not begin, 0: it was killed */
} WeirGuardEventKind;

typedef struct
{
  WeirGuardEventKind kind;
  guint64 id;
  pid_t pid;
  int pidfd;        /* the receiver's to close */
  int error;        /* errno */
  const char *step; /* what failed: "exec", "chdir", "setrlimit"…; static */
  int status;       /* as of waitpid(2) */
  WeirUsage usage;
  char interpreter[WEIR_GUARD_MAX_HEAD]; /* FAILED: of a script, which is missing; "": none */
} WeirGuardEvent;

typedef struct _WeirGuard WeirGuard;

/* The program: what the environment variable WEIR_GUARD names, else that of this build, else the
 * installed one. */
char *weir_guard_find_program (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Starts the guard process. */
WeirGuard *weir_guard_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends every descendant, and returns when there is none left. */
void weir_guard_free (WeirGuard *guard);

/* Readable when there is an event; also to be flushed when weir_guard_is_blocked(). */
int weir_guard_get_fd (const WeirGuard *guard);
gboolean weir_guard_is_blocked (const WeirGuard *guard);
void weir_guard_flush (WeirGuard *guard);

/* Asks for a process. @id: chosen by the caller, never 0, never used before with this guard.
 * @extra_environment: NAME=value beyond the command's, or NULL. @fds: what become the child's
 * descriptors 0, 1, 2 and so on; -1: /dev/null, and from 3 on: closed. They are duplicated: the
 * caller closes its own after the call. Never blocks. FALSE: nothing was asked for (arguments of
 * more than 128 KiB, no descriptors left, guard lost); TRUE: STARTED or FAILED will follow. */
gboolean weir_guard_spawn (WeirGuard *guard, guint64 id, const WeirCommand *command,
                           const char *const *extra_environment, const int *fds, guint n_fds,
                           GError **error);
/* Sends a signal to the process group of a child; nothing when it has been reaped. */
void weir_guard_signal (WeirGuard *guard, guint64 id, int signal);

/* The next event, without blocking; FALSE: none now. */
gboolean weir_guard_next_event (WeirGuard *guard, WeirGuardEvent *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirGuard, weir_guard_free)

G_END_DECLS
