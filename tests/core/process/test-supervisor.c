/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-supervisor-private.h"

#define MS     G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

static gint64
crash_and_get_delay (WeirSupervisor *supervisor, gint64 now)
{
  weir_supervisor_crashed (supervisor, now);
  return weir_supervisor_get_next_start (supervisor) - now;
}

static void
test_at_first_anything_may_be_started (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 1);

  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 3, 0), ==, G_MAXUINT);
  g_assert_false (weir_supervisor_is_tripped (supervisor));
  g_assert_false (weir_supervisor_is_hopeless (supervisor));
}

static void
test_the_backoff_is_jittered_over_the_whole_of_a_doubling_time (void)
{
  gint64 most[12] = { 0 };

  for (guint32 seed = 0; seed < 300; seed++)
    {
      g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, seed);
      gint64 now = 0;

      for (guint i = 0; i < 12; i++)
        {
          gint64 delay = crash_and_get_delay (supervisor, now);

          g_assert_cmpint (delay, >=, 0);
          g_assert_cmpint (delay, <=, MIN ((100 * MS) << i, 30 * SECOND));
          most[i] = MAX (most[i], delay);
          now += delay;
        }
    }
  for (guint i = 0; i < 12; i++)
    g_assert_cmpint (most[i], >, MIN ((100 * MS) << i, 30 * SECOND) / 10 * 9);
}

static void
test_nothing_is_started_before_the_backoff_is_over (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);
  gint64 delay = crash_and_get_delay (supervisor, 0);

  g_assert_cmpint (delay, >, 0);
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, delay - 1), ==, 0);
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, delay), ==, G_MAXUINT);
}

static void
test_a_good_reply_ends_the_row (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);

  for (guint i = 0; i < 20; i++)
    weir_supervisor_crashed (supervisor, 0);
  g_assert_true (weir_supervisor_is_tripped (supervisor));
  weir_supervisor_answered (supervisor);
  g_assert_false (weir_supervisor_is_tripped (supervisor));
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, 0), ==, G_MAXUINT);
  g_assert_cmpint (crash_and_get_delay (supervisor, 0), <=, 100 * MS);
}

static void
test_a_tripped_breaker_allows_one_at_a_time (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);
  gint64 now;

  for (guint i = 0; i < WEIR_SUPERVISOR_BREAKER; i++)
    weir_supervisor_crashed (supervisor, 0);
  now = weir_supervisor_get_next_start (supervisor);
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, now), ==, 1);
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 1, now), ==, 0);
  weir_supervisor_begin (supervisor, now);
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, now), ==, 0);
  g_assert_cmpint (weir_supervisor_get_next_start (supervisor), ==, now + 1600 * MS);
}

static void
test_a_crash_loop_starts_little (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (1, 7);
  guint n_starts = 0;

  for (gint64 now = 0; now < 600 * SECOND; now += MS)
    if (weir_supervisor_get_allowance (supervisor, 0, now) > 0)
      {
        n_starts++;
        weir_supervisor_begin (supervisor, now);
        weir_supervisor_started (supervisor);
        weir_supervisor_crashed (supervisor, now);
      }
  g_assert_cmpuint (n_starts, >, 20);
  g_assert_cmpuint (n_starts, <, 90);
}

static void
test_a_program_that_never_ran_is_hopeless (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);

  weir_supervisor_failed (supervisor, FALSE, 0);
  g_assert_true (weir_supervisor_is_hopeless (supervisor));
  g_assert_cmpuint (weir_supervisor_get_allowance (supervisor, 0, 100 * SECOND), ==, 0);
}

static void
test_a_program_that_once_ran_is_tried_again (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);

  weir_supervisor_started (supervisor);
  for (guint i = 0; i < 50; i++)
    weir_supervisor_failed (supervisor, FALSE, 0);
  g_assert_false (weir_supervisor_is_hopeless (supervisor));
  g_assert_cmpint (weir_supervisor_get_next_start (supervisor), <=, 30 * SECOND);
}

static void
test_a_shortage_is_hopeless_only_when_it_lasts (void)
{
  g_autoptr (WeirSupervisor) supervisor = weir_supervisor_new (100 * MS, 7);

  for (guint i = 1; i <= WEIR_SUPERVISOR_BREAKER; i++)
    {
      g_assert_false (weir_supervisor_is_hopeless (supervisor));
      weir_supervisor_failed (supervisor, TRUE, 0);
    }
  g_assert_true (weir_supervisor_is_hopeless (supervisor));
}

#define ADD(name, func) g_test_add_func ("/process/supervisor/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("at first anything may be started", test_at_first_anything_may_be_started);
  ADD ("the backoff is jittered over the whole of a doubling time",
       test_the_backoff_is_jittered_over_the_whole_of_a_doubling_time);
  ADD ("nothing is started before the backoff is over",
       test_nothing_is_started_before_the_backoff_is_over);
  ADD ("a good reply ends the row", test_a_good_reply_ends_the_row);
  ADD ("a tripped breaker allows one at a time", test_a_tripped_breaker_allows_one_at_a_time);
  ADD ("a crash loop starts little", test_a_crash_loop_starts_little);
  ADD ("a program that never ran is hopeless", test_a_program_that_never_ran_is_hopeless);
  ADD ("a program that once ran is tried again", test_a_program_that_once_ran_is_tried_again);
  ADD ("a shortage is hopeless only when it lasts", test_a_shortage_is_hopeless_only_when_it_lasts);
  return g_test_run ();
}
