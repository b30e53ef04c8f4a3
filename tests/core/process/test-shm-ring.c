/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-shm-ring-private.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SIZE    4096
#define N_BYTES (8 * 1024 * 1024)

/* Where the indices lie in the memory. */
#define HEAD 0
#define TAIL 128

typedef struct
{
  char *memory;
  WeirShmRing writer;
  WeirShmRing reader;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->memory = g_aligned_alloc0 (1, WEIR_SHM_RING_MEMORY (SIZE), WEIR_SHM_RING_ALIGNMENT);
  weir_shm_ring_init (&fixture->writer, fixture->memory, SIZE);
  weir_shm_ring_init (&fixture->reader, fixture->memory, SIZE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_aligned_free (fixture->memory);
}

static gsize
put (Fixture *fixture, gsize length)
{
  g_autofree char *bytes = g_malloc0 (length);
  gsize n = weir_shm_ring_put (&fixture->writer, bytes, length);

  weir_shm_ring_show (&fixture->writer);
  return n;
}

static gsize
take (Fixture *fixture, gsize length)
{
  g_autofree char *bytes = g_malloc (length);

  return weir_shm_ring_take (&fixture->reader, bytes, length);
}

static void
set_index (Fixture *fixture, gsize place, guint64 value)
{
  *(guint64 *)(gpointer)(fixture->memory + place) = value;
}

static void
test_a_full_ring_takes_what_there_is_room_for (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (put (fixture, SIZE + 1), ==, SIZE);
  g_assert_cmpuint (put (fixture, 1), ==, 0);
  g_assert_cmpuint (take (fixture, 10), ==, 10);
  g_assert_cmpuint (put (fixture, 11), ==, 0);
  g_assert_false (weir_shm_ring_release (&fixture->reader));
  g_assert_cmpuint (put (fixture, 11), ==, 10);
}

static void
test_bytes_are_seen_once_they_are_shown (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (weir_shm_ring_put (&fixture->writer, "ab", 2), ==, 2);
  g_assert_false (weir_shm_ring_has_bytes (&fixture->reader));
  weir_shm_ring_show (&fixture->writer);
  g_assert_true (weir_shm_ring_has_bytes (&fixture->reader));
  g_assert_cmpuint (take (fixture, 9), ==, 2);
  g_assert_false (weir_shm_ring_has_bytes (&fixture->reader));
}

/* Puts up to @length random bytes, and the same to the model. */
static void
put_random (Fixture *fixture, GRand *rand, GByteArray *model, gsize length)
{
  g_autofree guint8 *bytes = g_malloc (length + 1);
  gsize n;

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8)g_rand_int (rand);
  n = weir_shm_ring_put (&fixture->writer, (char *)bytes, length);
  g_assert_cmpuint (n, ==, MIN (length, SIZE - model->len));
  g_byte_array_append (model, bytes, n);
  weir_shm_ring_show (&fixture->writer);
}

/* A reader may see less than there is, until it has taken all that it saw. */
static void
take_and_compare (Fixture *fixture, GByteArray *model, gsize length)
{
  g_autofree guint8 *bytes = g_malloc (length + 1);
  gsize n = weir_shm_ring_take (&fixture->reader, (char *)bytes, length);

  g_assert_cmpuint (n, <=, model->len);
  g_assert_true (n > 0 || length == 0 || model->len == 0);
  g_assert_cmpmem (bytes, n, model->data, n);
  if (n > 0)
    g_byte_array_remove_range (model, 0, n);
  g_assert_false (weir_shm_ring_release (&fixture->reader));
}

static void
test_it_does_as_an_array_does (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GByteArray) model = g_byte_array_new ();

  for (guint i = 0; i < 5000; i++)
    if (g_rand_boolean (rand))
      put_random (fixture, rand, model, g_rand_int_range (rand, 0, SIZE + 100));
    else
      take_and_compare (fixture, model, g_rand_int_range (rand, 0, SIZE + 100));
}

static void
test_a_reader_that_waits_is_woken_once (Fixture *fixture, gconstpointer data)
{
  g_assert_false (weir_shm_ring_publish (&fixture->writer));
  g_assert_true (weir_shm_ring_await_bytes (&fixture->reader));
  g_assert_cmpuint (weir_shm_ring_put (&fixture->writer, "a", 1), ==, 1);
  g_assert_true (weir_shm_ring_publish (&fixture->writer));
  g_assert_cmpuint (weir_shm_ring_put (&fixture->writer, "b", 1), ==, 1);
  g_assert_false (weir_shm_ring_publish (&fixture->writer));
  g_assert_true (weir_shm_ring_stop_awaiting (&fixture->reader));
}

static void
test_a_reader_does_not_wait_for_what_is_there (Fixture *fixture, gconstpointer data)
{
  put (fixture, 1);
  g_assert_false (weir_shm_ring_await_bytes (&fixture->reader));
  g_assert_false (weir_shm_ring_publish (&fixture->writer));
}

static void
test_a_writer_that_waits_is_woken_when_half_is_free (Fixture *fixture, gconstpointer data)
{
  put (fixture, SIZE);
  g_assert_true (weir_shm_ring_await_room (&fixture->writer));
  take (fixture, SIZE / 2 - 1);
  g_assert_false (weir_shm_ring_release (&fixture->reader));
  take (fixture, 1);
  g_assert_true (weir_shm_ring_release (&fixture->reader));
  take (fixture, 1);
  g_assert_false (weir_shm_ring_release (&fixture->reader));
}

