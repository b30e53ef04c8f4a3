/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-spin-private.h"

#define DEFAULT_MICROSECONDS 20
#define MAX_BACKOFF          10

void
weir_spin_init (WeirSpin *spin)
{
  const char *text = g_getenv (WEIR_SPIN_VARIABLE);
  guint64 limit = DEFAULT_MICROSECONDS;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, 1000, &limit, NULL))
    limit = DEFAULT_MICROSECONDS;
  *spin = (WeirSpin){ .limit = g_get_num_processors () < 2 ? 0 : (gint64)limit * 1000 };
}

gboolean
weir_spin_may (WeirSpin *spin)
{
  if (spin->limit == 0)
    return FALSE;
  if (spin->n_skips == 0)
    return TRUE;
  spin->n_skips--;
  return FALSE;
}

void
weir_spin_tell (WeirSpin *spin, gboolean found)
{
  spin->n_misses = found ? spin->n_misses / 2 : MIN (spin->n_misses + 1, MAX_BACKOFF);
  spin->n_skips = (1u << spin->n_misses) - 1;
}
