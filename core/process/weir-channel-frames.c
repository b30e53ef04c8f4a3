/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "process/weir-frame-private.h"
#include "process/weir-frame-reader-private.h"
#include "process/weir-request-writer-private.h"

/* Shorter payloads are copied behind their head: that costs less than a piece of their own. */
#define COPIED 1024

/* A pipe of frames each way: see WeirFrameHead for their format, WeirFrameReader for what is made
 * of replies, and WeirRequestWriter for how long payloads are written from where they are. */
typedef struct
{
  WeirChannel parent;
  WeirRequestWriter writer;
  WeirFrameReader reader;
} WeirChannelFrames;

static WeirChannel *
weir_channel_frames_open (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS],
                          GError **error)
{
  WeirChannelFrames *self = g_new0 (WeirChannelFrames, 1);

  if (!weir_channel_open_pipes (&self->parent, options, child_fds, error))
    {
      g_free (self);
      return NULL;
    }

  weir_request_writer_init (&self->writer);
  weir_frame_reader_init (&self->reader, &self->parent, options);
  return &self->parent;
}

static void
weir_channel_frames_free (WeirChannel *channel)
{
  WeirChannelFrames *self = (WeirChannelFrames *)channel;

  weir_request_writer_clear (&self->writer);
  weir_frame_reader_clear (&self->reader);
  g_free (self);
}

static void
weir_channel_frames_send (WeirChannel *channel, const WeirRequest *request)
{
  WeirChannelFrames *self = (WeirChannelFrames *)channel;
  gsize copied = request->length < COPIED ? request->length : 0;
  char *room = weir_request_writer_reserve (&self->writer, WEIR_FRAME_HEAD + copied);

  weir_frame_put_head (room, request->id, weir_frame_deadline (request->remaining),
                       request->length);
  memcpy (room + WEIR_FRAME_HEAD, request->text, copied);
  if (copied < request->length)
    weir_request_writer_add (&self->writer, request->text, request->length);
}

static WeirChannelStatus
weir_channel_frames_flush (WeirChannel *channel)
{
  WeirChannelFrames *self = (WeirChannelFrames *)channel;

  return weir_request_writer_flush (&self->writer, channel->output_fd);
}

static void
weir_channel_frames_keep (WeirChannel *channel)
{
  weir_request_writer_keep (&((WeirChannelFrames *)channel)->writer);
}

static WeirChannelStatus
weir_channel_frames_receive (WeirChannel *channel, WeirReply *reply)
{
  WeirChannelFrames *self = (WeirChannelFrames *)channel;

  for (;;)
    {
      WeirChannelStatus status = weir_frame_reader_next (&self->reader, reply);

      if (status != WEIR_CHANNEL_BLOCKED || channel->input_fd < 0)
        return status;

      status = weir_reply_reader_read (&self->reader.bytes, channel->input_fd);
      if (status == WEIR_CHANNEL_CLOSED)
        return weir_frame_reader_end (&self->reader);
      if (status != WEIR_CHANNEL_DONE)
        return status;
    }
}

static void
weir_channel_frames_close_output (WeirChannel *channel)
{
  WeirChannelFrames *self = (WeirChannelFrames *)channel;

  weir_request_writer_close (&self->writer, &channel->output_fd);
}

static gboolean
weir_channel_frames_spin (WeirChannel *channel)
{
  return weir_reply_reader_spin (&((WeirChannelFrames *)channel)->reader.bytes, channel->input_fd);
}

static gsize
weir_channel_frames_count_unwritten (const WeirChannel *channel)
{
  return weir_request_writer_get_length (&((const WeirChannelFrames *)channel)->writer);
}

const WeirChannelClass weir_channel_frames_class = {
  .open = weir_channel_frames_open,
  .free = weir_channel_frames_free,
  .send = weir_channel_frames_send,
  .flush = weir_channel_frames_flush,
  .keep = weir_channel_frames_keep,
  .receive = weir_channel_frames_receive,
  .spin = weir_channel_frames_spin,
  .close_output = weir_channel_frames_close_output,
  .count_unwritten = weir_channel_frames_count_unwritten,
  .framing = WEIR_FRAME_HEAD,
};
