/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-pool-size-private.h"

#include "base/weir-batch-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define HOLD   (10 * SECOND)

static guint
get_target (WeirPoolSize *size, gint64 now)
{
  weir_pool_size_update (size, now);
  return size->target;
}

static void
test_it_grows_with_the_demand_within_its_bounds (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 2, 6, HOLD, 0);
  g_assert_cmpuint (size.target, ==, 2);
  weir_pool_size_set_demand (&size, 1, 0);
  g_assert_cmpuint (size.target, ==, 2);
  weir_pool_size_set_demand (&size, 5, 0);
  g_assert_cmpuint (size.target, ==, 5);
  weir_pool_size_set_demand (&size, 50, 0);
  g_assert_cmpuint (size.target, ==, 6);
}

static void
test_it_shrinks_on_time (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 1, 8, HOLD, 0);
  weir_pool_size_set_demand (&size, 6, 0);
  weir_pool_size_set_demand (&size, 3, 5 * SECOND);
  g_assert_cmpint (weir_pool_size_get_next_time (&size), ==, 15 * SECOND);
  g_assert_cmpuint (get_target (&size, 15 * SECOND - 1), ==, 6);
  g_assert_cmpuint (get_target (&size, 15 * SECOND), ==, 3);
  g_assert_cmpint (weir_pool_size_get_next_time (&size), ==, WEIR_TIME_NEVER);
  weir_pool_size_set_demand (&size, 0, 20 * SECOND);
  g_assert_cmpuint (get_target (&size, 30 * SECOND), ==, 1);
}

static void
test_it_shrinks_to_the_highest_demand_of_the_while (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 0, 8, HOLD, 0);
  weir_pool_size_set_demand (&size, 6, 0);
  weir_pool_size_set_demand (&size, 1, 1 * SECOND);
  weir_pool_size_set_demand (&size, 4, 5 * SECOND);
  weir_pool_size_set_demand (&size, 0, 6 * SECOND);
  g_assert_cmpuint (get_target (&size, 11 * SECOND), ==, 4);
  g_assert_cmpuint (get_target (&size, 21 * SECOND), ==, 0);
}

static void
test_a_swinging_demand_does_not_make_it_swing (void)
{
  WeirPoolSize size;
  guint n_changes = 0, before = 0;

  weir_pool_size_init (&size, 1, 8, HOLD, 0);
  for (gint64 now = 0; now < 1000 * SECOND; now += SECOND)
    {
      weir_pool_size_set_demand (&size, now / SECOND % 7 == 0 ? 8 : now / SECOND % 3, now);
      n_changes += get_target (&size, now) != before;
      before = size.target;
    }
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_cmpuint (size.target, ==, 8);
}

static void
test_without_an_idle_timeout_it_never_shrinks (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 0, 8, WEIR_TIME_NEVER, SECOND);
  weir_pool_size_set_demand (&size, 8, SECOND);
  weir_pool_size_set_demand (&size, 0, SECOND);
  g_assert_cmpint (weir_pool_size_get_next_time (&size), ==, WEIR_TIME_NEVER);
  g_assert_cmpuint (get_target (&size, G_MAXINT64 - 1), ==, 8);
}

static guint
get_missing (const WeirPoolSize *size, guint n_starting, guint n_ready, guint n_worn, guint n_tired)
{
  return weir_pool_size_get_missing (size,
                                     &(WeirPoolCounts){ n_starting, n_ready, n_worn, n_tired });
}

static void
test_the_least_are_started_at_once_the_others_by_doubling (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 3, 20, HOLD, 0);
  g_assert_cmpuint (get_missing (&size, 0, 0, 0, 0), ==, 3);
  weir_pool_size_set_demand (&size, 20, 0);
  g_assert_cmpuint (get_missing (&size, 3, 0, 0, 0), ==, 0);
  g_assert_cmpuint (get_missing (&size, 0, 3, 0, 0), ==, 3);
  g_assert_cmpuint (get_missing (&size, 3, 3, 0, 0), ==, 0);
  g_assert_cmpuint (get_missing (&size, 0, 6, 0, 0), ==, 6);
  g_assert_cmpuint (get_missing (&size, 0, 12, 0, 0), ==, 8);
  g_assert_cmpuint (get_missing (&size, 0, 20, 0, 0), ==, 0);
}

static void
test_the_first_is_started_by_itself (void)
{
  WeirPoolSize size;

  weir_pool_size_init (&size, 0, 20, HOLD, 0);
  g_assert_cmpuint (get_missing (&size, 0, 0, 0, 0), ==, 0);
  weir_pool_size_set_demand (&size, 9, 0);
  g_assert_cmpuint (get_missing (&size, 0, 0, 0, 0), ==, 1);
  g_assert_cmpuint (get_missing (&size, 1, 0, 0, 0), ==, 0);
}

