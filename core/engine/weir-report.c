/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/weir-report-private.h"

#include "json/weir-json-private.h"

static const char *const ledger_names[] = { "in",      "created", "out",  "filtered", "absorbed",
                                            "invalid", "late",    "shed", "failed",   "in_flight" };

#define N_LEDGER G_N_ELEMENTS (ledger_names)

G_STATIC_ASSERT (sizeof (WeirLedger) == N_LEDGER * sizeof (guint64));

static void
free_stage_report (gpointer data)
{
  WeirStageReport *stage = data;

  g_free (stage->id);
  g_free (stage->type);
  g_free (stage->workers);
  g_free (stage);
}

WeirReport *
weir_report_new (const char *pipeline)
{
  WeirReport *report = g_new0 (WeirReport, 1);

  report->pipeline = g_strdup (pipeline);
  report->stages = g_ptr_array_new_with_free_func (free_stage_report);
  return report;
}

void
weir_report_free (WeirReport *report)
{
  g_free (report->pipeline);
  g_ptr_array_unref (report->stages);
  g_free (report);
}

/* JSON ------------------------------------------------------------------------------------------
 */

static void
append_key (GString *json, const char *key)
{
  if (json->str[json->len - 1] != '{')
    g_string_append_c (json, ',');
  g_string_append_printf (json, "\"%s\":", key);
}

static void
append_count (GString *json, const char *key, guint64 value)
{
  append_key (json, key);
  g_string_append_printf (json, "%" G_GUINT64_FORMAT, value);
}

static void
append_number (GString *json, const char *key, double value)
{
  append_key (json, key);
  weir_json_append_double (json, value);
}

static void
append_text (GString *json, const char *key, const char *value)
{
  append_key (json, key);
  weir_json_append_string (json, value, -1);
}

static void
append_ledger (GString *json, const WeirLedger *ledger)
{
  const guint64 *counts = (const guint64 *)ledger;

  append_key (json, "records");
  g_string_append_c (json, '{');
  for (guint i = 0; i < N_LEDGER; i++)
    append_count (json, ledger_names[i], counts[i]);
  g_string_append_c (json, '}');
}

static void
append_pair (GString *json, const char *key, const char *first, guint64 a, const char *second,
             guint64 b)
{
  append_key (json, key);
  g_string_append_c (json, '{');
  append_count (json, first, a);
  append_count (json, second, b);
  g_string_append_c (json, '}');
}

static void
append_latency (GString *json, const double *latency)
{
  static const char *const names[] = { "p50", "p90", "p99", "p999", "max" };

  append_key (json, "latency_us");
  g_string_append_c (json, '{');
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    append_number (json, names[i], latency[i]);
  g_string_append_c (json, '}');
}

static void
append_stage (GString *json, const WeirStageReport *stage)
{
  if (json->str[json->len - 1] != '[')
    g_string_append_c (json, ',');
  g_string_append_c (json, '{');
  append_text (json, "id", stage->id);
  append_text (json, "type", stage->type);
  append_ledger (json, &stage->records);
  append_number (json, "busy_seconds", stage->busy_seconds);
  append_key (json, "process_us");
  g_string_append_c (json, '{');
  append_number (json, "p50", stage->process_us_p50);
  append_number (json, "p99", stage->process_us_p99);
  g_string_append_c (json, '}');
  if (stage->workers != NULL)
    {
      append_key (json, "workers");
      g_string_append (json, stage->workers);
    }
  g_string_append_c (json, '}');
}

char *
weir_report_to_json (const WeirReport *report)
{
  GString *json = g_string_new ("{");

  append_text (json, "pipeline", report->pipeline);
  append_number (json, "seconds", report->seconds);
  append_ledger (json, &report->records);
  append_key (json, "balanced");
  g_string_append (json, report->balanced ? "true" : "false");
  append_pair (json, "dead_letters", "written", report->dead_letters_written, "lost",
               report->dead_letters_lost);
  append_pair (json, "results", "written", report->results_written, "lost", report->results_lost);
  append_pair (json, "bytes", "in", report->bytes_in, "out", report->bytes_out);
  append_pair (json, "deadline", "met", report->deadline_met, "missed", report->deadline_missed);
  append_latency (json, report->latency_us);
  append_key (json, "stages");
  g_string_append_c (json, '[');
  for (guint i = 0; i < report->stages->len; i++)
    append_stage (json, g_ptr_array_index (report->stages, i));
  g_string_append (json, "]}\n");
  return g_string_free (json, FALSE);
}

