/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-pool-size-private.h"

#include "base/weir-batch-private.h"

void
weir_pool_size_init (WeirPoolSize *size, guint min, guint max, gint64 hold, gint64 now)
{
  *size = (WeirPoolSize){
    .min = MIN (min, max),
    .max = max,
    .hold = hold,
    .target = MIN (min, max),
    .since = now,
  };
}

void
weir_pool_size_set_min (WeirPoolSize *size, guint min)
{
  size->min = MIN (min, size->max);
  size->target = MAX (size->target, size->min);
}

static guint
get_floor (const WeirPoolSize *size)
{
  return MAX (size->min, size->demand);
}

gint64
weir_pool_size_get_next_time (const WeirPoolSize *size)
{
  if (size->target <= get_floor (size) || size->hold > WEIR_TIME_NEVER - MAX (size->since, 0))
    return WEIR_TIME_NEVER;
  return size->since + size->hold;
}

void
weir_pool_size_update (WeirPoolSize *size, gint64 now)
{
  if (weir_pool_size_get_next_time (size) > now)
    return;
  size->target = MAX (size->min, size->peak);
  size->peak = size->demand;
  size->since = now;
}

void
weir_pool_size_set_demand (WeirPoolSize *size, guint demand, gint64 now)
{
  guint before = size->demand;

  weir_pool_size_update (size, now);
  size->demand = MIN (demand, size->max);
  if (before >= size->target || size->demand >= size->target)
    {
      size->since = now;
      size->peak = size->demand;
    }
  size->peak = MAX (size->peak, size->demand);
  size->target = MAX (size->target, size->demand);
}

guint
weir_pool_size_get_surge (const WeirPoolSize *size, guint n_tired)
{
  return MIN (n_tired, MAX (size->max / 4, 1));
}

static guint
subtract (guint a, guint b)
{
  return a > b ? a - b : 0;
}

guint
weir_pool_size_get_missing (const WeirPoolSize *size, const WeirPoolCounts *counts)
{
  guint surge = size->target > 0 ? weir_pool_size_get_surge (size, counts->n_tired) : 0;
  guint n_live = counts->n_starting + counts->n_ready + counts->n_worn;
  guint at_once = subtract (size->min + surge, n_live);
  guint ramp = subtract (MAX (counts->n_ready + counts->n_worn, 1), counts->n_starting);

  return MAX (at_once, MIN (ramp, subtract (size->target + surge, n_live)));
}

guint
weir_pool_size_get_relieved (const WeirPoolSize *size, const WeirPoolCounts *counts)
{
  return MIN (counts->n_worn, subtract (counts->n_ready + counts->n_worn, size->target));
}

guint
weir_pool_size_get_excess (const WeirPoolSize *size, const WeirPoolCounts *counts)
{
  guint surge = size->target > 0 ? weir_pool_size_get_surge (size, counts->n_tired) : 0;
  guint n_live = counts->n_starting + counts->n_ready + counts->n_worn;

  return subtract (n_live, size->target + surge);
}

gboolean
weir_pool_size_is_tired (guint64 n_uses, guint64 max_uses)
{
  return max_uses > 0 && n_uses >= max_uses - MAX (max_uses / 4, 1);
}
