/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

#define WEIR_TYPE_CLOCK (weir_clock_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirClock, weir_clock, WEIR, CLOCK, GObject)

/**
 * WeirClockClass:
 * @get_time: Required. Monotonic nanoseconds; any thread.
 * @get_real_time: Required. Nanoseconds since 1970-01-01T00:00:00Z; any thread.
 * @is_virtual: Optional. %TRUE when time stands still between turns; the default is %FALSE.
 *
 * Where the engine takes the time from. Signal `turned`: a virtual clock was turned.
 */
struct _WeirClockClass
{
  GObjectClass parent_class;

  gint64 (*get_time) (WeirClock *clock);
  gint64 (*get_real_time) (WeirClock *clock);
  gboolean (*is_virtual) (WeirClock *clock);

  /*< private >*/
  gpointer padding[4];
};

WEIR_API WeirClock *weir_clock_get_system (void);
WEIR_API gint64 weir_clock_get_time (WeirClock *clock);
WEIR_API gint64 weir_clock_get_real_time (WeirClock *clock);
WEIR_API gboolean weir_clock_is_virtual (WeirClock *clock);

#define WEIR_TYPE_TEST_CLOCK (weir_test_clock_get_type ())
WEIR_API G_DECLARE_FINAL_TYPE (WeirTestClock, weir_test_clock, WEIR, TEST_CLOCK, WeirClock)

WEIR_API WeirClock *weir_test_clock_new (void) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_test_clock_advance (WeirTestClock *clock, gint64 nanoseconds);

G_END_DECLS
