/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "process/weir-pool-state-private.h"

struct _WeirProcessRequest
{
  WeirProcessCrew *crew;
  WeirProcessTicket *ticket;
  WeirProcessGranted granted;
  gpointer data;
};

WeirProcessRequest *
weir_process_pool_enqueue (WeirProcessPool *pool, WeirCommand *command, guint priority,
                           gint64 deadline, WeirProcessGranted granted, gpointer data)
{
  WeirProcessRequest *request = g_new0 (WeirProcessRequest, 1);

  request->crew = weir_pool_ensure_crew (pool, command);
  request->crew->n_waiting++;
  request->granted = granted;
  request->data = data;
  request->ticket = weir_process_line_add (pool->line, priority, deadline, request,
                                           weir_clock_get_time (pool->clock));
  pool->due = TRUE;
  return request;
}

void
weir_process_pool_cancel (WeirProcessPool *pool, WeirProcessRequest *request)
{
  request->crew->n_waiting--;
  weir_process_line_remove (pool->line, request->ticket);
  g_free (request);
}

static void
answer (WeirProcessPool *pool, WeirProcessRequest *request, WeirProcess *process,
        const GError *error)
{
  WeirProcessGranted granted = request->granted;
  gpointer data = request->data;

  weir_process_pool_cancel (pool, request);
  granted (pool, process, error, data);
}

void
weir_pool_expire_requests (WeirProcessPool *pool, gint64 now)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                                  "its deadline passed while it waited");
  WeirProcessTicket *ticket;

  while ((ticket = weir_process_line_get_expired (pool->line, now)) != NULL)
    answer (pool, ticket->data, NULL, error);
}

/* Whether a request can be answered now; if not, a process is started for it, unless enough of
 * them are on their way for those before it. */
static gboolean
can_answer (WeirProcessPool *pool, WeirProcessRequest *request, GHashTable *claims, gint64 now)
{
  WeirProcessCrew *crew = request->crew;
  guint n_claimed = GPOINTER_TO_UINT (g_hash_table_lookup (claims, crew)) + 1;

  if (crew->hopeless != NULL)
    return TRUE;
  if (crew->n[WEIR_MEMBER_IDLE] > 0
      || (crew->n[WEIR_MEMBER_WORN] > 0 && weir_process_crew_is_held_back (crew, now)))
    return TRUE;
  g_hash_table_insert (claims, crew, GUINT_TO_POINTER (n_claimed));
  if (crew != pool->own && crew->n[WEIR_MEMBER_STARTING] < n_claimed)
    weir_pool_start_if_allowed (pool, crew, now);
  return FALSE;
}

static WeirProcessRequest *
find_answerable (WeirProcessPool *pool, gint64 now)
{
  g_autoptr (GHashTable) claims = g_hash_table_new (NULL, NULL);
  WeirProcessTicket *ticket = NULL;

  while ((ticket = weir_process_line_next (pool->line, ticket)) != NULL)
    if (can_answer (pool, ticket->data, claims, now))
      return ticket->data;
  return NULL;
}

void
weir_pool_serve_requests (WeirProcessPool *pool, gint64 now)
{
  WeirProcessRequest *request;

  while (weir_process_line_get_length (pool->line) > 0
         && pool->n[WEIR_MEMBER_ACQUIRED] < pool->size.max
         && (request = find_answerable (pool, now)) != NULL)
    {
      const GError *error = request->crew->hopeless;
      WeirProcess *process = error == NULL ? weir_pool_take (pool, request->crew, now) : NULL;
      g_autoptr (GError) kept = error != NULL ? g_error_copy (error) : NULL;

      request->crew->told |= error != NULL;
      answer (pool, request, process, kept);
    }
}

void
weir_pool_free_requests (WeirProcessPool *pool)
{
  WeirProcessTicket *ticket;

  while ((ticket = weir_process_line_next (pool->line, NULL)) != NULL)
    weir_process_pool_cancel (pool, ticket->data);
}
