/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-kinds-private.h"

static gboolean
is_kind (const char *kind)
{
  if (g_strv_contains (weir_kinds, kind))
    return TRUE;

  const char *nearest = weir_nearest_name (kind, weir_kinds);
  if (nearest)
    weir_complain ("list: unknown kind \"%s\" (did you mean \"%s\"?)", kind, nearest);
  else
    weir_complain ("list: unknown kind \"%s\" (source, transform, validate, aggregate, filter or "
                   "sink)",
                   kind);
  return FALSE;
}

static void
print_table (const GPtrArray *types)
{
  int width = 0;

  for (guint i = 0; i < types->len; i++)
    {
      const WeirStageInfo *info = g_ptr_array_index (types, i);
      width = MAX (width, (int)strlen (info->name));
    }
  for (guint i = 0; i < types->len; i++)
    {
      const WeirStageInfo *info = g_ptr_array_index (types, i);
      printf ("%-*s  %s\n", width, info->name, info->summary);
    }
}

static void
print_json (const GPtrArray *types)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; i < types->len; i++)
    {
      json_builder_begin_object (builder);
      weir_kinds_build_type (builder, g_ptr_array_index (types, i));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  weir_kinds_print_json (builder);
}

int
weir_command_list (const WeirCliCommand *command, char **argv)
{
  int status;
  gboolean json = FALSE;
  const GOptionEntry entries[]
      = { { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL }, { NULL } };
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_PLAIN, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 0, 1))
    return WEIR_EXIT_USAGE;
  if (arguments->rest[0] && !is_kind (arguments->rest[0]))
    return WEIR_EXIT_USAGE;

  g_autoptr (GPtrArray) types = weir_kinds_list_types (arguments->rest[0]);
  if (json)
    print_json (types);
  else
    print_table (types);
  return WEIR_EXIT_DONE;
}
