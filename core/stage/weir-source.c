/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-source.h>

#include "stage/weir-stage-private.h"

typedef struct
{
  gint halting; /* atomic: set by any thread */
  gboolean live;
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

/**
 * weir_source_set_live:
 * @source: a source
 * @live: whether what it reads cannot wait
 *
 * Says what the source is when the pipeline sheds: the records of a live one (a socket, a sensor)
 * are turned away when they could not be in time, those of another one (a file) are held back. For
 * use in #WeirStageClass.start. A source is not live unless it says so.
 */
void
weir_source_set_live (WeirSource *source, gboolean live)
{
  WeirSourcePrivate *private;

  g_return_if_fail (WEIR_IS_SOURCE (source));

  private = weir_source_get_instance_private (source);
  private->live = live;
}

/**
 * weir_source_is_live:
 * @source: a source
 *
 * Returns: %TRUE when what it reads cannot wait
 */
gboolean
weir_source_is_live (WeirSource *source)
{
  WeirSourcePrivate *private;

  g_return_val_if_fail (WEIR_IS_SOURCE (source), FALSE);

  private = weir_source_get_instance_private (source);
  return private->live;
}
