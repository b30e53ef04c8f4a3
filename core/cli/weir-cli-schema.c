/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "cli/weir-cli-arguments-private.h"

int
weir_command_schema (const WeirCliCommand *command, char **argv)
{
  int status;
  g_autoptr (WeirArguments) arguments
      = weir_arguments_parse (command, argv, WEIR_ARGUMENTS_PLAIN, NULL, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 0, 0))
    return WEIR_EXIT_USAGE;

  g_autofree char *schema = weir_schema_generate ();
  fputs (schema, stdout);
  if (!g_str_has_suffix (schema, "\n"))
    fputc ('\n', stdout);
  return WEIR_EXIT_DONE;
}
