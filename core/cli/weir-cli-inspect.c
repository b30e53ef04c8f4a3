/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-kinds-private.h"
#include "stage/weir-option-private.h"

typedef struct
{
  const char *kind; /* NULL: every kind */
  const char *port;
  const char *doc;
} WeirPortDoc;

static const WeirPortDoc ports[] = {
  { "source", "out", "each record that was read" },
  { "transform", "out", "what a record became: none, one or many" },
  { "validate", "out", "records that are valid" },
  { "aggregate", "out", "results; the records themselves are absorbed" },
  { "filter", "out", "records that pass" },
  { "filter", "else", "records that do not pass; filtered when nobody reads it" },
  { "validate", "invalid", "records that are not valid" },
  { NULL, "late", "records found past their deadline here" },
  { NULL, "shed", "records turned away because they could not be in time" },
  { NULL, "failed", "records that could not be read or processed" },
};

static gboolean
has_port (const WeirStageInfo *info, const WeirPortDoc *port)
{
  return !port->kind || strcmp (port->kind, info->kind) == 0;
}

static void
print_head (const WeirStageInfo *info)
{
  g_autofree char *file = info->file ? g_canonicalize_filename (info->file, NULL) : NULL;

  printf ("%s: %s\n\n", info->name, info->summary);
  printf ("  kind     %s\n", info->kind);
  if (info->version)
    printf ("  version  %s\n", info->version);
  if (info->licence)
    printf ("  licence  %s\n", info->licence);
  printf ("  plugin   %s\n", file ? file : "built in");
}

static void
print_ports (const WeirStageInfo *info)
{
  fputs ("\nPorts\n", stdout);
  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    if (has_port (info, &ports[i]))
      printf ("  %-8s %s\n", ports[i].port, ports[i].doc);
}

static void
print_option (const WeirOption *option, int width)
{
  g_autofree char *range = weir_option_describe_range (option);

  printf ("  %-*s  %s", width, option->name, weir_option_get_kind_name (option));
  if (option->choices)
    {
      g_autofree char *choices = g_strjoinv (", ", (char **)option->choices);
      printf (" (%s)", choices);
    }
  if (range)
    printf (", %s", range);
  if (option->required)
    fputs (", required", stdout);
  else if (option->fallback)
    printf (", default %s", *option->fallback ? option->fallback : "\"\"");
  printf ("\n  %-*s  %s\n", width, "", option->doc ? option->doc : "");
}

static void
print_options (const WeirOption *options, guint n_options)
{
  int width = 0;

  fputs ("\nOptions\n", stdout);
  for (guint i = 0; i < n_options; i++)
    width = MAX (width, (int)strlen (options[i].name));
  for (guint i = 0; i < n_options; i++)
    print_option (&options[i], width);
  if (n_options == 0)
    fputs ("  none\n", stdout);
}

static void
build_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
build_option (JsonBuilder *builder, const WeirOption *option)
{
  g_autofree char *range = weir_option_describe_range (option);

  json_builder_begin_object (builder);
  build_string (builder, "name", option->name);
  build_string (builder, "type", weir_option_get_kind_name (option));
  if (option->choices)
    {
      json_builder_set_member_name (builder, "choices");
      json_builder_begin_array (builder);
      for (guint i = 0; option->choices[i]; i++)
        json_builder_add_string_value (builder, option->choices[i]);
      json_builder_end_array (builder);
    }
  if (range)
    build_string (builder, "range", range);
  if (option->fallback)
    build_string (builder, "default", option->fallback);
  json_builder_set_member_name (builder, "required");
  json_builder_add_boolean_value (builder, option->required);
  build_string (builder, "doc", option->doc ? option->doc : "");
  json_builder_end_object (builder);
}

static void
print_json (const WeirStageInfo *info, const WeirOption *options, guint n_options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  weir_kinds_build_type (builder, info);
  json_builder_set_member_name (builder, "ports");
  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (ports); i++)
    if (has_port (info, &ports[i]))
      build_string (builder, ports[i].port, ports[i].doc);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "options");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n_options; i++)
    build_option (builder, &options[i]);
  json_builder_end_array (builder);
  if (info->example)
    build_string (builder, "example", info->example);
  json_builder_end_object (builder);
  weir_kinds_print_json (builder);
}

static void
print_text (const WeirStageInfo *info, const WeirOption *options, guint n_options)
{
  print_head (info);
  print_ports (info);
  print_options (options, n_options);
  if (info->example)
    printf ("\nExample\n  %s\n", info->example);
}

int
weir_command_inspect (const WeirCliCommand *command, char **argv)
{
  int status;
  guint n_options;
  gboolean json = FALSE;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[]
      = { { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL }, { NULL } };
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_PLAIN, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, 1))
    return WEIR_EXIT_USAGE;
  if (weir_registry_lookup (arguments->rest[0], &error) == G_TYPE_INVALID)
    {
      weir_complain ("inspect: %s", error->message);
      return WEIR_EXIT_USAGE;
    }

  const WeirStageInfo *info = weir_registry_get_info (arguments->rest[0]);
  g_autoptr (GTypeClass) klass = g_type_class_ref (info->type);
  const WeirOption *options = weir_stage_class_get_options ((WeirStageClass *)klass, &n_options);
  if (json)
    print_json (info, options, n_options);
  else
    print_text (info, options, n_options);
  return WEIR_EXIT_DONE;
}
