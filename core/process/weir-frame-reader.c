/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-frame-reader-private.h"

#include <string.h>

#include "process/weir-frame-private.h"

/* A worker that has more is out of its mind. */
#define MOST_REFUSED 1024

typedef struct
{
  guint64 id;
  guint64 length;
} Refused;

void
weir_frame_reader_init (WeirFrameReader *reader, WeirChannel *channel,
                        const WeirChannelOptions *options)
{
  *reader = (WeirFrameReader){ .channel = channel, .first_byte = -1 };
  reader->is_ready = !options->waits_ready;
  reader->refused = g_array_new (FALSE, FALSE, sizeof (Refused));
  weir_reply_reader_init (&reader->bytes, options->buffers);
}

void
weir_frame_reader_clear (WeirFrameReader *reader)
{
  weir_reply_reader_clear (&reader->bytes);
  g_array_unref (reader->refused);
}

/* Whether a head can be believed; else the channel is broken. */
static gboolean
check_head (WeirFrameReader *reader, const WeirFrameHead *head)
{
  WeirChannel *channel = reader->channel;

  if (head->length < WEIR_FRAME_MIN || head->length > WEIR_FRAME_MAX)
    weir_channel_break (channel, "a frame of an impossible length (%u)", head->length);
  else if (head->info > WEIR_REPLY_READY)
    weir_channel_break (channel, "a reply of an unknown kind (%u)", head->info);
  else if ((head->id == 0) != (head->info == WEIR_REPLY_READY))
    weir_channel_break (channel, "a reply of kind %u with record id %" G_GUINT64_FORMAT, head->info,
                        head->id);
  else if (head->info == WEIR_REPLY_END && head->length > WEIR_FRAME_MIN)
    weir_channel_break (channel, "a reply of kind 2 with a payload");
  else if (head->info != WEIR_REPLY_READY && !reader->is_ready)
    weir_channel_break (channel, "a reply before the worker was ready");
  return channel->fault == NULL;
}

static gboolean
take_head (WeirFrameReader *reader)
{
  char bytes[WEIR_FRAME_HEAD];

  if (weir_reply_reader_get_length (&reader->bytes) < WEIR_FRAME_HEAD)
    return FALSE;

  memcpy (bytes, weir_reply_reader_peek (&reader->bytes), WEIR_FRAME_HEAD);
  if (reader->first_byte >= 0)
    bytes[0] = (char)reader->first_byte;
  reader->first_byte = -1;
  reader->bytes.start += WEIR_FRAME_HEAD;

  WeirFrameHead head = weir_frame_get_head (bytes);
  if (!check_head (reader, &head))
    return FALSE;

  reader->id = head.id;
  reader->kind = (WeirReplyKind)head.info;
  reader->length = head.length - WEIR_FRAME_MIN;
  reader->to_skip = reader->length > reader->channel->options.max_reply ? reader->length : 0;
  reader->in_frame = TRUE;
  return TRUE;
}

static gboolean
skip_payload (WeirFrameReader *reader)
{
  gsize n = MIN (reader->to_skip, weir_reply_reader_get_length (&reader->bytes));

  reader->to_skip -= n;
  if (reader->to_skip > 0)
    weir_reply_reader_drop (&reader->bytes);
  else
    reader->bytes.start += n;
  return reader->to_skip == 0;
}

/* The payload at hand is given out, and a newline takes the place behind it. */
static const char *
cut_payload (WeirFrameReader *reader)
{
  WeirReplyReader *bytes = &reader->bytes;
  const char *text = weir_reply_reader_peek (bytes);

  bytes->start += reader->length;
  if (bytes->start < bytes->end)
    reader->first_byte = (guchar)*weir_reply_reader_peek (bytes);
  *weir_reply_reader_peek (bytes) = '\n';
  if (bytes->start == bytes->end)
    bytes->start = ++bytes->end;
  return text;
}

/* FALSE: it is not here yet. */
static gboolean
take_payload (WeirFrameReader *reader, const char **text)
{
  if (reader->length > reader->channel->options.max_reply)
    {
      if (!skip_payload (reader))
        return FALSE;
      *text = "";
    }
  else
    {
      if (weir_reply_reader_get_length (&reader->bytes) < reader->length)
        return FALSE;
      *text = cut_payload (reader);
    }

  reader->in_frame = FALSE;
  return TRUE;
}

static const Refused *
find_refused (const WeirFrameReader *reader)
{
  for (guint i = 0; i < reader->refused->len; i++)
    {
      const Refused *refused = &g_array_index (reader->refused, Refused, i);

      if (refused->id == reader->id)
        return refused;
    }

  return NULL;
}

/* An output over the limit that others follow: what closes the answer becomes the ERROR. */
static void
remember_refused (WeirFrameReader *reader)
{
  Refused refused = { reader->id, reader->length };

  if (reader->refused->len < MOST_REFUSED)
    g_array_append_val (reader->refused, refused);
  else
    weir_channel_break (reader->channel, "too many replies over the limit");
}

static gboolean
refuse (WeirFrameReader *reader, WeirReply *reply, guint64 length)
{
  weir_channel_refuse_reply (reader->channel, reply, reader->id, length);
  return TRUE;
}

/* A worker may say that it is ready unasked, and more than once. */
static gboolean
become_ready (WeirFrameReader *reader, WeirReply *reply, const char *text)
{
  if (reader->is_ready)
    return FALSE;

  reader->is_ready = TRUE;
  *reply = (WeirReply){ WEIR_REPLY_READY, 0, text, 0, reader->bytes.buffer };
  return TRUE;
}

/* FALSE: the frame at hand is swallowed. */
static gboolean
answer (WeirFrameReader *reader, WeirReply *reply, const char *text)
{
  const Refused *refused = find_refused (reader);
  gboolean is_long = reader->length > reader->channel->options.max_reply;

  if (reader->kind == WEIR_REPLY_READY)
    return become_ready (reader, reply, text);

  if (reader->kind == WEIR_REPLY_MORE && (refused != NULL || is_long))
    {
      if (refused == NULL)
        remember_refused (reader);
      return FALSE;
    }

  if (refused != NULL)
    {
      guint64 length = refused->length;

      g_array_remove_index_fast (reader->refused, refused - (const Refused *)reader->refused->data);
      return refuse (reader, reply, length);
    }
  if (is_long)
    return refuse (reader, reply, reader->length);

  *reply = (WeirReply){ reader->kind, reader->id, text, reader->length, reader->bytes.buffer };
  return TRUE;
}

WeirChannelStatus
weir_frame_reader_next (WeirFrameReader *reader, WeirReply *reply)
{
  const char *text;

  while ((reader->in_frame || take_head (reader)) && take_payload (reader, &text))
    if (answer (reader, reply, text))
      return WEIR_CHANNEL_DONE;
  return reader->channel->fault != NULL ? WEIR_CHANNEL_BROKEN : WEIR_CHANNEL_BLOCKED;
}

WeirChannelStatus
weir_frame_reader_end (WeirFrameReader *reader)
{
  if (!reader->in_frame && weir_reply_reader_get_length (&reader->bytes) == 0)
    return WEIR_CHANNEL_CLOSED;
  return weir_channel_break (reader->channel, "half a frame");
}
