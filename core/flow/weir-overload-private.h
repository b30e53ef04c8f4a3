/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-batch-private.h"

G_BEGIN_DECLS

/* What a record that comes in now has before it. Nanoseconds. */
typedef struct
{
  gint64 wait; /* for those that came before it; with the work, 9 of 10 take no longer */
  gint64 work; /* its own way to the sink: 9 of 10 take no longer */
  gint64 each; /* that it makes the next one wait */
} WeirOutlook;

/* Which records are let in when more come than can be in time.
 *
 *   arrivals ──> level open? ── yes ──> in time? ── yes ──> in
 *                   │ no                   │ no
 *                   ▼                      ▼
 *           way almost free? ── no ──>   shed
 *
 * A record is in time when now + wait + work <= its deadline. So the work that is done is work that
 * arrives in time; but who comes first is served, whatever it is worth. Therefore admission goes by
 * levels when more than 5 % of a window of 200 arrivals were not in time, or were found late
 * afterwards: as DAGOR does (H. Zhou et al., "Overload Control for Scaling WeChat Microservices",
 * SoCC 2018), with a histogram of the arrivals by level, and a level below which the gate is closed,
 * moved so that about as many come in as could be served. A level is a priority and a part of
 * its records, so that the gate can be moved by less than a priority. While fewer wait it opens
 * again, a window after the other.
 *
 * Below the gate a record comes in all the same when nearly nothing waits: nobody is kept out in
 * favour of nobody. When nothing waits at all any record comes in.
 *
 * One for all the sources of a run; any thread, under its lock. Knows no clock and no queue. */
typedef struct _WeirOverload WeirOverload;

WeirOverload *weir_overload_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_overload_free (WeirOverload *overload);

/* One arrival. @remaining: nanoseconds to its deadline */
gboolean weir_overload_admit (WeirOverload *overload, guint priority, gint64 remaining,
                              const WeirOutlook *outlook);
/* Records that were let in and did not make it. */
void weir_overload_add_late (WeirOverload *overload, guint n_records);
/* The lowest priority whose records are all let in; 0: the gate is open. */
guint weir_overload_get_gate (WeirOverload *overload);

/* Gives the verdict SHED to the records from number @from on that are not let in. @outlook: of the
 * first of them, NULL: there is no room for any. TRUE: there is at least one. */
gboolean weir_overload_sieve (WeirOverload *overload, WeirBatch *batch, guint from, gint64 now,
                              const WeirOutlook *outlook);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirOverload, weir_overload_free)

G_END_DECLS
