/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ready-queue-private.h"

#include <pthread.h>
#include <sched.h>

#define N_TASKS 20000

static guint
take (WeirReadyQueue *queue)
{
  return GPOINTER_TO_UINT (weir_ready_queue_take (queue));
}

static void
test_the_earliest_deadline_comes_first (void)
{
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();

  g_assert_true (weir_ready_queue_is_empty (queue));
  weir_ready_queue_push (queue, GUINT_TO_POINTER (1), 30, 0);
  weir_ready_queue_push (queue, GUINT_TO_POINTER (2), G_MININT64, 0);
  weir_ready_queue_push (queue, GUINT_TO_POINTER (3), 10, 0);
  g_assert_false (weir_ready_queue_is_empty (queue));
  g_assert_cmpuint (take (queue), ==, 2);
  g_assert_cmpuint (take (queue), ==, 3);
  g_assert_cmpuint (take (queue), ==, 1);
  g_assert_cmpuint (take (queue), ==, 0);
}

static void
test_with_the_same_deadline_the_larger_rank_comes_first (void)
{
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();

  weir_ready_queue_push (queue, GUINT_TO_POINTER (1), 5, 1);
  weir_ready_queue_push (queue, GUINT_TO_POINTER (2), 5, 9);
  weir_ready_queue_push (queue, GUINT_TO_POINTER (3), 5, 4);
  g_assert_cmpuint (take (queue), ==, 2);
  g_assert_cmpuint (take (queue), ==, 3);
  g_assert_cmpuint (take (queue), ==, 1);
}

static void
test_of_the_same_rank_nobody_starves (void)
{
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();

  for (guint i = 1; i <= 5; i++)
    weir_ready_queue_push (queue, GUINT_TO_POINTER (i), 5, 0);
  for (guint i = 0; i < 100; i++)
    {
      guint task = take (queue);

      g_assert_cmpuint (task, ==, i % 5 + 1);
      weir_ready_queue_push (queue, GUINT_TO_POINTER (task), 5, 0);
    }
}

static void
test_many_come_out_in_order (void)
{
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint before = 0;

  for (guint i = 0; i < 1000; i++)
    {
      guint deadline = g_rand_int_range (rand, 1, 500);

      weir_ready_queue_push (queue, GUINT_TO_POINTER (deadline), deadline, i);
    }
  for (guint i = 0; i < 1000; i++)
    {
      guint deadline = take (queue);

      g_assert_cmpuint (deadline, >=, before);
      before = deadline;
    }
  g_assert_true (weir_ready_queue_is_empty (queue));
}

typedef struct
{
  WeirReadyQueue *queue;
  guint8 *seen;  /* atomic */
  guint *n_left; /* atomic */
} Shared;

static void
see (Shared *shared, guint task)
{
  if (task == 0)
    {
      sched_yield ();
      return;
    }
  __atomic_fetch_add (&shared->seen[task - 1], 1, __ATOMIC_RELAXED);
  __atomic_fetch_sub (shared->n_left, 1, __ATOMIC_RELAXED);
}

static gpointer
steal_all (gpointer data)
{
  Shared *shared = data;

  while (__atomic_load_n (shared->n_left, __ATOMIC_RELAXED) > 0)
    see (shared, GPOINTER_TO_UINT (weir_ready_queue_steal (shared->queue)));
  return NULL;
}

static void
test_owner_and_thief_see_each_task_exactly_once (void)
{
  g_autoptr (WeirReadyQueue) queue = weir_ready_queue_new ();
  g_autofree guint8 *seen = g_new0 (guint8, N_TASKS);
  guint n_left = N_TASKS;
  Shared shared = { queue, seen, &n_left };
  pthread_t thief;

  g_assert_cmpint (pthread_create (&thief, NULL, steal_all, &shared), ==, 0);
  for (guint i = 1; i <= N_TASKS; i++)
    {
      weir_ready_queue_push (queue, GUINT_TO_POINTER (i), i % 7, i);
      if (i % 3 == 0)
        see (&shared, take (queue));
    }
  while (__atomic_load_n (&n_left, __ATOMIC_RELAXED) > 0)
    see (&shared, take (queue));
  pthread_join (thief, NULL);
  for (guint i = 0; i < N_TASKS; i++)
    g_assert_cmpuint (seen[i], ==, 1);
}

#define ADD(name, func) g_test_add_func ("/flow/ready-queue/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the earliest deadline comes first", test_the_earliest_deadline_comes_first);
  ADD ("with the same deadline the larger rank comes first",
       test_with_the_same_deadline_the_larger_rank_comes_first);
  ADD ("of the same rank nobody starves", test_of_the_same_rank_nobody_starves);
  ADD ("many come out in order", test_many_come_out_in_order);
  ADD ("owner and thief see each task exactly once",
       test_owner_and_thief_see_each_task_exactly_once);
  return g_test_run ();
}
