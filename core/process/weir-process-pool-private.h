/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-process-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint min;            /* processes that are kept warm; of the pool's own command */
  guint max;            /* processes at once, of all commands; at least 1 */
  guint64 max_uses;     /* records after which a process is replaced; 0: never */
  gint64 idle_timeout;  /* nanoseconds after which one beyond `min` is ended; or WEIR_TIME_NEVER */
  gint64 restart_delay; /* nanoseconds: the first backoff */
  gint64 start_timeout; /* nanoseconds until a process must have said that it is ready */
  gint64 patience;      /* nanoseconds between the steps of the ladder */
  gint64 deadline;      /* nanoseconds that a record has; 0: any number */
  WeirChannelOptions channel;
} WeirProcessPoolOptions;

/* The children of a stage: as many as the demand asks for, between the bounds, each of them ready
 * before it is given out, and replaced when it ends, whyever.
 *
 *   from     | to       | when
 *   (none)   | STARTING | the demand or a replacement asks for it; backoff over; there is room
 *   STARTING | IDLE     | it was executed, and has said that it is ready where that is asked for
 *   IDLE     | ACQUIRED | acquire, granted
 *   ACQUIRED | IDLE     | release
 *   ACQUIRED | WORN     | release, after its last use
 *   WORN     | ACQUIRED | acquire, when a replacement cannot be started now
 *   WORN     | ENDING   | its replacement is ready
 *   IDLE     | ENDING   | nobody needs it, or its room, any more; it said something unasked
 *   ACQUIRED | ENDING   | discard
 *   any      | (none)   | it has ended
 *
 * What decides is elsewhere, and knows no processes: when a command may be started again
 * (WeirSupervisor, one per command), how many processes there should be (WeirPoolSize, of the
 * pool's own command), which idle one goes first (WeirProcessCache), who is served first
 * (WeirProcessLine). The pool counts, asks them, and acts.
 *
 * Bounds: at most `max` are acquired. At most `max` are alive, and a quarter more (at least one)
 * while replacements of the worn start. Those that are ENDING hold nothing, and are not counted: a
 * worker that is slow to die does not hold up its successor; but nothing is started while MAX (max,
 * 4) of them are left. Of `max`, as many as `min` has left are kept free for the pool's own
 * command.
 *
 * One thread; all calls back come from weir_process_pool_dispatch(), and may call the pool. */
typedef struct _WeirProcessPool WeirProcessPool;

/* What the pool tells whoever uses it; each from weir_process_pool_dispatch(). */
typedef struct
{
  /* weir_process_pool_acquire() may give one now. */
  void (*available) (WeirProcessPool *pool, gpointer data);
  /* Of one that is acquired. */
  void (*readable) (WeirProcess *process, gpointer data);
  void (*writable) (WeirProcess *process, gpointer data);
  /* Of one that is acquired: it is not to be released or discarded any more. What it has answered
   * is still in its channel, and may be counted by weir_process_pool_add_uses(). */
  void (*ended) (WeirProcess *process, gpointer data);
  /* A process that nobody had yet, or had any good of, ended by itself; or NULL. */
  void (*stillborn) (WeirProcessPool *pool, WeirProcess *process, gpointer data);
  /* A command of which no process ever started: the errno and the path are in @error. Told once. */
  void (*hopeless) (WeirProcessPool *pool, const GError *error, gpointer data);
} WeirProcessPoolEvents;

typedef struct
{
  guint n_processes; /* alive or starting; without those that are ENDING */
  guint n_idle;
  guint n_acquired;
  guint64 n_started;
  guint64 n_failed;   /* starts */
  guint64 n_crashed;  /* ended by themselves, or were discarded */
  guint64 n_recycled; /* after max_uses */
  guint64 n_retired;  /* after idle_timeout */
  gboolean tripped;   /* the breaker holds starts back */
  WeirUsage usage;    /* of all that have ended, and of those alive so far; peak: the highest */
  guint64 n_said;     /* bytes that they wrote on stderr */
  guint64 n_dropped;  /* of these, not logged */
} WeirProcessPoolStats;

