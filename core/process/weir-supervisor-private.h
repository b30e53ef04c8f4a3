/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* When processes of one command may be started. Knows no process: it is told what happened, and
 * asked.
 *
 *             5 crashes in a row              a good reply
 *   CLOSED ──────────────────────> HALF-OPEN ──────────────> CLOSED
 *   as many as wanted,             one at a time,
 *   behind the backoff             each behind the backoff
 *
 * The backoff is a WeirBackoff of crashes in a row, from restart_delay on. A good reply ends the
 * row. While HALF-OPEN, one that lives without having answered holds back the next one for the
 * longest time that the backoff may take: so a start is always scheduled, but never many of them. */
typedef struct _WeirSupervisor WeirSupervisor;

/* Crashes in a row after which the breaker trips. */
#define WEIR_SUPERVISOR_BREAKER 5

WeirSupervisor *weir_supervisor_new (gint64 restart_delay, guint32 seed) G_GNUC_WARN_UNUSED_RESULT;
void weir_supervisor_free (WeirSupervisor *supervisor);

/* A start is made now. */
void weir_supervisor_begin (WeirSupervisor *supervisor, gint64 now);
/* A process runs: its program could be executed. */
void weir_supervisor_started (WeirSupervisor *supervisor);
/* A process gave a good reply. */
void weir_supervisor_answered (WeirSupervisor *supervisor);
/* A process ended by itself, or misbehaved. */
void weir_supervisor_crashed (WeirSupervisor *supervisor, gint64 now);
/* A process never ran. @passing: it may go better soon without anybody's doing (EAGAIN). */
void weir_supervisor_failed (WeirSupervisor *supervisor, gboolean passing, gint64 now);

/* How many may be started now, when @n_starting are on their way. */
guint weir_supervisor_get_allowance (const WeirSupervisor *supervisor, guint n_starting,
                                     gint64 now);
/* Not before; in the past: now. */
gint64 weir_supervisor_get_next_start (const WeirSupervisor *supervisor);
gboolean weir_supervisor_is_tripped (const WeirSupervisor *supervisor);
/* No process ever ran, and none ever will: a start failed for good, or a row of them for a while.
 */
gboolean weir_supervisor_is_hopeless (const WeirSupervisor *supervisor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSupervisor, weir_supervisor_free)

G_END_DECLS
