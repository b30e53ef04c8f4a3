/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pthread.h>

#include <weir/weir-expression.h>

#include "base/weir-emitter-private.h"
#include "process/weir-process-pool-private.h"
#include "time/weir-histogram-private.h"
#include "time/weir-pace-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_ORDER_KEEP, /* as they came */
  WEIR_ORDER_KEY,  /* as they came, among records of one key */
  WEIR_ORDER_FREE, /* as they are answered */
} WeirOrder;

typedef struct
{
  WeirProcessPoolOptions pool;
  gint64 timeout; /* nanoseconds without an answer */
  guint retries;  /* beyond the first attempt */
  WeirOrder order;
  guint batch_size; /* records that are sent at once at most; 0: found by itself */
  guint in_flight;  /* records out at one worker; 0: found by itself */
  gboolean cancel_late; /* a record that is out ends at its deadline, if lateness matters */
} WeirExchangeOptions;

/* A buffer of replies, for all the outputs that lie in it: counted without atomics. */
typedef struct
{
  WeirBuffer *buffer;
  guint n_uses;
} WeirReplyBuffer;

/* An output of an answer. */
typedef struct
{
  WeirReplyBuffer *buffer;
  const char *text;
  gsize length;
} WeirOutputText;

/* Equal values in a row, which a histogram is told of at once. */
typedef struct
{
  gint64 value;
  guint n;
} WeirSpell;

void weir_spell_add (WeirSpell *spell, WeirHistogram *histogram, gint64 value);
void weir_spell_end (WeirSpell *spell, WeirHistogram *histogram);

typedef struct _WeirTask WeirTask;
typedef struct _WeirLane WeirLane;
typedef struct _WeirHeldBatch WeirHeldBatch;
typedef struct _WeirExchange WeirExchange;
typedef struct _WeirLease WeirLease;

/* A record on its way to an answer. */
struct _WeirTask
{
  WeirHeldBatch *held;
  WeirRecord *record;
  guint position;    /* in the selection of the batch */
  guint attempts;    /* that failed */
  gsize size;        /* bytes of its outputs so far */
  gboolean alone;    /* to be sent by itself, because a worker failed on it */
  gboolean answered; /* not for good yet */
  gboolean rejected; /* the worker could not do it: output is why */
  gint64 since;      /* in the queue; then at the worker */
  WeirLane *lane;    /* NULL: free */
  WeirTask *next;    /* in its lane, then among the settled */
  gboolean settled;
  WeirOutputText output; /* the first one; text NULL: none */
  GArray *outputs;       /* WeirOutputText: the others, or NULL */
};

/* A batch from when it was handed in until each of its records is settled. */
struct _WeirHeldBatch
{
  WeirExchange *exchange;
  WeirBatch *batch;
  WeirHeldBatch *next;
  guint n_tasks;
  guint n_sent;    /* of the fresh ones: the next to be sent */
  guint n_settled; /* and given back */
  gsize pinned;
  guint max_tasks;
  WeirTask *tasks;
};

/* Tasks that are given back in the order in which they came. */
struct _WeirLane
{
  WeirTask *first;
  WeirTask *last;
};

/* A worker that the exchange has from the pool, and what is out at it.
 *
 *   sent       [t0 t1 t2 t3 …]      in the order in which they were sent
 *   n_gone          ^               these before are answered for good
 *
 * Framings with ids take an answer for good when it comes. Lines cannot tell a surplus reply from
 * the next one: there the answers count only when as many came as records went and nothing more can
 * be read, and nothing is sent before; so what is out is a unit that is answered as a whole or not
 * at all.
 *
 * A record that is cancelled at its deadline ends at once. weir_lease_cancelled takes its place in
 * `sent` until its answer has come, which is dropped: so the worker goes on. Without ids nothing
 * else is sent before: there a worker that has come to such a record, and has said nothing for as
 * long as that one had, is ended, and what else is out is taken back. */
