/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-aggregate.h>
#include <weir/weir-filter.h>
#include <weir/weir-transform.h>
#include <weir/weir-validate.h>

#include "stage/weir-stage-private.h"

static gboolean
has_accept (WeirFilterClass *klass)
{
  const WeirFilterClass *base = g_type_class_peek (WEIR_TYPE_FILTER);

  return klass->accept != NULL || klass->accept_batch != base->accept_batch;
}

static gboolean
has_validate (WeirValidateClass *klass)
{
  const WeirValidateClass *base = g_type_class_peek (WEIR_TYPE_VALIDATE);

  return klass->validate != NULL || klass->validate_batch != base->validate_batch;
}

static gboolean
has_write (WeirSinkClass *klass)
{
  const WeirSinkClass *base = g_type_class_peek (WEIR_TYPE_SINK);

  return klass->write != NULL || klass->write_batch != base->write_batch;
}

static gboolean
has_transform (WeirTransformClass *klass)
{
  return klass->transform != NULL || klass->transform_batch != NULL;
}

static const char *
find_missing_of_aggregate (WeirAggregateClass *klass)
{
  if (klass->add == NULL && klass->add_batch == NULL)
    return "add";
  return klass->flush == NULL ? "flush" : NULL;
}

const char *
weir_stage_get_missing_verb (WeirStage *stage)
{
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (stage);

  if (klass->holder != NULL)
    return NULL;
  if (WEIR_IS_SOURCE (stage))
    return WEIR_SOURCE_CLASS (klass)->fill == NULL ? "fill" : NULL;
  if (WEIR_IS_TRANSFORM (stage))
    return has_transform (WEIR_TRANSFORM_CLASS (klass)) ? NULL : "transform";
  if (WEIR_IS_VALIDATE (stage))
    return has_validate (WEIR_VALIDATE_CLASS (klass)) ? NULL : "validate";
  if (WEIR_IS_AGGREGATE (stage))
    return find_missing_of_aggregate (WEIR_AGGREGATE_CLASS (klass));
  if (WEIR_IS_FILTER (stage))
    return has_accept (WEIR_FILTER_CLASS (klass)) ? NULL : "accept";
  if (WEIR_IS_SINK (stage))
    return has_write (WEIR_SINK_CLASS (klass)) ? NULL : "write";
  return NULL;
}
