/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes behind the end of every buffer that may be read, as simdjson wants. */
#define WEIR_BUFFER_PADDING 64

typedef struct _WeirBufferPool WeirBufferPool;
typedef struct _WeirBuffer WeirBuffer;

struct _WeirBuffer
{
  gint refs;             /* atomic */
  guint size_class;      /* WEIR_BUFFER_N_CLASSES: larger than any class, not pooled */
  WeirBufferPool *pool;
  WeirBuffer *next_free; /* while in the pool */
  gsize size;            /* bytes at data, without the padding */
  char *data;
};

WeirBufferPool *weir_buffer_pool_new (gsize max_idle) G_GNUC_WARN_UNUSED_RESULT;
WeirBufferPool *weir_buffer_pool_ref (WeirBufferPool *pool);
void weir_buffer_pool_unref (WeirBufferPool *pool);
gsize weir_buffer_pool_get_used (WeirBufferPool *pool);

WeirBuffer *weir_buffer_new (WeirBufferPool *pool, gsize size) G_GNUC_WARN_UNUSED_RESULT;
WeirBuffer *weir_buffer_ref (WeirBuffer *buffer);
void weir_buffer_unref (WeirBuffer *buffer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBufferPool, weir_buffer_pool_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBuffer, weir_buffer_unref)

G_END_DECLS
