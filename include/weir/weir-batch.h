/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-record.h>

G_BEGIN_DECLS

/**
 * WeirBatch:
 *
 * The records that a stage works on at a time: a view of buffers that other batches may share.
 *
 * A batch belongs to the engine and is valid during the call. Position i counts the records that
 * are still selected, from 0 to weir_batch_get_length() - 1. A stage decides by setting verdicts;
 * it never changes the selection itself.
 */
typedef struct _WeirBatch WeirBatch;

WEIR_API guint weir_batch_get_length (const WeirBatch *batch);
WEIR_API WeirRecord *weir_batch_get_record (WeirBatch *batch, guint position);
WEIR_API void weir_batch_set_verdict (WeirBatch *batch, guint position, WeirVerdict verdict);
WEIR_API gpointer weir_batch_allocate (WeirBatch *batch, gsize size);

G_END_DECLS
