/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/weir-cli-command-private.h"
#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEIR_ARGUMENTS_PLAIN = 0,
  WEIR_ARGUMENTS_LAUNCH = 1 << 0, /* -e LINE */
  WEIR_ARGUMENTS_SET = 1 << 1,    /* --set NAME=VALUE */
} WeirArgumentsFlags;

/* What stands behind a verb, without the options of that verb alone. */
typedef struct
{
  const WeirCliCommand *command;
  char **rest; /* what is not an option; never NULL */
  char *launch;
  char **sets;
  char **plugin_paths;
  gboolean help;
  GHashTable *variables; /* NAME → value */
} WeirArguments;

/* Reads the options in @entries, --help, --plugin-path and those of @flags, loads the plugins and
 * tells what is wrong with any. NULL: the command is over, with *@status as its exit code. */
WeirArguments *weir_arguments_parse (const WeirCliCommand *command, char **argv,
                                     WeirArgumentsFlags flags, const GOptionEntry *entries,
                                     int *status) G_GNUC_WARN_UNUSED_RESULT;
void weir_arguments_free (WeirArguments *arguments);

/* FALSE, and says so, unless there are as many arguments; @maximum -1: any number. A line given
 * by -e counts as one. */
gboolean weir_arguments_expect (const WeirArguments *arguments, int minimum, int maximum);

/* The pipeline of -e, or of the first argument. */
WeirGraph *weir_arguments_load (const WeirArguments *arguments,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "weir: …" on standard error. */
void weir_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Tells @error (mistakes as they are, one a line) and returns the exit code that it asks for. */
int weir_complain_error (const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirArguments, weir_arguments_free)

G_END_DECLS
