/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-reply-reader-private.h"

G_BEGIN_DECLS

/* Cuts replies out of frames. How their bytes come into `bytes` is the channel's affair: whatever
 * is decided is decided on that copy. A reply over the limit is read and not kept; what else
 * belongs to the same answer is taken off, and one ERROR ends it.
 *
 * Behind each payload that is given out stands a newline for good, as behind a line: whoever writes
 * the record as a line writes it in place. It takes the place of the next head's first byte, which
 * is held in `first_byte`. One thread at a time. */
typedef struct
{
  WeirChannel *channel;
  WeirReplyReader bytes;

  /*< private: weir-frame-reader.c >*/
  gboolean is_ready;  /* or need not say so */
  gint first_byte;    /* of the head at hand; -1: it is in its place */
  gboolean in_frame;  /* its head was taken off */
  WeirReplyKind kind; /* of the frame at hand */
  guint64 id;
  gsize length;    /* of the payload */
  gsize to_skip;   /* bytes of a payload over the limit */
  GArray *refused; /* answers that are over the limit and not closed yet */
} WeirFrameReader;

void weir_frame_reader_init (WeirFrameReader *reader, WeirChannel *channel,
                             const WeirChannelOptions *options);
void weir_frame_reader_clear (WeirFrameReader *reader);

/* DONE, BROKEN, or BLOCKED: more bytes are needed. */
WeirChannelStatus weir_frame_reader_next (WeirFrameReader *reader, WeirReply *reply);
/* No more bytes will come: CLOSED, or BROKEN when they ended inside a frame. */
WeirChannelStatus weir_frame_reader_end (WeirFrameReader *reader);

G_END_DECLS
