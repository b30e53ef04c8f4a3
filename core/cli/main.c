/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-private.h"

int
main (int argc, char **argv)
{
  return weir_cli_main (argc, argv);
}
