/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"

static gboolean
plan_expression (WeirExpression *expression, WeirFieldSet *fields)
{
  if (expression != NULL)
    weir_expression_plan (expression, fields);
  return expression != NULL;
}

static gboolean
plan_map (const GPtrArray *map, WeirFieldSet *fields)
{
  gboolean any = FALSE;

  for (guint i = 0; map != NULL && i < map->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (map, i);

      any |= plan_expression (entry->expression, fields);
    }
  return any;
}

gboolean
weir_stage_plan_options (WeirStage *stage, WeirFieldSet *fields)
{
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (stage), &n_options);
  gboolean any = FALSE;

  for (guint i = 0; i < n_options; i++)
    {
      gpointer member;

      if (options[i].offset == G_MAXSIZE)
        continue;
      member = G_STRUCT_MEMBER_P (stage, options[i].offset);
      if (options[i].kind == WEIR_OPTION_EXPRESSION)
        any |= plan_expression (*(WeirExpression **)member, fields);
      else if (options[i].kind == WEIR_OPTION_MAP)
        any |= plan_map (*(GPtrArray **)member, fields);
    }
  return any;
}
