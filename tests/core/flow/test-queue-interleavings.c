/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>

#include "interleaved-atomics.h"

/* The queue of batches, with a step before each atomic operation of its ring: a reader that is
 * interrupted in the middle of a take while others go once around neither breaks nor loses a put.
 */

static void
let_others_go_on (void)
{
  interleaving_yield ();
}

#define sched_yield() let_others_go_on ()

#include "../../../core/flow/weir-queue.c"
#include "../../../core/flow/weir-ring.c"

#define MAX_BATCHES 3 /* of a ring of 4 */
#define N_BATCHES   5

typedef struct
{
  WeirBufferPool *pool;
  WeirQueue *queue;
  guint seen[N_BATCHES];
  guint n_seen;
} Case;

static WeirBatch *
make_batch (Case *self, guint number)
{
  WeirBatch *batch = weir_batch_new (self->pool);

  *weir_batch_append (batch) = (WeirRecord){ .offset = number, .batch = batch };
  return batch;
}

static void
begin (gpointer data)
{
  Case *self = data;

  self->pool = weir_buffer_pool_new (0);
  self->queue = weir_queue_new (MAX_BATCHES, G_MAXSIZE);
  self->n_seen = 0;
  weir_queue_add_writer (self->queue, NULL);
  for (guint i = 0; i < MAX_BATCHES; i++)
    weir_queue_put (self->queue, make_batch (self, i));
}

static void
take (Case *self)
{
  guint64 ticket;
  g_autoptr (WeirBatch) batch = weir_queue_take (self->queue, &ticket);

  if (batch == NULL)
    return;
  g_assert_cmpuint (weir_batch_record (batch, 0)->offset, ==, ticket);
  self->seen[self->n_seen++] = ticket;
}

static void
put (Case *self, guint number)
{
  if (weir_queue_has_room (self->queue))
    weir_queue_put (self->queue, make_batch (self, number));
}

/* Thread 0 takes once; thread 1 goes around. */
static void
run_thread (gpointer data, guint number)
{
  take (data);
  if (number == 0)
    return;
  take (data);
  put (data, MAX_BATCHES);
  take (data);
  put (data, MAX_BATCHES + 1);
}

static void
check (gpointer data)
{
  Case *self = data;
  gboolean is_seen[N_BATCHES] = { FALSE };
  guint n_left = self->queue->n_batches;

  for (guint i = 0; i < self->n_seen; i++)
    {
      g_assert_false (is_seen[self->seen[i]]);
      is_seen[self->seen[i]] = TRUE;
    }
  g_assert_cmpuint (self->queue->sent, ==, self->n_seen + n_left);
  for (guint n_before = self->n_seen; n_left > 0; n_left--, n_before++)
    {
      take (self);
      g_assert_cmpuint (self->n_seen, ==, n_before + 1);
    }
  g_clear_pointer (&self->queue, weir_queue_free);
  g_clear_pointer (&self->pool, weir_buffer_pool_unref);
}

static void
test_an_interrupted_reader_breaks_no_put (void)
{
  const Interleaving interleaving = { 2, 4, begin, run_thread, check };
  Case self = { NULL };
  guint n = interleaving_run_all (&interleaving, &self);

  g_test_message ("%u interleavings", n);
  g_assert_cmpuint (n, >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/queue/an interrupted reader breaks no put",
                   test_an_interrupted_reader_breaks_no_put);
  return g_test_run ();
}
