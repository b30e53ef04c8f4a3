/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEIR_HISTOGRAM_SUB_BITS 6
#define WEIR_HISTOGRAM_BUCKETS ((64 - WEIR_HISTOGRAM_SUB_BITS + 1) << WEIR_HISTOGRAM_SUB_BITS)

/* Counts of values in buckets that are 1/64 of their value wide, like an HDR histogram
 * (Gil Tene, hdrhistogram.org): a quantile is off by at most 1.6 %. One writer; a reader on another
 * thread sees a state that may be some counts old. */
typedef struct
{
  guint64 total;
  guint64 maximum;
  guint64 counts[WEIR_HISTOGRAM_BUCKETS];
} WeirHistogram;

WeirHistogram *weir_histogram_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_histogram_free (WeirHistogram *histogram);
void weir_histogram_add (WeirHistogram *histogram, guint64 value, guint64 times);
void weir_histogram_merge (WeirHistogram *histogram, const WeirHistogram *other);
guint64 weir_histogram_get_quantile (const WeirHistogram *histogram, double quantile);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirHistogram, weir_histogram_free)

G_END_DECLS
