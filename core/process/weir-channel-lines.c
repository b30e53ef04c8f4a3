/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "process/weir-reply-reader-private.h"
#include "process/weir-request-writer-private.h"

/* Shorter records that need a newline added are copied: that costs less than two pieces. */
#define COPIED 1024

/* One line is a request, one line its reply; with any_replies each line is an output and an empty
 * one closes the answer.
 *
 * A request's newline must be its last byte, or the worker would see two. A newline inside a record
 * can only be white space between the tokens of JSON, where a space means the same; in a
 * record that is no JSON it becomes a space all the same, since one record more than was sent would
 * give each later reply to the wrong one. A NUL is passed as it is: it ends no line, and no JSON
 * has it.
 *
 * A reply over the limit is read to its newline and not kept. With any_replies the rest of that
 * answer is taken off too, so that one ERROR stands for all of it. */
typedef struct
{
  WeirChannel parent;
  WeirRequestWriter writer;
  WeirReplyReader reader;
  gsize scanned;     /* bytes at hand without a newline */
  guint64 skipped;   /* bytes of the line at hand that were not kept */
  char last;         /* the last of them */
  guint64 too_long;  /* any_replies: the answer at hand has a line of so many bytes */
  gboolean is_ready; /* or need not say so */
} WeirChannelLines;

static WeirChannel *
weir_channel_lines_open (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS],
                         GError **error)
{
  WeirChannelLines *self = g_new0 (WeirChannelLines, 1);

  if (!weir_channel_open_pipes (&self->parent, options, child_fds, error))
    {
      g_free (self);
      return NULL;
    }

  self->is_ready = !options->waits_ready;
  weir_request_writer_init (&self->writer);
  weir_reply_reader_init (&self->reader, options->buffers);
  return &self->parent;
}

static void
weir_channel_lines_free (WeirChannel *channel)
{
  WeirChannelLines *self = (WeirChannelLines *)channel;

  weir_request_writer_clear (&self->writer);
  weir_reply_reader_clear (&self->reader);
  g_free (self);
}

static void
copy_line (WeirChannelLines *self, const char *text, gsize length)
{
  char *room = weir_request_writer_reserve (&self->writer, length + 1);

  memcpy (room, text, length);
  room[length] = '\n';
  for (char *at = room; (at = memchr (at, '\n', room + length - at)) != NULL;)
    *at = ' ';
}

/* A buffer may be read behind a record's end (WEIR_BUFFER_PADDING), where the newline that it was
 * read with often is. */
static void
weir_channel_lines_send (WeirChannel *channel, const WeirRequest *request)
{
  WeirChannelLines *self = (WeirChannelLines *)channel;
  const char *text = request->text;
  gsize length = request->length;
  const char *newline = memchr (text, '\n', length + 1);

  if (newline == text + length)
    weir_request_writer_add (&self->writer, text, length + 1);
  else if (newline != NULL || length < COPIED)
    copy_line (self, text, length);
  else
    {
      weir_request_writer_add (&self->writer, text, length);
      *weir_request_writer_reserve (&self->writer, 1) = '\n';
    }
}

static WeirChannelStatus
weir_channel_lines_flush (WeirChannel *channel)
{
  WeirChannelLines *self = (WeirChannelLines *)channel;

  return weir_request_writer_flush (&self->writer, channel->output_fd);
}

static void
weir_channel_lines_close_output (WeirChannel *channel)
{
  WeirChannelLines *self = (WeirChannelLines *)channel;

  weir_request_writer_close (&self->writer, &channel->output_fd);
}

/* The next whole line at hand, without its newline. */
static gboolean
take_line (WeirChannelLines *self, const char **text, gsize *length)
{
  WeirReplyReader *reader = &self->reader;
  gsize at_hand = weir_reply_reader_get_length (reader);

  if (self->scanned == at_hand)
    return FALSE;

  *text = weir_reply_reader_peek (reader);
  const char *newline = memchr (*text + self->scanned, '\n', at_hand - self->scanned);

  if (newline == NULL)
    {
      self->scanned = at_hand;
      return FALSE;
    }

  *length = newline - *text;
  reader->start += *length + 1;
  self->scanned = 0;
  return TRUE;
}

