/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-worker-wire-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <weir/weir-clock.h>

#define MOST_GATHERED ((gsize)64 * 1024)
/* Nanoseconds that a reply may lie here while the worker goes on. A wake of weir costs as much as
 * tens of records, so quick replies share one. */
#define PATIENCE ((gint64)50000)

struct _WeirWorkerWire
{
  WeirShmLink *link; /* or NULL: pipes */
  int input_fd;
  int output_fd;
  GByteArray *gathered; /* for the pipe */
  gint64 last_flush;
  int error; /* errno; 0: none */
};

static WeirWorkerWire *
make (void)
{
  WeirWorkerWire *wire = g_new0 (WeirWorkerWire, 1);

  wire->input_fd = wire->output_fd = -1;
  return wire;
}

WeirWorkerWire *
weir_worker_wire_new_for_link (WeirShmLink *link)
{
  WeirWorkerWire *wire = make ();

  wire->link = link;
  return wire;
}

WeirWorkerWire *
weir_worker_wire_new_for_pipes (int input_fd, int output_fd)
{
  WeirWorkerWire *wire = make ();

  wire->input_fd = input_fd;
  wire->output_fd = output_fd;
  wire->gathered = g_byte_array_sized_new (MOST_GATHERED);
  return wire;
}

static WeirWorkerWire *
open_rings (const char *text, GError **error)
{
  WeirShmLink *link;
  int fds[WEIR_SHM_LINK_FDS];

  if (sscanf (text, "%d,%d,%d", &fds[0], &fds[1], &fds[2]) != WEIR_SHM_LINK_FDS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   WEIR_SHM_LINK_ENVIRONMENT "=%s does not name three descriptors", text);
      return NULL;
    }
  for (guint i = 0; i < WEIR_SHM_LINK_FDS; i++)
    fcntl (fds[i], F_SETFD, FD_CLOEXEC);
  link = weir_shm_link_new_for_fds (fds, error);
  return link == NULL ? NULL : weir_worker_wire_new_for_link (link);
}

WeirWorkerWire *
weir_worker_wire_new_from_environment (GError **error)
{
  const char *text = g_getenv (WEIR_SHM_LINK_ENVIRONMENT);
  int input_fd, output_fd;

  if (text != NULL)
    return open_rings (text, error);

  input_fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  output_fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (input_fd >= 0 && output_fd >= 0 && dup2 (STDERR_FILENO, STDOUT_FILENO) >= 0)
    return weir_worker_wire_new_for_pipes (input_fd, output_fd);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "standard input and output: %s",
               g_strerror (errno));
  return NULL;
}

static void
write_gathered (WeirWorkerWire *wire)
{
  gsize done = 0;

  while (wire->error == 0 && done < wire->gathered->len)
    {
      gssize n = write (wire->output_fd, wire->gathered->data + done, wire->gathered->len - done);

      if (n >= 0)
        done += n;
      else if (errno != EINTR)
        wire->error = errno;
    }
  g_byte_array_set_size (wire->gathered, 0);
}

void
weir_worker_wire_flush (WeirWorkerWire *wire)
{
  if (wire->link != NULL)
    weir_shm_link_publish (wire->link);
  else if (wire->gathered->len > 0)
    write_gathered (wire);
}

void
weir_worker_wire_free (WeirWorkerWire *wire)
{
  weir_worker_wire_flush (wire);
  if (wire->link != NULL)
    weir_shm_link_close_output (wire->link);
  g_clear_pointer (&wire->link, weir_shm_link_free);
  g_clear_pointer (&wire->gathered, g_byte_array_unref);
  if (wire->input_fd >= 0)
    close (wire->input_fd);
  if (wire->output_fd >= 0)
    close (wire->output_fd);
  g_free (wire);
}

/* What is about to come is answered before weir is woken, unless that takes too long. */
static void
start_patience (WeirWorkerWire *wire)
{
  wire->last_flush = weir_clock_get_time (weir_clock_get_system ());
}

/* Waits until something can be taken, or the end. */
static gboolean
wait_for_bytes (WeirShmLink *link)
{
  if (weir_shm_link_may_spin (link) && weir_shm_link_spin (link))
    return TRUE;
  while (weir_shm_ring_await_bytes (&link->in))
    weir_shm_link_wait (link);
  return !link->in.broken;
}

static gssize
read_ring (WeirWorkerWire *wire, char *bytes, gsize room)
{
  WeirShmLink *link = wire->link;
  gsize taken = weir_shm_link_take (link, bytes, room);

  if (taken > 0)
    return taken;
  weir_worker_wire_flush (wire);
  while (taken == 0 && !weir_shm_ring_is_ended (&link->in) && wait_for_bytes (link))
    taken = weir_shm_link_take (link, bytes, room);
  start_patience (wire);
  if (link->in.broken)
    wire->error = EPROTO;
  return taken;
}

static gssize
read_pipe (WeirWorkerWire *wire, char *bytes, gsize room)
{
  gssize n;

  weir_worker_wire_flush (wire);
  do
    n = read (wire->input_fd, bytes, room);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    wire->error = errno;
  start_patience (wire);
  return n;
}

gssize
weir_worker_wire_read (WeirWorkerWire *wire, char *bytes, gsize room, GError **error)
{
  gssize n = wire->link != NULL ? read_ring (wire, bytes, room) : read_pipe (wire, bytes, room);

  if (wire->error == 0)
    return n;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (wire->error), "weir: %s",
               g_strerror (wire->error));
  return -1;
}

static void
write_ring (WeirWorkerWire *wire, const char *bytes, gsize length)
{
  WeirShmLink *link = wire->link;

  while (wire->error == 0 && length > 0)
    {
      gsize n = weir_shm_ring_put (&link->out, bytes, length);

      bytes += n;
      length -= n;
      if (length == 0)
        break;
      weir_shm_link_publish (link);
      if (weir_shm_ring_await_room (&link->out))
        weir_shm_link_wait (link);
      if (link->out.broken)
        wire->error = EPROTO;
    }
}

void
weir_worker_wire_write (WeirWorkerWire *wire, const char *bytes, gsize length)
{
  if (wire->link != NULL)
    write_ring (wire, bytes, length);
  else if (wire->error == 0)
    g_byte_array_append (wire->gathered, (const guint8 *)bytes, length);
}

void
weir_worker_wire_mark (WeirWorkerWire *wire, gint64 now)
{
  if (wire->link != NULL)
    weir_shm_ring_show (&wire->link->out);
  if (now - wire->last_flush < PATIENCE
      && (wire->gathered == NULL || wire->gathered->len < MOST_GATHERED))
    return;
  wire->last_flush = now;
  weir_worker_wire_flush (wire);
}
