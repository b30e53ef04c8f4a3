/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-tally-private.h"

#include <string.h>

#include "cli/weir-load-record-private.h"

WeirLoadTally *
weir_load_tally_new (gint64 deadline)
{
  WeirLoadTally *tally = g_new0 (WeirLoadTally, 1);

  tally->deadline = deadline;
  return tally;
}

void
weir_load_tally_free (WeirLoadTally *tally)
{
  g_free (tally);
}

void
weir_load_tally_add (WeirLoadTally *tally, const char *text, gsize length, gint64 now)
{
  gint64 intended = weir_load_record_read (text, length);

  tally->last = now;
  if (intended < 0)
    {
      tally->n_strange++;
      return;
    }

  tally->n_arrived++;
  if (intended < tally->from)
    return;
  tally->n_measured++;
  tally->n_met += now - intended <= tally->deadline;
  weir_histogram_add (&tally->latency, (guint64)MAX (now - intended, 0), 1);
}

gsize
weir_load_tally_add_lines (WeirLoadTally *tally, const char *text, gsize length, gint64 now)
{
  gsize taken = 0;
  const char *end;

  while ((end = memchr (text + taken, '\n', length - taken)))
    {
      gsize size = (gsize)(end - (text + taken)) + 1;

      weir_load_tally_add (tally, text + taken, size, now);
      taken += size;
    }
  return taken;
}
