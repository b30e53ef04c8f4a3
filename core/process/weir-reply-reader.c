/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-reply-reader-private.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <weir/weir-clock.h>

#define QUIET_SIZE ((gsize)64 * 1024)
#define BUSY_SIZE  ((gsize)256 * 1024)
#define LEAST_ROOM ((gsize)16 * 1024)

void
weir_reply_reader_init (WeirReplyReader *reader, WeirBufferPool *pool)
{
  *reader = (WeirReplyReader){ .pool = pool };
  weir_spin_init (&reader->spin);
}

void
weir_reply_reader_clear (WeirReplyReader *reader)
{
  g_clear_pointer (&reader->buffer, weir_buffer_unref);
}

static gboolean
is_shared (const WeirReplyReader *reader)
{
  return g_atomic_int_get (&reader->buffer->refs) > 1;
}

/* What is at hand goes to the front of a buffer that has room behind it. */
static void
move (WeirReplyReader *reader)
{
  WeirBuffer *old = reader->buffer;
  gsize kept = weir_reply_reader_get_length (reader);

  if (is_shared (reader) || kept + 1 + LEAST_ROOM > old->size)
    reader->buffer = weir_buffer_new (
        reader->pool, MAX (2 * kept + LEAST_ROOM, reader->busy ? BUSY_SIZE : QUIET_SIZE));

  memmove (reader->buffer->data, old->data + reader->start, kept);
  reader->start = 0;
  reader->end = kept;
  if (reader->buffer != old)
    weir_buffer_unref (old);
}

static void
make_room (WeirReplyReader *reader)
{
  if (reader->buffer == NULL)
    {
      reader->buffer = weir_buffer_new (reader->pool, reader->busy ? BUSY_SIZE : QUIET_SIZE);
      reader->start = 0;
      reader->end = 0;
    }
  else if (reader->end + 1 + LEAST_ROOM > reader->buffer->size)
    move (reader);
  else if (reader->start == reader->end && reader->start > 0 && !is_shared (reader))
    move (reader);
}

/* Little is on its way: a large buffer can be of use to others. */
static void
rest (WeirReplyReader *reader)
{
  if (reader->start == reader->end && reader->buffer->size > QUIET_SIZE)
    weir_reply_reader_clear (reader);
}

char *
weir_reply_reader_get_space (WeirReplyReader *reader, gsize *room)
{
  make_room (reader);
  *room = reader->buffer->size - reader->end - 1;
  return reader->buffer->data + reader->end;
}

void
weir_reply_reader_add (WeirReplyReader *reader, gsize length)
{
  gsize room = reader->buffer->size - reader->end - 1;

  g_assert (length <= room);
  reader->end += length;
  if (length > 0)
    reader->busy = length >= QUIET_SIZE / 2;
  else if (!reader->busy)
    rest (reader);
}

WeirChannelStatus
weir_reply_reader_read (WeirReplyReader *reader, int fd)
{
  gsize room;
  char *space;
  gssize n;

  if (reader->drained)
    {
      reader->drained = FALSE;
      weir_reply_reader_add (reader, 0);
      return WEIR_CHANNEL_BLOCKED;
    }
  space = weir_reply_reader_get_space (reader, &room);
  do
    n = read (fd, space, room);
  while (n < 0 && errno == EINTR);

  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    {
      weir_reply_reader_add (reader, 0);
      return WEIR_CHANNEL_BLOCKED;
    }
  if (n <= 0)
    return WEIR_CHANNEL_CLOSED;

  reader->drained = (gsize)n < room;
  weir_reply_reader_add (reader, n);
  return WEIR_CHANNEL_DONE;
}

gboolean
weir_reply_reader_spin (WeirReplyReader *reader, int fd)
{
  WeirChannelStatus status = WEIR_CHANNEL_BLOCKED;
  WeirClock *clock = weir_clock_get_system ();
  gint64 end;

  if (fd < 0 || !weir_spin_may (&reader->spin))
    return FALSE;
  end = weir_clock_get_time (clock) + reader->spin.limit;
  reader->drained = FALSE;
  status = weir_reply_reader_read (reader, fd);
  while (status == WEIR_CHANNEL_BLOCKED && weir_clock_get_time (clock) < end)
    {
      sched_yield (); /* the worker is often on the same CPU, as whoever it is woken by */
      status = weir_reply_reader_read (reader, fd);
    }
  weir_spin_tell (&reader->spin, status == WEIR_CHANNEL_DONE);
  return status != WEIR_CHANNEL_BLOCKED;
}
