/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-source.h>

#include "stage/weir-stage-private.h"

typedef struct
{
  gint halting; /* atomic: set by any thread */
} WeirSourcePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WeirSource, weir_source, WEIR_TYPE_STAGE)

static void
weir_source_class_init (WeirSourceClass *klass)
{
}

static void
weir_source_init (WeirSource *source)
{
}

WeirSourceStatus
weir_source_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  return WEIR_SOURCE_GET_CLASS (source)->fill (source, out, error);
}

void
weir_source_set_halting (WeirSource *source)
{
  WeirSourcePrivate *private = weir_source_get_instance_private (source);

  g_atomic_int_set (&private->halting, TRUE);
  weir_stage_wake (WEIR_STAGE (source));
}

/**
 * weir_source_is_halting:
 * @source: a source
 *
 * Returns: %TRUE once the run is to stop: the source reads nothing new
 */
gboolean
weir_source_is_halting (WeirSource *source)
{
  WeirSourcePrivate *private;

  g_return_val_if_fail (WEIR_IS_SOURCE (source), TRUE);

  private = weir_source_get_instance_private (source);
  return g_atomic_int_get (&private->halting);
}