WeirProcessPool *weir_process_pool_new (const WeirProcessPoolOptions *options, WeirCommand *command,
                                        WeirClock *clock, const WeirProcessPoolEvents *events,
                                        gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_process_pool_free (WeirProcessPool *pool);

int weir_process_pool_get_fd (const WeirProcessPool *pool);
gint64 weir_process_pool_get_next_time (const WeirProcessPool *pool);
void weir_process_pool_dispatch (WeirProcessPool *pool);

/* A ready process of @command (NULL: of the pool's own) that nobody else has, or NULL: then one is
 * started if the bounds and the backoff allow it, and `available` tells. */
WeirProcess *weir_process_pool_acquire (WeirProcessPool *pool, WeirCommand *command);
/* It did well: @n_uses records. Nothing is left to be received: what its channel has read already
 * is not seen here, only what comes later. */
void weir_process_pool_release (WeirProcessPool *pool, WeirProcess *process, guint64 n_uses);
/* It misbehaved: it is killed and counts as a crash. `ended` is not told. @why: for the log */
void weir_process_pool_discard (WeirProcessPool *pool, WeirProcess *process, const char *why);

/* How many processes could be busy now, those acquired included: the pool grows towards it, and
 * shrinks when it stays lower. */
void weir_process_pool_set_demand (WeirProcessPool *pool, guint n_processes);
void weir_process_pool_get_stats (WeirProcessPool *pool, WeirProcessPoolStats *stats);

/* The workers that live and the last 16 that ended, as a JSON list: pid, records, CPU seconds, peak
 * memory, and how it ended. */
char *weir_process_pool_describe (WeirProcessPool *pool) G_GNUC_WARN_UNUSED_RESULT;

/* One that is acquired for long did well: @n_uses more records, which release is not told again. So
 * the backoff ends, and its replacement is started in time. */
void weir_process_pool_add_uses (WeirProcessPool *pool, WeirProcess *process, guint64 n_uses);
/* Records that it has answered, as the pool was told. */
guint64 weir_process_pool_get_uses (const WeirProcess *process);
/* Records that it may still be given, by max_uses and what the pool was told; G_MAXUINT64: any
 * number. */
guint64 weir_process_pool_get_uses_left (const WeirProcessPool *pool, const WeirProcess *process);
/* The end is near, and workers are told so by the end of their input: `min` is not upheld any more
 * (what is demanded or waited for still is started), and one that ends with status 0 has done well.
 */
void weir_process_pool_finish (WeirProcessPool *pool);
/* The end: nothing is demanded any more, and processes that nobody has are ended with patience. */
void weir_process_pool_drain (WeirProcessPool *pool);
/* Whether the last process has ended. */
gboolean weir_process_pool_is_empty (const WeirProcessPool *pool);

/* Whoever cannot have a process at once waits for one. */
typedef struct _WeirProcessRequest WeirProcessRequest;

/* @process: acquired for it; or NULL: @error says why there will be none (G_IO_ERROR_TIMED_OUT: its
 * deadline has passed). Then the request is gone. */
typedef void (*WeirProcessGranted) (WeirProcessPool *pool, WeirProcess *process,
                                    const GError *error, gpointer data);

/* @command: NULL: the pool's own. @priority: 0 to 9, 9 first; it rises while it waits, so that the
 * wait is bounded. @deadline: nanoseconds of the clock; it is not granted behind it. @granted:
 * called from weir_process_pool_dispatch(), once. */
WeirProcessRequest *weir_process_pool_enqueue (WeirProcessPool *pool, WeirCommand *command,
                                               guint priority, gint64 deadline,
                                               WeirProcessGranted granted, gpointer data);
/* Before it was granted; `granted` is not called. */
void weir_process_pool_cancel (WeirProcessPool *pool, WeirProcessRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirProcessPool, weir_process_pool_free)

G_END_DECLS
