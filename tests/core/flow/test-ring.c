/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ring-private.h"

#include <pthread.h>
#include <sched.h>

#define N_THREADS 2
#define N_ITEMS   50000 /* of each thread */

static void
put (WeirRing *ring, guint value)
{
  gboolean done = weir_ring_put (ring, GUINT_TO_POINTER (value), 0);

  g_assert_true (done);
}

static void
test_it_is_a_queue_of_its_capacity (void)
{
  g_autoptr (WeirRing) ring = weir_ring_new (4);
  guint64 position;

  g_assert_null (weir_ring_take (ring, &position));
  for (guint i = 1; i <= 4; i++)
    put (ring, i);
  g_assert_false (weir_ring_put (ring, GUINT_TO_POINTER (5), 0));
  for (guint i = 1; i <= 4; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (weir_ring_take (ring, &position)), ==, i);
  g_assert_null (weir_ring_take (ring, &position));
}

static void
test_it_does_as_a_list_does (void)
{
  g_autoptr (WeirRing) ring = weir_ring_new (8);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  GQueue model = G_QUEUE_INIT;
  guint64 n_taken = 0;
  guint64 position;

  for (guint i = 1; i < 10000; i++)
    if (g_rand_boolean (rand))
      {
        g_assert_cmpint (weir_ring_put (ring, GUINT_TO_POINTER (i), 0), ==, model.length < 8);
        if (model.length < 8)
          g_queue_push_tail (&model, GUINT_TO_POINTER (i));
      }
    else if (model.length > 0)
      {
        g_assert_true (weir_ring_take (ring, &position) == g_queue_pop_head (&model));
        g_assert_cmpuint (position, ==, n_taken++);
      }
    else
      g_assert_null (weir_ring_take (ring, &position));
  g_queue_clear (&model);
}

/* Many threads: each item and each position is seen once. */
typedef struct
{
  WeirRing *ring;
  guint first;    /* value of a putting thread */
  guint *n_left;  /* atomic: items to be taken */
  guint8 *items;  /* atomic: how often a taking thread saw each */
  guint8 *places; /* the same for positions */
} Shared;

static gpointer
put_all (gpointer data)
{
  Shared *shared = data;

  for (guint i = 0; i < N_ITEMS; i++)
    while (!weir_ring_put (shared->ring, GUINT_TO_POINTER (shared->first + i), 0))
      sched_yield ();
  return NULL;
}

static gpointer
take_all (gpointer data)
{
  Shared *shared = data;
  guint64 position;

  while (__atomic_load_n (shared->n_left, __ATOMIC_RELAXED) > 0)
    {
      guint value = GPOINTER_TO_UINT (weir_ring_take (shared->ring, &position));

      if (value == 0)
        {
          sched_yield ();
          continue;
        }
      __atomic_fetch_add (&shared->items[value - 1], 1, __ATOMIC_RELAXED);
      __atomic_fetch_add (&shared->places[position], 1, __ATOMIC_RELAXED);
      __atomic_fetch_sub (shared->n_left, 1, __ATOMIC_RELAXED);
    }
  return NULL;
}

static void
test_threads_see_each_item_exactly_once (void)
{
  g_autoptr (WeirRing) ring = weir_ring_new (16);
  g_autofree guint8 *items = g_new0 (guint8, N_THREADS * N_ITEMS);
  g_autofree guint8 *places = g_new0 (guint8, N_THREADS * N_ITEMS);
  guint n_left = N_THREADS * N_ITEMS;
  Shared shared[N_THREADS];
  pthread_t threads[2 * N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      shared[i] = (Shared){ ring, i * N_ITEMS + 1, &n_left, items, places };
      g_assert_cmpint (pthread_create (&threads[2 * i], NULL, put_all, &shared[i]), ==, 0);
      g_assert_cmpint (pthread_create (&threads[2 * i + 1], NULL, take_all, &shared[i]), ==, 0);
    }
  for (guint i = 0; i < 2 * N_THREADS; i++)
    pthread_join (threads[i], NULL);
  for (guint i = 0; i < N_THREADS * N_ITEMS; i++)
    {
      g_assert_cmpuint (items[i], ==, 1);
      g_assert_cmpuint (places[i], ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/ring/it is a queue of its capacity", test_it_is_a_queue_of_its_capacity);
  g_test_add_func ("/flow/ring/it does as a list does", test_it_does_as_a_list_does);
  g_test_add_func ("/flow/ring/threads see each item exactly once",
                   test_threads_see_each_item_exactly_once);
  return g_test_run ();
}
