/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-batch-private.h"
#include "process/weir-pool-state-private.h"

#define MOST_STARTS 32 /* in one go */

guint
weir_pool_count_live (const WeirProcessPool *pool)
{
  guint n = 0;

  for (guint i = 0; i < WEIR_MEMBER_ENDING; i++)
    n += pool->n[i];
  return n;
}

void
weir_pool_add_usage (WeirUsage *sum, const WeirUsage *usage)
{
  sum->user += usage->user;
  sum->system += usage->system;
  sum->peak = MAX (sum->peak, usage->peak);
}

void
weir_pool_add_said (WeirProcessPoolStats *sum, const WeirProcess *process)
{
  if (process->errors == NULL)
    return;
  sum->n_said += weir_stderr_tail_get_bytes (process->errors);
  sum->n_dropped += weir_stderr_tail_get_dropped (process->errors);
}

WeirProcessCrew *
weir_pool_ensure_crew (WeirProcessPool *pool, WeirCommand *command)
{
  WeirProcessCrew *crew;

  if (command == NULL)
    return pool->own;
  crew = g_hash_table_lookup (pool->crews, command->key);
  if (crew != NULL)
    return crew;
  crew = weir_process_crew_new (pool, command, pool->options.restart_delay, pool->n);
  g_hash_table_insert (pool->crews, crew->command->key, crew);
  return crew;
}

/* How many idle ones of the pool's own command are left when others need the room. */
static guint
get_spared (const WeirProcessPool *pool)
{
  const WeirProcessCrew *own = pool->own;
  guint n_others = weir_process_crew_count_live (own) - own->n[WEIR_MEMBER_IDLE];

  return pool->size.min > n_others ? pool->size.min - n_others : 0;
}

static gboolean
has_room (const WeirProcessPool *pool, const WeirProcessCrew *crew)
{
  guint n_own = weir_process_crew_count_live (pool->own);
  guint reserved = pool->size.min > n_own ? pool->size.min - n_own : 0;

  if (crew == pool->own)
    return weir_pool_count_live (pool)
           < pool->size.max + weir_pool_size_get_surge (&pool->size, pool->own->n_tired);
  return weir_pool_count_live (pool) + reserved < pool->size.max;
}

/* Room for one more process of a crew, if need be in the place of an idle one of another. */
static gboolean
make_room (WeirProcessPool *pool, const WeirProcessCrew *crew)
{
  guint n_spared = crew == pool->own ? G_MAXUINT : get_spared (pool);
  WeirMember *member;

  if (pool->n[WEIR_MEMBER_ENDING] >= MAX (pool->size.max, 4))
    return FALSE;
  if (has_room (pool, crew))
    return TRUE;
  member = weir_process_cache_evict (pool->cache, pool->own->command->key, n_spared);
  if (member == NULL)
    return FALSE;
  weir_pool_retire (pool, member);
  return has_room (pool, crew);
}

gboolean
weir_pool_start_if_allowed (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now)
{
  guint n_starting = crew->n[WEIR_MEMBER_STARTING];

  if (pool->drained || weir_supervisor_get_allowance (crew->supervisor, n_starting, now) == 0
      || !make_room (pool, crew))
    return FALSE;
  weir_pool_start (pool, crew, now);
  return TRUE;
}

guint
weir_pool_count_missing (const WeirProcessPool *pool)
{
  WeirPoolCounts counts;

  weir_process_crew_count (pool->own, &counts);
  return weir_pool_size_get_missing (&pool->size, &counts);
}

void
weir_pool_start_missing (WeirProcessPool *pool, gint64 now)
{
  guint n = weir_pool_count_missing (pool);
  guint n_started = 0;

  while (n_started < MIN (n, MOST_STARTS) && weir_pool_start_if_allowed (pool, pool->own, now))
    n_started++;
  pool->due |= n_started == MOST_STARTS && n > MOST_STARTS;
}

WeirMember *
weir_pool_find_worn (const WeirProcessPool *pool, const WeirProcessCrew *crew)
{
  for (guint i = 0; crew->n[WEIR_MEMBER_WORN] > 0 && i < pool->members->len; i++)
    {
      WeirMember *member = g_ptr_array_index (pool->members, i);

      if (member->crew == crew && member->state == WEIR_MEMBER_WORN)
        return member;
    }
  return NULL;
}

/* Ends those that nobody has taken for too long. One of the pool's own is there because it is
 * tired, and goes only when there is another in its place. */
static void
expire_idle (WeirProcessPool *pool, gint64 now)
{
  WeirMember *member;

  while (weir_process_cache_is_over (pool->cache)
         && (member = weir_process_cache_evict (pool->cache, pool->own->command->key, G_MAXUINT)))
    weir_pool_retire (pool, member);
  while ((member = weir_process_cache_expire (pool->cache, now)) != NULL)
    if (member->crew != pool->own)
      weir_pool_retire (pool, member);
    else if (weir_process_crew_count_live (pool->own) > pool->size.target)
      weir_pool_recycle (pool, member);
    else
      weir_process_cache_put (pool->cache, pool->own->command->key, member, WEIR_TIME_NEVER);
}

static void
shrink (WeirProcessPool *pool, gint64 now)
{
  WeirPoolCounts counts;
  WeirMember *member;

  weir_pool_size_update (&pool->size, now);
  expire_idle (pool, now);
  weir_process_crew_count (pool->own, &counts);
  for (guint n = weir_pool_size_get_relieved (&pool->size, &counts); n > 0; n--)
    weir_pool_recycle (pool, weir_pool_find_worn (pool, pool->own));
  weir_process_crew_count (pool->own, &counts);
  for (guint n = weir_pool_size_get_excess (&pool->size, &counts); n > 0; n--)
    if ((member = weir_process_cache_evict_key (pool->cache, pool->own->command->key)) != NULL)
      weir_pool_retire (pool, member);
}

static void
update_demand (WeirProcessPool *pool, gint64 now)
{
  const WeirProcessCrew *own = pool->own;
  guint n = own->n[WEIR_MEMBER_ACQUIRED] + own->n_waiting + (own->wanted ? 1 : 0);

  weir_pool_size_set_demand (&pool->size, MAX (pool->demand, n), now);
}

void
weir_pool_adjust (WeirProcessPool *pool, gint64 now)
{
  update_demand (pool, now);
  shrink (pool, now);
  weir_pool_start_missing (pool, now);
}

WeirProcess *
weir_pool_take (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now)
{
  WeirMember *member;

  if (pool->n[WEIR_MEMBER_ACQUIRED] >= pool->size.max)
    return NULL;
  member = weir_process_cache_take (pool->cache, crew->command->key);
  if (member == NULL && weir_process_crew_is_held_back (crew, now))
    member = weir_pool_find_worn (pool, crew);
  if (member == NULL)
    return NULL;
  weir_member_set_state (member, WEIR_MEMBER_ACQUIRED);
  return member->process;
}
