/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "cli/weir-cli-arguments-private.h"

static int
check_file (const WeirArguments *arguments, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph
      = file ? weir_graph_new_from_file (file, arguments->variables, &error)
             : weir_graph_new_from_launch (arguments->launch, arguments->variables, &error);

  if (!graph)
    return weir_complain_error (error);

  printf ("%s: ok\n", file ? file : "-e");
  return WEIR_EXIT_DONE;
}

int
weir_command_check (const WeirCliCommand *command, char **argv)
{
  int status = WEIR_EXIT_DONE;
  g_autoptr (WeirArguments) arguments = weir_arguments_parse (
      command, argv, WEIR_ARGUMENTS_LAUNCH | WEIR_ARGUMENTS_SET, NULL, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, -1))
    return WEIR_EXIT_USAGE;

  if (arguments->launch)
    status = check_file (arguments, NULL);
  for (char **file = arguments->rest; *file; file++)
    {
      int file_status = check_file (arguments, *file);
      status = MAX (status, file_status);
    }
  return status;
}
