/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "process/weir-frame-private.h"
#include "process/weir-frame-reader-private.h"
#include "process/weir-shm-link-private.h"

#define FIRST_FD 3

G_STATIC_ASSERT (FIRST_FD + WEIR_SHM_LINK_FDS == WEIR_CHILD_FDS);

/* Frames in two rings of shared memory. A ring is a stream of bytes, as a pipe is: a frame wraps
 * around its end, and one that is larger than the ring goes through it in parts.
 *
 * There is one descriptor to watch, that of input: it becomes readable when replies came, and when
 * a flush that was BLOCKED can go on, which receive() does by itself. Before BLOCKED is returned
 * the flag in the ring says that this side sleeps, and the ring is looked at once more; so it is
 * from the start, and after each look of spin() in vain.
 *
 * `armed`: the flag is set, as far as this side knows; `signalled`: it was taken back by the
 * worker, so its eventfd counts a wake, or soon will. */
typedef struct
{
  WeirChannel parent;

  WeirShmLink *link;
  WeirFrameReader reader;
  GArray *requests; /* WeirRequest: sent and not in the ring */
  guint n_put;      /* of them */
  gsize offset;     /* of the next one: bytes that are in the ring */
  guint n_kept;     /* of them: their text lies in `kept` if it is not in the ring */
  char *kept;       /* or NULL */
  guint64 n_unanswered;
  gboolean armed;
  gboolean signalled;
} WeirChannelRing;

static void
weir_channel_ring_free (WeirChannel *channel)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  self->link->wait_fd = -1; /* input_fd: it is closed already */
  weir_shm_link_free (self->link);
  weir_frame_reader_clear (&self->reader);
  g_array_unref (self->requests);
  g_free (self->kept);
  g_free (self);
}

static WeirChannel *
weir_channel_ring_open (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS],
                        GError **error)
{
  WeirShmLink *link = weir_shm_link_new (options->pipe_size, child_fds + FIRST_FD, error);
  WeirChannelRing *self;

  if (link == NULL)
    return NULL;
  self = g_new0 (WeirChannelRing, 1);
  self->parent.input_fd = link->wait_fd;
  self->parent.output_fd = -1;
  self->parent.environment = g_strdup_printf ("%s=%d,%d,%d", WEIR_SHM_LINK_ENVIRONMENT, FIRST_FD,
                                              FIRST_FD + 1, FIRST_FD + 2);
  self->link = link;
  weir_frame_reader_init (&self->reader, &self->parent, options);
  self->requests = g_array_new (FALSE, FALSE, sizeof (WeirRequest));
  self->armed = weir_shm_ring_await_bytes (&link->in);
  return &self->parent;
}

static void
weir_channel_ring_send (WeirChannel *channel, const WeirRequest *request)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  g_array_append_val (self->requests, *request);
  self->n_unanswered++;
}

/* Puts what there is room for; TRUE: all of it is in the ring. */
static gboolean
put_rest (WeirChannelRing *self, const WeirRequest *request)
{
  WeirShmRing *ring = &self->link->out;
  char head[WEIR_FRAME_HEAD];

  if (self->offset < sizeof head)
    {
      weir_frame_put_head (head, request->id, weir_frame_deadline (request->remaining),
                           request->length);
      self->offset += weir_shm_ring_put (ring, head + self->offset, sizeof head - self->offset);
    }
  if (self->offset >= sizeof head)
    self->offset += weir_shm_ring_put (ring, request->text + self->offset - sizeof head,
                                       request->length + sizeof head - self->offset);
  return self->offset == request->length + sizeof head;
}

static void
forget_requests (WeirChannelRing *self)
{
  g_array_set_size (self->requests, 0);
  self->n_put = self->n_kept = 0;
  self->offset = 0;
  g_clear_pointer (&self->kept, g_free);
}

