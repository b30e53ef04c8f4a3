/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-arguments-private.h"

#include <stdio.h>
#include <string.h>

/* Arguments are taken as file names, that is as the bytes they are: a launch line in UTF-8 works
 * whatever the locale says. */

void
weir_complain (const char *format, ...)
{
  va_list list;

  va_start (list, format);
  g_autofree char *message = g_strdup_vprintf (format, list);
  va_end (list);

  g_autofree char *line = g_strconcat ("weir: ", g_strchomp (message), "\n", NULL);
  fputs (line, stderr);
}

int
weir_complain_error (const GError *error)
{
  if (g_error_matches (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES))
    {
      g_autofree char *lines
          = g_strconcat (error->message, g_str_has_suffix (error->message, "\n") ? "" : "\n", NULL);
      fputs (lines, stderr);
    }
  else
    weir_complain ("%s", error->message);

  return error->domain == WEIR_GRAPH_ERROR ? WEIR_EXIT_USAGE : WEIR_EXIT_FAILED;
}

static void
complain_usage (const WeirCliCommand *command, const char *message)
{
  weir_complain ("%s: %s\nTry 'weir %s --help'.", command->name, message, command->name);
}

void
weir_arguments_free (WeirArguments *arguments)
{
  g_strfreev (arguments->rest);
  g_strfreev (arguments->sets);
  g_strfreev (arguments->plugin_paths);
  g_free (arguments->launch);
  g_hash_table_unref (arguments->variables);
  g_free (arguments);
}

static gboolean
is_variable_name (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalpha (text[i]) && text[i] != '_' && (i == 0 || !g_ascii_isdigit (text[i])))
      return FALSE;

  return length > 0;
}

static gboolean
read_variables (WeirArguments *arguments)
{
  for (char **set = arguments->sets; set && *set; set++)
    {
      const char *equals = strchr (*set, '=');

      if (!equals || !is_variable_name (*set, equals - *set))
        {
          g_autofree char *message = g_strdup_printf ("--set takes NAME=VALUE, not \"%s\"", *set);
          complain_usage (arguments->command, message);
          return FALSE;
        }
      g_hash_table_replace (arguments->variables, g_strndup (*set, equals - *set),
                            g_strdup (equals + 1));
    }

  return TRUE;
}

static void
load_plugins (const WeirArguments *arguments)
{
  for (char **path = arguments->plugin_paths; path && *path; path++)
    weir_registry_add_plugin_path (*path);
  weir_registry_load ();

  g_auto (GStrv) warnings = weir_registry_get_warnings ();
  for (char **warning = warnings; warning && *warning; warning++)
    weir_complain ("warning: %s", *warning);
}

static GOptionContext *
make_context (WeirArguments *arguments, WeirArgumentsFlags flags, const GOptionEntry *entries)
{
  const WeirCliCommand *command = arguments->command;
  GOptionContext *context = g_option_context_new (command->arguments);
  const GOptionEntry launch[] = { { "launch", 'e', 0, G_OPTION_ARG_FILENAME, &arguments->launch,
                                    "The pipeline in one line, instead of FILE", "LINE" },
                                  { NULL } };
  const GOptionEntry set[] = { { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->sets,
                                 "The value of ${NAME}; may be repeated", "NAME=VALUE" },
                               { NULL } };
  const GOptionEntry common[]
      = { { "plugin-path", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->plugin_paths,
            "A folder with further plugins; may be repeated", "DIR" },
          { "help", 'h', 0, G_OPTION_ARG_NONE, &arguments->help, "Show this help", NULL },
          { G_OPTION_REMAINING, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME_ARRAY,
            &arguments->rest, NULL, NULL },
          { NULL } };

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, command->summary);
  g_option_context_set_description (context, command->description);
  if (flags & WEIR_ARGUMENTS_LAUNCH)
    g_option_context_add_main_entries (context, launch, NULL);
  if (entries)
    g_option_context_add_main_entries (context, entries, NULL);
  if (flags & WEIR_ARGUMENTS_SET)
    g_option_context_add_main_entries (context, set, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  return context;
}

static gboolean
parse (WeirArguments *arguments, char **argv, WeirArgumentsFlags flags, const GOptionEntry *entries,
       int *status)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strconcat ("weir ", arguments->command->name, NULL);
  g_auto (GStrv) copy = g_strdupv (argv);

  g_set_prgname (program); /* the usage line starts with it */
  g_autoptr (GOptionContext) context = make_context (arguments, flags, entries);
  gboolean parsed = g_option_context_parse_strv (context, &copy, &error);
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
  g_set_prgname ("weir");

  *status = parsed ? WEIR_EXIT_DONE : WEIR_EXIT_USAGE;
  if (parsed && arguments->help)
    {
      fputs (help, stdout);
      return FALSE;
    }
  if (!parsed)
    complain_usage (arguments->command, error->message);
  return parsed;
}

WeirArguments *
weir_arguments_parse (const WeirCliCommand *command, char **argv, WeirArgumentsFlags flags,
                      const GOptionEntry *entries, int *status)
{
  g_autoptr (WeirArguments) arguments = g_new0 (WeirArguments, 1);

  arguments->command = command;
  arguments->variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse (arguments, argv, flags, entries, status))
    return NULL;
  if (!read_variables (arguments))
    {
      *status = WEIR_EXIT_USAGE;
      return NULL;
    }

  if (!arguments->rest)
    arguments->rest = g_new0 (char *, 1);
  load_plugins (arguments);
  return g_steal_pointer (&arguments);
}

gboolean
weir_arguments_expect (const WeirArguments *arguments, int minimum, int maximum)
{
  int n_arguments = g_strv_length (arguments->rest) + (arguments->launch ? 1 : 0);
  g_autofree char *message = NULL;

  if (n_arguments < minimum)
    message = g_strdup_printf ("%s is missing", arguments->command->arguments);
  else if (maximum >= 0 && n_arguments > maximum)
    message = g_strdup_printf ("too many arguments: \"%s\"",
                               arguments->rest[g_strv_length (arguments->rest) - 1]);
  else
    return TRUE;

  complain_usage (arguments->command, message);
  return FALSE;
}

WeirGraph *
weir_arguments_load (const WeirArguments *arguments, GError **error)
{
  if (arguments->launch)
    return weir_graph_new_from_launch (arguments->launch, arguments->variables, error);

  return weir_graph_new_from_file (arguments->rest[0], arguments->variables, error);
}
