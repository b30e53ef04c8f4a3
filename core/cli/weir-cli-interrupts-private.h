/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SIGINT, SIGTERM and, unless it was ignored from the start, SIGHUP, counted by a thread of their
 * own, so that the second one ends the process even when the control thread hangs:
 *
 *   first    on_first is called on the default main context
 *   second   on_second is called there; unless the process ends by itself, on_hung is called on
 *            the thread of the interrupts 500 ms later, and then the process ends with 130
 *   ...      900 ms after the second the process ends with 130, whatever hangs */
typedef struct _WeirInterrupts WeirInterrupts;

typedef struct
{
  void (*on_first) (gpointer data);
  void (*on_second) (gpointer data);
  void (*on_hung) (gpointer data);
} WeirInterruptsFuncs;

WeirInterrupts *weir_interrupts_new (const WeirInterruptsFuncs *funcs,
                                     gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void weir_interrupts_free (WeirInterrupts *interrupts);
guint weir_interrupts_get_count (const WeirInterrupts *interrupts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirInterrupts, weir_interrupts_free)

G_END_DECLS
