/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* A frame, in both directions:
 *
 *   0        4                12     16
 *   | length | id             | info | payload … |      all little-endian
 *
 * length: of all that follows it, so 12 and the payload. info: of a request, milliseconds to the
 * deadline; of a reply, its kind. */
#define WEIR_FRAME_HEAD        16
#define WEIR_FRAME_MIN         12 /* length without a payload */
#define WEIR_FRAME_MAX         ((guint32)1 << 30)
#define WEIR_FRAME_NO_DEADLINE G_MAXUINT32

typedef struct
{
  guint64 id;
  guint32 info;
  guint32 length; /* as it stands in the frame */
} WeirFrameHead;

static inline void
weir_frame_put_head (char *bytes, guint64 id, guint32 info, gsize payload)
{
  guint32 length = GUINT32_TO_LE ((guint32)(WEIR_FRAME_MIN + payload));

  id = GUINT64_TO_LE (id);
  info = GUINT32_TO_LE (info);
  memcpy (bytes, &length, 4);
  memcpy (bytes + 4, &id, 8);
  memcpy (bytes + 12, &info, 4);
}

static inline WeirFrameHead
weir_frame_get_head (const char *bytes)
{
  WeirFrameHead head;

  memcpy (&head.length, bytes, 4);
  memcpy (&head.id, bytes + 4, 8);
  memcpy (&head.info, bytes + 12, 4);
  head.length = GUINT32_FROM_LE (head.length);
  head.id = GUINT64_FROM_LE (head.id);
  head.info = GUINT32_FROM_LE (head.info);
  return head;
}

/* Milliseconds for a request's info; @remaining: nanoseconds, G_MAXINT64: no deadline. */
static inline guint32
weir_frame_deadline (gint64 remaining)
{
  if (remaining == G_MAXINT64)
    return WEIR_FRAME_NO_DEADLINE;
  return (guint32)CLAMP (remaining / 1000000, 0, (gint64)WEIR_FRAME_NO_DEADLINE - 1);
}

G_END_DECLS
