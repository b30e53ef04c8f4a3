/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-cache-private.h"

#include "base/weir-batch-private.h"

static void
put (WeirProcessCache *cache, const char *key, guint item, gint64 expires)
{
  weir_process_cache_put (cache, key, GUINT_TO_POINTER (item), expires);
}

#define assert_item(item, expected) g_assert_cmpuint (GPOINTER_TO_UINT (item), ==, expected)

static void
test_the_most_recently_used_one_of_a_key_is_taken (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (9);

  put (cache, "a", 1, WEIR_TIME_NEVER);
  put (cache, "b", 2, WEIR_TIME_NEVER);
  put (cache, "a", 3, WEIR_TIME_NEVER);
  g_assert_cmpuint (weir_process_cache_count_key (cache, "a"), ==, 2);
  assert_item (weir_process_cache_take (cache, "a"), 3);
  assert_item (weir_process_cache_take (cache, "a"), 1);
  assert_item (weir_process_cache_take (cache, "a"), 0);
  assert_item (weir_process_cache_take (cache, "c"), 0);
  g_assert_cmpuint (weir_process_cache_get_length (cache), ==, 1);
}

static void
test_the_least_recently_used_one_goes_first (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (2);

  put (cache, "a", 1, WEIR_TIME_NEVER);
  put (cache, "b", 2, WEIR_TIME_NEVER);
  g_assert_false (weir_process_cache_is_over (cache));
  put (cache, "a", 3, WEIR_TIME_NEVER);
  g_assert_true (weir_process_cache_is_over (cache));
  assert_item (weir_process_cache_evict (cache, NULL, 0), 1);
  g_assert_false (weir_process_cache_is_over (cache));
  assert_item (weir_process_cache_evict (cache, NULL, 0), 2);
  assert_item (weir_process_cache_evict (cache, NULL, 0), 3);
  assert_item (weir_process_cache_evict (cache, NULL, 0), 0);
}

static void
test_a_use_makes_it_young_again (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (9);

  put (cache, "a", 1, 10);
  put (cache, "b", 2, 20);
  assert_item (weir_process_cache_take (cache, "a"), 1);
  put (cache, "a", 1, 30);
  assert_item (weir_process_cache_evict (cache, NULL, 0), 2);
}

static void
test_some_of_a_key_are_spared (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (9);

  put (cache, "a", 1, WEIR_TIME_NEVER);
  put (cache, "a", 2, WEIR_TIME_NEVER);
  put (cache, "b", 3, WEIR_TIME_NEVER);
  assert_item (weir_process_cache_evict (cache, "a", 1), 1);
  assert_item (weir_process_cache_evict (cache, "a", 1), 3);
  assert_item (weir_process_cache_evict (cache, "a", 1), 0);
  assert_item (weir_process_cache_evict (cache, "x", 1), 2);
}

static void
test_one_of_a_certain_key_can_be_evicted (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (9);

  put (cache, "b", 1, WEIR_TIME_NEVER);
  put (cache, "a", 2, WEIR_TIME_NEVER);
  put (cache, "a", 3, WEIR_TIME_NEVER);
  assert_item (weir_process_cache_evict_key (cache, "a"), 2);
  g_assert_true (weir_process_cache_remove (cache, GUINT_TO_POINTER (3)));
  g_assert_false (weir_process_cache_remove (cache, GUINT_TO_POINTER (3)));
  assert_item (weir_process_cache_evict_key (cache, "a"), 0);
}

static void
test_what_is_too_old_expires (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (9);

  g_assert_cmpint (weir_process_cache_get_next_time (cache), ==, WEIR_TIME_NEVER);
  put (cache, "a", 1, WEIR_TIME_NEVER);
  put (cache, "b", 2, 20);
  put (cache, "a", 3, 30);
  g_assert_cmpint (weir_process_cache_get_next_time (cache), ==, 20);
  assert_item (weir_process_cache_expire (cache, 19), 0);
  assert_item (weir_process_cache_expire (cache, 30), 2);
  assert_item (weir_process_cache_expire (cache, 30), 3);
  assert_item (weir_process_cache_expire (cache, G_MAXINT64 - 1), 0);
}

/* Against a model: a list in which the oldest come first. */
static void
test_it_holds_its_bound_whatever_happens (void)
{
  g_autoptr (WeirProcessCache) cache = weir_process_cache_new (8);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GArray) model = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *keys[] = { "a", "b", "c" };

  for (guint item = 1; item < 5000; item++)
    {
      put (cache, keys[item % 3], item, WEIR_TIME_NEVER);
      g_array_append_val (model, item);
      while (weir_process_cache_is_over (cache))
        {
          assert_item (weir_process_cache_evict (cache, NULL, 0), g_array_index (model, guint, 0));
          g_array_remove_index (model, 0);
        }
      g_assert_cmpuint (weir_process_cache_get_length (cache), <=, 8);
      for (guint i = model->len, key = g_rand_int_range (rand, 0, 6); i > 0 && key < 3; i--)
        if (g_array_index (model, guint, i - 1) % 3 == key)
          {
            guint taken = g_array_index (model, guint, i - 1);

            assert_item (weir_process_cache_take (cache, keys[key]), taken);
            g_array_remove_index (model, i - 1);
            break;
          }
    }
}

#define ADD(name, func) g_test_add_func ("/process/process-cache/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the most recently used one of a key is taken",
       test_the_most_recently_used_one_of_a_key_is_taken);
  ADD ("the least recently used one goes first", test_the_least_recently_used_one_goes_first);
  ADD ("a use makes it young again", test_a_use_makes_it_young_again);
  ADD ("some of a key are spared", test_some_of_a_key_are_spared);
  ADD ("one of a certain key can be evicted", test_one_of_a_certain_key_can_be_evicted);
  ADD ("what is too old expires", test_what_is_too_old_expires);
  ADD ("it holds its bound whatever happens", test_it_holds_its_bound_whatever_happens);
  return g_test_run ();
}
