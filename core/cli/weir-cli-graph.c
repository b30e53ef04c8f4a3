/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"

static char *
draw_svg (const char *dot)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *svg = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "dot", "-Tsvg", NULL);

  if (!process)
    {
      weir_complain ("cannot run the program dot: %s (svg is drawn by graphviz: install the "
                     "package graphviz, or use --format dot)",
                     error->message);
      return NULL;
    }
  if (!g_subprocess_communicate_utf8 (process, dot, NULL, &svg, NULL, &error)
      || !g_subprocess_wait_check (process, NULL, &error))
    {
      weir_complain ("the program dot failed: %s", error->message);
      return NULL;
    }

  return g_steal_pointer (&svg);
}

static char *
draw (const WeirGraph *graph, const char *format)
{
  if (strcmp (format, "mermaid") == 0)
    return weir_graph_to_mermaid (graph);

  g_autofree char *dot = weir_graph_to_dot (graph);
  return strcmp (format, "svg") == 0 ? draw_svg (dot) : g_steal_pointer (&dot);
}

static gboolean
is_format (const char *format)
{
  static const char *const formats[] = { "dot", "mermaid", "svg", NULL };

  if (g_strv_contains (formats, format))
    return TRUE;

  const char *nearest = weir_nearest_name (format, formats);
  if (nearest)
    weir_complain ("graph: unknown format \"%s\" (did you mean \"%s\"?)", format, nearest);
  else
    weir_complain ("graph: unknown format \"%s\" (dot, mermaid or svg)", format);
  return FALSE;
}

static int
print_graph (const WeirArguments *arguments, const char *format, const char *output)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = weir_arguments_load (arguments, &error);

  if (!graph)
    return weir_complain_error (error);

  g_autofree char *picture = draw (graph, format);
  if (!picture)
    return WEIR_EXIT_FAILED;
  if (!output)
    fputs (picture, stdout);
  else if (!g_file_set_contents (output, picture, -1, &error))
    return weir_complain_error (error);
  return WEIR_EXIT_DONE;
}

int
weir_command_graph (const WeirCliCommand *command, char **argv)
{
  int status;
  g_autofree char *format = NULL;
  g_autofree char *output = NULL;
  const GOptionEntry entries[]
      = { { "format", 0, 0, G_OPTION_ARG_FILENAME, &format, "dot (default), mermaid or svg",
            "FORMAT" },
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Write to FILE", "FILE" },
          { NULL } };
  g_autoptr (WeirArguments) arguments = weir_arguments_parse (
      command, argv, WEIR_ARGUMENTS_LAUNCH | WEIR_ARGUMENTS_SET, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, 1) || !is_format (format ? format : "dot"))
    return WEIR_EXIT_USAGE;

  return print_graph (arguments, format ? format : "dot", output);
}
