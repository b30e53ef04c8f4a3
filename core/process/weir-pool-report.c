/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-private.h"
#include "process/weir-pool-state-private.h"

/* Workers that have ended and are still told of. */
#define MOST_ENDED 16

static void
append_seconds (GString *json, const char *name, guint64 nanoseconds)
{
  g_string_append_printf (json, ",\"%s\":", name);
  weir_json_append_double (json, (double)nanoseconds / 1e9);
}

/* @end: how it ended; NULL: it lives. */
static char *
make_row (const WeirMember *member, const char *end)
{
  GString *json = g_string_new (NULL);
  WeirUsage usage = { 0 };

  weir_process_get_usage (member->process, &usage);
  g_string_append_printf (json, "{\"pid\":%d,\"records\":%" G_GUINT64_FORMAT,
                          (int)member->process->pid, member->n_uses);
  append_seconds (json, "user_seconds", usage.user);
  append_seconds (json, "system_seconds", usage.system);
  g_string_append_printf (json, ",\"peak_bytes\":%" G_GUINT64_FORMAT ",\"end\":", usage.peak);
  if (end != NULL)
    weir_json_append_string (json, end, -1);
  else
    g_string_append (json, "null");
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

void
weir_pool_keep_end (WeirProcessPool *pool, const WeirMember *member)
{
  g_autofree char *end = weir_process_describe_end (member->process);

  g_queue_push_head (&pool->ended, make_row (member, end));
  if (pool->ended.length > MOST_ENDED)
    g_free (g_queue_pop_tail (&pool->ended));
}

void
weir_pool_free_ends (WeirProcessPool *pool)
{
  g_queue_clear_full (&pool->ended, g_free);
}

static void
append_row (GString *json, const char *row)
{
  if (json->str[json->len - 1] != '[')
    g_string_append_c (json, ',');
  g_string_append (json, row);
}

char *
weir_process_pool_describe (WeirProcessPool *pool)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < pool->members->len; i++)
    {
      g_autofree char *row = make_row (g_ptr_array_index (pool->members, i), NULL);

      append_row (json, row);
    }
  for (const GList *link = pool->ended.head; link != NULL; link = link->next)
    append_row (json, link->data);
  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}
