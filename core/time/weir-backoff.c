/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time/weir-backoff-private.h"

struct _WeirBackoff
{
  gint64 base; /* nanoseconds */
  gint64 most;
  GRand *rand;
  guint n_failures; /* in a row */
};

WeirBackoff *
weir_backoff_new (gint64 base, guint32 seed)
{
  WeirBackoff *backoff = g_new0 (WeirBackoff, 1);

  backoff->base = MAX (base, WEIR_BACKOFF_LEAST);
  backoff->most = MAX (backoff->base, WEIR_BACKOFF_MOST);
  backoff->rand = g_rand_new_with_seed (seed);
  return backoff;
}

void
weir_backoff_free (WeirBackoff *backoff)
{
  g_rand_free (backoff->rand);
  g_free (backoff);
}

guint
weir_backoff_get_failures (const WeirBackoff *backoff)
{
  return backoff->n_failures;
}

gint64
weir_backoff_get_ceiling (const WeirBackoff *backoff)
{
  gint64 ceiling = backoff->base;

  for (guint i = 1; i < backoff->n_failures && ceiling < backoff->most; i++)
    ceiling *= 2;
  return MIN (ceiling, backoff->most);
}

gint64
weir_backoff_fail (WeirBackoff *backoff)
{
  backoff->n_failures = MIN (backoff->n_failures, G_MAXUINT - 1) + 1;
  return (gint64)(g_rand_double (backoff->rand) * (double)weir_backoff_get_ceiling (backoff));
}

void
weir_backoff_reset (WeirBackoff *backoff)
{
  backoff->n_failures = 0;
}