/* The line at hand is longer than a reply may be, its CR included. */
static void
skip_line (WeirChannelLines *self)
{
  gsize at_hand = weir_reply_reader_get_length (&self->reader);

  if (at_hand == 0 || (self->skipped == 0 && at_hand - 1 <= self->parent.options.max_reply))
    return;

  self->last = weir_reply_reader_peek (&self->reader)[at_hand - 1];
  self->skipped += at_hand;
  self->scanned = 0;
  weir_reply_reader_drop (&self->reader);
}

static gboolean
give (WeirChannelLines *self, WeirReply *reply, WeirReplyKind kind, const char *text, gsize length)
{
  *reply = (WeirReply){ kind, 0, text, length, self->reader.buffer };
  return TRUE;
}

static gboolean
refuse (WeirChannelLines *self, WeirReply *reply, guint64 length)
{
  weir_channel_refuse_reply (&self->parent, reply, 0, length);
  return TRUE;
}

/* One of any number of lines; FALSE: it is swallowed. @length: of the line, which is not kept whole
 * when it is too long. */
static gboolean
answer_any (WeirChannelLines *self, WeirReply *reply, const char *text, guint64 length)
{
  guint64 too_long = self->too_long;

  if (length == 0)
    {
      self->too_long = 0;
      return too_long > 0 ? refuse (self, reply, too_long)
                          : give (self, reply, WEIR_REPLY_END, text, 0);
    }

  if (too_long == 0 && length > self->parent.options.max_reply)
    self->too_long = length;
  return self->too_long == 0 && give (self, reply, WEIR_REPLY_MORE, text, length);
}

static gboolean
answer (WeirChannelLines *self, WeirReply *reply, const char *text, gsize kept)
{
  guint64 length = self->skipped + kept;
  char last = kept > 0 ? text[kept - 1] : self->skipped > 0 ? self->last : '\0';

  if (last == '\r')
    length--;
  self->skipped = 0;

  if (!self->is_ready)
    {
      self->is_ready = TRUE;
      return give (self, reply, WEIR_REPLY_READY, text, MIN (kept, length));
    }
  if (self->parent.options.any_replies)
    return answer_any (self, reply, text, length);
  if (length > self->parent.options.max_reply)
    return refuse (self, reply, length);
  return give (self, reply, WEIR_REPLY_ONLY, text, length);
}

static WeirChannelStatus
weir_channel_lines_receive (WeirChannel *channel, WeirReply *reply)
{
  WeirChannelLines *self = (WeirChannelLines *)channel;
  const char *text;
  gsize length;

  if (channel->input_fd < 0)
    return WEIR_CHANNEL_BLOCKED;

  for (;;)
    {
      while (take_line (self, &text, &length))
        if (answer (self, reply, text, length))
          return WEIR_CHANNEL_DONE;

      skip_line (self);
      WeirChannelStatus status = weir_reply_reader_read (&self->reader, channel->input_fd);

      if (status == WEIR_CHANNEL_CLOSED
          && (self->skipped > 0 || weir_reply_reader_get_length (&self->reader) > 0))
        return weir_channel_break (channel, "half a line");
      if (status != WEIR_CHANNEL_DONE)
        return status;
    }
}

static gboolean
weir_channel_lines_has_part (const WeirChannel *channel)
{
  const WeirChannelLines *self = (const WeirChannelLines *)channel;

  return weir_reply_reader_get_length (&self->reader) > 0 || self->skipped > 0
         || self->too_long > 0;
}

static gboolean
weir_channel_lines_spin (WeirChannel *channel)
{
  return weir_reply_reader_spin (&((WeirChannelLines *)channel)->reader, channel->input_fd);
}

static gsize
weir_channel_lines_count_unwritten (const WeirChannel *channel)
{
  return weir_request_writer_get_length (&((const WeirChannelLines *)channel)->writer);
}

const WeirChannelClass weir_channel_lines_class = {
  .open = weir_channel_lines_open,
  .free = weir_channel_lines_free,
  .send = weir_channel_lines_send,
  .flush = weir_channel_lines_flush,
  .receive = weir_channel_lines_receive,
  .spin = weir_channel_lines_spin,
  .has_part = weir_channel_lines_has_part,
  .close_output = weir_channel_lines_close_output,
  .count_unwritten = weir_channel_lines_count_unwritten,
  .framing = 1, /* its newline */
};
