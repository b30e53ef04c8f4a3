/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-shm-link-private.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <gio/gio.h>
#include <weir/weir-clock.h>

#define DEFAULT_SIZE ((gsize)1 << 20)
#define MIN_SIZE     ((gsize)4096)
#define MAX_SIZE     ((gsize)64 << 20)

#define WAKE_TIME ((gint64)30000) /* nanoseconds that a sleeper takes to be there */
#define LOOKS     16              /* between two looks at the clock */

/* The memory holds weir's requests, then its replies. Its size is sealed, so no side can take pages
 * away from under the other. Only the descriptors keep it: nothing is left when both are gone. */

static WeirShmLink *
fail (WeirShmLink *link, const char *what, GError **error)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "shared memory: %s: %s", what,
               g_strerror (code));
  weir_shm_link_free (link);
  return NULL;
}

static gboolean
map (WeirShmLink *link, int fd, gsize size)
{
  link->memory_size = 2 * WEIR_SHM_RING_MEMORY (size);
  link->memory = mmap (NULL, link->memory_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return link->memory != MAP_FAILED;
}

static WeirShmLink *
make (void)
{
  WeirShmLink *link = g_new0 (WeirShmLink, 1);

  link->memory = MAP_FAILED;
  link->wait_fd = link->wake_fd = -1;
  weir_spin_init (&link->spin);
  return link;
}

static int
open_memory (gsize size)
{
  int fd = memfd_create ("weir-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    return -1;
  if (ftruncate (fd, (off_t)(2 * WEIR_SHM_RING_MEMORY (size))) == 0
      && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
close_fds (const int fds[WEIR_SHM_LINK_FDS])
{
  for (guint i = 0; i < WEIR_SHM_LINK_FDS; i++)
    if (fds[i] >= 0)
      close (fds[i]);
}

static gsize
round_size (gsize wanted)
{
  gsize size = MIN_SIZE;

  if (wanted == 0)
    return DEFAULT_SIZE;
  while (size < wanted && size < MAX_SIZE)
    size *= 2;
  return size;
}

/* What the worker waits on blocks: it has nothing else to wait for, and weir only ever adds to it.
 */
static gboolean
open_fds (WeirShmLink *link, gsize size, int fds[WEIR_SHM_LINK_FDS])
{
  link->wake_fd = eventfd (0, EFD_CLOEXEC);
  link->wait_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  fds[0] = open_memory (size);
  fds[1] = link->wake_fd < 0 ? -1 : fcntl (link->wake_fd, F_DUPFD_CLOEXEC, 0);
  fds[2] = link->wait_fd < 0 ? -1 : fcntl (link->wait_fd, F_DUPFD_CLOEXEC, 0);
  return fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0;
}

WeirShmLink *
weir_shm_link_new (gsize size, int fds[WEIR_SHM_LINK_FDS], GError **error)
{
  WeirShmLink *link = make ();

  size = round_size (size);
  if (!open_fds (link, size, fds) || !map (link, fds[0], size))
    {
      int code = errno;

      close_fds (fds);
      errno = code;
      return fail (link, "cannot be opened", error);
    }
  weir_shm_ring_init (&link->out, link->memory, size);
  weir_shm_ring_init (&link->in, (char *)link->memory + WEIR_SHM_RING_MEMORY (size), size);
  return link;
}

static gsize
find_size (int fd)
{
  struct stat status;
  gsize size;

  if (fstat (fd, &status) != 0 || status.st_size <= (off_t)(2 * WEIR_SHM_RING_MEMORY (0)))
    return 0;
  size = (gsize)status.st_size / 2 - WEIR_SHM_RING_MEMORY (0);
  return size >= MIN_SIZE && (size & (size - 1)) == 0 ? size : 0;
}

WeirShmLink *
weir_shm_link_new_for_fds (const int fds[WEIR_SHM_LINK_FDS], GError **error)
{
  WeirShmLink *link = make ();
  gsize size = find_size (fds[0]);
  gboolean mapped = size > 0 && map (link, fds[0], size);

  close (fds[0]);
  link->wait_fd = fds[1];
  link->wake_fd = fds[2];
  if (!mapped)
    {
      errno = size > 0 ? errno : EINVAL;
      return fail (link, "is not one of weir's", error);
    }
  weir_shm_ring_init (&link->in, link->memory, size);
  weir_shm_ring_init (&link->out, (char *)link->memory + WEIR_SHM_RING_MEMORY (size), size);
  return link;
}

void
weir_shm_link_free (WeirShmLink *link)
{
  if (link->memory != MAP_FAILED)
    munmap (link->memory, link->memory_size);
  if (link->wait_fd >= 0)
    close (link->wait_fd);
  if (link->wake_fd >= 0)
    close (link->wake_fd);
  g_free (link);
}

static void
wake (WeirShmLink *link)
{
  struct pollfd room = { .fd = link->wake_fd, .events = POLLOUT };
  const guint64 one = 1;

  /* Whose count is at its end would block, and has a wake already. */
  if (poll (&room, 1, 0) != 1)
    return;
  gssize written = write (link->wake_fd, &one, sizeof one);

  (void)written;
}

gsize
weir_shm_link_take (WeirShmLink *link, char *bytes, gsize length)
{
  gsize taken = weir_shm_ring_take (&link->in, bytes, length);

  if (taken > 0 && weir_shm_ring_release (&link->in))
    wake (link);
  return taken;
}

void
weir_shm_link_publish (WeirShmLink *link)
{
  link->woke = weir_shm_ring_publish (&link->out);
  if (link->woke)
    wake (link);
}

void
weir_shm_link_close_output (WeirShmLink *link)
{
  weir_shm_ring_close (&link->out);
  wake (link);
}

void
weir_shm_link_wait (WeirShmLink *link)
{
  guint64 count;
  gssize got = read (link->wait_fd, &count, sizeof count);

  (void)got; /* the caller looks again, whatever it was */
}

/* Not by O_NONBLOCK alone: the other side could take that flag away. */
void
weir_shm_link_drain (WeirShmLink *link)
{
  guint64 count;
  struct iovec piece = { &count, sizeof count };
  gssize got = preadv2 (link->wait_fd, &piece, 1, -1, RWF_NOWAIT);

  (void)got;
}

/* Where both share a CPU, a look keeps the other off it. */
gboolean
weir_shm_link_may_spin (WeirShmLink *link)
{
  return !weir_shm_ring_shares_cpu (&link->in) && weir_spin_may (&link->spin);
}

static gboolean
look (WeirShmLink *link)
{
  for (guint i = 0; i < LOOKS; i++)
    {
      if (weir_shm_ring_has_bytes (&link->in) || link->in.broken)
        return TRUE;
      weir_spin_relax ();
    }
  return weir_shm_ring_is_ended (&link->in);
}

gboolean
weir_shm_link_spin (WeirShmLink *link)
{
  WeirClock *clock = weir_clock_get_system ();
  gint64 limit = link->spin.limit + (link->woke ? WAKE_TIME : 0);
  gint64 end = weir_clock_get_time (clock) + limit;
  gboolean found = look (link);

  while (!found && weir_clock_get_time (clock) < end)
    found = look (link);

  weir_spin_tell (&link->spin, found);
  return found;
}
