/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <weir/weir-error.h>
#include <weir/weir-exec.h>

#include "graph/weir-affinity-private.h"
#include "process/weir-command-private.h"
#include "stage/weir-mistakes-private.h"
#include "stage/weir-option-private.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)

typedef enum
{
  LIMIT_SIZE,
  LIMIT_DURATION,
  LIMIT_COUNT,
} LimitKind;

static const LimitKind limit_kinds[] = {
  [WEIR_LIMIT_MEMORY] = LIMIT_SIZE,     [WEIR_LIMIT_CPU] = LIMIT_DURATION,
  [WEIR_LIMIT_FILES] = LIMIT_COUNT,     [WEIR_LIMIT_FILE_SIZE] = LIMIT_SIZE,
  [WEIR_LIMIT_PROCESSES] = LIMIT_COUNT, [WEIR_LIMIT_CORE] = LIMIT_SIZE,
};

static const char *const limit_names[] = {
  [WEIR_LIMIT_MEMORY] = "memory",
  [WEIR_LIMIT_CPU] = "cpu",
  [WEIR_LIMIT_FILES] = "files",
  [WEIR_LIMIT_FILE_SIZE] = "file-size",
  [WEIR_LIMIT_PROCESSES] = "processes",
  [WEIR_LIMIT_CORE] = "core",
  [WEIR_N_LIMITS] = NULL,
};

static const char *const limit_hints[] = {
  [LIMIT_SIZE] = "a size such as \"64MiB\", or a number of bytes",
  [LIMIT_DURATION] = "a duration such as \"10s\"",
  [LIMIT_COUNT] = "a count such as 64",
};

/* A mistake is only counted when nobody listens. */
typedef struct
{
  WeirMistakes *mistakes; /* or NULL */
  gboolean good;
} Finding;

static void
find_mistake (Finding *finding, const char *pointer, const char *message)
{
  finding->good = FALSE;
  if (finding->mistakes != NULL)
    weir_mistakes_add (finding->mistakes, pointer, message);
}

static gboolean
parse_limit (LimitKind kind, const char *text, guint64 *value)
{
  switch (kind)
    {
    case LIMIT_SIZE:
      return weir_size_parse (text, value);
    case LIMIT_DURATION:
      return weir_duration_parse (text, value) && *value > 0;
    case LIMIT_COUNT:
    default:
      return g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, value, NULL);
    }
}

static gboolean
read_limit (LimitKind kind, JsonNode *node, guint64 *value)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_STRING)
    {
      if (!parse_limit (kind, json_node_get_string (node), value))
        return FALSE;
      if (kind == LIMIT_DURATION) /* RLIMIT_CPU counts seconds */
        *value = (*value + SECOND - 1) / SECOND;
      return TRUE;
    }

  if (type != G_TYPE_INT64 || kind == LIMIT_DURATION || json_node_get_int (node) < 0)
    return FALSE;
  *value = (guint64)json_node_get_int (node);
  return TRUE;
}

static void
find_unknown_limit (Finding *finding, const char *name)
{
  const char *nearest = weir_nearest_name (name, limit_names);
  g_autofree char *all = g_strjoinv (", ", (char **)limit_names);
  g_autofree char *hint
      = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"? ", nearest) : g_strdup ("");
  g_autofree char *message
      = g_strdup_printf ("unknown limit \"%s\" (%sone of: %s)", name, hint, all);

  finding->good = FALSE;
  if (finding->mistakes != NULL)
    weir_mistakes_add_key (finding->mistakes, "/limits", name, message);
}

static void
add_limit (WeirCommand *command, const char *name, JsonNode *node, Finding *finding)
{
  g_autofree char *pointer = weir_pointer_join ("/limits", name);
  g_autofree char *value = weir_node_describe (node);
  guint i = 0;

  while (i < WEIR_N_LIMITS && strcmp (limit_names[i], name) != 0)
    i++;
  if (i == WEIR_N_LIMITS)
    {
      find_unknown_limit (finding, name);
      return;
    }
  if (read_limit (limit_kinds[i], node, &command->limits[i]))
    return;

  g_autofree char *message = g_strdup_printf ("%s is not a limit of \"%s\" (expected %s)", value,
                                              name, limit_hints[limit_kinds[i]]);
  find_mistake (finding, pointer, message);
}

static void
add_limits (WeirCommand *command, JsonNode *limits, Finding *finding)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (limits == NULL)
    return;
  if (!JSON_NODE_HOLDS_OBJECT (limits))
    {
      find_mistake (finding, "/limits",
                    "not an object (expected limits such as {\"memory\": \"64MiB\"})");
      return;
    }
  json_object_iter_init_ordered (&iter, json_node_get_object (limits));
  while (json_object_iter_next_ordered (&iter, &name, &node))
    add_limit (command, name, node, finding);
}