struct _WeirLease
{
  WeirExchange *exchange;
  WeirProcess *process;
  GPtrArray *sent; /* WeirTask */
  guint n_gone;
  gint64 earliest;  /* deadline of what is out and is cancelled then, or before; WEIR_TIME_NEVER */
  gint64 span;      /* from the ingest to the deadline of what was cancelled, at most */
  guint n_answered; /* lines: of sent, so far */
  guint64 first_id; /* of sent[0] */
  gint64 since;     /* the last answer, or when something was sent to one that had nothing */
  gint64 unit_start;
  guint window;       /* records out at most */
  gboolean alone;     /* a suspect is out */
  guint n_since;      /* answered for good since unit_start */
  gint64 widened;     /* when its window was doubled last; 0: never */
  gint64 heard;       /* when the first answers of the unit were seen; 0: none were */
  guint n_heard;      /* as many */
  guint n_looked;     /* n_answered when somebody looked last */
  gsize unit_size;    /* lines: bytes of the unit's answers so far */
  WeirBatch *kept;    /* lines: has text that was cancelled before it was written; or NULL */
  gboolean unread;    /* there are replies that were not taken yet */
  gint64 hushed; /* when its input was closed because it had said nothing for long; 0: it was not */
  gboolean closing; /* its input was closed: it is to answer what it has, and end */
  gboolean ending;  /* it has ended, or is being ended: what it has will fail */
  gboolean spared;  /* it had answered others, and ended before it read any of what it has */
};

/* Whoever answers is a worker process; what is asked is a batch. The exchange owns each record from
 * when its batch was handed in until its answer was accepted, or it has failed for good:
 *
 *   hold ──> [held batches] ── fresh ──> [lease] ⇄ worker
 *                  ▲              ┌─────────┘ │
 *                  │           retries        │ answers
 *                  │                          ▼
 *   release <── settled <── lanes (order) <── settle
 *
 * When a worker fails, the oldest record that it had not answered is the suspect: it is sent again
 * by itself, up to `retries` times; its mates are sent again without prejudice. Bounded by the
 * records and bytes that are held. The pool, the leases and all else belong to the thread that runs
 * the stage. */
struct _WeirExchange
{
  WeirExchangeOptions options;
  WeirClock *clock;
  WeirBufferPool *reply_pool; /* of replies */
  WeirProcessPool *pool;
  WeirCommand *command;
  WeirExpression *key; /* or NULL */

  WeirHeldBatch *first; /* held, in the order in which they came */
  WeirHeldBatch *last;
  WeirHeldBatch *fresh; /* the first that has tasks to be sent, or NULL */
  WeirHeldBatch *idle;  /* to be used again */
  guint n_held;
  guint n_queued; /* fresh, or to be sent again */
  gsize pinned;
  GQueue retries; /* WeirTask */
  WeirLane *lanes;
  WeirTask *settled; /* to be given back */
  WeirTask *last_settled;

  GPtrArray *leases; /* WeirLease */
  guint64 n_leases;  /* so far */
  guint window;      /* of the next lease: what did well so far */
  guint n_singles;   /* lines: so many units are of one record, after one that was not answered */
  gint64 slowest;    /* nanoseconds that an answer took, at most */
  gboolean prompt;   /* a unit was answered before the end of the input */
  gboolean answered; /* something was, ever */
  gboolean wary;     /* a reply too many has come: the next one may be late */
  char *last_end;    /* why a lease failed last */
  gboolean buffers;  /* the command keeps its answers until the end of its input */
  gint64 late_after; /* records with an earlier deadline are not sent; G_MININT64: all are */
  gint64 now;
  gint64 looked;   /* nanoseconds for answers, since it was told to send */
  gboolean paused; /* there is more to be sent when what is settled has been given back */
  gboolean ending;
  gint stopping; /* atomic */
  gboolean drained;
  GError *error; /* hopeless */

  WeirReplyBuffer *replies;       /* the buffer of the last reply, or NULL */
  const WeirBatch *emitted_batch; /* since the last service, holds the buffer below already */
  const WeirBuffer *emitted_buffer;

  WeirPace turn;             /* from the first record of a unit that is sent to its last answer */
  WeirHistogram *queue_wait; /* nanoseconds */
  WeirHistogram *run_time;   /* nanoseconds from sending to the answer */
  WeirSpell waits;
  WeirSpell runs;

  pthread_mutex_t lock; /* of what others read: */
  WeirProcessPoolStats stats;
  char *workers; /* JSON, a row for each */
  gint64 next_stats; /* when they are taken anew */
  guint64 n_retried; /* atomic */
};

WeirExchange *weir_exchange_new (const WeirExchangeOptions *options, WeirCommand *command,
                                 WeirExpression *key, WeirClock *clock,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_exchange_free (WeirExchange *exchange);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirExchange, weir_exchange_free)

/* Takes a batch. FALSE: there is no room now. */
gboolean weir_exchange_hold (WeirExchange *exchange, WeirBatch *batch);
/* Does what can be done now. @ending: no other batch will come. FALSE: no worker can ever be
 * started; all has failed. */
