/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-chain-option.h"

static gboolean
mistake (WeirMistakes *mistakes, const char *pointer, const char *message)
{
  if (mistakes != NULL)
    weir_mistakes_add (mistakes, pointer, message);
  return FALSE;
}

static gboolean
is_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}

static gboolean
add_words (GStrvBuilder *words, JsonArray *array, const char *pointer, WeirMistakes *mistakes)
{
  gboolean good = TRUE;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      g_autofree char *place = g_strdup_printf ("%s/%u", pointer, i);

      if (is_string (node))
        g_strv_builder_add (words, json_node_get_string (node));
      else
        good = mistake (mistakes, place, "not a word (expected text in quotes)");
    }
  return good;
}

static GStrv
read_words (JsonNode *node, const char *pointer, WeirMistakes *mistakes)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  gboolean good = TRUE;

  if (JSON_NODE_HOLDS_ARRAY (node))
    good = add_words (words, json_node_get_array (node), pointer, mistakes);
  else if (is_string (node))
    g_strv_builder_add (words, json_node_get_string (node));
  else
    good = mistake (mistakes, pointer,
                    "not a command (expected a list such as [\"grep\", \"-v\", \"x\"])");
  return good ? g_strv_builder_end (words) : NULL;
}

/* What is wrong with the surroundings is told for the first command alone. */
static WeirCommand *
read_command (const WeirExecOptions *options, JsonNode *node, guint i, WeirMistakes *mistakes)
{
  const WeirExecOptions bare = { .shell = options->shell };
  g_autofree char *pointer = g_strdup_printf ("/chain/%u", i);
  g_auto (GStrv) words = read_words (node, pointer, mistakes);
  WeirCommand *command;

  if (words == NULL)
    return NULL;
  if (i > 0 && mistakes != NULL)
    {
      command = weir_exec_command_new (&bare, (const char *const *)words, pointer, mistakes);
      if (command == NULL)
        return NULL;
      weir_exec_command_unref (command);
    }
  return weir_exec_command_new (options, (const char *const *)words, pointer,
                                i > 0 ? NULL : mistakes);
}

GPtrArray *
weir_chain_option_read (const WeirExecOptions *options, JsonNode *chain, WeirMistakes *mistakes)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (chain) ? json_node_get_array (chain) : NULL;
  g_autoptr (GPtrArray) commands
      = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_exec_command_unref);
  gboolean good = array != NULL && json_array_get_length (array) > 0;

  if (!good)
    mistake (mistakes, "/chain",
             "not a list of commands (expected a list such as [[\"seq\", \"9\"], [\"tac\"]])");
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      WeirCommand *command = read_command (options, json_array_get_element (array, i), i, mistakes);

      if (command != NULL)
        g_ptr_array_add (commands, command);
      else
        good = FALSE;
    }
  return good ? g_steal_pointer (&commands) : NULL;
}
