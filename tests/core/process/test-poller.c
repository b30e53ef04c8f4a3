/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-poller-private.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define HOUR (3600 * G_GINT64_CONSTANT (1000000000))

typedef struct
{
  WeirPoller *poller;
  int near, far; /* ends of a pipe: written here, watched there */
  WeirWatch *watch;
  guint n_calls;
  guint32 events;
  GPtrArray *victims; /* whose watches go when this is called, or NULL */
} Pipe;

static void
drop_watch (Pipe *p)
{
  if (p->watch != NULL)
    weir_poller_remove (p->poller, p->watch);
  p->watch = NULL;
}

static void
on_ready (gpointer data, guint32 events)
{
  Pipe *p = data;

  p->n_calls++;
  p->events = events;
  for (guint i = 0; p->victims != NULL && i < p->victims->len; i++)
    drop_watch (g_ptr_array_index (p->victims, i));
}

static Pipe *
pipe_new (WeirPoller *poller)
{
  Pipe *p = g_new0 (Pipe, 1);
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC | O_NONBLOCK), ==, 0);
  p->poller = poller;
  p->far = ends[0];
  p->near = ends[1];
  p->watch = weir_poller_add (poller, p->far, EPOLLIN, on_ready, p);
  g_assert_nonnull (p->watch);
  return p;
}

static void
pipe_free (Pipe *p)
{
  drop_watch (p);
  close (p->far);
  if (p->near >= 0)
    close (p->near);
  g_free (p);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipe, pipe_free)

static void
write_byte (Pipe *p)
{
  g_assert_cmpint (write (p->near, "x", 1), ==, 1);
}

static gboolean
is_readable (WeirPoller *poller)
{
  struct pollfd fd = { weir_poller_get_fd (poller), POLLIN };

  return poll (&fd, 1, 0) == 1;
}

static void
test_what_is_ready_is_called_until_it_is_not (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  g_autoptr (Pipe) p = pipe_new (poller);
  char byte;

  weir_poller_dispatch (poller);
  g_assert_cmpuint (p->n_calls, ==, 0);
  g_assert_false (is_readable (poller));
  write_byte (p);
  g_assert_true (is_readable (poller));
  weir_poller_dispatch (poller);
  weir_poller_dispatch (poller);
  g_assert_cmpuint (p->n_calls, ==, 2);
  g_assert_cmpuint (p->events, ==, EPOLLIN);
  g_assert_cmpint (read (p->far, &byte, 1), ==, 1);
  weir_poller_dispatch (poller);
  g_assert_cmpuint (p->n_calls, ==, 2);
}

static void
test_a_hang_up_is_told_without_being_asked_for (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  g_autoptr (Pipe) p = pipe_new (poller);

  weir_poller_modify (poller, p->watch, 0);
  write_byte (p);
  weir_poller_dispatch (poller);
  g_assert_cmpuint (p->n_calls, ==, 0);
  close (p->near);
  p->near = -1;
  weir_poller_dispatch (poller);
  g_assert_cmpuint (p->events, ==, EPOLLHUP);
}

static void
test_a_watch_may_be_removed_from_inside (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)pipe_free);
  guint n_calls = 0;

  for (guint i = 0; i < 10; i++)
    {
      Pipe *p = pipe_new (poller);
      p->victims = all;
      g_ptr_array_add (all, p);
      write_byte (p);
    }
  weir_poller_dispatch (poller); /* the first one called removes all, itself too */
  weir_poller_dispatch (poller);
  for (guint i = 0; i < all->len; i++)
    n_calls += ((Pipe *)g_ptr_array_index (all, i))->n_calls;
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_one_dispatch_is_bounded_and_leaves_nobody_out (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)pipe_free);
  guint n_calls = 0;

  for (guint i = 0; i < 100; i++)
    {
      g_ptr_array_add (all, pipe_new (poller));
      write_byte (g_ptr_array_index (all, i));
    }
  weir_poller_dispatch (poller);
  for (guint i = 0; i < all->len; i++)
    n_calls += ((Pipe *)g_ptr_array_index (all, i))->n_calls;
  g_assert_cmpuint (n_calls, ==, 64);
  weir_poller_dispatch (poller);
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpuint (((Pipe *)g_ptr_array_index (all, i))->n_calls, >=, 1);
}

static void
test_a_descriptor_that_was_closed_is_forgotten (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  g_autoptr (Pipe) p = pipe_new (poller);
  int fd = p->far;

  close (p->far);
  g_autoptr (Pipe) other = pipe_new (poller); /* gets the same number */
  g_assert_cmpint (other->far, ==, fd);
  weir_poller_forget (poller, g_steal_pointer (&p->watch));
  p->far = -1;
  write_byte (other);
  weir_poller_dispatch (poller);
  g_assert_cmpuint (other->n_calls, ==, 1);
}

static void
test_what_cannot_be_watched_is_refused (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);

  g_assert_null (weir_poller_add (poller, 9999, EPOLLIN, on_ready, NULL));
}

static void
test_a_timer_is_told_once_when_its_time_has_come (void)
{
  g_autoptr (WeirPoller) poller = weir_poller_new (NULL);
  gint64 now = g_get_monotonic_time () * 1000;

  g_assert_true (weir_poller_open_timer (poller, NULL));
  g_assert_false (is_readable (poller));
  weir_poller_set_timer (poller, now + HOUR);
  g_assert_false (is_readable (poller));
  weir_poller_set_timer (poller, now);
  g_assert_true (is_readable (poller));
  weir_poller_dispatch (poller);
  g_assert_false (is_readable (poller));
  weir_poller_set_timer (poller, now);
  weir_poller_set_timer (poller, now + HOUR);
  g_assert_false (is_readable (poller));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name) g_test_add_func ("/poller/" #name, test_##name)
  TEST (what_is_ready_is_called_until_it_is_not);
  TEST (a_hang_up_is_told_without_being_asked_for);
  TEST (a_watch_may_be_removed_from_inside);
  TEST (one_dispatch_is_bounded_and_leaves_nobody_out);
  TEST (a_descriptor_that_was_closed_is_forgotten);
  TEST (what_cannot_be_watched_is_refused);
  TEST (a_timer_is_told_once_when_its_time_has_come);
  return g_test_run ();
}