static void
test_a_writer_does_not_wait_for_room_that_is_there (Fixture *fixture, gconstpointer data)
{
  put (fixture, SIZE);
  take (fixture, 1);
  g_assert_false (weir_shm_ring_release (&fixture->reader));
  g_assert_false (weir_shm_ring_await_room (&fixture->writer));
}

static void
test_the_end_comes_after_the_last_byte (Fixture *fixture, gconstpointer data)
{
  put (fixture, 3);
  g_assert_true (weir_shm_ring_close (&fixture->writer));
  g_assert_false (weir_shm_ring_is_ended (&fixture->reader));
  take (fixture, 3);
  g_assert_true (weir_shm_ring_is_ended (&fixture->reader));
  g_assert_false (weir_shm_ring_await_bytes (&fixture->reader));
}

static void
test_a_head_that_cannot_be_breaks_the_reader (Fixture *fixture, gconstpointer data)
{
  const guint64 heads[] = { SIZE + 11, 9, G_MAXUINT64, (guint64)1 << 63 };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      tear_down (fixture, NULL);
      set_up (fixture, NULL);
      put (fixture, 10);
      g_assert_cmpuint (take (fixture, 10), ==, 10);
      set_index (fixture, HEAD, heads[i]);
      g_assert_cmpuint (take (fixture, SIZE), ==, 0);
      g_assert_true (fixture->reader.broken);
      set_index (fixture, HEAD, 10);
      g_assert_cmpuint (take (fixture, SIZE), ==, 0);
    }
}

static void
test_a_tail_that_cannot_be_breaks_the_writer (Fixture *fixture, gconstpointer data)
{
  const guint64 tails[] = { SIZE + 1, G_MAXUINT64, (guint64)1 << 63 };

  for (guint i = 0; i < G_N_ELEMENTS (tails); i++)
    {
      tear_down (fixture, NULL);
      set_up (fixture, NULL);
      put (fixture, SIZE);
      set_index (fixture, TAIL, tails[i]);
      g_assert_cmpuint (put (fixture, 1), ==, 0);
      g_assert_true (fixture->writer.broken);
      g_assert_false (weir_shm_ring_await_room (&fixture->writer));
    }
}

/* Two threads: each byte is seen once, in its order. */
typedef struct
{
  Fixture *fixture;
  int bytes_fd;
  int room_fd;
} Shared;

static void
wake (int fd)
{
  g_assert_cmpint (eventfd_write (fd, 1), ==, 0);
}

static void
sleep_on (int fd)
{
  eventfd_t count;

  g_assert_cmpint (eventfd_read (fd, &count), ==, 0);
}

static gpointer
put_all (gpointer data)
{
  Shared *shared = data;
  WeirShmRing *ring = &shared->fixture->writer;
  guint8 bytes[1000];

  for (guint64 n = 0; n < N_BYTES;)
    {
      gsize length = MIN (N_BYTES - n, 1 + n % sizeof bytes);

      for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8)((n + i) % 251);
      length = weir_shm_ring_put (ring, (char *)bytes, length);
      n += length;
      if (weir_shm_ring_publish (ring))
        wake (shared->bytes_fd);
      if (length == 0 && weir_shm_ring_await_room (ring))
        sleep_on (shared->room_fd);
    }
  weir_shm_ring_close (ring);
  wake (shared->bytes_fd);
  return NULL;
}

static guint64
take_all (Shared *shared)
{
  WeirShmRing *ring = &shared->fixture->reader;
  guint8 bytes[1500];
  guint64 n = 0;

  while (!weir_shm_ring_is_ended (ring))
    {
      gsize length = weir_shm_ring_take (ring, (char *)bytes, 1 + n % sizeof bytes);

      for (gsize i = 0; i < length; i++)
        if (bytes[i] != (n + i) % 251)
          g_error ("byte %" G_GUINT64_FORMAT " is another", n + i);
      n += length;
      if (weir_shm_ring_release (ring))
        wake (shared->room_fd);
      if (length == 0 && weir_shm_ring_await_bytes (ring))
        sleep_on (shared->bytes_fd);
    }
  return n;
}

static void
test_threads_see_each_byte_exactly_once (Fixture *fixture, gconstpointer data)
{
  Shared shared = { fixture, eventfd (0, EFD_CLOEXEC), eventfd (0, EFD_CLOEXEC) };
  pthread_t writer;

  g_assert_cmpint (pthread_create (&writer, NULL, put_all, &shared), ==, 0);
  g_assert_cmpuint (take_all (&shared), ==, N_BYTES);
  pthread_join (writer, NULL);
  close (shared.bytes_fd);
  close (shared.room_fd);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/shm-ring/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a full ring takes what there is room for", test_a_full_ring_takes_what_there_is_room_for);
  ADD ("bytes are seen once they are shown", test_bytes_are_seen_once_they_are_shown);
  ADD ("it does as an array does", test_it_does_as_an_array_does);
  ADD ("a reader that waits is woken once", test_a_reader_that_waits_is_woken_once);
  ADD ("a reader does not wait for what is there", test_a_reader_does_not_wait_for_what_is_there);
  ADD ("a writer that waits is woken when half is free",
       test_a_writer_that_waits_is_woken_when_half_is_free);
  ADD ("a writer does not wait for room that is there",
       test_a_writer_does_not_wait_for_room_that_is_there);
  ADD ("the end comes after the last byte", test_the_end_comes_after_the_last_byte);
  ADD ("a head that cannot be breaks the reader", test_a_head_that_cannot_be_breaks_the_reader);
  ADD ("a tail that cannot be breaks the writer", test_a_tail_that_cannot_be_breaks_the_writer);
  ADD ("threads see each byte exactly once", test_threads_see_each_byte_exactly_once);
  return g_test_run ();
}
