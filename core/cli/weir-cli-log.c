/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-log-private.h"

#include <stdio.h>
#include <string.h>

static gint is_quiet; /* atomic */

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return NULL;
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *text = find_field (fields, n_fields, "MESSAGE");
  gboolean is_message = (level & G_LOG_LEVEL_MESSAGE) != 0;

  if (g_strcmp0 (domain, G_LOG_DOMAIN) != 0 || text == NULL
      || (level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_WARNING)) == 0)
    return g_log_writer_default (level, fields, n_fields, data);
  if (is_message && g_atomic_int_get (&is_quiet))
    return G_LOG_WRITER_HANDLED;
  fprintf (stderr, "weir: %s%s\n", is_message ? "" : "warning: ", text);
  return G_LOG_WRITER_HANDLED;
}

void
weir_cli_log_install (void)
{
  if (g_getenv ("G_MESSAGES_DEBUG") == NULL)
    g_log_set_writer_func (write_log, NULL, NULL);
}

void
weir_cli_log_be_quiet (void)
{
  g_atomic_int_set (&is_quiet, TRUE);
}
