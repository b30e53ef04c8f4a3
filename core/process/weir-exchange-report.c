/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-exchange-private.h"

#include "json/weir-json-private.h"

void
weir_spell_add (WeirSpell *spell, WeirHistogram *histogram, gint64 value)
{
  if (spell->n > 0 && spell->value != value)
    weir_spell_end (spell, histogram);
  spell->value = value;
  spell->n++;
}

void
weir_spell_end (WeirSpell *spell, WeirHistogram *histogram)
{
  if (spell->n > 0)
    weir_histogram_add (histogram, MAX (0, spell->value), spell->n);
  spell->n = 0;
}

/* Nanoseconds from one look at what live workers have used to the next. */
#define STATS_INTERVAL 500000000

void
weir_exchange_take_stats (WeirExchange *exchange)
{
  WeirProcessPoolStats stats;

  weir_process_pool_get_stats (exchange->pool, &stats);
  weir_spell_end (&exchange->waits, exchange->queue_wait);
  weir_spell_end (&exchange->runs, exchange->run_time);
  exchange->next_stats = exchange->now + STATS_INTERVAL;
  pthread_mutex_lock (&exchange->lock);
  exchange->stats = stats;
  g_free (exchange->workers);
  exchange->workers = weir_process_pool_describe (exchange->pool);
  pthread_mutex_unlock (&exchange->lock);
}

static void
append_times (GString *json, const char *name, const WeirHistogram *histogram)
{
  g_string_append_printf (json, ",\"%s\":{\"p50\":", name);
  weir_json_append_double (json, (double)weir_histogram_get_quantile (histogram, 0.5) / 1e3);
  g_string_append (json, ",\"p99\":");
  weir_json_append_double (json, (double)weir_histogram_get_quantile (histogram, 0.99) / 1e3);
  g_string_append_c (json, '}');
}

static void
append_usage (GString *json, const WeirUsage *usage)
{
  g_string_append (json, ",\"cpu_seconds\":{\"user\":");
  weir_json_append_double (json, (double)usage->user / 1e9);
  g_string_append (json, ",\"system\":");
  weir_json_append_double (json, (double)usage->system / 1e9);
  g_string_append_printf (json, "},\"peak_bytes\":%" G_GUINT64_FORMAT, usage->peak);
}

char *
weir_exchange_describe (WeirExchange *exchange)
{
  GString *json = g_string_new ("{");
  WeirProcessPoolStats stats;
  g_autofree char *workers = NULL;

  pthread_mutex_lock (&exchange->lock);
  stats = exchange->stats;
  workers = g_strdup (exchange->workers != NULL ? exchange->workers : "[]");
  pthread_mutex_unlock (&exchange->lock);
  g_string_append_printf (json, "\"processes\":%u,\"idle\":%u,\"started\":%" G_GUINT64_FORMAT,
                          stats.n_processes, stats.n_idle, stats.n_started);
  g_string_append_printf (json, ",\"failed\":%" G_GUINT64_FORMAT ",\"crashed\":%" G_GUINT64_FORMAT,
                          stats.n_failed, stats.n_crashed);
  g_string_append_printf (json,
                          ",\"recycled\":%" G_GUINT64_FORMAT ",\"retired\":%" G_GUINT64_FORMAT,
                          stats.n_recycled, stats.n_retired);
  g_string_append_printf (json, ",\"retries\":%" G_GUINT64_FORMAT,
                          __atomic_load_n (&exchange->n_retried, __ATOMIC_RELAXED));
  append_times (json, "queue_wait_us", exchange->queue_wait);
  append_times (json, "run_us", exchange->run_time);
  append_usage (json, &stats.usage);
  g_string_append_printf (json,
                          ",\"stderr_bytes\":{\"in\":%" G_GUINT64_FORMAT
                          ",\"dropped\":%" G_GUINT64_FORMAT "},\"each\":%s}",
                          stats.n_said, stats.n_dropped, workers);
  return g_string_free (json, FALSE);
}
