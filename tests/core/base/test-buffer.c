/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-buffer-private.h"

#define KIB ((gsize)1024)
#define MIB (1024 * KIB)

static void
test_sizes_are_rounded_up_to_classes (void)
{
  static const gsize sizes[][2] = {
    { 0, 64 * KIB },        { 1, 64 * KIB }, { 64 * KIB, 64 * KIB }, { 64 * KIB + 1, 128 * KIB },
    { 512 * KIB + 1, MIB }, { MIB, MIB },    { MIB + 1, MIB + 1 },   { 3 * MIB, 3 * MIB },
  };
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (WeirBuffer) buffer = weir_buffer_new (pool, sizes[i][0]);

      g_assert_cmpuint (buffer->size, ==, sizes[i][1]);
    }
}

static void
test_a_buffer_that_was_given_back_is_used_again (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (MIB);
  WeirBuffer *first = weir_buffer_new (pool, 100);
  const char *data = first->data;

  weir_buffer_unref (first);

  g_autoptr (WeirBuffer) second = weir_buffer_new (pool, 200);
  g_assert_true (second->data == data);
  g_assert_cmpint (second->refs, ==, 1);
}

static void
test_a_buffer_of_another_class_is_not_used (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (MIB);
  WeirBuffer *small = weir_buffer_new (pool, 100);
  g_autoptr (WeirBuffer) large = NULL;

  weir_buffer_unref (small);
  large = weir_buffer_new (pool, 65 * KIB);
  g_assert_cmpuint (large->size, ==, 128 * KIB);
}

static void
test_a_reference_keeps_the_buffer (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (MIB);
  g_autoptr (WeirBuffer) buffer = weir_buffer_new (pool, 100);

  weir_buffer_ref (buffer);
  weir_buffer_unref (buffer);
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 64 * KIB);

  g_autoptr (WeirBuffer) other = weir_buffer_new (pool, 100);
  g_assert_true (other->data != buffer->data);
}

static void
test_no_more_is_kept_than_may_be_idle (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (64 * KIB);
  WeirBuffer *a = weir_buffer_new (pool, 1);
  WeirBuffer *b = weir_buffer_new (pool, 1);

  a->data[0] = 'a';
  b->data[0] = 'b';
  weir_buffer_unref (a);
  weir_buffer_unref (b); /* freed */
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 0);

  g_autoptr (WeirBuffer) again = weir_buffer_new (pool, 1);
  g_assert_cmpint (again->data[0], ==, 'a');
}

static void
test_the_padding_is_readable_and_zero (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (0);
  g_autoptr (WeirBuffer) buffer = weir_buffer_new (pool, 3 * MIB);

  for (guint i = 0; i < WEIR_BUFFER_PADDING; i++)
    g_assert_cmpint (buffer->data[buffer->size + i], ==, 0);
}

static void
test_used_bytes_are_counted (void)
{
  g_autoptr (WeirBufferPool) pool = weir_buffer_pool_new (MIB);
  g_autoptr (WeirBuffer) small = weir_buffer_new (pool, 1);
  WeirBuffer *large = weir_buffer_new (pool, 3 * MIB);

  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 3 * MIB + 64 * KIB);
  weir_buffer_unref (large);
  g_assert_cmpuint (weir_buffer_pool_get_used (pool), ==, 64 * KIB);
}

static void
test_a_buffer_outlives_who_made_the_pool (void)
{
  WeirBufferPool *pool = weir_buffer_pool_new (MIB);
  WeirBuffer *buffer = weir_buffer_new (pool, 1);

  weir_buffer_pool_unref (pool);
  buffer->data[0] = 'x';
  weir_buffer_unref (buffer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/buffer/sizes are rounded up to classes",
                   test_sizes_are_rounded_up_to_classes);
  g_test_add_func ("/base/buffer/a buffer that was given back is used again",
                   test_a_buffer_that_was_given_back_is_used_again);
  g_test_add_func ("/base/buffer/a buffer of another class is not used",
                   test_a_buffer_of_another_class_is_not_used);
  g_test_add_func ("/base/buffer/a reference keeps the buffer", test_a_reference_keeps_the_buffer);
  g_test_add_func ("/base/buffer/no more is kept than may be idle",
                   test_no_more_is_kept_than_may_be_idle);
  g_test_add_func ("/base/buffer/the padding is readable and zero",
                   test_the_padding_is_readable_and_zero);
  g_test_add_func ("/base/buffer/used bytes are counted", test_used_bytes_are_counted);
  g_test_add_func ("/base/buffer/a buffer outlives who made the pool",
                   test_a_buffer_outlives_who_made_the_pool);
  return g_test_run ();
}
