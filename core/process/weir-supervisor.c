/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-supervisor-private.h"

struct _WeirSupervisor
{
  gint64 base; /* nanoseconds */
  gint64 most;
  GRand *rand;

  guint n_crashes; /* since the last good reply */
  gint64 next_start;
  gboolean ran;
  gboolean hopeless;
};

WeirSupervisor *
weir_supervisor_new (gint64 restart_delay, guint32 seed)
{
  WeirSupervisor *supervisor = g_new0 (WeirSupervisor, 1);

  supervisor->base = MAX (restart_delay, WEIR_SUPERVISOR_LEAST_DELAY);
  supervisor->most = MAX (supervisor->base, WEIR_SUPERVISOR_MOST_DELAY);
  supervisor->rand = g_rand_new_with_seed (seed);
  supervisor->next_start = G_MININT64;
  return supervisor;
}

void
weir_supervisor_free (WeirSupervisor *supervisor)
{
  g_rand_free (supervisor->rand);
  g_free (supervisor);
}

gboolean
weir_supervisor_is_tripped (const WeirSupervisor *supervisor)
{
  return supervisor->n_crashes >= WEIR_SUPERVISOR_BREAKER;
}

gboolean
weir_supervisor_is_hopeless (const WeirSupervisor *supervisor)
{
  return supervisor->hopeless;
}

/* The longest backoff after what has happened so far. */
static gint64
get_ceiling (const WeirSupervisor *supervisor)
{
  gint64 ceiling = supervisor->base;

  for (guint i = 1; i < supervisor->n_crashes && ceiling < supervisor->most; i++)
    ceiling *= 2;
  return MIN (ceiling, supervisor->most);
}

void
weir_supervisor_begin (WeirSupervisor *supervisor, gint64 now)
{
  if (weir_supervisor_is_tripped (supervisor))
    supervisor->next_start = now + get_ceiling (supervisor);
}

void
weir_supervisor_started (WeirSupervisor *supervisor)
{
  supervisor->ran = TRUE;
  supervisor->hopeless = FALSE;
}

void
weir_supervisor_answered (WeirSupervisor *supervisor)
{
  supervisor->n_crashes = 0;
  supervisor->next_start = G_MININT64;
}

void
weir_supervisor_crashed (WeirSupervisor *supervisor, gint64 now)
{
  gboolean was_tripped = weir_supervisor_is_tripped (supervisor);
  gint64 next;

  supervisor->n_crashes = MIN (supervisor->n_crashes, G_MAXUINT - 1) + 1;
  next = now + (gint64)(g_rand_double (supervisor->rand) * (double)get_ceiling (supervisor));
  supervisor->next_start = was_tripped ? next : MAX (supervisor->next_start, next);
}

void
weir_supervisor_failed (WeirSupervisor *supervisor, gboolean passing, gint64 now)
{
  weir_supervisor_crashed (supervisor, now);
  if (!supervisor->ran && (!passing || weir_supervisor_is_tripped (supervisor)))
    supervisor->hopeless = TRUE;
}

guint
weir_supervisor_get_allowance (const WeirSupervisor *supervisor, guint n_starting, gint64 now)
{
  if (supervisor->hopeless || now < supervisor->next_start)
    return 0;
  if (weir_supervisor_is_tripped (supervisor))
    return n_starting == 0 ? 1 : 0;
  return G_MAXUINT;
}

gint64
weir_supervisor_get_next_start (const WeirSupervisor *supervisor)
{
  return supervisor->next_start;
}