static WeirChannelStatus
weir_channel_ring_flush (WeirChannel *channel)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  while (self->n_put < self->requests->len)
    if (put_rest (self, &g_array_index (self->requests, WeirRequest, self->n_put)))
      {
        self->n_put++;
        self->offset = 0;
      }
    else
      {
        weir_shm_link_publish (self->link);
        if (weir_shm_ring_await_room (&self->link->out))
          return WEIR_CHANNEL_BLOCKED;
        if (self->link->out.broken)
          return WEIR_CHANNEL_CLOSED;
      }
  weir_shm_link_publish (self->link);
  forget_requests (self);
  return WEIR_CHANNEL_DONE;
}

static void
weir_channel_ring_keep (WeirChannel *channel)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;
  g_autofree char *before = NULL;
  gsize size = 0;

  if (self->n_kept == self->requests->len)
    return;
  for (guint i = self->n_put; i < self->requests->len; i++)
    size += g_array_index (self->requests, WeirRequest, i).length;
  before = g_steal_pointer (&self->kept);
  self->kept = g_malloc (size + 1);
  self->n_kept = self->requests->len;
  size = 0;
  for (guint i = self->n_put; i < self->requests->len; i++)
    {
      WeirRequest *request = &g_array_index (self->requests, WeirRequest, i);

      memcpy (self->kept + size, request->text, request->length);
      request->text = self->kept + size;
      size += request->length;
    }
}

static void
disarm (WeirChannelRing *self)
{
  if (!self->armed)
    return;
  self->armed = FALSE;
  if (weir_shm_ring_stop_awaiting (&self->link->in))
    self->signalled = TRUE;
}

static gsize
fill (WeirChannelRing *self)
{
  gsize room;
  char *space = weir_reply_reader_get_space (&self->reader.bytes, &room);
  gsize taken = weir_shm_link_take (self->link, space, room);

  weir_reply_reader_add (&self->reader.bytes, taken);
  if (taken > 0)
    disarm (self);
  return taken;
}

/* FALSE: something came. Whoever was armed all along may have been woken for room, or for nothing.
 */
static gboolean
arm (WeirChannelRing *self)
{
  if (self->armed || self->signalled)
    weir_shm_link_drain (self->link);
  self->signalled = FALSE;
  self->armed = weir_shm_ring_await_bytes (&self->link->in);
  return self->armed;
}

static void
settle (WeirChannelRing *self, const WeirReply *reply)
{
  if (reply->kind != WEIR_REPLY_MORE && reply->kind != WEIR_REPLY_READY && self->n_unanswered > 0)
    self->n_unanswered--;
}

static WeirChannelStatus
weir_channel_ring_receive (WeirChannel *channel, WeirReply *reply)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  for (;;)
    {
      WeirChannelStatus status = weir_frame_reader_next (&self->reader, reply);

      if (status == WEIR_CHANNEL_DONE)
        settle (self, reply);
      if (status != WEIR_CHANNEL_BLOCKED)
        return status;
      if (self->link->in.broken || self->link->out.broken)
        return weir_channel_break (channel, "a wrong index in the ring");
      if (fill (self) > 0)
        continue;
      if (weir_shm_ring_is_ended (&self->link->in))
        return weir_frame_reader_end (&self->reader);
      if (self->requests->len > 0)
        weir_channel_ring_flush (channel);
      if (arm (self))
        return WEIR_CHANNEL_BLOCKED;
    }
}

static gboolean
weir_channel_ring_spin (WeirChannel *channel)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  if (self->n_unanswered == 0 || !weir_shm_link_may_spin (self->link))
    return FALSE;
  disarm (self);
  return weir_shm_link_spin (self->link) || !arm (self);
}

static void
weir_channel_ring_close_output (WeirChannel *channel)
{
  WeirChannelRing *self = (WeirChannelRing *)channel;

  weir_shm_link_close_output (self->link);
  forget_requests (self); /* their text need not stay any longer */
}

const WeirChannelClass weir_channel_ring_class = {
  .open = weir_channel_ring_open,
  .free = weir_channel_ring_free,
  .send = weir_channel_ring_send,
  .flush = weir_channel_ring_flush,
  .keep = weir_channel_ring_keep,
  .receive = weir_channel_ring_receive,
  .spin = weir_channel_ring_spin,
  .close_output = weir_channel_ring_close_output,
};
