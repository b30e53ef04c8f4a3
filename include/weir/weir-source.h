/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

#define WEIR_TYPE_SOURCE (weir_source_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirSource, weir_source, WEIR, SOURCE, WeirStage)

/**
 * WeirSourceStatus:
 * @WEIR_SOURCE_MORE: there is more to read at once
 * @WEIR_SOURCE_WAIT: nothing now; weir_stage_wait_fd(), weir_stage_wait_until() or a later
 *   weir_stage_wake() says when
 * @WEIR_SOURCE_END: the input has ended
 * @WEIR_SOURCE_BROKEN: the input broke off, and the error says why; the run fails
 *
 * What a source has to say after it was asked to fill.
 */
typedef enum
{
  WEIR_SOURCE_MORE,
  WEIR_SOURCE_WAIT,
  WEIR_SOURCE_END,
  WEIR_SOURCE_BROKEN,
} WeirSourceStatus;

/**
 * WeirSourceClass:
 * @fill: Required. Emits what can be read now, at most until weir_emitter_is_full(), and never
 *   blocks. Once weir_source_is_halting(), it reads nothing new, emits what it has read, and ends.
 *   The thread that runs the stage.
 *
 * The base class of sources.
 */
struct _WeirSourceClass
{
  WeirStageClass parent_class;

  WeirSourceStatus (*fill) (WeirSource *source, WeirEmitter *out, GError **error);

  /*< private >*/
  gpointer padding[4];
};

WEIR_API gboolean weir_source_is_halting (WeirSource *source);
WEIR_API void weir_source_set_live (WeirSource *source, gboolean live);
WEIR_API gboolean weir_source_is_live (WeirSource *source);

G_END_DECLS
