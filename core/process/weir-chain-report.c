/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-chain-report-private.h"

#include <pthread.h>

#include "json/weir-json-private.h"

/* Nanoseconds from one look at what live commands have used to the next. */
#define LOOK_INTERVAL 500000000

/* A command over all runs. */
typedef struct
{
  WeirChainFigures figures;
  guint64 n_started;
  char *end; /* NULL: it lives, or was never run */
} Row;

struct _WeirChainReport
{
  GPtrArray *commands;
  Row *totals; /* of the runs that are over, one a command */

  guint n_events;   /* of the run in hand, when it was last looked at */
  gint64 next_look; /* at live commands */

  pthread_mutex_t lock; /* of text */
  char *text;
};

static void
add_figures (WeirChainFigures *sum, const WeirChainFigures *figures)
{
  if (figures->pid > 0)
    sum->pid = figures->pid;
  sum->usage.user += figures->usage.user;
  sum->usage.system += figures->usage.system;
  sum->usage.peak = MAX (sum->usage.peak, figures->usage.peak);
  sum->n_said += figures->n_said;
  sum->n_dropped += figures->n_dropped;
}

/* What is known of a command with the run in hand, if there is one. */
static Row
make_row (const WeirChainReport *report, const WeirChainRun *run, guint i)
{
  Row row = report->totals[i];

  if (run == NULL)
    return row;

  WeirChainFigures figures = weir_chain_member_look (&run->members[i]);

  add_figures (&row.figures, &figures);
  row.n_started += figures.pid > 0;
  row.end = run->members[i].end;
  return row;
}

/* Text -----------------------------------------------------------------------------------------
 */

static void
append_count (GString *json, const char *name, guint64 value)
{
  g_string_append_printf (json, "%s\"%s\":%" G_GUINT64_FORMAT,
                          json->str[json->len - 1] == '{' ? "" : ",", name, value);
}

static void
append_seconds (GString *json, const char *name, guint64 nanoseconds)
{
  g_string_append_printf (json, "%s\"%s\":", json->str[json->len - 1] == '{' ? "" : ",", name);
  weir_json_append_double (json, (double)nanoseconds / 1e9);
}

static void
append_said (GString *json, const WeirChainFigures *figures)
{
  g_string_append (json, ",\"stderr_bytes\":{");
  append_count (json, "in", figures->n_said);
  append_count (json, "dropped", figures->n_dropped);
  g_string_append_c (json, '}');
}

static guint64
count_restarts (const Row *row)
{
  return row->n_started > 0 ? row->n_started - 1 : 0;
}

static void
append_row (GString *json, WeirCommand *command, const Row *row)
{
  g_autofree char *text = weir_command_to_text (command);

  g_string_append (json, json->str[json->len - 1] == '[' ? "{\"command\":" : ",{\"command\":");
  weir_json_append_string (json, text, -1);
  append_count (json, "pid", (guint64)row->figures.pid);
  append_count (json, "restarts", count_restarts (row));
  append_seconds (json, "user_seconds", row->figures.usage.user);
  append_seconds (json, "system_seconds", row->figures.usage.system);
  append_count (json, "peak_bytes", row->figures.usage.peak);
  append_said (json, &row->figures);
  g_string_append (json, ",\"end\":");
  if (row->end != NULL)
    weir_json_append_string (json, row->end, -1);
  else
    g_string_append (json, "null");
  g_string_append_c (json, '}');
}

static void
append_totals (GString *json, const Row *all, guint n_alive, guint64 n_restarts)
{
  append_count (json, "processes", n_alive);
  append_count (json, "started", all->n_started);
  append_count (json, "restarts", n_restarts);
  g_string_append (json, ",\"cpu_seconds\":{");
  append_seconds (json, "user", all->figures.usage.user);
  append_seconds (json, "system", all->figures.usage.system);
  g_string_append_c (json, '}');
  append_count (json, "peak_bytes", all->figures.usage.peak);
  append_said (json, &all->figures);
}

static char *
make_text (const WeirChainReport *report, const WeirChainRun *run)
{
  g_autoptr (GString) rows = g_string_new ("[");
  GString *json = g_string_new ("{");
  guint64 n_restarts = 0;
  Row all = { 0 };

  for (guint i = 0; i < report->commands->len; i++)
    {
      Row row = make_row (report, run, i);

      append_row (rows, g_ptr_array_index (report->commands, i), &row);
      add_figures (&all.figures, &row.figures);
      all.n_started += row.n_started;
      n_restarts += count_restarts (&row);
    }
  append_totals (json, &all, run != NULL ? run->n_alive : 0, n_restarts);
  g_string_append_printf (json, ",\"each\":%s]}", rows->str);
  return g_string_free (json, FALSE);
}

static void
set_text (WeirChainReport *report, const WeirChainRun *run)
{
  char *text = make_text (report, run);

  pthread_mutex_lock (&report->lock);
  g_free (report->text);
  report->text = text;
  pthread_mutex_unlock (&report->lock);
}

/* Life -----------------------------------------------------------------------------------------
 */

WeirChainReport *
weir_chain_report_new (GPtrArray *commands)
{
  WeirChainReport *report = g_new0 (WeirChainReport, 1);

  report->commands = g_ptr_array_ref (commands);
  report->totals = g_new0 (Row, commands->len);
  pthread_mutex_init (&report->lock, NULL);
  set_text (report, NULL);
  return report;
}

void
weir_chain_report_free (WeirChainReport *report)
{
  for (guint i = 0; i < report->commands->len; i++)
    g_free (report->totals[i].end);
  g_free (report->totals);
  g_ptr_array_unref (report->commands);
  pthread_mutex_destroy (&report->lock);
  g_free (report->text);
  g_free (report);
}

void
weir_chain_report_take (WeirChainReport *report, const WeirChainRun *run, gint64 now)
{
  if (run->n_events == report->n_events && (run->n_alive == 0 || now < report->next_look))
    return;
  report->n_events = run->n_events;
  report->next_look = now + LOOK_INTERVAL;
  set_text (report, run);
}

void
weir_chain_report_close (WeirChainReport *report, const WeirChainRun *run)
{
  for (guint i = 0; i < report->commands->len; i++)
    {
      Row row = make_row (report, run, i);

      row.end = g_strdup (row.end);
      g_free (report->totals[i].end);
      report->totals[i] = row;
    }
  report->n_events = 0;
  set_text (report, NULL);
}

char *
weir_chain_report_describe (WeirChainReport *report)
{
  pthread_mutex_lock (&report->lock);
  char *text = g_strdup (report->text);
  pthread_mutex_unlock (&report->lock);
  return text;
}
