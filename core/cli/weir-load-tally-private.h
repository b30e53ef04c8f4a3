/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "time/weir-histogram-private.h"

G_BEGIN_DECLS

/* What arrived, and how long after the time at which it was meant to be sent: also what waited
 * in the sender because nobody took it has waited. One thread. */
typedef struct
{
  gint64 from;     /* intended before: warms up, and is not measured */
  gint64 deadline; /* nanoseconds */

  guint64 n_arrived;     /* those that warm up included */
  guint64 n_strange;     /* no record of the load */
  guint64 n_measured;    /* arrived, intended since `from` */
  guint64 n_met;         /* of those, within the deadline */
  gint64 last;           /* when something arrived */
  WeirHistogram latency; /* nanoseconds */
} WeirLoadTally;

WeirLoadTally *weir_load_tally_new (gint64 deadline) G_GNUC_WARN_UNUSED_RESULT;
void weir_load_tally_free (WeirLoadTally *tally);
/* One record, with or without its newline. */
void weir_load_tally_add (WeirLoadTally *tally, const char *text, gsize length, gint64 now);
/* The lines that are whole; returns how many bytes they have. */
gsize weir_load_tally_add_lines (WeirLoadTally *tally, const char *text, gsize length, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLoadTally, weir_load_tally_free)

G_END_DECLS
