/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-kinds-private.h"

#include <stdio.h>

const char *const weir_kinds[]
    = { "source", "transform", "validate", "aggregate", "filter", "sink", NULL };

GPtrArray *
weir_kinds_list_types (const char *kind)
{
  g_auto (GStrv) names = weir_registry_list (kind);
  GPtrArray *types = g_ptr_array_new ();

  for (char **name = names; *name; name++)
    g_ptr_array_add (types, (gpointer)weir_registry_get_info (*name));
  return types;
}

static void
build_string (JsonBuilder *builder, const char *name, const char *value)
{
  if (!value)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

void
weir_kinds_build_type (JsonBuilder *builder, const WeirStageInfo *info)
{
  build_string (builder, "type", info->name);
  build_string (builder, "kind", info->kind);
  build_string (builder, "summary", info->summary);
  build_string (builder, "version", info->version);
  build_string (builder, "licence", info->licence);
  build_string (builder, "file", info->file);
}

void
weir_kinds_print_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);

  puts (text);
}