static void
add_affinity (WeirCommand *command, JsonNode *affinity, Finding *finding)
{
  g_autoptr (GError) error = NULL;

  if (affinity == NULL)
    return;
  command->affinity = weir_affinity_read (affinity, FALSE, &error);
  if (command->affinity == NULL)
    find_mistake (finding, "/affinity", error->message);
}

static void
add_environment (WeirCommand *command, const GPtrArray *entries, Finding *finding)
{
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *variable = g_strconcat (entry->key, "=", entry->text, NULL);
      g_autofree char *pointer = weir_pointer_join ("/environment", entry->key);

      if (entry->key[0] == '\0' || strchr (entry->key, '=') != NULL)
        find_mistake (finding, pointer,
                      "not the name of a variable (it may not be empty, or have \"=\" in it)");
      g_strv_builder_add (list, variable);
    }
  if (entries != NULL && entries->len > 0)
    command->environment = g_strv_builder_end (list);
}

/* The word after the script is its $0. */
static GStrv
make_argv (const char *const *words, gboolean shell)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();

  if (!shell)
    return g_strdupv ((char **)words);
  g_strv_builder_add_many (argv, "sh", "-c", words[0], NULL);
  if (words[1] != NULL)
    g_strv_builder_add (argv, "sh");
  g_strv_builder_addv (argv, (const char **)words + 1);
  return g_strv_builder_end (argv);
}

/**
 * weir_exec_command_new: (skip)
 * @options: what a stage was told
 * @words: (nullable) (array zero-terminated=1): the program and its arguments
 * @pointer: where @words stand, for messages: `/command`
 * @mistakes: (nullable): what is wrong is added to them
 *
 * Makes a command of some words in the surroundings that the options tell.
 *
 * Returns: (transfer full) (nullable): the command, or %NULL when something is wrong
 */
WeirCommand *
weir_exec_command_new (const WeirExecOptions *options, const char *const *words,
                       const char *pointer, WeirMistakes *mistakes)
{
  static const char *const nothing[] = { "", NULL };
  Finding finding = { mistakes, TRUE };

  g_return_val_if_fail (options != NULL && pointer != NULL, NULL);

  if (words == NULL || words[0] == NULL || words[0][0] == '\0')
    {
      find_mistake (&finding, pointer,
                    "there is no program in it (expected a list such as [\"cat\", \"-u\"])");
      words = nothing;
    }

  g_auto (GStrv) argv = make_argv (words, options->shell);
  g_autoptr (WeirCommand) command = weir_command_new ((const char *const *)argv);

  command->directory = g_strdup (options->directory);
  add_environment (command, options->environment, &finding);
  add_affinity (command, options->affinity, &finding);
  add_limits (command, options->limits, &finding);
  if (!finding.good)
    return NULL;
  weir_command_seal (command);
  return g_steal_pointer (&command);
}

/**
 * weir_exec_options_get_command: (skip)
 * @options: what a stage was told
 * @error: return location of an error; %WEIR_STAGE_ERROR_VALUE
 *
 * Makes the command of the option `command`, for use in `start`.
 *
 * Returns: (transfer full) (nullable): the command, or %NULL on error
 */
WeirCommand *
weir_exec_options_get_command (const WeirExecOptions *options, GError **error)
{
  g_return_val_if_fail (options != NULL, NULL);

  WeirCommand *command
      = weir_exec_command_new (options, (const char *const *)options->command, "/command", NULL);

  if (command == NULL)
    g_set_error_literal (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                         "the options do not make a command");
  return command;
}

/**
 * weir_exec_options_check: (skip)
 * @options: what a stage was told
 * @mistakes: what is wrong is added to them
 *
 * Checks all the options of the rows of %WEIR_EXEC_COMMAND_OPTIONS, for use in `check`.
 */
void
weir_exec_options_check (const WeirExecOptions *options, WeirMistakes *mistakes)
{
  g_return_if_fail (options != NULL && mistakes != NULL);

  g_autoptr (WeirCommand) command = weir_exec_command_new (
      options, (const char *const *)options->command, "/command", mistakes);

  (void)command;
}

/**
 * weir_exec_command_unref: (skip)
 * @command: (transfer full): a command
 *
 * Gives a reference back.
 */
void
weir_exec_command_unref (WeirCommand *command)
{
  weir_command_unref (command);
}
