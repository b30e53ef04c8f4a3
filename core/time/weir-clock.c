/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-clock.h>

#include <time.h>

enum
{
  TURNED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE (WeirClock, weir_clock, G_TYPE_OBJECT)

static gboolean
weir_clock_default_is_virtual (WeirClock *clock)
{
  return FALSE;
}

static void
weir_clock_class_init (WeirClockClass *klass)
{
  klass->is_virtual = weir_clock_default_is_virtual;

  /**
   * WeirClock::turned:
   *
   * A virtual clock was turned. Emitted on the thread that turned it.
   */
  signals[TURNED] = g_signal_new ("turned", WEIR_TYPE_CLOCK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void
weir_clock_init (WeirClock *clock)
{
}

/**
 * weir_clock_get_time:
 * @clock: a clock
 *
 * Returns: monotonic nanoseconds; a step of the wall clock does not change them
 */
gint64
weir_clock_get_time (WeirClock *clock)
{
  g_return_val_if_fail (WEIR_IS_CLOCK (clock), 0);

  return WEIR_CLOCK_GET_CLASS (clock)->get_time (clock);
}

/**
 * weir_clock_get_real_time:
 * @clock: a clock
 *
 * Returns: nanoseconds since 1970-01-01T00:00:00Z
 */
gint64
weir_clock_get_real_time (WeirClock *clock)
{
  g_return_val_if_fail (WEIR_IS_CLOCK (clock), 0);

  return WEIR_CLOCK_GET_CLASS (clock)->get_real_time (clock);
}

/**
 * weir_clock_is_virtual:
 * @clock: a clock
 *
 * Returns: %TRUE when time stands still until somebody turns the clock
 */
gboolean
weir_clock_is_virtual (WeirClock *clock)
{
  g_return_val_if_fail (WEIR_IS_CLOCK (clock), FALSE);

  return WEIR_CLOCK_GET_CLASS (clock)->is_virtual (clock);
}

/* The clock of the machine. */
typedef struct
{
  WeirClock parent;
} WeirSystemClock;

typedef WeirClockClass WeirSystemClockClass;

GType weir_system_clock_get_type (void);

G_DEFINE_TYPE (WeirSystemClock, weir_system_clock, WEIR_TYPE_CLOCK)

static gint64
read_clock (clockid_t id)
{
  struct timespec t;

  clock_gettime (id, &t);
  return t.tv_sec * G_GINT64_CONSTANT (1000000000) + t.tv_nsec;
}

static gint64
weir_system_clock_get_time (WeirClock *clock)
{
  return read_clock (CLOCK_MONOTONIC);
}

static gint64
weir_system_clock_get_real_time (WeirClock *clock)
{
  return read_clock (CLOCK_REALTIME);
}

static void
weir_system_clock_class_init (WeirSystemClockClass *klass)
{
  klass->get_time = weir_system_clock_get_time;
  klass->get_real_time = weir_system_clock_get_real_time;
}

static void
weir_system_clock_init (WeirSystemClock *clock)
{
}

/**
 * weir_clock_get_system:
 *
 * The clock of the machine. A pipeline runs on it unless it was given another.
 *
 * Returns: (transfer none): the clock
 */
WeirClock *
weir_clock_get_system (void)
{
  static gsize clock;

  if (g_once_init_enter (&clock))
    g_once_init_leave (&clock, (gsize)g_object_new (weir_system_clock_get_type (), NULL));
  return (WeirClock *)clock;
}
