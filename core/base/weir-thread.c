/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-thread-private.h"

#include <pthread.h>
#include <stdatomic.h>

#define FIRST_SEGMENT 16u
#define WORDS         1024u /* 64 numbers each */

static _Atomic guint64 taken[WORDS];
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* 0: none yet; else the number and 1 */
static __thread guint own_number __attribute__ ((tls_model ("initial-exec")));

/* The release pairs with the acquire in take_bit(): the next thread of the number sees what this
 * one wrote. */
static void
give_back (gpointer number)
{
  guint index = GPOINTER_TO_UINT (number) - 1;

  atomic_fetch_and_explicit (&taken[index / 64], ~(G_GUINT64_CONSTANT (1) << (index % 64)),
                             memory_order_release);
}

static void
make_key (void)
{
  if (pthread_key_create (&key, give_back) != 0)
    g_error ("no thread key is left");
}

static gboolean
take_bit (guint word, guint *index)
{
  guint64 bits = atomic_load_explicit (&taken[word], memory_order_relaxed);

  while (bits != G_MAXUINT64)
    {
      guint bit = __builtin_ctzll (~bits);

      if (atomic_compare_exchange_weak_explicit (&taken[word], &bits,
                                                 bits | G_GUINT64_CONSTANT (1) << bit,
                                                 memory_order_acquire, memory_order_relaxed))
        {
          *index = word * 64 + bit;
          return TRUE;
        }
    }
  return FALSE;
}

static guint
take_number (void)
{
  guint index = 0;

  pthread_once (&once, make_key);
  for (guint word = 0; word < WORDS; word++)
    if (take_bit (word, &index))
      {
        own_number = index + 1;
        pthread_setspecific (key, GUINT_TO_POINTER (own_number));
        return index;
      }
  g_error ("more than %u threads", WORDS * 64);
}

guint
weir_thread_get_index (void)
{
  return G_LIKELY (own_number != 0) ? own_number - 1 : take_number ();
}

/* Segment n holds FIRST_SEGMENT << n entries. */
static guint
find_segment (guint index, guint *offset)
{
  guint n = 31 - __builtin_clz (index / FIRST_SEGMENT + 1);

  *offset = index - FIRST_SEGMENT * ((1u << n) - 1);
  return n;
}

/* The release pairs with the acquire in weir_thread_table_get(). */
static gpointer
add_segment (_Atomic gpointer *place, guint n)
{
  gpointer made = g_new0 (gpointer, FIRST_SEGMENT << n);
  gpointer there = NULL;

  if (atomic_compare_exchange_strong_explicit (place, &there, made, memory_order_release,
                                               memory_order_acquire))
    return made;
  g_free (made);
  return there;
}

gpointer *
weir_thread_table_get (WeirThreadTable *table)
{
  guint offset;
  guint n = find_segment (weir_thread_get_index (), &offset);
  _Atomic gpointer *place = (_Atomic gpointer *)&table->segments[n];
  gpointer segment = atomic_load_explicit (place, memory_order_acquire);

  if (G_UNLIKELY (segment == NULL))
    segment = add_segment (place, n);
  return (gpointer *)segment + offset;
}

void
weir_thread_table_clear (WeirThreadTable *table, GDestroyNotify destroy)
{
  for (guint n = 0; n < WEIR_THREAD_TABLE_SEGMENTS; n++)
    {
      g_autofree gpointer *segment = g_steal_pointer (&table->segments[n]);

      for (guint i = 0; segment != NULL && i < FIRST_SEGMENT << n; i++)
        if (segment[i] != NULL)
          destroy (segment[i]);
    }
}
