/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-record.h>

G_BEGIN_DECLS

/**
 * WeirEmitter:
 *
 * Where a stage puts the records that it gives on. It is valid during the call that it is handed
 * to; emitting later is ignored with a warning.
 */
typedef struct _WeirEmitter WeirEmitter;

#define WEIR_TYPE_EMITTER (weir_emitter_get_type ())
WEIR_API GType weir_emitter_get_type (void);

WEIR_API WeirEmitter *weir_emitter_ref (WeirEmitter *emitter);
WEIR_API void weir_emitter_unref (WeirEmitter *emitter);

WEIR_API void weir_emitter_emit (WeirEmitter *emitter, WeirRecord *record);
WEIR_API void weir_emitter_emit_text (WeirEmitter *emitter, const char *text, gssize length);
WEIR_API void weir_emitter_emit_failed (WeirEmitter *emitter, const char *text, gssize length,
                                        const char *message);
WEIR_API void weir_emitter_set_ingest_time (WeirEmitter *emitter, gint64 time);
WEIR_API gboolean weir_emitter_is_full (const WeirEmitter *emitter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirEmitter, weir_emitter_unref)

G_END_DECLS
