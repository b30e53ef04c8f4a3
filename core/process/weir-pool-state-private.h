/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-process-cache-private.h"
#include "process/weir-process-crew-private.h"
#include "process/weir-process-line-private.h"

G_BEGIN_DECLS

/* What the files of the pool share; what it is, is told in weir-process-pool-private.h. */
struct _WeirProcessPool
{
  WeirProcessPoolOptions options;
  WeirProcessPoolEvents events;
  gpointer data;
  WeirClock *clock;
  WeirProcessHost *host;

  WeirProcessCrew *own;
  GHashTable *crews; /* key of the command -> WeirProcessCrew */
  GPtrArray *members;
  guint n[WEIR_N_MEMBER_STATES];
  WeirProcessCache *cache; /* the idle ones */
  WeirProcessLine *line;   /* WeirProcessRequest */
  WeirPoolSize size;
  guint demand;

  gboolean available; /* to be told */
  gboolean hopeless;  /* to be told */
  gboolean due;       /* there is something to do at once */
  gboolean finishing; /* ends are expected */
  gboolean drained;   /* nothing is started any more */
  gint64 last_dispatch;
  gint64 next_log;
  guint n_unlogged;
  WeirProcessPoolStats stats;
  GQueue ended; /* JSON rows of those that ended last, the last one first */
};

/* weir-pool-members.c: births and ends of processes */
void weir_pool_log_crash (WeirProcessPool *pool, const WeirMember *member, const char *why,
                          gint64 now);
void weir_pool_end_member (WeirProcessPool *pool, WeirMember *member, gint64 patience);
void weir_pool_retire (WeirProcessPool *pool, WeirMember *member);
void weir_pool_recycle (WeirProcessPool *pool, WeirMember *member);
void weir_pool_crash (WeirProcessPool *pool, WeirMember *member, gint64 now);
void weir_pool_make_idle (WeirProcessPool *pool, WeirMember *member, gint64 now);
void weir_pool_start (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now);

/* weir-pool-growth.c: how many there are, and which one is given out */
guint weir_pool_count_live (const WeirProcessPool *pool);
void weir_pool_add_usage (WeirUsage *sum, const WeirUsage *usage);
void weir_pool_add_said (WeirProcessPoolStats *sum, const WeirProcess *process);
WeirProcessCrew *weir_pool_ensure_crew (WeirProcessPool *pool, WeirCommand *command);
gboolean weir_pool_start_if_allowed (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now);
guint weir_pool_count_missing (const WeirProcessPool *pool);
void weir_pool_start_missing (WeirProcessPool *pool, gint64 now);
WeirMember *weir_pool_find_worn (const WeirProcessPool *pool, const WeirProcessCrew *crew);
void weir_pool_adjust (WeirProcessPool *pool, gint64 now);
WeirProcess *weir_pool_take (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now);

/* weir-pool-report.c: what is told of each worker */
void weir_pool_keep_end (WeirProcessPool *pool, const WeirMember *member);
void weir_pool_free_ends (WeirProcessPool *pool);

/* weir-pool-requests.c: who waits */
void weir_pool_expire_requests (WeirProcessPool *pool, gint64 now);
void weir_pool_serve_requests (WeirProcessPool *pool, gint64 now);
void weir_pool_free_requests (WeirProcessPool *pool);

G_END_DECLS
