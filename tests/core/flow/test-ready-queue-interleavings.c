/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdatomic.h>
#include <pthread.h>

#include "interleaving.h"

/* The ready queue, with a step before each atomic operation and each use of its lock. */

static gint lock;

static guint
step_load (_Atomic guint *place)
{
  interleaving_step ();
  return atomic_load (place);
}

static void
step_store (_Atomic guint *place, guint value)
{
  interleaving_step ();
  atomic_store (place, value);
}

static int
step_try_lock (void)
{
  return interleaving_try_lock (&lock) ? 0 : 1;
}

#undef atomic_load
#undef atomic_store
#define atomic_load(place)           step_load (place)
#define atomic_store(place, value)   step_store (place, value)
#define pthread_mutex_lock(mutex)    interleaving_lock (&lock)
#define pthread_mutex_trylock(mutex) step_try_lock ()
#define pthread_mutex_unlock(mutex)  interleaving_unlock (&lock)

#include "../../../core/flow/weir-ready-queue.c"

#define MAX_OPS 6

/* What a thread does: a digit pushes the task of that deadline, 't' takes, 's' steals. */
typedef const char *Script[INTERLEAVING_MAX_THREADS];

typedef struct
{
  char kind;
  guint begin;
  guint end;
  guint task; /* 0: none was there */
} Op;

typedef struct
{
  const Script *script;
  WeirReadyQueue *queue;
  Op ops[MAX_OPS];
  guint n_ops;
} Case;

static void
begin (gpointer data)
{
  Case *self = data;

  self->queue = weir_ready_queue_new ();
  self->n_ops = 0;
}

static guint
do_step (WeirReadyQueue *queue, char kind)
{
  if (kind == 't')
    return GPOINTER_TO_UINT (weir_ready_queue_take (queue));
  if (kind == 's')
    return GPOINTER_TO_UINT (weir_ready_queue_steal (queue));
  weir_ready_queue_push (queue, GUINT_TO_POINTER (kind - '0'), kind - '0', 0);
  return kind - '0';
}

static void
run_program (gpointer data, guint number)
{
  Case *self = data;

  for (const char *kind = (*self->script)[number]; *kind != '\0'; kind++)
    {
      Op *op = &self->ops[self->n_ops++];

      *op = (Op){ *kind, interleaving_get_time () };
      op->task = do_step (self->queue, *kind);
      op->end = interleaving_get_time ();
    }
}

static const Op *
find_removal (const Case *self, guint task)
{
  for (guint i = 0; i < self->n_ops; i++)
    if (!g_ascii_isdigit (self->ops[i].kind) && self->ops[i].task == task)
      return &self->ops[i];
  return NULL;
}

/* TRUE when the task was certainly in the queue all the time that the removal took. */
static gboolean
was_there (const Case *self, const Op *push, const Op *removal)
{
  const Op *by = find_removal (self, push->task);

  return push->end <= removal->begin && (by == NULL || by->begin >= removal->end);
}

/* Nothing more urgent than what it got stood there; a thief may also have found the lock taken. */
static void
check_removal (const Case *self, const Op *removal)
{
  for (guint i = 0; i < self->n_ops; i++)
    {
      const Op *push = &self->ops[i];

      if (g_ascii_isdigit (push->kind) && was_there (self, push, removal)
          && !(removal->kind == 's' && removal->task == 0))
        g_assert_true (removal->task != 0 && removal->task < push->task);
    }
}

/* What nobody got is in the queue still, in order. */
static void
check_rest (Case *self)
{
  guint n_left = 0;

  for (guint i = 0; i < self->n_ops; i++)
    n_left += g_ascii_isdigit (self->ops[i].kind) && find_removal (self, self->ops[i].task) == NULL;
  g_assert_cmpuint (self->queue->heap->len, ==, n_left);
  g_assert_cmpuint (self->queue->n, ==, n_left);
}

static void
check (gpointer data)
{
  Case *self = data;

  for (guint i = 0; i < self->n_ops; i++)
    if (!g_ascii_isdigit (self->ops[i].kind))
      {
        check_removal (self, &self->ops[i]);
        g_assert_true (self->ops[i].task == 0
                       || find_removal (self, self->ops[i].task) == &self->ops[i]);
      }
  check_rest (self);
  g_assert_cmpint (lock, ==, FALSE);
  g_clear_pointer (&self->queue, weir_ready_queue_free);
}

static void
run_script (guint n_threads, guint max_preemptions, const Script *script)
{
  const Interleaving interleaving = { n_threads, max_preemptions, begin, run_program, check };
  Case self = { script };
  guint n = interleaving_run_all (&interleaving, &self);

  g_test_message ("%u interleavings", n);
  g_assert_cmpuint (n, >, 50);
}

static void
test_owner_and_thief (void)
{
  static const Script scripts[]
      = { { "12t", "ss" }, { "1t", "2s" }, { "3t1", "s" }, { "tt", "21" } };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    run_script (2, 5, &scripts[i]);
}

static void
test_three_threads (void)
{
  static const Script scripts[] = { { "2t", "s", "1" }, { "1t", "s", "s" }, { "3", "2", "1t" } };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    run_script (3, 3, &scripts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/ready-queue/any interleaving of owner and thief is right",
                   test_owner_and_thief);
  g_test_add_func ("/flow/ready-queue/any interleaving of three threads is right",
                   test_three_threads);
  return g_test_run ();
}
