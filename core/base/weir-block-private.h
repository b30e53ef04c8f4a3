/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/weir-buffer-private.h"

G_BEGIN_DECLS

typedef struct _WeirBlock WeirBlock;

WeirBlock *weir_block_new (WeirBufferPool *pool) G_GNUC_WARN_UNUSED_RESULT;
WeirBlock *weir_block_ref (WeirBlock *block);
void weir_block_unref (WeirBlock *block);
gboolean weir_block_is_shared (WeirBlock *block);

void weir_block_take_buffer (WeirBlock *block, WeirBuffer *buffer);
gpointer weir_block_allocate (WeirBlock *block, gsize size);
char *weir_block_allocate_text (WeirBlock *block, gsize size);
gsize weir_block_get_pinned (const WeirBlock *block);

G_END_DECLS
