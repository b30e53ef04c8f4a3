/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-live-line-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/weir-cli-format-private.h"

#define REFRESH_MS 500
#define ERASE_LINE "\r\033[K"

struct _WeirLiveLine
{
  WeirPipeline *pipeline;
  GSource *timer;
  gint64 shown_at; /* nanoseconds */
  guint64 shown_in;
};

char *
weir_live_line_format (const WeirReport *report, double rate)
{
  g_autofree char *elapsed = weir_format_elapsed (report->seconds);
  g_autofree char *in = weir_format_count (report->records.in);
  g_autofree char *speed = weir_format_count (rate);
  g_autofree char *p99 = weir_format_microseconds (report->latency_us[2]);
  g_autofree char *late = weir_format_count (report->deadline_missed);
  g_autofree char *lag = weir_format_count (report->records.in_flight);

  return g_strdup_printf ("%s  in %s  %s/s  p99 %s  late %s  lag %s", elapsed, in, speed, p99, late,
                          lag);
}

static gsize
get_terminal_width (void)
{
  struct winsize size = { 0 };

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
    return size.ws_col - 1;
  return 79;
}

static gboolean
show (gpointer data)
{
  WeirLiveLine *line = data;
  gint64 now = weir_clock_get_time (weir_clock_get_system ());
  g_autoptr (WeirReport) report = weir_pipeline_snapshot (line->pipeline);

  if (!report)
    return G_SOURCE_CONTINUE;

  double rate = (report->records.in - line->shown_in) / ((now - line->shown_at) / 1e9);
  g_autofree char *text = weir_live_line_format (report, rate);
  if (strlen (text) > get_terminal_width ())
    text[get_terminal_width ()] = '\0';
  fprintf (stderr, ERASE_LINE "%s", text);
  line->shown_at = now;
  line->shown_in = report->records.in;
  return G_SOURCE_CONTINUE;
}

WeirLiveLine *
weir_live_line_new (WeirPipeline *pipeline)
{
  WeirLiveLine *line = g_new0 (WeirLiveLine, 1);

  line->pipeline = g_object_ref (pipeline);
  line->shown_at = weir_clock_get_time (weir_clock_get_system ());
  line->timer = g_timeout_source_new (REFRESH_MS);
  g_source_set_name (line->timer, "weir live line");
  g_source_set_callback (line->timer, show, line, NULL);
  g_source_attach (line->timer, NULL);
  return line;
}

void
weir_live_line_free (WeirLiveLine *line)
{
  g_source_destroy (line->timer);
  g_source_unref (line->timer);
  fputs (ERASE_LINE, stderr);
  g_object_unref (line->pipeline);
  g_free (line);
}
