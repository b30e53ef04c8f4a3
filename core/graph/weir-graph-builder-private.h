/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "graph/weir-document-private.h"
#include "graph/weir-graph-private.h"
#include "stage/weir-option-private.h"

G_BEGIN_DECLS

/* A stage while its description is read. */
typedef struct
{
  WeirGraphNode *node; /* owned by the graph; it has no stage when there were mistakes */
  JsonObject *object;  /* NULL when the description is no object */
  const char *kind;    /* NULL when it cannot be told */
} WeirDraft;

/* What the steps of building a graph share. Each step tells the mistakes that it finds and goes on,
 * so that all are told in one run; a graph with mistakes is thrown away. */
typedef struct
{
  WeirDocument *document;
  WeirMistakes *mistakes;
  WeirGraph *graph;
  GArray *drafts;      /* WeirDraft, in the order of the file */
  GHashTable *ids;     /* id → WeirGraphNode */
  gboolean unresolved; /* an edge could not be made out, so that a stage may only seem unread */
} WeirGraphBuilder;

/* The steps, in this order. */
void weir_graph_build_keys (WeirGraphBuilder *builder);
void weir_graph_build_stages (WeirGraphBuilder *builder);
void weir_graph_build_edges (WeirGraphBuilder *builder);
void weir_graph_check_flow (WeirGraphBuilder *builder);
void weir_graph_build_tests (WeirGraphBuilder *builder);

/* The simple pipeline keys, as an option table; the others have no row. */
const WeirOption *weir_graph_get_keys (guint *n_keys);

WeirGraph *weir_graph_alloc (const char *file) G_GNUC_WARN_UNUSED_RESULT;
WeirGraphNode *weir_graph_node_new (const char *pointer) G_GNUC_WARN_UNUSED_RESULT;

/* A string member, or NULL with a mistake; NULL without one when it is broken already. */
const char *weir_graph_read_string (WeirGraphBuilder *builder, JsonNode *node, const char *pointer,
                                    const char *what);
/* A mistake at the key of @pointer, with the nearest of @known as the hint. */
void weir_graph_add_unknown (WeirGraphBuilder *builder, const char *pointer, const char *what,
                             const char *name, const char *const *known);
/* The place in the list of a stage that is in it: the number in its pointer. */
guint weir_graph_get_position (const WeirGraphNode *node);
WeirDraft *weir_graph_get_draft (const WeirGraphBuilder *builder, guint index);
gboolean weir_draft_is (const WeirDraft *draft, const char *kind);
/* The ids in use, in the order of the file, for hints; the strings stay the nodes'. */
const char **weir_graph_list_ids (const WeirGraphBuilder *builder,
                                  const char *kind) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
