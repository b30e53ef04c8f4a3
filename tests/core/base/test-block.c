/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-block-private.h"

#define KIB ((gsize)1024)

typedef WeirBlock Block;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Block, weir_block_unref)

static void
test_memory_is_aligned_and_text_is_not (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (Block) block = weir_block_new (pool);
  char *first = weir_block_allocate_text (block, 3);
  char *second = weir_block_allocate_text (block, 5);
  gpointer memory = weir_block_allocate (block, 16);

  g_assert_true (second == first + 3);
  g_assert_cmpuint (GPOINTER_TO_SIZE (memory) % 8, ==, 0);
  g_assert_true ((char *)memory >= second + 5);
}

static void
test_pieces_are_cut_from_one_chunk_until_it_is_full (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (Block) block = weir_block_new (pool);

  weir_block_allocate_text (block, 40 * KIB);
  weir_block_allocate_text (block, 24 * KIB);
  g_assert_cmpuint (weir_block_get_pinned (block), ==, 64 * KIB);
  weir_block_allocate (block, 1);
  g_assert_cmpuint (weir_block_get_pinned (block), ==, 128 * KIB);
}

static void
test_a_large_piece_gets_a_chunk_of_its_size (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (Block) block = weir_block_new (pool);
  char *text = weir_block_allocate_text (block, 5 * KIB * KIB);

  text[5 * KIB * KIB - 1] = 'x';
  g_assert_cmpuint (weir_block_get_pinned (block), ==, 5 * KIB * KIB);
}

static void
test_a_taken_buffer_is_held_and_not_cut (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  Block *block = weir_block_new (pool);
  WeirBuffer *buffer = weir_buffer_new (pool, 1);
  const char *text;

  weir_block_take_buffer (block, buffer);
  text = weir_block_allocate_text (block, 1);
  g_assert_true (text < buffer->data || text >= buffer->data + buffer->size);
  g_assert_cmpuint (weir_block_get_pinned (block), ==, 128 * KIB);
  weir_block_unref (block);
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 0);
}

static void
test_a_block_is_shared_while_two_hold_it (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (Block) block = weir_block_new (pool);

  g_assert_false (weir_block_is_shared (block));
  weir_block_ref (block);
  g_assert_true (weir_block_is_shared (block));
  weir_block_unref (block);
  g_assert_false (weir_block_is_shared (block));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/block/memory is aligned and text is not",
                   test_memory_is_aligned_and_text_is_not);
  g_test_add_func ("/base/block/pieces are cut from one chunk until it is full",
                   test_pieces_are_cut_from_one_chunk_until_it_is_full);
  g_test_add_func ("/base/block/a large piece gets a chunk of its size",
                   test_a_large_piece_gets_a_chunk_of_its_size);
  g_test_add_func ("/base/block/a taken buffer is held and not cut",
                   test_a_taken_buffer_is_held_and_not_cut);
  g_test_add_func ("/base/block/a block is shared while two hold it",
                   test_a_block_is_shared_while_two_hold_it);
  return g_test_run ();
}
