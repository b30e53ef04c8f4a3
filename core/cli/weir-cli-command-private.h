/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/weir-cli-private.h"

G_BEGIN_DECLS

typedef struct _WeirCommand WeirCommand;

/* A verb of the command line. `argv` starts with the verb; the result is an exit code. */
struct _WeirCommand
{
  const char *name;
  const char *arguments;   /* "FILE…" */
  const char *summary;     /* one line */
  const char *description; /* below the options in --help, or NULL */
  int (*run) (const WeirCommand *command, char **argv);
};

int weir_command_run (const WeirCommand *command, char **argv);
int weir_command_check (const WeirCommand *command, char **argv);
int weir_command_test (const WeirCommand *command, char **argv);
int weir_command_list (const WeirCommand *command, char **argv);
int weir_command_inspect (const WeirCommand *command, char **argv);
int weir_command_graph (const WeirCommand *command, char **argv);
int weir_command_explain (const WeirCommand *command, char **argv);
int weir_command_schema (const WeirCommand *command, char **argv);
int weir_command_bench (const WeirCommand *command, char **argv);

G_END_DECLS
