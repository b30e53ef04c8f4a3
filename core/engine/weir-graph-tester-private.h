/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "graph/weir-graph-private.h"

G_BEGIN_DECLS

/* Runs one test of a pipeline file on a virtual clock, on the caller's thread: @graph is freshly
 * loaded and used up; its sources are fed the input, its sinks collected. Returns NULL when the
 * output is as expected, else a diff for people ("- expected" and "+ got" lines). */
char *weir_graph_tester_run (WeirGraph *graph, const WeirGraphTest *test);

G_END_DECLS
