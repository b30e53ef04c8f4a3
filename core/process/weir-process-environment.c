/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-environment-private.h"

#include <string.h>
#include <unistd.h>

#include "json/weir-json-private.h"

/* Of GNU coreutils: makes the standard streams of a program that uses stdio flush each line. */
#define STDBUF "/usr/libexec/coreutils/libstdbuf.so"

static gboolean
have_stdbuf (void)
{
  static gsize is_known;
  static gboolean is_there;

  if (g_once_init_enter (&is_known))
    {
      is_there = access (STDBUF, R_OK) == 0;
      g_once_init_leave (&is_known, 1);
    }
  return is_there;
}

static const char *
get_variable (const WeirCommand *command, const char *name)
{
  const char *value = g_environ_getenv (command->environment, name);

  return value != NULL ? value : g_getenv (name);
}

static void
add_stdbuf (GStrvBuilder *builder, const WeirCommand *command)
{
  const char *given = get_variable (command, "LD_PRELOAD");
  g_autofree char *preload = g_strconcat ("LD_PRELOAD=", given != NULL ? given : "",
                                          given != NULL && *given != '\0' ? ":" : "", STDBUF, NULL);

  g_strv_builder_add (builder, preload);
  if (get_variable (command, "_STDBUF_O") == NULL)
    g_strv_builder_add (builder, "_STDBUF_O=L");
}

static void
add_deadline (GStrvBuilder *builder, gint64 deadline)
{
  g_autoptr (GString) variable = g_string_new (WEIR_DEADLINE_VARIABLE "=");

  weir_json_append_double (variable, (double)deadline / 1e6);
  g_strv_builder_add (builder, variable->str);
}

GStrv
weir_process_make_environment (const WeirCommand *command, const WeirChannel *channel,
                               gint64 deadline)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (get_variable (command, "PYTHONUNBUFFERED") == NULL)
    g_strv_builder_add (builder, "PYTHONUNBUFFERED=1");
  if (channel != NULL && weir_channel_get_environment (channel) != NULL)
    g_strv_builder_add (builder, weir_channel_get_environment (channel));
  if ((channel == NULL || channel->options.framing == WEIR_FRAMING_LINES) && have_stdbuf ())
    add_stdbuf (builder, command);
  if (deadline > 0 && g_environ_getenv (command->environment, WEIR_DEADLINE_VARIABLE) == NULL)
    add_deadline (builder, deadline);
  return g_strv_builder_end (builder);
}
