/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-pool-size-private.h"
#include "process/weir-process-pool-private.h"
#include "process/weir-supervisor-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_MEMBER_STARTING,
  WEIR_MEMBER_IDLE, /* in the cache */
  WEIR_MEMBER_ACQUIRED,
  WEIR_MEMBER_WORN,   /* had its maximum of uses, and waits for its replacement */
  WEIR_MEMBER_ENDING, /* the pool has done with it */
  WEIR_N_MEMBER_STATES,
} WeirMemberState;

typedef struct _WeirProcessCrew WeirProcessCrew;

/* A process of the pool; the owner of its events. */
typedef struct
{
  WeirProcessCrew *crew;
  WeirProcess *process;
  WeirMemberState state;
  guint64 n_uses;
  gboolean tired;    /* near the maximum of uses, or beyond */
  const char *fault; /* for which it is being ended, or NULL; static */
  gboolean judged;   /* that was counted as a crash */
} WeirMember;

/* The processes of one command. */
struct _WeirProcessCrew
{
  WeirProcessPool *pool;
  WeirCommand *command;
  WeirSupervisor *supervisor;
  guint *totals; /* of the pool: by state */
  guint n[WEIR_N_MEMBER_STATES];
  guint n_tired;    /* of those not ENDING */
  guint n_waiting;  /* requests in the line */
  gboolean wanted;  /* an acquire was in vain */
  GError *hopeless; /* or NULL */
  gboolean told;    /* of that */
};

WeirProcessCrew *weir_process_crew_new (WeirProcessPool *pool, WeirCommand *command,
                                        gint64 restart_delay,
                                        guint *totals) G_GNUC_WARN_UNUSED_RESULT;
/* It has no members any more. */
void weir_process_crew_free (WeirProcessCrew *crew);

/* Not ENDING. */
guint weir_process_crew_count_live (const WeirProcessCrew *crew);
void weir_process_crew_count (const WeirProcessCrew *crew, WeirPoolCounts *counts);
/* No process can be started now, and none is on its way. */
gboolean weir_process_crew_is_held_back (const WeirProcessCrew *crew, gint64 now);
/* Nothing of it is worth remembering. */
gboolean weir_process_crew_is_forgotten (const WeirProcessCrew *crew, gint64 now);
/* A start failed: why, in words. */
GError *weir_process_crew_describe_failure (const WeirProcessCrew *crew,
                                            const WeirProcess *process) G_GNUC_WARN_UNUSED_RESULT;

WeirMember *weir_member_new (WeirProcessCrew *crew) G_GNUC_WARN_UNUSED_RESULT;
void weir_member_free (WeirMember *member);
void weir_member_set_state (WeirMember *member, WeirMemberState state);
/* @max_uses: 0: no maximum */
void weir_member_add_uses (WeirMember *member, guint64 n_uses, guint64 max_uses);

G_END_DECLS
