/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-batch-private.h"
#include "process/weir-pool-state-private.h"

WeirProcess *
weir_process_pool_acquire (WeirProcessPool *pool, WeirCommand *command)
{
  WeirProcessCrew *crew = weir_pool_ensure_crew (pool, command);
  gint64 now = weir_clock_get_time (pool->clock);
  WeirProcess *process = weir_pool_take (pool, crew, now);

  crew->wanted = process == NULL;
  weir_pool_adjust (pool, now);
  if (process == NULL && crew != pool->own && crew->n[WEIR_MEMBER_STARTING] == 0
      && crew->n[WEIR_MEMBER_IDLE] == 0)
    weir_pool_start_if_allowed (pool, crew, now);
  return process;
}

static gboolean
is_worn (const WeirProcessPool *pool, const WeirMember *member)
{
  return pool->options.max_uses > 0 && member->n_uses >= pool->options.max_uses;
}

void
weir_process_pool_add_uses (WeirProcessPool *pool, WeirProcess *process, guint64 n_uses)
{
  WeirMember *member = process->owner;

  g_assert (member->state == WEIR_MEMBER_ACQUIRED);
  weir_member_add_uses (member, n_uses, pool->options.max_uses);
  if (member->tired)
    weir_pool_start_missing (pool, weir_clock_get_time (pool->clock));
}

guint64
weir_process_pool_get_uses (const WeirProcess *process)
{
  return ((const WeirMember *)process->owner)->n_uses;
}

guint64
weir_process_pool_get_uses_left (const WeirProcessPool *pool, const WeirProcess *process)
{
  const WeirMember *member = process->owner;

  if (pool->options.max_uses == 0)
    return G_MAXUINT64;
  return is_worn (pool, member) ? 0 : pool->options.max_uses - member->n_uses;
}

void
weir_process_pool_release (WeirProcessPool *pool, WeirProcess *process, guint64 n_uses)
{
  WeirMember *member = process->owner;
  WeirProcessCrew *crew = member->crew;
  gint64 now = weir_clock_get_time (pool->clock);

  g_assert (member->state == WEIR_MEMBER_ACQUIRED);
  process->user = NULL;
  weir_member_add_uses (member, n_uses, pool->options.max_uses);
  if (process->state != WEIR_PROCESS_READY)
    {
      pool->stats.n_recycled++;
      weir_member_set_state (member, WEIR_MEMBER_ENDING);
    }
  else if (pool->drained)
    weir_pool_end_member (pool, member, pool->options.patience);
  else if (!is_worn (pool, member))
    weir_pool_make_idle (pool, member, now);
  else if (crew == pool->own)
    weir_member_set_state (member, WEIR_MEMBER_WORN);
  else
    weir_pool_recycle (pool, member);
  pool->due |= weir_process_line_get_length (pool->line) > 0;
  weir_pool_adjust (pool, now);
}

void
weir_process_pool_discard (WeirProcessPool *pool, WeirProcess *process, const char *why)
{
  WeirMember *member = process->owner;
  gint64 now = weir_clock_get_time (pool->clock);

  g_assert (member->state == WEIR_MEMBER_ACQUIRED);
  process->user = NULL;
  weir_pool_crash (pool, member, now);
  weir_pool_log_crash (pool, member, why, now);
  weir_pool_end_member (pool, member, 0);
  pool->due |= weir_process_line_get_length (pool->line) > 0;
  weir_pool_adjust (pool, now);
}

void
weir_process_pool_set_demand (WeirProcessPool *pool, guint n_processes)
{
  if (n_processes == pool->demand)
    return;
  pool->demand = n_processes;
  weir_pool_adjust (pool, weir_clock_get_time (pool->clock));
}

void
weir_process_pool_finish (WeirProcessPool *pool)
{
  pool->finishing = TRUE;
  pool->size.hold = 0; /* who ends now is not replaced for what was demanded before */
  weir_pool_size_set_min (&pool->size, 0);
}

void
weir_process_pool_drain (WeirProcessPool *pool)
{
  pool->demand = 0;
  pool->finishing = TRUE;
  pool->drained = TRUE;
  weir_pool_size_init (&pool->size, 0, pool->options.max, pool->options.idle_timeout,
                       weir_clock_get_time (pool->clock));
  for (guint i = 0; i < pool->members->len; i++)
    {
      WeirMember *member = g_ptr_array_index (pool->members, i);

      if (member->state != WEIR_MEMBER_ACQUIRED && member->state != WEIR_MEMBER_ENDING)
        weir_pool_end_member (pool, member, pool->options.patience);
    }
}

gboolean
weir_process_pool_is_empty (const WeirProcessPool *pool)
{
  return pool->members->len == 0;
}

/* Telling -------------------------------------------------------------------------------------- */

static void
tell_hopeless (WeirProcessPool *pool)
{
  g_autoptr (GList) crews = NULL;

  if (!pool->hopeless)
    return;
  pool->hopeless = FALSE;
  crews = g_hash_table_get_values (pool->crews);
  for (const GList *link = crews; link != NULL; link = link->next)
    {
      WeirProcessCrew *crew = link->data;

      if (crew->hopeless == NULL || crew->told || (crew != pool->own && !crew->wanted))
        continue;
      crew->told = TRUE;
      crew->wanted = FALSE;
      pool->events.hopeless (pool, crew->hopeless, pool->data);
    }
}

/* Crews other than the pool's own: a process is started for whoever has asked in vain, and what is
 * not needed any more is forgotten. */
