/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many processes a pool is to have: it follows the demand up at once, and down only when the
 * demand has stayed lower for a while; then to the highest demand of that while.
 *
 *   demand   4 ─┐   ┌┐
 *   1 ──┘       └───┘└──────────────┐ 1
 *   target 4 ───────────────────────┘      the while begins anew with each 4
 *
 * Growth is by doubling: beyond `min` no more are on their way than are ready, at least one. A
 * burst that the first process can deal with starts no others.
 *
 * A process that nears its maximum of uses gets its replacement before it is worn out: such pools
 * are larger than their target by the surge, at most a quarter of the maximum and at least one. */
typedef struct
{
  guint min;
  guint max;
  gint64 hold; /* nanoseconds that the demand must stay lower; WEIR_TIME_NEVER: for ever */

  guint demand;
  guint target;
  guint peak; /* highest demand below the target, since */
  gint64 since;
} WeirPoolSize;

/* Processes of the pool, by what they do. */
typedef struct
{
  guint n_starting;
  guint n_ready; /* idle or acquired */
  guint n_worn;  /* ready, but used up */
  guint n_tired; /* of all these: near the maximum of uses, or worn */
} WeirPoolCounts;

void weir_pool_size_init (WeirPoolSize *size, guint min, guint max, gint64 hold, gint64 now);
void weir_pool_size_set_min (WeirPoolSize *size, guint min);
void weir_pool_size_set_demand (WeirPoolSize *size, guint demand, gint64 now);
/* Lets time pass. */
void weir_pool_size_update (WeirPoolSize *size, gint64 now);
/* When an update changes the target; WEIR_TIME_NEVER: only another demand does. */
gint64 weir_pool_size_get_next_time (const WeirPoolSize *size);

guint weir_pool_size_get_surge (const WeirPoolSize *size, guint n_tired);
/* How many to start now. */
guint weir_pool_size_get_missing (const WeirPoolSize *size, const WeirPoolCounts *counts);
/* How many of the worn to end now. */
guint weir_pool_size_get_relieved (const WeirPoolSize *size, const WeirPoolCounts *counts);
/* How many others to end now, as far as they are idle. */
guint weir_pool_size_get_excess (const WeirPoolSize *size, const WeirPoolCounts *counts);

/* After so many uses of at most @max_uses (0: no limit) a process is tired. */
gboolean weir_pool_size_is_tired (guint64 n_uses, guint64 max_uses);

G_END_DECLS
