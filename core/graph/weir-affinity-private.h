/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The CPUs that worker threads are pinned to: worker i to the CPU at i, and round again from the
 * first when there are more workers than CPUs. An array of guint, in the order given. */

/* A list as of taskset(1): "0-1,3". Errors: WEIR_GRAPH_ERROR_MISTAKES. */
GArray *weir_affinity_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* That as a string, or an array of numbers. In a launch line (@verbatim) the array is text too. */
GArray *weir_affinity_read (JsonNode *node, gboolean verbatim,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

char *weir_affinity_format (const GArray *cpus) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
