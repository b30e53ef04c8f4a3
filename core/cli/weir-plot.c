/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-plot-private.h"

#include <math.h>

#define WIDTH        880
#define LEFT         84
#define RIGHT        130 /* the legend stands there */
#define TOP          84
#define PANEL_HEIGHT 300
#define PANEL_GAP    76
#define BOTTOM       56
#define LINE_HEIGHT  22
#define X_MARGIN     1.25 /* a factor on either side */
#define FONT         "font-family=\"DejaVu Sans, Verdana, sans-serif\""

typedef struct
{
  double x;
  double y;
} Point;

typedef struct
{
  char *name;
  GArray *points; /* Point */
} Line;

typedef struct
{
  char *name;
  GPtrArray *lines; /* Line */
} Panel;

typedef struct
{
  char *label;
  WeirPlotFormat format;
} Axis;

struct _WeirPlot
{
  char *title;
  char *subtitle;
  Axis x;
  Axis y;
  GPtrArray *panels; /* Panel */
};

/* Told apart by those who do not see all colours (Okabe and Ito, Color Universal Design, 2008), and
 * by their dashes. */
static const struct
{
  const char *colour;
  const char *dashes;
} styles[] = { { "#0072b2", "none" }, { "#009e73", "8 3" },    { "#d55e00", "none" },
               { "#cc79a7", "8 3" },  { "#000000", "2 3" },    { "#e69f00", "none" },
               { "#56b4e9", "2 3" },  { "#7f7f7f", "8 3 2 3" } };

/* Where the values of an axis lie, as logarithms. */
typedef struct
{
  double low;
  double high;
} Range;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->name);
  g_array_unref (line->points);
  g_free (line);
}

static void
panel_free (gpointer data)
{
  Panel *panel = data;

  g_free (panel->name);
  g_ptr_array_unref (panel->lines);
  g_free (panel);
}

