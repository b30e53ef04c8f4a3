/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-clock.h>

#include "process/weir-channel-private.h"
#include "process/weir-poller-private.h"
#include "process/weir-stderr-tail-private.h"

G_BEGIN_DECLS

typedef struct _WeirProcess WeirProcess;
typedef struct _WeirProcessHost WeirProcessHost;

typedef enum
{
  WEIR_PROCESS_STARTING, /* asked for */
  WEIR_PROCESS_WARMING,  /* runs, and has not said yet that it is ready */
  WEIR_PROCESS_READY,    /* may be sent to */
  WEIR_PROCESS_ENDING,   /* its input was closed, or it was signalled */
  WEIR_PROCESS_ENDED,    /* reaped, or it never ran */
} WeirProcessState;

/* What happens to a process; each from weir_process_host_dispatch(), each Optional. `readable` and
 * `writable` come while it is READY, or ENDING after it was. In `ended` the channel may still hold
 * replies. */
typedef struct
{
  void (*ready) (WeirProcess *process);
  void (*readable) (WeirProcess *process); /* channel: a reply, or the end */
  void (*writable) (WeirProcess *process); /* channel: a flush that was BLOCKED can go on */
  void (*ended) (WeirProcess *process);    /* the last call: freed when it returns */
} WeirProcessEvents;

/* A child process with its channel, its stderr and what it has used up. It is born by
 * weir_process_start() and freed by its host after `ended`.
 *
 *   STARTING ──> WARMING ──> READY ──> ENDING ──> ENDED
 *       │   (only when readiness is asked for)       ▲
 *       └──────────────── exec failed ───────────────┘
 */
struct _WeirProcess
{
  WeirProcessHost *host;
  guint64 id;
  WeirCommand *command;
  WeirChannel *channel;
  const WeirProcessEvents *events;
  gpointer owner; /* of the events: the pool, a stage */
  gpointer user;  /* of whoever has the process in hand */

  WeirProcessState state;
  pid_t pid; /* 0: not started */

  int start_error; /* errno: it never ran */
  const char *start_step;
  char *interpreter; /* of the script that it was to be, which is missing; NULL: none */
  const char *fault; /* why it was ended, where that is known: "was not ready in time"; static */
  int status;        /* of waitpid(2), once it has ended */
  WeirUsage usage;   /* final, once it has ended */
  WeirStderrTail *errors;

  /*< private: weir-process.c, weir-process-host.c >*/
  int errors_fd;
  WeirWatch *input_watch;
  WeirWatch *output_watch;
  WeirWatch *errors_watch;
  gboolean watches_room; /* which the channel tells as it tells replies */
  gint64 rests_until;    /* its replies are not watched; WEIR_TIME_NEVER: they are */
  gint64 next_step;      /* of the ladder, or the start timeout; WEIR_TIME_NEVER: none */
  gint64 patience;
  guint ladder;
};

/* Children of one stage: a guard, a poller and the processes. One thread at a time. */
WeirProcessHost *weir_process_host_new (WeirClock *clock, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends all that is left, without calling `ended`. */
void weir_process_host_free (WeirProcessHost *host);
/* Nanoseconds that a record has, for the children that are started from then on; 0: any number. */
void weir_process_host_set_deadline (WeirProcessHost *host, gint64 deadline);
WeirClock *weir_process_host_get_clock (const WeirProcessHost *host);
/* Readable when weir_process_host_dispatch() has something to do. */
int weir_process_host_get_fd (const WeirProcessHost *host);
/* When it has something to do at the latest; WEIR_TIME_NEVER: nothing. */
gint64 weir_process_host_get_next_time (const WeirProcessHost *host);
void weir_process_host_dispatch (WeirProcessHost *host);

/* @channel: taken over, also on failure; NULL: none, then @fds are given as the child's 0 and 1
 * (-1: /dev/null), and stderr is captured all the same. @start_timeout: nanoseconds until it must
 * have said that it is ready. */
WeirProcess *weir_process_start (WeirProcessHost *host, WeirCommand *command, WeirChannel *channel,
                                 const int child_fds[WEIR_CHILD_FDS], gint64 start_timeout,
                                 const WeirProcessEvents *events, gpointer owner,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Wants to be told of replies; so it is from the start, until the end of the worker's output. */
void weir_process_watch_input (WeirProcess *process, gboolean wanted);
/* Wants to be told of replies at @time, and of none before: the worker writes on into its pipe. */
void weir_process_rest_input (WeirProcess *process, gint64 time);
/* Wants to be told of replies again, if it rests. */
void weir_process_end_rest (WeirProcess *process);
/* Wants to be told when the channel can be written again. */
void weir_process_watch_output (WeirProcess *process, gboolean wanted);

/* Ends it: closes its input; after @patience nanoseconds TERM to the group, after as long again
 * KILL to the group. 0: KILL at once. A second call may only make it faster. */
void weir_process_end (WeirProcess *process, gint64 patience);

/* Why it never ran: "No such file or directory", "its interpreter /no/such is missing". */
char *weir_process_describe_start_error (const WeirProcess *process) G_GNUC_WARN_UNUSED_RESULT;

/* "signal 9 (Killed)", "exit status 3", "cannot be started: exec: No such file or directory"; with
 * the last lines of stderr behind it when there are any. */
char *weir_process_describe_end (const WeirProcess *process) G_GNUC_WARN_UNUSED_RESULT;

/* What a live process has used so far, from /proc; the final figures once it has ended. */
void weir_process_get_usage (const WeirProcess *process, WeirUsage *usage);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirProcessHost, weir_process_host_free)

G_END_DECLS