static void
test_replacements_are_started_first_a_quarter_at_once (void)
{
  WeirPoolSize size;
  WeirPoolCounts counts = { .n_ready = 5, .n_worn = 3, .n_tired = 3 };

  weir_pool_size_init (&size, 8, 8, HOLD, 0);
  g_assert_cmpuint (weir_pool_size_get_missing (&size, &counts), ==, 2);
  g_assert_cmpuint (weir_pool_size_get_relieved (&size, &counts), ==, 0);
  counts = (WeirPoolCounts){ .n_starting = 1, .n_ready = 6, .n_worn = 3, .n_tired = 3 };
  g_assert_cmpuint (weir_pool_size_get_missing (&size, &counts), ==, 0);
  g_assert_cmpuint (weir_pool_size_get_relieved (&size, &counts), ==, 1);
  g_assert_cmpuint (weir_pool_size_get_excess (&size, &counts), ==, 0);
  g_assert_cmpuint (weir_pool_size_get_surge (&size, 8), ==, 2);
  weir_pool_size_init (&size, 1, 1, HOLD, 0);
  g_assert_cmpuint (weir_pool_size_get_surge (&size, 1), ==, 1);
}

static void
test_tired_is_whoever_nears_its_maximum_of_uses (void)
{
  g_assert_false (weir_pool_size_is_tired (G_MAXUINT64, 0));
  g_assert_false (weir_pool_size_is_tired (74, 100));
  g_assert_true (weir_pool_size_is_tired (75, 100));
  g_assert_true (weir_pool_size_is_tired (0, 1));
  g_assert_false (weir_pool_size_is_tired (0, 2));
  g_assert_true (weir_pool_size_is_tired (1, 2));
}

/* A pool that does what it is told: processes start, become ready, wear out and die in any order.
 * When nothing more happens, the size is what it should be. */
typedef struct
{
  WeirPoolSize size;
  WeirPoolCounts counts;
  guint most;
} Model;

static void
obey (Model *model)
{
  WeirPoolCounts *counts = &model->counts;
  guint n = weir_pool_size_get_relieved (&model->size, counts);

  counts->n_worn -= n;
  counts->n_tired -= n;
  n = weir_pool_size_get_excess (&model->size, counts);
  counts->n_ready -= MIN (n, counts->n_ready);
  counts->n_starting += weir_pool_size_get_missing (&model->size, counts);
  model->most = MAX (model->most, counts->n_starting + counts->n_ready + counts->n_worn);
}

static void
happen (Model *model, guint event, gint64 now)
{
  WeirPoolCounts *counts = &model->counts;

  if (event == 0)
    weir_pool_size_set_demand (&model->size, (guint)(now / SECOND * 7 % 11), now);
  else if (event <= 3 && counts->n_starting > 0)
    {
      counts->n_starting--;
      counts->n_ready += event < 3;
    }
  else if (event == 4 && counts->n_ready > 0)
    counts->n_ready--;
  else if (event == 5 && counts->n_ready > 0)
    {
      counts->n_ready--;
      counts->n_worn++;
      counts->n_tired++;
    }
  else if (event == 6 && counts->n_worn > 0)
    {
      counts->n_worn--;
      counts->n_tired--;
    }
  weir_pool_size_update (&model->size, now);
}

static void
settle (Model *model)
{
  for (guint i = 0; i < 100; i++)
    {
      model->counts.n_ready += model->counts.n_starting;
      model->counts.n_starting = 0;
      obey (model);
    }
}

static void
test_whatever_happens_those_that_are_gone_are_replaced (void)
{
  for (guint32 seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      guint min = seed % 5, max = min + seed % 7 + 1;
      Model model = { 0 };

      weir_pool_size_init (&model.size, min, max, HOLD, 0);
      for (guint i = 0; i < 300; i++)
        {
          happen (&model, g_rand_int_range (rand, 0, 7), i * SECOND);
          obey (&model);
        }
      settle (&model);
      g_assert_cmpuint (model.counts.n_worn, ==, 0);
      g_assert_cmpuint (model.counts.n_ready, ==, model.size.target);
      g_assert_cmpuint (model.size.target, >=, min);
      g_assert_cmpuint (model.most, <=, max + MAX (max / 4, 1));
    }
}

#define ADD(name, func) g_test_add_func ("/process/pool-size/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it grows with the demand within its bounds",
       test_it_grows_with_the_demand_within_its_bounds);
  ADD ("it shrinks on time", test_it_shrinks_on_time);
  ADD ("it shrinks to the highest demand of the while",
       test_it_shrinks_to_the_highest_demand_of_the_while);
  ADD ("a swinging demand does not make it swing", test_a_swinging_demand_does_not_make_it_swing);
  ADD ("without an idle timeout it never shrinks", test_without_an_idle_timeout_it_never_shrinks);
  ADD ("the least are started at once, the others by doubling",
       test_the_least_are_started_at_once_the_others_by_doubling);
  ADD ("the first is started by itself", test_the_first_is_started_by_itself);
  ADD ("replacements are started first, a quarter at once",
       test_replacements_are_started_first_a_quarter_at_once);
  ADD ("tired is whoever nears its maximum of uses",
       test_tired_is_whoever_nears_its_maximum_of_uses);
  ADD ("whatever happens, those that are gone are replaced",
       test_whatever_happens_those_that_are_gone_are_replaced);
  return g_test_run ();
}
