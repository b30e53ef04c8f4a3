/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir.h>

G_BEGIN_DECLS

/* Exit codes of the command. */
enum
{
  WEIR_EXIT_DONE = 0,
  WEIR_EXIT_FAILED = 1, /* the run failed, or the ledger does not balance */
  WEIR_EXIT_USAGE = 2,  /* bad usage or pipeline file */
  WEIR_EXIT_STRICT = 3, /* --strict, and something was late, invalid, shed or failed */
  WEIR_EXIT_ABORTED = 130,
};

/* The command, argv[0] included. Exported for the program `weir` only. */
WEIR_API int weir_cli_main (int argc, char **argv);

G_END_DECLS