static void
visit_crews (WeirProcessPool *pool, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, pool->crews);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      WeirProcessCrew *crew = value;

      if (crew == pool->own)
        continue;
      if (crew->wanted && crew->n[WEIR_MEMBER_IDLE] + crew->n[WEIR_MEMBER_STARTING] == 0)
        weir_pool_start_if_allowed (pool, crew, now);
      if (weir_process_crew_is_forgotten (crew, now))
        g_hash_table_iter_remove (&iter);
    }
}

static void
tell_available (WeirProcessPool *pool)
{
  GHashTableIter iter;
  gpointer crew;

  if (!pool->available)
    return;
  pool->available = FALSE;
  g_hash_table_iter_init (&iter, pool->crews);
  while (g_hash_table_iter_next (&iter, NULL, &crew))
    if (((WeirProcessCrew *)crew)->n[WEIR_MEMBER_IDLE] > 0)
      ((WeirProcessCrew *)crew)->wanted = FALSE;
  pool->events.available (pool, pool->data);
}

void
weir_process_pool_dispatch (WeirProcessPool *pool)
{
  gint64 now;

  pool->due = FALSE;
  weir_process_host_dispatch (pool->host);
  now = weir_clock_get_time (pool->clock);
  pool->last_dispatch = now;
  weir_pool_expire_requests (pool, now);
  weir_pool_adjust (pool, now);
  weir_pool_serve_requests (pool, now);
  tell_hopeless (pool);
  tell_available (pool);
  visit_crews (pool, now);
}

/* A crew for which a process could not be started at the last dispatch, but can be at a later time.
 */
static gint64
get_next_start (const WeirProcessPool *pool, const WeirProcessCrew *crew)
{
  gint64 time = weir_supervisor_get_next_start (crew->supervisor);
  gboolean needs = crew == pool->own ? weir_pool_count_missing (pool) > 0
                                     : crew->n_waiting > 0 || crew->wanted;

  if (!needs || pool->drained || time <= pool->last_dispatch
      || weir_supervisor_is_hopeless (crew->supervisor))
    return WEIR_TIME_NEVER;
  return time;
}

gint64
weir_process_pool_get_next_time (const WeirProcessPool *pool)
{
  gint64 next = weir_process_host_get_next_time (pool->host);
  GHashTableIter iter;
  gpointer crew;

  if (pool->due || pool->available || pool->hopeless)
    return G_MININT64;
  next = MIN (next, weir_pool_size_get_next_time (&pool->size));
  next = MIN (next, weir_process_cache_get_next_time (pool->cache));
  next = MIN (next, weir_process_line_get_next_time (pool->line));
  g_hash_table_iter_init (&iter, pool->crews);
  while (g_hash_table_iter_next (&iter, NULL, &crew))
    next = MIN (next, get_next_start (pool, crew));
  return next;
}

int
weir_process_pool_get_fd (const WeirProcessPool *pool)
{
  return weir_process_host_get_fd (pool->host);
}

void
weir_process_pool_get_stats (WeirProcessPool *pool, WeirProcessPoolStats *stats)
{
  *stats = pool->stats;
  stats->n_processes = weir_pool_count_live (pool);
  stats->n_idle = pool->n[WEIR_MEMBER_IDLE];
  stats->n_acquired = pool->n[WEIR_MEMBER_ACQUIRED];
  stats->tripped = weir_supervisor_is_tripped (pool->own->supervisor);
  for (guint i = 0; i < pool->members->len; i++)
    {
      const WeirMember *member = g_ptr_array_index (pool->members, i);
      WeirUsage usage = { 0 };

      weir_process_get_usage (member->process, &usage);
      weir_pool_add_usage (&stats->usage, &usage);
      weir_pool_add_said (stats, member->process);
    }
}

WeirProcessPool *
weir_process_pool_new (const WeirProcessPoolOptions *options, WeirCommand *command,
                       WeirClock *clock, const WeirProcessPoolEvents *events, gpointer data,
                       GError **error)
{
  g_autoptr (WeirProcessHost) host = weir_process_host_new (clock, error);
  WeirProcessPool *pool;
  gint64 now = weir_clock_get_time (clock);

  g_assert (options->max >= 1);
  if (host == NULL)
    return NULL;
  pool = g_new0 (WeirProcessPool, 1);
  pool->options = *options;
  pool->events = *events;
  pool->data = data;
  pool->clock = g_object_ref (clock);
  pool->host = g_steal_pointer (&host);
  weir_process_host_set_deadline (pool->host, options->deadline);
  pool->crews = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify)weir_process_crew_free);
  pool->members = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_member_free);
  pool->cache = weir_process_cache_new (options->max);
  pool->line = weir_process_line_new ();
  pool->last_dispatch = now;
  pool->next_log = G_MININT64;
  weir_pool_size_init (&pool->size, options->min, options->max, options->idle_timeout, now);
  pool->own = weir_pool_ensure_crew (pool, command);
  weir_pool_start_missing (pool, now);
  return pool;
}

void
weir_process_pool_free (WeirProcessPool *pool)
{
  weir_pool_free_requests (pool);
  weir_process_host_free (pool->host);
  g_ptr_array_unref (pool->members);
  weir_process_cache_free (pool->cache);
  weir_process_line_free (pool->line);
  weir_pool_free_ends (pool);
  g_hash_table_unref (pool->crews);
  g_object_unref (pool->clock);
  g_free (pool);
}
