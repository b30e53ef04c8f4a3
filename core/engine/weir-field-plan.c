/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-field-plan-private.h"

#include <weir/weir-aggregate.h>
#include <weir/weir-filter.h>
#include <weir/weir-transform.h>

#include "stage/weir-option-private.h"

static gboolean
makes_new_records (WeirStage *stage)
{
  return WEIR_IS_TRANSFORM (stage) || WEIR_IS_AGGREGATE (stage);
}

static WeirFieldSet *
add_set (GPtrArray *sets)
{
  WeirFieldSet *set = weir_field_set_new ();

  g_ptr_array_add (sets, set);
  return set;
}

static gboolean
plan_stage (WeirStage *stage, WeirFieldSet *set)
{
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (stage);
  gboolean reads = weir_stage_plan_options (stage, set);

  if (klass->plan != NULL)
    klass->plan (stage, set);
  return (reads || klass->plan != NULL) && weir_field_set_get_size (set) > 0;
}

void
weir_field_plan_segment (WeirStage *const *stages, guint n_stages, WeirFieldSet **fields,
                         GPtrArray *sets)
{
  WeirFieldSet *set = NULL;

  for (guint i = 0; i < n_stages; i++)
    {
      if (set == NULL)
        set = add_set (sets);
      fields[i] = plan_stage (stages[i], set) ? set : NULL;
      if (WEIR_IS_FILTER (stages[i]))
        weir_field_set_end_early (set);
      if (makes_new_records (stages[i]))
        set = NULL;
    }
}
