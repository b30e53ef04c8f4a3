/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow/weir-executor-private.h"
#include "flow/weir-ready-queue-private.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef struct _WeirWorker WeirWorker;

/* Runs segments from one GSource on one context: a thread's own, or the caller's.
 *
 * A task is a segment with work. It stands in the ready queue of the worker that found the work,
 * by deadline, downstream first where deadlines are equal, sources last. A worker takes from its
 * own queue, steals from the others' when that is empty, and sleeps in poll when there is nothing:
 * until a descriptor that a stage waits for is ready, a time comes, or somebody wakes it.
 *
 * Waking another thread costs more than most segments do. So a worker shares only a backlog: when
 * it has been busy for a while, or is about to be, and leaves tasks in its queue. */
struct _WeirWorker
{
  WeirExecutor *executor;
  WeirFlow *flow;
  WeirReadyQueue *ready;
  GMainContext *context;
  GMainLoop *loop; /* or NULL */
  GSource *source;

  gint parked; /* atomic: asleep, or about to be */
  gint woken;  /* atomic */
  gboolean runnable;
  gboolean rested; /* parked since the last dispatch */
  gint64 busy_since;
  gint64 checked; /* when it looked last whose time has come */
};

struct _WeirExecutor
{
  GPtrArray *segments; /* WeirSegment, in the order of flow; constant once attached, as all below */
  GPtrArray *queues;   /* WeirQueue */
  GPtrArray *gates;    /* WeirGate */
  GPtrArray *flows;    /* WeirFlow, one a worker */
  GPtrArray *workers;  /* WeirWorker */
  GHashTable *nodes;   /* WeirStage → WeirNode, of the first instance */
  GHashTable *homes;   /* WeirStage → WeirSegment, of the first instance */

  pthread_mutex_t wait_lock; /* of the nodes' fd_tag and fd_source */
  gint attached;             /* atomic: there are workers */
  guint n_unfinished;        /* atomic: segments */
  guint n_sources;           /* atomic: that have not ended */
  guint n_working;           /* atomic: workers that have not left */
  gint leaving;              /* atomic: all is finished, or the run was aborted */
  gulong turned_id;

  const WeirExecutorEvents *events;
  gpointer data;
};

WeirWorker *weir_worker_new (WeirExecutor *executor, WeirFlow *flow, GMainContext *context,
                             GMainLoop *loop) G_GNUC_WARN_UNUSED_RESULT;
void weir_worker_free (WeirWorker *worker);
void weir_worker_wake (WeirWorker *worker);

/* There may be work for the segment. Any thread. */
void weir_executor_notify (WeirExecutor *executor, WeirSegment *segment);
void weir_executor_leave (WeirExecutor *executor);
WeirNode *weir_executor_get_node (WeirExecutor *executor, WeirStage *stage);

/* Waiting: weir-wait.c */
void weir_wait_suspend (WeirExecutor *executor, WeirSegment *segment);
void weir_wait_resume (WeirExecutor *executor, WeirSegment *segment, gint64 now);
void weir_wait_check (WeirWorker *worker);
gint64 weir_wait_get_next_time (WeirExecutor *executor, gint64 checked);
void weir_wait_forget (WeirExecutor *executor);

/* The worker whose thread this is, or NULL. */
WeirWorker *weir_worker_get_current (void);

G_END_DECLS
