/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-thread-private.h"

#include <pthread.h>

static void *
get_index (void *data)
{
  *(guint *)data = weir_thread_get_index ();
  return NULL;
}

static void
test_a_number_is_used_again_after_its_thread (void)
{
  guint own = weir_thread_get_index ();
  guint first = G_MAXUINT;
  guint second = G_MAXUINT;
  pthread_t thread;

  pthread_create (&thread, NULL, get_index, &first);
  pthread_join (thread, NULL);
  pthread_create (&thread, NULL, get_index, &second);
  pthread_join (thread, NULL);
  g_assert_cmpuint (first, ==, second);
  g_assert_cmpuint (first, !=, own);
  g_assert_cmpuint (own, ==, weir_thread_get_index ());
}

#define N_THREADS 100

typedef struct
{
  WeirThreadTable table;
  pthread_barrier_t barrier;
  guint indexes[N_THREADS];
} Crowd;

typedef struct
{
  Crowd *crowd;
  guint number;
} Member;

static void *
fill_entry (void *data)
{
  Member *member = data;
  gpointer *entry = weir_thread_table_get (&member->crowd->table);

  member->crowd->indexes[member->number] = weir_thread_get_index ();
  g_assert_null (*entry);
  *entry = g_memdup2 (&member->number, sizeof (guint));
  pthread_barrier_wait (&member->crowd->barrier);
  g_assert_cmpuint (**(guint **)weir_thread_table_get (&member->crowd->table), ==, member->number);
  return NULL;
}

static void
test_each_of_many_threads_has_an_entry_of_its_own (void)
{
  g_autofree Crowd *crowd = g_new0 (Crowd, 1);
  pthread_t threads[N_THREADS];
  Member members[N_THREADS];
  gboolean seen[N_THREADS * 2] = { FALSE };

  pthread_barrier_init (&crowd->barrier, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    {
      members[i] = (Member){ crowd, i };
      pthread_create (&threads[i], NULL, fill_entry, &members[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_assert_cmpuint (crowd->indexes[i], <, N_THREADS * 2);
      g_assert_false (seen[crowd->indexes[i]]);
      seen[crowd->indexes[i]] = TRUE;
    }
  pthread_barrier_destroy (&crowd->barrier);
  weir_thread_table_clear (&crowd->table, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/thread/a-number-is-used-again-after-its-thread",
                   test_a_number_is_used_again_after_its_thread);
  g_test_add_func ("/thread/each-of-many-threads-has-an-entry-of-its-own",
                   test_each_of_many_threads_has_an_entry_of_its_own);
  return g_test_run ();
}
