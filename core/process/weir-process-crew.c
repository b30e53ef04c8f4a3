/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-crew-private.h"

#include <weir/weir-error.h>

WeirProcessCrew *
weir_process_crew_new (WeirProcessPool *pool, WeirCommand *command, gint64 restart_delay,
                       guint *totals)
{
  WeirProcessCrew *crew = g_new0 (WeirProcessCrew, 1);

  crew->pool = pool;
  crew->command = weir_command_ref (command);
  crew->supervisor = weir_supervisor_new (restart_delay, g_random_int ());
  crew->totals = totals;
  return crew;
}

void
weir_process_crew_free (WeirProcessCrew *crew)
{
  weir_supervisor_free (crew->supervisor);
  weir_command_unref (crew->command);
  g_clear_error (&crew->hopeless);
  g_free (crew);
}

guint
weir_process_crew_count_live (const WeirProcessCrew *crew)
{
  guint n = 0;

  for (guint i = 0; i < WEIR_MEMBER_ENDING; i++)
    n += crew->n[i];
  return n;
}

void
weir_process_crew_count (const WeirProcessCrew *crew, WeirPoolCounts *counts)
{
  *counts = (WeirPoolCounts){
    .n_starting = crew->n[WEIR_MEMBER_STARTING],
    .n_ready = crew->n[WEIR_MEMBER_IDLE] + crew->n[WEIR_MEMBER_ACQUIRED],
    .n_worn = crew->n[WEIR_MEMBER_WORN],
    .n_tired = crew->n_tired,
  };
}

gboolean
weir_process_crew_is_held_back (const WeirProcessCrew *crew, gint64 now)
{
  return crew->n[WEIR_MEMBER_STARTING] == 0
         && weir_supervisor_get_allowance (crew->supervisor, 0, now) == 0;
}

gboolean
weir_process_crew_is_forgotten (const WeirProcessCrew *crew, gint64 now)
{
  return weir_process_crew_count_live (crew) + crew->n[WEIR_MEMBER_ENDING] + crew->n_waiting == 0
         && !crew->wanted
         && (crew->told || weir_supervisor_get_allowance (crew->supervisor, 0, now) > 0);
}

GError *
weir_process_crew_describe_failure (const WeirProcessCrew *crew, const WeirProcess *process)
{
  const char *name = crew->command->argv[0];
  g_autofree char *cause = weir_process_describe_start_error (process);

  if (g_strcmp0 (process->start_step, "chdir") == 0 && crew->command->directory != NULL)
    return g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START, "cannot start %s in %s: %s",
                        name, crew->command->directory, cause);
  if (process->start_step == NULL || g_str_equal (process->start_step, "exec"))
    return g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START, "cannot start %s: %s", name,
                        cause);
  return g_error_new (WEIR_ENGINE_ERROR, WEIR_ENGINE_ERROR_START, "cannot start %s: %s: %s", name,
                      process->start_step, cause);
}

/* Enters the counts (@sign 1), or leaves them (-1). */
static void
count (WeirMember *member, int sign)
{
  WeirProcessCrew *crew = member->crew;

  crew->n[member->state] += (guint)sign;
  crew->totals[member->state] += (guint)sign;
  if (member->tired && member->state != WEIR_MEMBER_ENDING)
    crew->n_tired += (guint)sign;
}

WeirMember *
weir_member_new (WeirProcessCrew *crew)
{
  WeirMember *member = g_new0 (WeirMember, 1);

  member->crew = crew;
  member->state = WEIR_MEMBER_STARTING;
  count (member, 1);
  return member;
}

void
weir_member_free (WeirMember *member)
{
  count (member, -1);
  g_free (member);
}

void
weir_member_set_state (WeirMember *member, WeirMemberState state)
{
  count (member, -1);
  member->state = state;
  count (member, 1);
}

void
weir_member_add_uses (WeirMember *member, guint64 n_uses, guint64 max_uses)
{
  count (member, -1);
  member->n_uses += n_uses;
  member->tired = weir_pool_size_is_tired (member->n_uses, max_uses);
  count (member, 1);
  if (n_uses > 0)
    weir_supervisor_answered (member->crew->supervisor);
}
