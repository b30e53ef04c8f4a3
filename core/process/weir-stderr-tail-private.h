/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a worker said on stderr: its last lines are kept for messages, some go to the log, the rest
 * is counted. */
typedef struct _WeirStderrTail WeirStderrTail;

/* @name: of the worker, in the log. */
WeirStderrTail *weir_stderr_tail_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;
void weir_stderr_tail_free (WeirStderrTail *tail);

/* Reads what there is, at most 1 MiB. FALSE: the end. @now: nanoseconds. */
gboolean weir_stderr_tail_read (WeirStderrTail *tail, int fd, gint64 now);
void weir_stderr_tail_add (WeirStderrTail *tail, const char *bytes, gsize length, gint64 now);

/* The last lines, at most 5 of 200 bytes, joined by " | "; "" when there are none. */
char *weir_stderr_tail_get_lines (const WeirStderrTail *tail) G_GNUC_WARN_UNUSED_RESULT;
/* Bytes that came, and those that were not logged. */
guint64 weir_stderr_tail_get_bytes (const WeirStderrTail *tail);
guint64 weir_stderr_tail_get_dropped (const WeirStderrTail *tail);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirStderrTail, weir_stderr_tail_free)

G_END_DECLS
