/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What became of the records that entered a stage, or the whole graph:
 *
 *   in + created = out + filtered + absorbed + invalid + late + shed + failed + in_flight
 *
 * Counted once a batch, by the threads that run the stage; read by any (weir_ledger_read()). */
typedef struct
{
  guint64 in;
  guint64 created;
  guint64 out;
  guint64 filtered;
  guint64 absorbed;
  guint64 invalid;
  guint64 late;
  guint64 shed;
  guint64 failed;
  guint64 in_flight; /* counted, never found by subtraction */
} WeirLedger;

static inline void
weir_count (guint64 *counter, guint64 n)
{
  __atomic_fetch_add (counter, n, __ATOMIC_RELAXED);
}

static inline guint64
weir_count_read (const guint64 *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

WeirLedger weir_ledger_read (const WeirLedger *ledger);
void weir_ledger_add (WeirLedger *sum, const WeirLedger *other);
gboolean weir_ledger_is_balanced (const WeirLedger *ledger);

G_END_DECLS
