/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-channel-private.h"
#include "process/weir-spin-private.h"

G_BEGIN_DECLS

/* Replies are read into a pooled buffer and given out as slices of it:
 *
 *   | given out | at hand … | free | 1 |
 *   0           start       end    size
 *
 * Bytes before `start` may be in other hands and never change; what is read later goes behind `end`
 * of the same buffer. When the free end is short what is at hand moves: to the front when nobody
 * else holds the buffer, else to a new one, larger when it fills it. One byte behind what is read
 * stays free for a newline. Buffers are small while the worker says little; a quiet
 * worker's reader holds at most a small one. One thread at a time. */
typedef struct
{
  WeirBufferPool *pool;
  WeirBuffer *buffer;
  gsize start;
  gsize end;
  gboolean busy;    /* the last read was a large one */
  gboolean drained; /* the last read did not fill its room: nothing more was there */
  WeirSpin spin;
} WeirReplyReader;

void weir_reply_reader_init (WeirReplyReader *reader, WeirBufferPool *pool);
void weir_reply_reader_clear (WeirReplyReader *reader);

/* Where bytes may be put, and how many; then how many there were, 0: nothing is on its way. */
char *weir_reply_reader_get_space (WeirReplyReader *reader, gsize *room);
void weir_reply_reader_add (WeirReplyReader *reader, gsize length);

/* Reads again and again for a short time, where that is worth it. TRUE: there is something now. */
gboolean weir_reply_reader_spin (WeirReplyReader *reader, int fd);
/* Reads once: DONE, BLOCKED or CLOSED. */
WeirChannelStatus weir_reply_reader_read (WeirReplyReader *reader, int fd);

static inline char *
weir_reply_reader_peek (const WeirReplyReader *reader)
{
  return reader->buffer->data + reader->start;
}

static inline gsize
weir_reply_reader_get_length (const WeirReplyReader *reader)
{
  return reader->end - reader->start;
}

/* Forgets what is at hand; the next read overwrites it. */
static inline void
weir_reply_reader_drop (WeirReplyReader *reader)
{
  reader->end = reader->start;
}

G_END_DECLS
