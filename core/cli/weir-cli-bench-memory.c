/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-bench-private.h"

#include <string.h>

#include "base/weir-block-private.h"

#define TEXT_SIZE   300
#define BATCH_TEXTS 1024
#define POOL_IDLE   ((gsize)4 * 1024 * 1024)

/* The life of texts in a batch: each gets room and is written, then all go at once. */
typedef void (*LiveAndDie) (gpointer allocator, guint n_texts);

static const char text[TEXT_SIZE];

static void
live_in_pool (gpointer allocator, guint n_texts)
{
  WeirBlock *block = weir_block_new (allocator);

  for (guint i = 0; i < n_texts; i++)
    memcpy (weir_block_allocate_text (block, TEXT_SIZE), text, TEXT_SIZE);
  weir_block_unref (block);
}

static void
live_in_heap (gpointer allocator, guint n_texts)
{
  char **texts = allocator;

  for (guint i = 0; i < n_texts; i++)
    texts[i] = memcpy (g_malloc (TEXT_SIZE), text, TEXT_SIZE);
  for (guint i = 0; i < n_texts; i++)
    g_free (texts[i]);
}

static void
live_many (const WeirBench *bench, LiveAndDie live, gpointer allocator, WeirBenchRun *run)
{
  gint64 start = g_get_monotonic_time ();

  for (gint64 left = bench->n_records; left > 0; left -= BATCH_TEXTS)
    live (allocator, (guint)MIN (left, BATCH_TEXTS));

  run->seconds = (double)(g_get_monotonic_time () - start) / 1e6;
  run->records = (guint64)bench->n_records;
  run->bytes = run->records * TEXT_SIZE;
}

gboolean
weir_bench_memory_pool (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                        GError **error)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (POOL_IDLE);

  live_many (bench, live_in_pool, pool, run);
  return TRUE;
}

gboolean
weir_bench_memory_malloc (WeirBench *bench, const WeirBenchmark *benchmark, WeirBenchRun *run,
                          GError **error)
{
  g_autofree char **texts = g_new (char *, BATCH_TEXTS);

  live_many (bench, live_in_heap, texts, run);
  return TRUE;
}
