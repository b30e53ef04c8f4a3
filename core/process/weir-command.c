/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-command-private.h"

#include <string.h>

#define MAX_TEXT 200

WeirCommand *
weir_command_new (const char *const *argv)
{
  WeirCommand *command = g_new0 (WeirCommand, 1);

  g_assert (argv[0] != NULL);
  command->refs = 1;
  command->argv = g_strdupv ((char **)argv);
  for (guint i = 0; i < WEIR_N_LIMITS; i++)
    command->limits[i] = WEIR_LIMIT_NONE;
  return command;
}

/* Each part with its length before it, so that no two lists look alike. */
static void
append_strings (GString *key, char **strings)
{
  g_string_append_printf (key, "%u;", strings != NULL ? g_strv_length (strings) : 0);
  for (; strings != NULL && *strings != NULL; strings++)
    g_string_append_printf (key, "%" G_GSIZE_FORMAT ":%s;", strlen (*strings), *strings);
}

void
weir_command_seal (WeirCommand *command)
{
  GString *key = g_string_new (NULL);
  char *directory[] = { command->directory, NULL };

  g_assert (command->key == NULL);
  append_strings (key, command->argv);
  append_strings (key, command->environment);
  append_strings (key, directory);
  g_string_append (key, command->affinity != NULL ? "cpus:" : "any;");
  for (guint i = 0; command->affinity != NULL && i < command->affinity->len; i++)
    g_string_append_printf (key, "%u;", g_array_index (command->affinity, guint, i));
  for (guint i = 0; i < WEIR_N_LIMITS; i++)
    if (command->limits[i] != WEIR_LIMIT_NONE)
      g_string_append_printf (key, "%u=%" G_GUINT64_FORMAT ";", i, command->limits[i]);
  command->key = g_string_free (key, FALSE);
}

WeirCommand *
weir_command_ref (WeirCommand *command)
{
  g_atomic_int_inc (&command->refs);
  return command;
}

void
weir_command_unref (WeirCommand *command)
{
  if (!g_atomic_int_dec_and_test (&command->refs))
    return;
  g_strfreev (command->argv);
  g_strfreev (command->environment);
  g_free (command->directory);
  g_clear_pointer (&command->affinity, g_array_unref);
  g_free (command->key);
  g_free (command);
}

static gboolean
is_plain (const char *word)
{
  for (const char *c = word; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("_-./:=,+@%", *c) == NULL)
      return FALSE;
  return *word != '\0';
}

/* Control characters would tear a line of the log, and broken UTF-8 a line of JSON. */
static char *
make_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *printable = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c++)
    if (*c == '\n')
      g_string_append (printable, "\\n");
    else
      g_string_append_c (printable, g_ascii_iscntrl (*c) ? ' ' : *c);
  return g_string_free (printable, FALSE);
}

static void
cut (GString *text)
{
  if (text->len <= MAX_TEXT)
    return;

  const char *end = g_utf8_find_prev_char (text->str, text->str + MAX_TEXT - 3 + 1);
  g_string_truncate (text, end != NULL ? (gsize)(end - text->str) : 0);
  g_string_append (text, "…");
}

char *
weir_command_to_text (const WeirCommand *command)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; command->argv[i] != NULL && text->len <= MAX_TEXT; i++)
    {
      g_autofree char *word = make_printable (command->argv[i]);
      g_autofree char *quoted = is_plain (word) ? g_strdup (word) : g_shell_quote (word);
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", quoted);
    }
  cut (text);
  return g_string_free (text, FALSE);
}
