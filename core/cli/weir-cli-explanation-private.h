/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* How a graph will be run, as an object:
 *
 *   pipeline, file, threads, affinity, deadline, late, priority, dead_letters,
 *   results
 *   segments: input { source | queue { batches, bytes, from } },
 *             threads (that run it at the same time, at most),
 *             stages { id, type, rule, expressions { option, source, engine, reason, fields },
 *                      ports { port, to } },
 *             scans { before, fields }
 *
 * Nothing is started. The stages plan their fields, which they do once: the graph is not to be run
 * afterwards. */
JsonNode *weir_explanation_new (const WeirGraph *graph) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
