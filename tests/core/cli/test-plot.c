/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-plot-private.h"

#include <string.h>

static char *
format (double value)
{
  return g_strdup_printf ("%g", value);
}

static WeirPlot *
make_plot (const char *title, const char *subtitle)
{
  WeirPlot *plot = weir_plot_new (title, subtitle);

  weir_plot_set_axes (plot, "load", format, "time", format);
  return plot;
}

static guint
count (const char *text, const char *word)
{
  guint n = 0;

  for (const char *at = text; (at = strstr (at, word)); at++)
    n++;
  return n;
}

static void
assert_xml (const char *text)
{
  const GMarkupParser nothing = { NULL };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&nothing, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_markup_parse_context_parse (context, text, -1, &error);
  g_assert_no_error (error);
  g_markup_parse_context_end_parse (context, &error);
  g_assert_no_error (error);
}

static void
test_each_line_is_a_path_with_its_points_and_a_name (void)
{
  g_autoptr (WeirPlot) plot = make_plot ("a title", "a subtitle");

  weir_plot_add_panel (plot, "a panel");
  for (guint i = 1; i <= 2; i++)
    {
      weir_plot_add_line (plot, i == 1 ? "slow" : "slower");
      for (double x = 1000; x < 5000; x += 1000)
        weir_plot_add_point (plot, x, i * x);
    }
  g_autofree char *svg = weir_plot_to_svg (plot);

  assert_xml (svg);
  g_assert_true (g_str_has_prefix (svg, "<?xml"));
  g_assert_cmpuint (count (svg, "<circle"), ==, 8);
  for (const char *const *word
       = (const char *const[]){ ">a title<", ">a subtitle<", ">a panel<", ">load<", ">time<",
                                ">slow<", ">slower<", ">1000<", ">2000<", ">10000<", NULL };
       *word; word++)
    g_assert_nonnull (strstr (svg, *word));
}

static void
test_both_axes_are_logarithmic (void)
{
  g_autoptr (WeirPlot) plot = make_plot ("", "");

  weir_plot_add_panel (plot, "");
  weir_plot_add_line (plot, "");
  weir_plot_add_point (plot, 1, 1);
  weir_plot_add_point (plot, 10, 10);
  weir_plot_add_point (plot, 100, 100);
  g_autofree char *svg = weir_plot_to_svg (plot);
  double x[3];
  double y[3];
  const char *at = svg;

  for (guint i = 0; i < 3; i++)
    {
      at = strstr (at, "cx=\"") + 4;
      x[i] = g_ascii_strtod (at, NULL);
      at = strstr (at, "cy=\"") + 4;
      y[i] = g_ascii_strtod (at, NULL);
    }
  g_assert_cmpfloat_with_epsilon (x[1] - x[0], x[2] - x[1], 0.2);
  g_assert_cmpfloat_with_epsilon (y[1] - y[0], y[2] - y[1], 0.2);
  g_assert_cmpfloat (y[2], <, y[0]);
}

static void
test_any_text_makes_valid_xml (void)
{
  g_autoptr (WeirPlot) plot = make_plot ("<&\">'", "\001\t\377\302\265");

  weir_plot_add_panel (plot, "</svg>");
  weir_plot_add_line (plot, "]]>");
  g_autofree char *svg = weir_plot_to_svg (plot);

  assert_xml (svg);
  g_assert_true (g_utf8_validate (svg, -1, NULL));
  g_assert_nonnull (strstr (svg, "&lt;&amp;&quot;&gt;"));
  g_assert_null (strstr (svg, "&#x1;"));
}

static void
test_one_point_or_none_is_a_picture_too (void)
{
  g_autoptr (WeirPlot) plot = make_plot ("", "");
  g_autofree char *empty = weir_plot_to_svg (plot);

  weir_plot_add_panel (plot, "");
  weir_plot_add_line (plot, "");
  weir_plot_add_point (plot, 0, 5);
  weir_plot_add_point (plot, 5, 0);
  weir_plot_add_point (plot, 5000, 100);
  g_autofree char *svg = weir_plot_to_svg (plot);

  assert_xml (empty);
  assert_xml (svg);
  g_assert_cmpuint (count (svg, "<circle"), ==, 1);
  g_assert_null (strstr (svg, "nan"));
  g_assert_null (strstr (svg, "inf"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/plot/each line is a path with its points and a name",
                   test_each_line_is_a_path_with_its_points_and_a_name);
  g_test_add_func ("/cli/plot/both axes are logarithmic", test_both_axes_are_logarithmic);
  g_test_add_func ("/cli/plot/any text makes valid XML", test_any_text_makes_valid_xml);
  g_test_add_func ("/cli/plot/one point or none is a picture too",
                   test_one_point_or_none_is_a_picture_too);
  return g_test_run ();
}
