/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-channel-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <gio/gio.h>

static const WeirChannelClass *
find_class (WeirFraming framing)
{
  switch (framing)
    {
    case WEIR_FRAMING_FRAMES:
      return &weir_channel_frames_class;
    case WEIR_FRAMING_SHARED_MEMORY:
      return &weir_channel_ring_class;
    case WEIR_FRAMING_LINES:
    default:
      return &weir_channel_lines_class;
    }
}

WeirChannel *
weir_channel_new (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS], GError **error)
{
  const WeirChannelClass *klass = find_class (options->framing);

  g_assert (options->buffers != NULL && options->max_reply > 0);
  for (guint i = 0; i < WEIR_CHILD_FDS; i++)
    child_fds[i] = -1;

  WeirChannel *channel = klass->open (options, child_fds, error);
  if (channel == NULL)
    return NULL;

  channel->klass = klass;
  channel->options = *options;
  weir_buffer_pool_ref (options->buffers);
  return channel;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
weir_channel_free (WeirChannel *channel)
{
  WeirBufferPool *buffers = channel->options.buffers;

  if (channel->output_fd == channel->input_fd)
    channel->output_fd = -1;
  close_fd (&channel->output_fd);
  close_fd (&channel->input_fd);
  g_clear_pointer (&channel->message, weir_buffer_unref);
  g_clear_pointer (&channel->environment, g_free);
  g_clear_pointer (&channel->fault, g_free);
  channel->klass->free (channel);
  weir_buffer_pool_unref (buffers);
}

const char *
weir_channel_get_environment (const WeirChannel *channel)
{
  return channel->environment;
}

int
weir_channel_get_input_fd (const WeirChannel *channel)
{
  return channel->input_fd;
}

int
weir_channel_get_output_fd (const WeirChannel *channel)
{
  return channel->output_fd;
}

void
weir_channel_send (WeirChannel *channel, const WeirRequest *request)
{
  channel->klass->send (channel, request);
}

WeirChannelStatus
weir_channel_flush (WeirChannel *channel)
{
  return channel->klass->flush (channel);
}

void
weir_channel_keep (WeirChannel *channel)
{
  g_assert (channel->klass->keep != NULL);
  channel->klass->keep (channel);
}

WeirChannelStatus
weir_channel_receive (WeirChannel *channel, WeirReply *reply)
{
  if (channel->fault != NULL)
    return WEIR_CHANNEL_BROKEN;
  return channel->klass->receive (channel, reply);
}

gboolean
weir_channel_spin (WeirChannel *channel)
{
  return channel->klass->spin != NULL && channel->klass->spin (channel);
}

gboolean
weir_channel_has_part (const WeirChannel *channel)
{
  return channel->klass->has_part != NULL && channel->klass->has_part (channel);
}

void
weir_channel_close_output (WeirChannel *channel)
{
  channel->klass->close_output (channel);
}

gboolean
weir_channel_has_ids (const WeirChannel *channel)
{
  return channel->options.framing != WEIR_FRAMING_LINES;
}

const char *
weir_channel_get_fault (const WeirChannel *channel)
{
  return channel->fault;
}

/* Only the channel's end does not block: the child is a program like any other. */
static gboolean
open_pipe (int ends[2], int own, gsize size)
{
  if (pipe2 (ends, O_CLOEXEC) != 0)
    return FALSE;

  fcntl (ends[own], F_SETFL, fcntl (ends[own], F_GETFL) | O_NONBLOCK);
  if (size > 0)
    fcntl (ends[own], F_SETPIPE_SZ, (int)MIN (size, G_MAXINT));
  return TRUE;
}

gboolean
weir_channel_open_pipes (WeirChannel *channel, const WeirChannelOptions *options,
                         int child_fds[WEIR_CHILD_FDS], GError **error)
{
  int requests[2] = { -1, -1 }, replies[2] = { -1, -1 };

  if (!open_pipe (requests, 1, options->pipe_size) || !open_pipe (replies, 0, options->pipe_size))
    {
      int code = errno;

      close_fd (&requests[0]);
      close_fd (&requests[1]);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "pipe: %s", g_strerror (code));
      return FALSE;
    }

  channel->output_fd = requests[1];
  channel->input_fd = replies[0];
  channel->reply_room = (gsize)MAX (0, fcntl (replies[0], F_GETPIPE_SZ));
  child_fds[0] = requests[0];
  child_fds[1] = replies[1];
  return TRUE;
}

WeirChannelStatus
weir_channel_break (WeirChannel *channel, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_free (channel->fault);
  channel->fault = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return WEIR_CHANNEL_BROKEN;
}

/* The text of an ERROR is to be kept as that of any other reply: it lies in a buffer too, and one
 * that somebody holds is not written to again. */
void
weir_channel_refuse_reply (WeirChannel *channel, WeirReply *reply, guint64 id, guint64 length)
{
  if (channel->message != NULL && g_atomic_int_get (&channel->message->refs) > 1)
    g_clear_pointer (&channel->message, weir_buffer_unref);
  if (channel->message == NULL)
    channel->message = weir_buffer_new (channel->options.buffers, 1);

  char *text = channel->message->data;
  int written = g_snprintf (text, 200,
                            "a reply of %" G_GUINT64_FORMAT
                            " bytes is over the limit of %" G_GSIZE_FORMAT " bytes",
                            length, channel->options.max_reply);

  *reply = (WeirReply){ WEIR_REPLY_ERROR, id, text, written, channel->message };
}

gsize
weir_channel_count_unread (const WeirChannel *channel)
{
  int in_pipe = 0;

  if (channel->klass->count_unwritten == NULL || channel->output_fd < 0
      || ioctl (channel->output_fd, FIONREAD, &in_pipe) != 0)
    return 0;
  return (gsize)in_pipe + channel->klass->count_unwritten (channel);
}

gsize
weir_channel_get_reply_room (const WeirChannel *channel)
{
  return channel->reply_room;
}

gsize
weir_channel_get_request_size (const WeirChannel *channel, gsize length)
{
  return length + channel->klass->framing;
}