/* XML has no control characters, not even escaped. */
static char *
escape (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (char *c = valid; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_markup_escape_text (valid, -1);
}

WeirPlot *
weir_plot_new (const char *title, const char *subtitle)
{
  WeirPlot *plot = g_new0 (WeirPlot, 1);

  plot->title = escape (title);
  plot->subtitle = escape (subtitle);
  plot->panels = g_ptr_array_new_with_free_func (panel_free);
  return plot;
}

void
weir_plot_free (WeirPlot *plot)
{
  g_free (plot->title);
  g_free (plot->subtitle);
  g_free (plot->x.label);
  g_free (plot->y.label);
  g_ptr_array_unref (plot->panels);
  g_free (plot);
}

void
weir_plot_set_axes (WeirPlot *plot, const char *x_label, WeirPlotFormat x_format,
                    const char *y_label, WeirPlotFormat y_format)
{
  g_free (plot->x.label);
  g_free (plot->y.label);
  plot->x = (Axis){ escape (x_label), x_format };
  plot->y = (Axis){ escape (y_label), y_format };
}

void
weir_plot_add_panel (WeirPlot *plot, const char *name)
{
  Panel *panel = g_new0 (Panel, 1);

  panel->name = escape (name);
  panel->lines = g_ptr_array_new_with_free_func (line_free);
  g_ptr_array_add (plot->panels, panel);
}

static gpointer
last_of (const GPtrArray *array)
{
  g_assert (array->len > 0);

  return array->pdata[array->len - 1];
}

void
weir_plot_add_line (WeirPlot *plot, const char *name)
{
  const Panel *panel = last_of (plot->panels);
  Line *line = g_new0 (Line, 1);

  line->name = escape (name);
  line->points = g_array_new (FALSE, FALSE, sizeof (Point));
  g_ptr_array_add (panel->lines, line);
}

void
weir_plot_add_point (WeirPlot *plot, double x, double y)
{
  const Panel *panel = last_of (plot->panels);
  const Line *line = last_of (panel->lines);
  const Point point = { x, y };

  if (x > 0 && y > 0)
    g_array_append_val (line->points, point);
}

/* Scales --------------------------------------------------------------------------------------- */

static void
widen (Range *range, double value)
{
  range->low = MIN (range->low, log10 (value));
  range->high = MAX (range->high, log10 (value));
}

static void
find_ranges (const WeirPlot *plot, Range *x, Range *y)
{
  *x = *y = (Range){ INFINITY, -INFINITY };
  for (guint p = 0; p < plot->panels->len; p++)
    {
      const Panel *panel = plot->panels->pdata[p];

      for (guint i = 0; i < panel->lines->len; i++)
        {
          const Line *line = panel->lines->pdata[i];

          for (guint j = 0; j < line->points->len; j++)
            {
              widen (x, g_array_index (line->points, Point, j).x);
              widen (y, g_array_index (line->points, Point, j).y);
            }
        }
    }
  if (x->low > x->high)
    *x = *y = (Range){ 0, 1 };
  *x = (Range){ x->low - log10 (X_MARGIN), x->high + log10 (X_MARGIN) };
  *y = (Range){ floor (y->low), MAX (ceil (y->high), floor (y->low) + 1) };
}

static double
get_x (const Range *range, double value)
{
  double share = (log10 (value) - range->low) / (range->high - range->low);

  return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double
get_y (const Range *range, double top, double value)
{
  double share = (log10 (value) - range->low) / (range->high - range->low);

  return top + (1 - share) * PANEL_HEIGHT;
}

/* Picture -------------------------------------------------------------------------------------- */

static void G_GNUC_PRINTF (5, 6)
    add_text (GString *svg, double x, double y, const char *attributes, const char *format, ...)
{
  va_list list;

  g_string_append_printf (svg, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
  va_start (list, format);
  g_string_append_vprintf (svg, format, list);
  va_end (list);
  g_string_append (svg, "</text>\n");
}

static void
add_stroke (GString *svg, double x1, double y1, double x2, double y2, const char *colour)
{
  g_string_append_printf (
      svg, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-width=\"1\" fill=\"none\"/>\n",
      x1, y1, x2, y2, colour);
}

static void
add_x_tick (GString *svg, const WeirPlot *plot, const Range *range, double top, double value)
{
  double x = get_x (range, value);
  g_autofree char *text = plot->x.format (value);
  g_autofree char *escaped = escape (text);

  add_stroke (svg, x, top, x, top + PANEL_HEIGHT + 5, "#e3e3e3");
  add_text (svg, x, top + PANEL_HEIGHT + 20, "text-anchor=\"middle\"", "%s", escaped);
}

static void
add_y_tick (GString *svg, const WeirPlot *plot, const Range *range, double top, double value)
{
  double y = get_y (range, top, value);
  g_autofree char *text = plot->y.format (value);
  g_autofree char *escaped = escape (text);

  add_stroke (svg, LEFT - 5, y, WIDTH - RIGHT, y, "#e3e3e3");
  add_text (svg, LEFT - 9, y + 4, "text-anchor=\"end\"", "%s", escaped);
}

/* Across at 1, 2 and 5 times the powers of ten, more often where there is less than one of them,
 * and upwards at the powers of ten. */
static void
add_ticks (GString *svg, const WeirPlot *plot, const Range *x, const Range *y, double top)
{
  static const double steps[2][9] = { { 1, 2, 5 }, { 1, 2, 3, 4, 5, 6, 7, 8, 9 } };
  gboolean is_narrow = x->high - x->low < 1;

  for (int power = (int)floor (x->low); power <= (int)ceil (x->high); power++)
    for (guint i = 0; i < G_N_ELEMENTS (steps[0]) && steps[is_narrow][i] > 0; i++)
      {
        double value = steps[is_narrow][i] * pow (10, power);

        if (log10 (value) >= x->low && log10 (value) <= x->high)
          add_x_tick (svg, plot, x, top, value);
      }
  for (int power = (int)y->low; power <= (int)y->high; power++)
    add_y_tick (svg, plot, y, top, pow (10, power));
}

static void
add_line (GString *svg, const Line *line, guint style, const Range *x, const Range *y, double top)
{
  const char *colour = styles[style % G_N_ELEMENTS (styles)].colour;

  g_string_append_printf (
      svg, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"",
      colour, styles[style % G_N_ELEMENTS (styles)].dashes);
  for (guint i = 0; i < line->points->len; i++)
    {
      const Point *point = &g_array_index (line->points, Point, i);

      g_string_append_printf (svg, "%c%.1f %.1f", i == 0 ? 'M' : 'L', get_x (x, point->x),
                              get_y (y, top, point->y));
    }
  g_string_append (svg, "\"/>\n");
  for (guint i = 0; i < line->points->len; i++)
    {
      const Point *point = &g_array_index (line->points, Point, i);

      g_string_append_printf (svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                              get_x (x, point->x), get_y (y, top, point->y), colour);
    }
}

static void
add_panel (GString *svg, const WeirPlot *plot, const Panel *panel, const Range *x, const Range *y,
           double top)
{
  double middle = top + PANEL_HEIGHT / 2.0;
  g_autofree char *turned
      = g_strdup_printf ("text-anchor=\"middle\" transform=\"rotate(-90 20 %.1f)\"", middle);

  add_text (svg, LEFT, top - 10, "font-weight=\"bold\"", "%s", panel->name);
  add_ticks (svg, plot, x, y, top);
  add_stroke (svg, LEFT, top, LEFT, top + PANEL_HEIGHT, "#444444");
  add_stroke (svg, LEFT, top + PANEL_HEIGHT, WIDTH - RIGHT, top + PANEL_HEIGHT, "#444444");
  add_text (svg, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, top + PANEL_HEIGHT + 40,
            "text-anchor=\"middle\"", "%s", plot->x.label);
  add_text (svg, 20, middle, turned, "%s", plot->y.label);
  for (guint i = 0; i < panel->lines->len; i++)
    add_line (svg, panel->lines->pdata[i], i, x, y, top);
}

/* From the top downwards, as the highest line is likely to be the last. */
static void
add_legend (GString *svg, const Panel *panel)
{
  double x = WIDTH - RIGHT + 18;

  for (guint i = 0; i < panel->lines->len; i++)
    {
      const Line *line = panel->lines->pdata[i];
      double y = TOP + 12 + LINE_HEIGHT * (panel->lines->len - 1 - i);

      g_string_append_printf (
          svg,
          "<path d=\"M%.1f %.1fh30\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>\n",
          x, y, styles[i % G_N_ELEMENTS (styles)].colour, styles[i % G_N_ELEMENTS (styles)].dashes);
      add_text (svg, x + 38, y + 4, "text-anchor=\"start\"", "%s", line->name);
    }
}

char *
weir_plot_to_svg (const WeirPlot *plot)
{
  GString *svg = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  guint n_panels = MAX (plot->panels->len, 1);
  guint height = TOP + n_panels * (PANEL_HEIGHT + PANEL_GAP) - PANEL_GAP + BOTTOM;
  Range x;
  Range y;

  find_ranges (plot, &x, &y);
  g_string_append_printf (svg,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
                          "viewBox=\"0 0 %d %u\" " FONT " font-size=\"13\" fill=\"#222222\">\n"
                          "<title>%s</title>\n"
                          "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
                          WIDTH, height, WIDTH, height, plot->title);
  add_text (svg, LEFT, 24, "font-size=\"17\" font-weight=\"bold\"", "%s", plot->title);
  add_text (svg, LEFT, 44, "font-size=\"12\" fill=\"#555555\"", "%s", plot->subtitle);
  for (guint i = 0; i < plot->panels->len; i++)
    add_panel (svg, plot, plot->panels->pdata[i], &x, &y, TOP + i * (PANEL_HEIGHT + PANEL_GAP));
  if (plot->panels->len > 0)
    add_legend (svg, plot->panels->pdata[0]);
  g_string_append (svg, "</svg>\n");
  return g_string_free (svg, FALSE);
}
