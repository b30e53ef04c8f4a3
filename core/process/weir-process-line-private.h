/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who waits for a process, in the order in which they are to be served.
 *
 * The priority of who waits rises by one with each WEIR_PROCESS_LINE_AGEING that passes. All age
 * alike, so the order of two never changes, and is that of
 *
 *   rank = time of arrival - priority * WEIR_PROCESS_LINE_AGEING      the lowest first
 *
 * Whoever came with the lowest priority is overtaken only by those who come within 9 such times
 * after it: its wait is bounded by the work that arrived until then. Equal ranks: the earlier
 * deadline, then the order of arrival. */
typedef struct _WeirProcessLine WeirProcessLine;

#define WEIR_PROCESS_LINE_AGEING        G_GINT64_CONSTANT (1000000000)
#define WEIR_PROCESS_LINE_MOST_PRIORITY 9

/* A place in the line. */
typedef struct
{
  gint64 rank;
  gint64 deadline;
  guint64 number;
  gpointer data; /* the caller's */
} WeirProcessTicket;

WeirProcessLine *weir_process_line_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_process_line_free (WeirProcessLine *line);

/* @priority: 0 to 9, 9 first. @deadline: behind which it is of no use any more; WEIR_TIME_NEVER:
 * none */
WeirProcessTicket *weir_process_line_add (WeirProcessLine *line, guint priority, gint64 deadline,
                                          gpointer data, gint64 now);
/* Frees the ticket. */
void weir_process_line_remove (WeirProcessLine *line, WeirProcessTicket *ticket);

/* The first, or the one behind @ticket; NULL: none. */
WeirProcessTicket *weir_process_line_next (WeirProcessLine *line, const WeirProcessTicket *ticket);
/* One whose deadline has passed, or NULL. */
WeirProcessTicket *weir_process_line_get_expired (WeirProcessLine *line, gint64 now);
gint64 weir_process_line_get_next_time (const WeirProcessLine *line);
guint weir_process_line_get_length (const WeirProcessLine *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirProcessLine, weir_process_line_free)

G_END_DECLS
