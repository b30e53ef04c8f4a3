/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-backoff-private.h"

#define MS     G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

static void
test_jitter (void)
{
  gint64 least[12];
  gint64 most[12] = { 0 };

  for (guint i = 0; i < 12; i++)
    least[i] = G_MAXINT64;
  for (guint32 seed = 0; seed < 300; seed++)
    {
      g_autoptr (WeirBackoff) backoff = weir_backoff_new (100 * MS, seed);

      for (guint i = 0; i < 12; i++)
        {
          gint64 delay = weir_backoff_fail (backoff);

          g_assert_cmpint (weir_backoff_get_ceiling (backoff), ==,
                           MIN ((100 * MS) << i, 30 * SECOND));
          least[i] = MIN (least[i], delay);
          most[i] = MAX (most[i], delay);
        }
    }
  for (guint i = 0; i < 12; i++)
    {
      g_assert_cmpint (least[i], >=, 0);
      g_assert_cmpint (least[i], <, MIN ((100 * MS) << i, 30 * SECOND) / 10);
      g_assert_cmpint (most[i], >, MIN ((100 * MS) << i, 30 * SECOND) / 10 * 9);
      g_assert_cmpint (most[i], <=, MIN ((100 * MS) << i, 30 * SECOND));
    }
}

static void
test_reset (void)
{
  g_autoptr (WeirBackoff) backoff = weir_backoff_new (100 * MS, 7);

  for (guint i = 0; i < 20; i++)
    weir_backoff_fail (backoff);
  g_assert_cmpuint (weir_backoff_get_failures (backoff), ==, 20);
  weir_backoff_reset (backoff);
  g_assert_cmpuint (weir_backoff_get_failures (backoff), ==, 0);
  g_assert_cmpint (weir_backoff_fail (backoff), <=, 100 * MS);
}

static void
test_bounds (void)
{
  g_autoptr (WeirBackoff) none = weir_backoff_new (0, 7);
  g_autoptr (WeirBackoff) long_one = weir_backoff_new (100 * SECOND, 7);

  g_assert_cmpint (weir_backoff_get_ceiling (none), ==, MS);
  for (guint i = 0; i < 100; i++)
    weir_backoff_fail (long_one);
  g_assert_cmpint (weir_backoff_get_ceiling (long_one), ==, 100 * SECOND);
}

#define ADD(name, func) g_test_add_func ("/backoff/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a wait is any part of a time that doubles up to half a minute", test_jitter);
  ADD ("what went well ends the row", test_reset);
  ADD ("a wait is never none at all, and as long as the first where that is longer", test_bounds);
  return g_test_run ();
}