gboolean weir_exchange_service (WeirExchange *exchange, gint64 late_after, gboolean ending,
                                GError **error);
/* The run was told to stop. Any thread. */
void weir_exchange_stop (WeirExchange *exchange);
/* When nothing is held any more: ends the workers. FALSE: some are still on their way to the end.
 */
gboolean weir_exchange_end (WeirExchange *exchange);
/* Looks at what the workers have used: weir-exchange-report.c */
void weir_exchange_take_stats (WeirExchange *exchange);
/* What the workers did and used, as a JSON object. Any thread. */
char *weir_exchange_describe (WeirExchange *exchange) G_GNUC_WARN_UNUSED_RESULT;

/* When it must be serviced at the latest, or when this is readable. */
gint64 weir_exchange_get_next_time (WeirExchange *exchange);
int weir_exchange_get_fd (WeirExchange *exchange);

/* The next task that is settled, to be given back; NULL: none. It is done with when the next one
 * is asked for. */
WeirTask *weir_exchange_peek (WeirExchange *exchange);
/* Lets go of the tasks given back. @batch: the batch, when that was its last one; else NULL. */
void weir_exchange_pop (WeirExchange *exchange, WeirBatch **batch);

/* For the files of the exchange: weir-exchange-queue.c: what is held, in which order it is sent, and
 * in which it is given back */
void weir_exchange_init_queue (WeirExchange *exchange);
void weir_exchange_clear_queue (WeirExchange *exchange);
gboolean weir_exchange_has_room (const WeirExchange *exchange);
void weir_exchange_put (WeirExchange *exchange, WeirBatch *batch);
void weir_exchange_fail_queued (WeirExchange *exchange, const char *why);
void weir_exchange_forget_replies (WeirExchange *exchange);

/* weir-lease.c */
#define WEIR_EXCHANGE_MAX_WINDOW 32768u

/* Units of one record behind a unit that was not answered: where a worker fails on each record, a
 * larger one never is. */
#define WEIR_EXCHANGE_SINGLES 16

WeirLease *weir_lease_new (WeirExchange *exchange, WeirProcess *process) G_GNUC_WARN_UNUSED_RESULT;
void weir_lease_free (WeirLease *lease);
gboolean weir_lease_has_room (const WeirLease *lease);
guint weir_lease_count_out (const WeirLease *lease);
void weir_lease_give (WeirLease *lease);
void weir_lease_receive (WeirLease *lease);
void weir_lease_flush (WeirLease *lease);
void weir_lease_check (WeirLease *lease);
gint64 weir_lease_get_next_time (const WeirLease *lease);
/* The worker is gone. @why: how it ended */
void weir_lease_fail (WeirLease *lease, const char *why);

/* weir-lease-cancel.c */
extern WeirTask weir_lease_cancelled;
/* It was sent, and will be cancelled. */
void weir_lease_note_deadline (WeirLease *lease, const WeirTask *task);
/* What is out behind its deadline ends as late. */
void weir_lease_cancel_late (WeirLease *lease);
/* Takes back what is out, without prejudice; the worker is to be ended. */
void weir_lease_recall (WeirLease *lease);
/* When something is to be cancelled at the latest. */
gint64 weir_lease_get_cancel_time (const WeirLease *lease);

/* The next task to be sent, which has not expired; NULL: none. Taken by the second. */
WeirTask *weir_exchange_peek_queued (WeirExchange *exchange);
WeirTask *weir_exchange_take_queued (WeirExchange *exchange);
/* When the next one is late, if that ends it; else WEIR_TIME_NEVER. */
gint64 weir_exchange_get_queued_deadline (WeirExchange *exchange);
/* Whether records end at their deadline wherever they are. */
static inline gboolean
weir_exchange_cancels (const WeirExchange *exchange)
{
  return exchange->options.cancel_late && exchange->late_after != G_MININT64;
}
/* It failed on a worker: it is sent again by itself, or fails. */
void weir_exchange_blame (WeirExchange *exchange, WeirTask *task, const char *why);
void weir_exchange_requeue (WeirExchange *exchange, WeirTask *task); /* in front of all */
void weir_exchange_settle (WeirExchange *exchange, WeirTask *task);
void weir_exchange_fail_task (WeirExchange *exchange, WeirTask *task, const char *why);
void weir_exchange_expire_task (WeirExchange *exchange, WeirTask *task);
/* The reply as an output: it uses the buffer. */
WeirOutputText weir_exchange_use_reply (WeirExchange *exchange, const WeirReply *reply);
void weir_task_clear_answer (WeirTask *task);

G_END_DECLS
