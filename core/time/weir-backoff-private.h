/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long to wait before something that failed is tried again, with full jitter (Marc Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): after the n-th failure in a row a
 * time between 0 and base * 2^(n - 1), at most 30 s. */
typedef struct _WeirBackoff WeirBackoff;

/* Nanoseconds: a time is not longer, unless the base is; the base is not shorter. */
#define WEIR_BACKOFF_MOST  (30 * G_GINT64_CONSTANT (1000000000))
#define WEIR_BACKOFF_LEAST G_GINT64_CONSTANT (1000000)

WeirBackoff *weir_backoff_new (gint64 base, guint32 seed) G_GNUC_WARN_UNUSED_RESULT;
void weir_backoff_free (WeirBackoff *backoff);

/* Another failure; returns how long to wait. */
gint64 weir_backoff_fail (WeirBackoff *backoff);
/* Ends the row. */
void weir_backoff_reset (WeirBackoff *backoff);

guint weir_backoff_get_failures (const WeirBackoff *backoff);
/* The longest wait after what has happened so far. */
gint64 weir_backoff_get_ceiling (const WeirBackoff *backoff);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBackoff, weir_backoff_free)

G_END_DECLS
