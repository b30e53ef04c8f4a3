/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-buffer-private.h"
#include "process/weir-guard-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_FRAMING_LINES,
  WEIR_FRAMING_FRAMES,
  WEIR_FRAMING_SHARED_MEMORY,
} WeirFraming;

/* A record for a worker. @text stays where it is until the flush that returned DONE, until it is
 * kept, or until the channel is freed. */
typedef struct
{
  guint64 id;       /* never 0 */
  gint64 remaining; /* nanoseconds to the deadline; WEIR_TIME_NEVER: none */
  const char *text;
  gsize length;
} WeirRequest;

typedef enum
{
  WEIR_REPLY_ONLY,  /* the answer, all of it */
  WEIR_REPLY_MORE,  /* an output; others follow */
  WEIR_REPLY_END,   /* the answer has no further output */
  WEIR_REPLY_ERROR, /* the worker cannot do it, or the reply was over the limit: text says why */
  WEIR_REPLY_READY, /* no answer: the worker can be sent to */
} WeirReplyKind;

typedef struct
{
  WeirReplyKind kind;
  guint64 id; /* of the request; 0: the oldest that is unanswered */
  const char *text;
  gsize length;
  WeirBuffer *buffer; /* holds the text; take a reference to keep it */
} WeirReply;

typedef enum
{
  WEIR_CHANNEL_DONE,
  WEIR_CHANNEL_BLOCKED, /* not now */
  WEIR_CHANNEL_CLOSED,  /* the worker closed its end, between two messages */
  WEIR_CHANNEL_BROKEN,  /* garbage, or half a message: weir_channel_get_fault() */
} WeirChannelStatus;

typedef struct
{
  WeirFraming framing;
  gboolean any_replies; /* lines: zero or more, closed by an empty line */
  gboolean waits_ready; /* the first message says that the worker is ready */
  gsize max_reply;      /* bytes; longer ones become an ERROR */
  gsize pipe_size;      /* bytes of each pipe or ring, as far as the system allows; 0: as it is */
  WeirBufferPool *buffers; /* replies are read into */
} WeirChannelOptions;

/* A worker's two directions: requests go out, replies come in, cut by a framing. One thread at a
 * time; never blocks. */
typedef struct _WeirChannel WeirChannel;

/* Opens both ends. @child_fds: what the child is to be given as 0, 1 and so on, -1 for none; the
 * caller closes them once the child has its own. */
WeirChannel *weir_channel_new (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS],
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_channel_free (WeirChannel *channel);

/* NAME=value that the child must find in its environment, or NULL. */
const char *weir_channel_get_environment (const WeirChannel *channel);

/* To be watched: one may be read from, the other written to when a flush was BLOCKED; they may be
 * the same, and -1 when closed. */
int weir_channel_get_input_fd (const WeirChannel *channel);
int weir_channel_get_output_fd (const WeirChannel *channel);

void weir_channel_send (WeirChannel *channel, const WeirRequest *request);
/* Writes what was sent: DONE, BLOCKED or CLOSED. */
WeirChannelStatus weir_channel_flush (WeirChannel *channel);
/* What was sent and is not written is copied: its text need not stay. Not for lines. */
void weir_channel_keep (WeirChannel *channel);
/* The next reply. BLOCKED: everything was received that the worker had written when it was read
 * from last. */
WeirChannelStatus weir_channel_receive (WeirChannel *channel, WeirReply *reply);
/* A short look for a reply without sleeping, where that is worth it; FALSE: none came. */
gboolean weir_channel_spin (WeirChannel *channel);
/* Whether the worker has said more than the replies that were received: part of another one. */
gboolean weir_channel_has_part (const WeirChannel *channel);
/* The worker sees the end of its input behind what was flushed. */
void weir_channel_close_output (WeirChannel *channel);

/* Whether replies name their request; else they come in the order of the requests. */
gboolean weir_channel_has_ids (const WeirChannel *channel);
/* Bytes of requests that the worker has not read yet; 0 when that cannot be known. */
gsize weir_channel_count_unread (const WeirChannel *channel);
/* Bytes that a request of @length bytes is on its way. */
gsize weir_channel_get_request_size (const WeirChannel *channel, gsize length);
/* Bytes of replies that the worker can write before one is received; 0 when that is not known. */
gsize weir_channel_get_reply_room (const WeirChannel *channel);
const char *weir_channel_get_fault (const WeirChannel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirChannel, weir_channel_free)

/* Each framing is one of these, in a file of its own. The struct of a channel begins with a
 * WeirChannel. */
typedef struct
{
  WeirChannel *(*open) (const WeirChannelOptions *options, int child_fds[WEIR_CHILD_FDS],
                        GError **error);
  void (*free) (WeirChannel *channel);
  void (*send) (WeirChannel *channel, const WeirRequest *request);
  WeirChannelStatus (*flush) (WeirChannel *channel);
  void (*keep) (WeirChannel *channel); /* NULL: it cannot */
  WeirChannelStatus (*receive) (WeirChannel *channel, WeirReply *reply);
  gboolean (*spin) (WeirChannel *channel);           /* NULL: never worth it */
  gboolean (*has_part) (const WeirChannel *channel); /* NULL: nobody asks, replies have ids */
  void (*close_output) (WeirChannel *channel);
  gsize (*count_unwritten) (const WeirChannel *channel); /* NULL: what is unread cannot be known */
  gsize framing;                                         /* bytes of a request beyond its text */
} WeirChannelClass;

struct _WeirChannel
{
  const WeirChannelClass *klass;
  WeirChannelOptions options;
  int input_fd;
  int output_fd;
  gsize reply_room; /* 0: not known */
  char *environment;
  char *fault;
  WeirBuffer *message; /* text of an ERROR that the channel itself makes, or NULL */
};

/* For framings. A pair of pipes: the child's ends become its 0 and 1. */
gboolean weir_channel_open_pipes (WeirChannel *channel, const WeirChannelOptions *options,
                                  int child_fds[WEIR_CHILD_FDS], GError **error);
/* Makes the channel BROKEN for good. */
WeirChannelStatus weir_channel_break (WeirChannel *channel, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
/* The reply to @id was @length bytes long, over the limit: @reply becomes an ERROR that says so. */
void weir_channel_refuse_reply (WeirChannel *channel, WeirReply *reply, guint64 id, guint64 length);

extern const WeirChannelClass weir_channel_lines_class;
extern const WeirChannelClass weir_channel_frames_class;
extern const WeirChannelClass weir_channel_ring_class;

G_END_DECLS
