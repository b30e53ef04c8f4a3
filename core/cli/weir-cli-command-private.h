/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/weir-cli-private.h"

G_BEGIN_DECLS

typedef struct _WeirCliCommand WeirCliCommand;

/* A verb of the command line. `argv` starts with the verb; the result is an exit code. */
struct _WeirCliCommand
{
  const char *name;
  const char *arguments;   /* "FILE…" */
  const char *summary;     /* one line */
  const char *description; /* below the options in --help, or NULL */
  int (*run) (const WeirCliCommand *command, char **argv);
};

int weir_command_run (const WeirCliCommand *command, char **argv);
int weir_command_check (const WeirCliCommand *command, char **argv);
int weir_command_test (const WeirCliCommand *command, char **argv);
int weir_command_list (const WeirCliCommand *command, char **argv);
int weir_command_inspect (const WeirCliCommand *command, char **argv);
int weir_command_graph (const WeirCliCommand *command, char **argv);
int weir_command_explain (const WeirCliCommand *command, char **argv);
int weir_command_schema (const WeirCliCommand *command, char **argv);
int weir_command_bench (const WeirCliCommand *command, char **argv);

G_END_DECLS
