/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-private.h"

#include <gio/gio.h>

#define MS       (G_GINT64_CONSTANT (1000000))
#define LEAD     (20 * MS) /* until the first record is due */
#define WARM_UP  (500 * MS)
#define GRACE    (1000 * MS)
#define SECOND   1e9
#define MICROSEC 1e3

WeirLoadSender *
weir_load_start (const WeirLoad *load, WeirLoadTally *tally, const WeirLoadPeer *peer,
                 gpointer peer_data)
{
  WeirClock *clock = weir_clock_get_system ();
  const WeirLoadTimes times
      = { weir_clock_get_time (clock) + LEAD, WARM_UP, load->duration, GRACE + load->deadline };
  WeirLoadSchedule schedule;

  weir_load_schedule_init (&schedule, load->arrivals, load->rate, load->seed);
  tally->from = times.start + times.warm_up;
  return weir_load_sender_new (clock, &schedule, &times, peer, peer_data);
}

static void
measure_latency (const WeirLoadTally *tally, double latency_us[WEIR_LOAD_N_QUANTILES])
{
  static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999, 1 };

  for (guint i = 0; i < WEIR_LOAD_N_QUANTILES; i++)
    latency_us[i] = (double)weir_histogram_get_quantile (&tally->latency, quantiles[i]) / MICROSEC;
}

gboolean
weir_load_finish (const WeirLoad *load, const WeirLoadSender *sender, const WeirLoadTally *tally,
                  WeirLoadPoint *point, GError **error)
{
  double seconds = (double)load->duration / SECOND;

  *point = (WeirLoadPoint){ .rate = load->rate,
                            .seconds = seconds,
                            .cost_us = (double)load->cost / MICROSEC,
                            .offered = sender->n_offered,
                            .arrived = tally->n_measured,
                            .met = tally->n_met,
                            .goodput = (double)tally->n_met / seconds,
                            .sender_lag_us = (double)sender->worst_lag / MICROSEC };
  /* A backlog arrives after the end. */
  point->achieved = (double)tally->n_measured
                    / ((double)MAX (load->duration, tally->last - tally->from) / SECOND);
  measure_latency (tally, point->latency_us);

  if (tally->n_strange == 0 && tally->n_measured <= sender->n_offered
      && (tally->n_measured > 0 || sender->n_offered == 0 || load->sheds))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
               " records arrived, and %" G_GUINT64_FORMAT " that were not sent",
               tally->n_measured, sender->n_offered, tally->n_strange);
  return FALSE;
}
