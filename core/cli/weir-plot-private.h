/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Lines over two logarithmic axes, as SVG: panels one below the other, on the same scales, with
 * one legend. The picture stands alone: it refers to nothing outside. */
typedef struct _WeirPlot WeirPlot;

/* Of a tick: "20k", "5 ms". */
typedef char *(*WeirPlotFormat) (double value);

/* @title, @subtitle: any text. */
WeirPlot *weir_plot_new (const char *title, const char *subtitle) G_GNUC_WARN_UNUSED_RESULT;
void weir_plot_free (WeirPlot *plot);
void weir_plot_set_axes (WeirPlot *plot, const char *x_label, WeirPlotFormat x_format,
                         const char *y_label, WeirPlotFormat y_format);

/* What is added belongs to the panel, and to the line, that was added last. The n-th line of each
 * panel has the same colour, and the name it has in the first. */
void weir_plot_add_panel (WeirPlot *plot, const char *name);
void weir_plot_add_line (WeirPlot *plot, const char *name);
/* Left out unless both are above 0. */
void weir_plot_add_point (WeirPlot *plot, double x, double y);

char *weir_plot_to_svg (const WeirPlot *plot) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPlot, weir_plot_free)

G_END_DECLS
