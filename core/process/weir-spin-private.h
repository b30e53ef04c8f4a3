/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether to look for something once more before sleeping. That saves hand-overs to a sleeping
 * process, each of them tens of times what a quick worker takes, and is done only where it pays:
 * each look in vain doubles the number of occasions that are let pass, up to 1023; one that finds
 * something takes back half of these doublings. Where both sides come to share a CPU each look is
 * in vain, since it keeps the other off; never with one CPU. */
typedef struct
{
  gint64 limit; /* nanoseconds of a look */
  guint n_misses;
  guint n_skips;
} WeirSpin;

/* Microseconds of a look, 0 to 1000; for measurements. */
#define WEIR_SPIN_VARIABLE "WEIR_SPIN"

void weir_spin_init (WeirSpin *spin);
/* To be asked once on each occasion. */
gboolean weir_spin_may (WeirSpin *spin);
/* What came of the look. */
void weir_spin_tell (WeirSpin *spin, gboolean found);

/* For the loop of a look. */
static inline void
weir_spin_relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

G_END_DECLS
