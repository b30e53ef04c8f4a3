/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

/**
 * WeirExecOptions: (skip)
 * @command: the program and its arguments
 * @shell: whether @command is a script for `sh -c`
 * @environment: #WeirOptionEntry, what is set beyond weir's own environment; or %NULL
 * @directory: to work in, or %NULL
 * @affinity: CPUs that it may run on, `[0, 1]` or `"0-1"`; or %NULL
 * @limits: an object of resource limits, or %NULL
 * @restart_delay: nanoseconds before it is started again for the first time
 *
 * How a stage that runs commands is told which: what the rows of %WEIR_EXEC_COMMAND_OPTIONS set.
 */
typedef struct
{
  GStrv command;
  gboolean shell;
  GPtrArray *environment;
  char *directory;
  JsonNode *affinity;
  JsonNode *limits;
  guint64 restart_delay;
} WeirExecOptions;

#define WEIR_EXEC_SURROUNDINGS_OPTIONS(Type, member)                                               \
  WEIR_OPTION_BOOLEAN ("shell", Type, member.shell, "false",                                       \
                       "The first word of a command is a script for sh, the others are its $1, "   \
                       "$2 and so on"),                                                            \
      WEIR_OPTION_MAP ("environment", Type, member.environment, WEIR_MAP_STRINGS, NULL, FALSE,     \
                       "Variables that are set for it beyond weir's own"),                         \
      WEIR_OPTION_STRING ("directory", Type, member.directory, NULL,                               \
                          "The directory that it works in; weir's own when not given"),            \
      WEIR_OPTION_JSON ("affinity", Type, member.affinity,                                         \
                        "The CPUs that it may run on: [0, 1], or a list such as \"0-1,3\""),       \
      WEIR_OPTION_JSON ("limits", Type, member.limits,                                             \
                        "What each process may use at most: memory, file-size and core (sizes), "  \
                        "cpu (a duration), files and processes (counts)"),                         \
      WEIR_OPTION_ROW ("restart-delay", WEIR_OPTION_DURATION, Type, member.restart_delay,          \
                       .minimum = 1e6, .maximum = 3e10, .fallback = "100ms",                       \
                       .doc = "The longest wait before it is started again for the first time; "   \
                              "doubled after each failure, up to 30s")

/**
 * WEIR_EXEC_COMMAND_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirExecOptions
 *
 * The rows of an option table that say what is to be run: `command`, `shell`, `environment`,
 * `directory`, `affinity`, `limits`, `restart-delay`. %WEIR_EXEC_SURROUNDINGS_OPTIONS are the same
 * without `command`.
 */
#define WEIR_EXEC_COMMAND_OPTIONS(Type, member)                                                    \
  WEIR_OPTION_STRINGS ("command", Type, member.command, TRUE,                                      \
                       "The program and its arguments, as a list; they are passed as they are"),   \
      WEIR_EXEC_SURROUNDINGS_OPTIONS (Type, member)

/**
 * WeirCommand: (skip)
 *
 * What is to be run, and in which surroundings. It never changes; any thread may hold a reference.
 */
typedef struct _WeirCommand WeirCommand;

WEIR_API WeirCommand *weir_exec_command_new (const WeirExecOptions *options,
                                             const char *const *words, const char *pointer,
                                             WeirMistakes *mistakes) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirCommand *weir_exec_options_get_command (const WeirExecOptions *options,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_exec_options_check (const WeirExecOptions *options, WeirMistakes *mistakes);
WEIR_API void weir_exec_command_unref (WeirCommand *command);

G_END_DECLS
