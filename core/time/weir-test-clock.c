/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-clock.h>

/* 2026-01-01T00:00:00Z */
#define EPOCH (G_GINT64_CONSTANT (1767225600) * 1000000000)

/* Nanoseconds since it was made; read by any thread. */
struct _WeirTestClock
{
  WeirClock parent;

  gint64 time;
};

G_DEFINE_FINAL_TYPE (WeirTestClock, weir_test_clock, WEIR_TYPE_CLOCK)

static gint64
weir_test_clock_get_time (WeirClock *clock)
{
  return __atomic_load_n (&WEIR_TEST_CLOCK (clock)->time, __ATOMIC_RELAXED);
}

static gint64
weir_test_clock_get_real_time (WeirClock *clock)
{
  return EPOCH + weir_test_clock_get_time (clock);
}

static gboolean
weir_test_clock_is_virtual (WeirClock *clock)
{
  return TRUE;
}

static void
weir_test_clock_class_init (WeirTestClockClass *klass)
{
  WeirClockClass *clock_class = WEIR_CLOCK_CLASS (klass);

  clock_class->get_time = weir_test_clock_get_time;
  clock_class->get_real_time = weir_test_clock_get_real_time;
  clock_class->is_virtual = weir_test_clock_is_virtual;
}

static void
weir_test_clock_init (WeirTestClock *clock)
{
  clock->time = 1000000000;
}

/**
 * weir_test_clock_new: (constructor)
 *
 * A clock for tests: it stands at 1 s, and at 2026-01-01T00:00:01Z, until it is turned.
 *
 * Returns: (transfer full) (type WeirTestClock): a new clock
 */
WeirClock *
weir_test_clock_new (void)
{
  return g_object_new (WEIR_TYPE_TEST_CLOCK, NULL);
}

/**
 * weir_test_clock_advance:
 * @clock: a test clock
 * @nanoseconds: by how much, 0 or more
 *
 * Turns the clock, and wakes who waits for it.
 */
void
weir_test_clock_advance (WeirTestClock *clock, gint64 nanoseconds)
{
  g_return_if_fail (WEIR_IS_TEST_CLOCK (clock) && nanoseconds >= 0);

  __atomic_fetch_add (&clock->time, nanoseconds, __ATOMIC_RELAXED);
  g_signal_emit_by_name (clock, "turned");
}
