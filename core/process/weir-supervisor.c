/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-supervisor-private.h"

#include "time/weir-backoff-private.h"

struct _WeirSupervisor
{
  WeirBackoff *backoff; /* of the crashes since the last good reply */
  gint64 next_start;
  gboolean ran;
  gboolean hopeless;
};

WeirSupervisor *
weir_supervisor_new (gint64 restart_delay, guint32 seed)
{
  WeirSupervisor *supervisor = g_new0 (WeirSupervisor, 1);

  supervisor->backoff = weir_backoff_new (restart_delay, seed);
  supervisor->next_start = G_MININT64;
  return supervisor;
}

void
weir_supervisor_free (WeirSupervisor *supervisor)
{
  weir_backoff_free (supervisor->backoff);
  g_free (supervisor);
}

gboolean
weir_supervisor_is_tripped (const WeirSupervisor *supervisor)
{
  return weir_backoff_get_failures (supervisor->backoff) >= WEIR_SUPERVISOR_BREAKER;
}

gboolean
weir_supervisor_is_hopeless (const WeirSupervisor *supervisor)
{
  return supervisor->hopeless;
}

void
weir_supervisor_begin (WeirSupervisor *supervisor, gint64 now)
{
  if (weir_supervisor_is_tripped (supervisor))
    supervisor->next_start = now + weir_backoff_get_ceiling (supervisor->backoff);
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
  weir_backoff_reset (supervisor->backoff);
  supervisor->next_start = G_MININT64;
}

void
weir_supervisor_crashed (WeirSupervisor *supervisor, gint64 now)
{
  gboolean was_tripped = weir_supervisor_is_tripped (supervisor);
  gint64 next = now + weir_backoff_fail (supervisor->backoff);

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
