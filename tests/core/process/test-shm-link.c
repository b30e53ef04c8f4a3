/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-shm-link-private.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

/* Both sides in one process. */
typedef struct
{
  WeirShmLink *weir;
  WeirShmLink *worker;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int fds[WEIR_SHM_LINK_FDS];

  fixture->weir = weir_shm_link_new (4096, fds, NULL);
  g_assert_nonnull (fixture->weir);
  fixture->worker = weir_shm_link_new_for_fds (fds, NULL);
  g_assert_nonnull (fixture->worker);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_shm_link_free (fixture->weir);
  weir_shm_link_free (fixture->worker);
}

static void
say (WeirShmLink *link, const char *text)
{
  g_assert_cmpuint (weir_shm_ring_put (&link->out, text, strlen (text)), ==, strlen (text));
  weir_shm_link_publish (link);
}

static void
hear (WeirShmLink *link, const char *text)
{
  char bytes[100];
  gsize length = weir_shm_link_take (link, bytes, sizeof bytes);

  g_assert_cmpmem (bytes, length, text, strlen (text));
}

static gboolean
is_woken (WeirShmLink *link)
{
  struct pollfd fd = { link->wait_fd, POLLIN, 0 };

  return poll (&fd, 1, 0) == 1;
}

static void
test_each_side_hears_the_other (Fixture *fixture, gconstpointer data)
{
  say (fixture->weir, "question");
  say (fixture->worker, "answer");
  hear (fixture->worker, "question");
  hear (fixture->weir, "answer");
}

static void
test_only_a_sleeper_is_woken (Fixture *fixture, gconstpointer data)
{
  say (fixture->weir, "one");
  g_assert_false (is_woken (fixture->worker));
  hear (fixture->worker, "one");
  g_assert_true (weir_shm_ring_await_bytes (&fixture->worker->in));
  say (fixture->weir, "two");
  g_assert_true (is_woken (fixture->worker));
  weir_shm_link_wait (fixture->worker);
  g_assert_false (is_woken (fixture->worker));
}

static void
test_draining_never_sleeps (Fixture *fixture, gconstpointer data)
{
  int flags = fcntl (fixture->weir->wait_fd, F_GETFL);

  g_assert_cmpint (fcntl (fixture->weir->wait_fd, F_SETFL, flags & ~O_NONBLOCK), ==, 0);
  weir_shm_link_drain (fixture->weir);
  g_assert_true (weir_shm_ring_await_bytes (&fixture->weir->in));
  say (fixture->worker, "up");
  g_assert_true (is_woken (fixture->weir));
  weir_shm_link_drain (fixture->weir);
  g_assert_false (is_woken (fixture->weir));
}

static void
test_looks_in_vain_become_rare (Fixture *fixture, gconstpointer data)
{
  guint n_looks = 0;

  fixture->weir->spin.limit = 1;
  for (guint i = 0; i < 1000; i++)
    if (weir_shm_link_may_spin (fixture->weir))
      {
        g_assert_false (weir_shm_link_spin (fixture->weir));
        n_looks++;
      }
  g_assert_cmpuint (n_looks, <=, 10);
}

static void
test_looks_that_find_something_become_usual (Fixture *fixture, gconstpointer data)
{
  fixture->weir->spin.n_misses = 10;
  say (fixture->worker, "here");
  for (guint n_misses = 5; n_misses > 0; n_misses /= 2)
    {
      g_assert_true (weir_shm_link_spin (fixture->weir));
      g_assert_cmpuint (fixture->weir->spin.n_misses, ==, n_misses);
      g_assert_cmpuint (fixture->weir->spin.n_skips, ==, (1u << n_misses) - 1);
    }
  g_assert_true (weir_shm_link_spin (fixture->weir));
  g_assert_true (weir_spin_may (&fixture->weir->spin));
}

static void
test_who_shares_a_cpu_does_not_look (Fixture *fixture, gconstpointer data)
{
  cpu_set_t before, one;

  g_assert_cmpint (sched_getaffinity (0, sizeof before, &before), ==, 0);
  CPU_ZERO (&one);
  CPU_SET (sched_getcpu (), &one);
  g_assert_cmpint (sched_setaffinity (0, sizeof one, &one), ==, 0);
  fixture->weir->spin.limit = 1;
  g_assert_true (weir_shm_link_may_spin (fixture->weir));
  say (fixture->worker, "from here");
  g_assert_false (weir_shm_link_may_spin (fixture->weir));
  g_assert_cmpint (sched_setaffinity (0, sizeof before, &before), ==, 0);
}

static void
test_a_limit_of_nothing_means_never (Fixture *fixture, gconstpointer data)
{
  fixture->weir->spin.limit = 0;
  say (fixture->worker, "here");
  g_assert_false (weir_shm_link_may_spin (fixture->weir));
}

static void
test_the_memory_cannot_change_its_size (void)
{
  int fds[WEIR_SHM_LINK_FDS];
  g_autoptr (WeirShmLink) link = weir_shm_link_new (5000, fds, NULL);
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

  g_assert_cmpuint (link->out.size, ==, 8192);
  g_assert_cmpint (fcntl (fds[0], F_GET_SEALS), ==, seals);
  g_assert_cmpint (ftruncate (fds[0], 0), ==, -1);
  for (guint i = 0; i < WEIR_SHM_LINK_FDS; i++)
    {
      g_assert_cmpint (fcntl (fds[i], F_GETFD), ==, FD_CLOEXEC);
      close (fds[i]);
    }
}

static void
test_other_memory_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  int fds[WEIR_SHM_LINK_FDS] = { memfd_create ("other", MFD_CLOEXEC), -1, -1 };

  g_assert_cmpint (ftruncate (fds[0], 3 * 4096 + 1), ==, 0);
  g_assert_null (weir_shm_link_new_for_fds (fds, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_nothing_is_left_behind (void)
{
  guint n_fds = count_fds ();
  g_autofree char *maps = NULL;
  Fixture fixture;

  for (guint i = 0; i < 100; i++)
    {
      set_up (&fixture, NULL);
      tear_down (&fixture, NULL);
    }
  g_assert_cmpuint (count_fds (), ==, n_fds);
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  g_assert_null (strstr (maps, "weir-ring"));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/process/shm-link/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("each side hears the other", test_each_side_hears_the_other);
  ADD ("only a sleeper is woken", test_only_a_sleeper_is_woken);
  ADD ("draining never sleeps", test_draining_never_sleeps);
  ADD ("looks in vain become rare", test_looks_in_vain_become_rare);
  ADD ("looks that find something become usual", test_looks_that_find_something_become_usual);
  ADD ("who shares a CPU does not look", test_who_shares_a_cpu_does_not_look);
  ADD ("a limit of nothing means never", test_a_limit_of_nothing_means_never);
  g_test_add_func ("/process/shm-link/the memory cannot change its size",
                   test_the_memory_cannot_change_its_size);
  g_test_add_func ("/process/shm-link/other memory is refused", test_other_memory_is_refused);
  g_test_add_func ("/process/shm-link/nothing is left behind", test_nothing_is_left_behind);
  return g_test_run ();
}
