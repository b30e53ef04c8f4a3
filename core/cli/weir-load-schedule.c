/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-schedule-private.h"

#include <math.h>

#define SECOND 1e9

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). Above 0,
 * at most 1. */
static double
draw (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  z ^= z >> 31;
  return (double)((z >> 11) + 1) * 0x1p-53;
}

void
weir_load_schedule_init (WeirLoadSchedule *schedule, WeirArrivals arrivals, double rate,
                         guint64 seed)
{
  g_assert (rate > 0);

  *schedule = (WeirLoadSchedule){ .arrivals = arrivals, .rate = rate, .state = seed };
}

gint64
weir_load_schedule_next (WeirLoadSchedule *schedule)
{
  double gap = SECOND / schedule->rate;

  if (schedule->arrivals == WEIR_ARRIVALS_CONSTANT)
    return (gint64)((double)schedule->number++ * gap);

  schedule->last -= log (draw (&schedule->state)) * gap;
  return (gint64)schedule->last;
}
