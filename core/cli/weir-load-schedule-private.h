/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_ARRIVALS_CONSTANT, /* evenly spaced */
  WEIR_ARRIVALS_POISSON,  /* independent of each other: exponential gaps */
} WeirArrivals;

/* When records are meant to be sent: known before the first one is, and never moved by what
 * becomes of them. The same seed gives the same times. */
typedef struct
{
  WeirArrivals arrivals;
  double rate;    /* records in a second */
  guint64 state;  /* of the generator */
  guint64 number; /* of the next record */
  double last;    /* nanoseconds */
} WeirLoadSchedule;

void weir_load_schedule_init (WeirLoadSchedule *schedule, WeirArrivals arrivals, double rate,
                              guint64 seed);
/* Of the next record, in nanoseconds since the start. It never falls. */
gint64 weir_load_schedule_next (WeirLoadSchedule *schedule);

G_END_DECLS