/* Text ------------------------------------------------------------------------------------------
 */

/* Columns in which every row is 0 are left out. */
typedef struct
{
  gboolean shown[N_LEDGER];
  guint width[N_LEDGER];
  guint id_width;
} Columns;

static guint
count_digits (guint64 value)
{
  guint digits = 1;

  for (; value >= 10; value /= 10)
    digits++;
  return digits;
}

static void
measure_row (Columns *columns, const char *id, const WeirLedger *ledger)
{
  const guint64 *counts = (const guint64 *)ledger;

  columns->id_width = MAX (columns->id_width, strlen (id));
  for (guint i = 0; i < N_LEDGER; i++)
    {
      columns->shown[i] |= counts[i] > 0;
      columns->width[i] = MAX (columns->width[i], count_digits (counts[i]));
    }
}

static Columns
measure (const WeirReport *report)
{
  Columns columns = { .shown = { [0] = TRUE, [2] = TRUE } };

  for (guint i = 0; i < N_LEDGER; i++)
    columns.width[i] = strlen (ledger_names[i]);
  measure_row (&columns, "all", &report->records);
  for (guint i = 0; i < report->stages->len; i++)
    {
      const WeirStageReport *stage = g_ptr_array_index (report->stages, i);

      measure_row (&columns, stage->id, &stage->records);
    }
  return columns;
}

static void
append_row (GString *text, const Columns *columns, const char *id, const WeirLedger *ledger)
{
  const guint64 *counts = (const guint64 *)ledger;

  g_string_append_printf (text, "%-*s", (int)columns->id_width, id);
  for (guint i = 0; i < N_LEDGER; i++)
    if (columns->shown[i] && ledger == NULL)
      g_string_append_printf (text, "  %*s", (int)columns->width[i], ledger_names[i]);
    else if (columns->shown[i])
      g_string_append_printf (text, "  %*" G_GUINT64_FORMAT, (int)columns->width[i], counts[i]);
  g_string_append_c (text, '\n');
}

static void
append_time (GString *text, const char *name, double microseconds)
{
  if (microseconds < 1e3)
    g_string_append_printf (text, "  %s %.0f us", name, microseconds);
  else if (microseconds < 1e6)
    g_string_append_printf (text, "  %s %.1f ms", name, microseconds / 1e3);
  else
    g_string_append_printf (text, "  %s %.2f s", name, microseconds / 1e6);
}

static void
append_aside (GString *text, const char *name, guint64 written, guint64 lost)
{
  if (written + lost > 0)
    g_string_append_printf (text, "%s  written %" G_GUINT64_FORMAT "  lost %" G_GUINT64_FORMAT "\n",
                            name, written, lost);
}

static void
append_summary (GString *text, const WeirReport *report)
{
  if (report->deadline_met + report->deadline_missed > 0)
    g_string_append_printf (text,
                            "deadline  met %" G_GUINT64_FORMAT "  missed %" G_GUINT64_FORMAT "\n",
                            report->deadline_met, report->deadline_missed);
  append_aside (text, "dead letters", report->dead_letters_written, report->dead_letters_lost);
  append_aside (text, "results", report->results_written, report->results_lost);
  g_string_append (text, "latency");
  append_time (text, "p50", report->latency_us[0]);
  append_time (text, "p99", report->latency_us[2]);
  append_time (text, "max", report->latency_us[4]);
  g_string_append_printf (text, "\n%s in %.3f s: the ledger %s\n", report->pipeline,
                          report->seconds, report->balanced ? "balances" : "DOES NOT BALANCE");
}

char *
weir_report_to_text (const WeirReport *report)
{
  GString *text = g_string_new (NULL);
  Columns columns = measure (report);

  append_row (text, &columns, "", NULL);
  for (guint i = 0; i < report->stages->len; i++)
    {
      const WeirStageReport *stage = g_ptr_array_index (report->stages, i);

      append_row (text, &columns, stage->id, &stage->records);
    }
  append_row (text, &columns, "all", &report->records);
  append_summary (text, report);
  return g_string_free (text, FALSE);
}
