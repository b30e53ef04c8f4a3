/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-error.h>
#include <weir/weir-stage.h>

#include "stage/weir-registry-private.h"

G_BEGIN_DECLS

/* Of a record when the pipeline has no "priority"; 0 is the lowest, 9 the highest. */
#define WEIR_GRAPH_DEFAULT_PRIORITY 5

typedef enum
{
  WEIR_LATE_DELIVER,
  WEIR_LATE_DROP,
  WEIR_LATE_DEAD_LETTER,
} WeirLatePolicy;

typedef enum
{
  WEIR_OVERLOAD_BLOCK, /* sources are not read */
  WEIR_OVERLOAD_SHED,  /* live sources are read, and records turned away */
} WeirOverloadPolicy;

typedef struct _WeirGraphNode WeirGraphNode;

/* The port `port` of `from` is read by `to`. */
typedef struct
{
  WeirGraphNode *from;
  char *port;
  WeirGraphNode *to;
} WeirGraphEdge;

struct _WeirGraphNode
{
  char *id;
  char *pointer; /* "/stages/2" */
  const WeirStageInfo *info;
  WeirStage *stage;
  GPtrArray *inputs;  /* WeirGraphEdge, owned by the graph */
  GPtrArray *outputs; /* WeirGraphEdge, owned by the graph, in the order of the readers */
};

/* Records of one source, or of one sink, in a test. */
typedef struct
{
  char *id;        /* of the source or sink; NULL: the first one */
  GPtrArray *rows; /* char *, the exact JSON text of each record */
} WeirGraphTestRows;

typedef struct
{
  char *name;
  char *pointer;
  GPtrArray *inputs;  /* WeirGraphTestRows */
  GPtrArray *outputs; /* WeirGraphTestRows */
} WeirGraphTest;

/* A checked pipeline: its stages are made and have their options, and every edge is known. */
typedef struct
{
  gint refs;
  char *file; /* as shown in messages */
  char *name;
  char *description; /* or NULL */
  gint64 deadline;   /* nanoseconds, or WEIR_TIME_NEVER */
  WeirLatePolicy late;
  WeirOverloadPolicy overload;
  guint priority;
  WeirExpression *priority_expression; /* or NULL */
  gint n_threads;                      /* -1: not given */
  GArray *affinity;                    /* guint: CPU of each worker in turn; or NULL */

  GPtrArray *nodes;           /* WeirGraphNode, in the order of the file */
  GPtrArray *edges;           /* WeirGraphEdge */
  WeirGraphNode *dead_letter; /* not in nodes; or NULL */
  WeirGraphNode *results;     /* not in nodes; or NULL */
  GPtrArray *tests;           /* WeirGraphTest */
} WeirGraph;

/* @variables: of --set, NAME → value, or NULL; the environment comes second.
 * Errors: WEIR_GRAPH_ERROR; for mistakes the message has a line for each. */
WeirGraph *weir_graph_new_from_file (const char *path, GHashTable *variables, GError **error);
WeirGraph *weir_graph_new_from_text (const char *file, const char *text, gssize length,
                                     GHashTable *variables, GError **error);
WeirGraph *weir_graph_new_from_launch (const char *line, GHashTable *variables, GError **error);
WeirGraph *weir_graph_ref (WeirGraph *graph);
void weir_graph_unref (WeirGraph *graph);

WeirGraphNode *weir_graph_get_node (const WeirGraph *graph, const char *id);
/* How many read the port of the node. */
guint weir_graph_node_count_readers (const WeirGraphNode *node, const char *port);

char *weir_graph_to_dot (const WeirGraph *graph) G_GNUC_WARN_UNUSED_RESULT;
char *weir_graph_to_mermaid (const WeirGraph *graph) G_GNUC_WARN_UNUSED_RESULT;

/* JSON Schema (draft 2020-12) of pipeline files, from the option tables of all stage types. */
char *weir_schema_generate (void) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirGraph, weir_graph_unref)

G_END_DECLS
