/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleaved-atomics.h"

/* The ring, with a step before each of its atomic operations. */
#include "../../../core/flow/weir-ring.c"

#define CAPACITY 2
#define MAX_OPS  6

/* What a thread does: 'p' puts the next item, 't' takes. `filled`: items in the ring before. */
typedef struct
{
  guint filled;
  const char *programs[INTERLEAVING_MAX_THREADS];
} Script;

typedef struct
{
  char kind;
  guint begin;
  guint end;
  guint item;       /* put or taken; 0: it could not be */
  guint64 position; /* of a take */
} Op;

typedef struct
{
  const Script *script;
  WeirRing *ring;
  guint n_items;
  Op ops[MAX_OPS];
  guint n_ops;
} Case;

static void
put_at_once (Case *self)
{
  Cell *cell = &self->ring->cells[self->n_items];

  cell->item = GUINT_TO_POINTER (++self->n_items);
  cell->sequence = self->n_items;
  self->ring->tail = self->n_items;
}

static void
begin (gpointer data)
{
  Case *self = data;

  self->ring = weir_ring_new (CAPACITY);
  self->n_items = self->n_ops = 0;
  for (guint i = 0; i < self->script->filled; i++)
    put_at_once (self);
}

static void
do_op (Case *self, char kind)
{
  Op *op = &self->ops[self->n_ops++];
  guint item = kind == 'p' ? ++self->n_items : 0;

  *op = (Op){ kind, interleaving_get_time () };
  if (kind == 't')
    op->item = GPOINTER_TO_UINT (weir_ring_take (self->ring, &op->position));
  else if (weir_ring_put (self->ring, GUINT_TO_POINTER (item), 0))
    op->item = item;
  op->end = interleaving_get_time ();
}

static void
run_program (gpointer data, guint number)
{
  Case *self = data;

  for (const char *op = self->script->programs[number]; *op != '\0'; op++)
    do_op (self, *op);
}

static gboolean
overlaps (const Case *self, const Op *op, char kind)
{
  for (guint i = 0; i < self->n_ops; i++)
    if (&self->ops[i] != op && self->ops[i].kind == kind && self->ops[i].begin <= op->end
        && self->ops[i].end >= op->begin)
      return TRUE;
  return FALSE;
}

static guint
count_done_before (const Case *self, const Op *op, char kind)
{
  guint n = kind == 'p' ? self->script->filled : 0;

  for (guint i = 0; i < self->n_ops; i++)
    n += self->ops[i].kind == kind && self->ops[i].item != 0 && self->ops[i].end <= op->begin;
  return n;
}

/* With no other operation under way that could excuse it: only when it was full, or empty. */
static void
check_refusal (const Case *self, const Op *op)
{
  guint n_put = count_done_before (self, op, 'p');
  guint n_taken = count_done_before (self, op, 't');

  if (overlaps (self, op, 'p') || overlaps (self, op, 't'))
    return;
  g_assert_cmpuint (n_put - n_taken, ==, op->kind == 'p' ? CAPACITY : 0);
}

/* Each item once, and in the order of the positions all that one thread put. */
static void
check_takes (const Case *self)
{
  guint at[MAX_OPS + CAPACITY] = { 0 };
  guint n_taken = 0;

  for (guint i = 0; i < self->n_ops; i++)
    if (self->ops[i].kind == 't' && self->ops[i].item != 0)
      {
        g_assert_cmpuint (self->ops[i].position, <, G_N_ELEMENTS (at));
        g_assert_cmpuint (at[self->ops[i].position], ==, 0);
        at[self->ops[i].position] = self->ops[i].item;
        n_taken++;
      }
  for (guint i = 0; i < n_taken; i++)
    {
      g_assert_cmpuint (at[i], !=, 0);
      g_assert_true (i >= self->script->filled || at[i] == i + 1);
      for (guint k = 0; k < i; k++)
        g_assert_cmpuint (at[k], !=, at[i]);
    }
}

/* What was put and not taken is there still. */
static void
check_rest (Case *self)
{
  guint64 n_put = self->script->filled;
  guint64 n_taken = 0;

  for (guint i = 0; i < self->n_ops; i++)
    if (self->ops[i].item != 0)
      *(self->ops[i].kind == 'p' ? &n_put : &n_taken) += 1;
  g_assert_cmpuint (self->ring->tail, ==, n_put);
  g_assert_cmpuint (self->ring->head, ==, n_taken);
  for (guint64 i = n_taken; i < n_put; i++)
    {
      g_assert_cmpuint (self->ring->cells[i & self->ring->mask].sequence, ==, i + 1);
      for (guint k = 0; k < self->n_ops; k++)
        g_assert_true (self->ops[k].kind != 't' || self->ops[k].item == 0
                       || GUINT_TO_POINTER (self->ops[k].item)
                              != self->ring->cells[i & self->ring->mask].item);
    }
}

static void
check (gpointer data)
{
  Case *self = data;

  for (guint i = 0; i < self->n_ops; i++)
    if (self->ops[i].item == 0)
      check_refusal (self, &self->ops[i]);
  check_takes (self);
  check_rest (self);
  g_clear_pointer (&self->ring, weir_ring_free);
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
test_two_threads (void)
{
  static const Script scripts[]
      = { { 0, { "pp", "tt" } }, { 0, { "pt", "pt" } }, { 1, { "tp", "tp" } },
          { 2, { "tt", "pp" } }, { 2, { "tp", "pt" } }, { 1, { "ppp", "t" } } };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    run_script (2, 4, &scripts[i]);
}

static void
test_three_threads (void)
{
  static const Script scripts[]
      = { { 0, { "p", "p", "t" } }, { 1, { "p", "t", "t" } },  { 2, { "t", "t", "pp" } },
          { 2, { "p", "t", "p" } }, { 0, { "p", "pt", "t" } }, { 1, { "t", "t", "t" } } };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    run_script (3, 3, &scripts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/ring/any interleaving of two threads is right", test_two_threads);
  g_test_add_func ("/flow/ring/any interleaving of three threads is right", test_three_threads);
  return g_test_run ();
}
