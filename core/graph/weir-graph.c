/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/weir-batch-private.h"

static void
edge_free (WeirGraphEdge *edge)
{
  g_free (edge->port);
  g_free (edge);
}

static void
node_free (WeirGraphNode *node)
{
  g_free (node->id);
  g_free (node->pointer);
  g_clear_object (&node->stage);
  g_ptr_array_unref (node->inputs);
  g_ptr_array_unref (node->outputs);
  g_free (node);
}

static void
test_free (WeirGraphTest *test)
{
  g_free (test->name);
  g_free (test->pointer);
  g_ptr_array_unref (test->inputs);
  g_ptr_array_unref (test->outputs);
  g_free (test);
}

WeirGraphNode *
weir_graph_node_new (const char *pointer)
{
  WeirGraphNode *node = g_new0 (WeirGraphNode, 1);

  node->pointer = g_strdup (pointer);
  node->inputs = g_ptr_array_new ();
  node->outputs = g_ptr_array_new ();
  return node;
}

/* A pipeline without a name is called as its file. */
static char *
make_name (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);

  if (strcmp (file, "-e") == 0)
    return g_strdup ("launch");
  return g_str_has_suffix (base, ".json") ? g_strndup (base, strlen (base) - 5)
                                          : g_steal_pointer (&base);
}

WeirGraph *
weir_graph_alloc (const char *file)
{
  WeirGraph *graph = g_new0 (WeirGraph, 1);

  graph->refs = 1;
  graph->file = g_strdup (file);
  graph->name = make_name (file);
  graph->deadline = WEIR_TIME_NEVER;
  graph->late = WEIR_LATE_DELIVER;
  graph->priority = WEIR_GRAPH_DEFAULT_PRIORITY;
  graph->n_threads = -1;
  graph->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)node_free);
  graph->edges = g_ptr_array_new_with_free_func ((GDestroyNotify)edge_free);
  graph->tests = g_ptr_array_new_with_free_func ((GDestroyNotify)test_free);
  return graph;
}

WeirGraph *
weir_graph_ref (WeirGraph *graph)
{
  g_atomic_int_inc (&graph->refs);
  return graph;
}

void
weir_graph_unref (WeirGraph *graph)
{
  if (!g_atomic_int_dec_and_test (&graph->refs))
    return;
  g_ptr_array_unref (graph->tests);
  g_ptr_array_unref (graph->edges);
  g_ptr_array_unref (graph->nodes);
  g_clear_pointer (&graph->dead_letter, node_free);
  g_clear_pointer (&graph->results, node_free);
  g_clear_pointer (&graph->priority_expression, weir_expression_unref);
  g_clear_pointer (&graph->affinity, g_array_unref);
  g_free (graph->description);
  g_free (graph->name);
  g_free (graph->file);
  g_free (graph);
}

WeirGraphNode *
weir_graph_get_node (const WeirGraph *graph, const char *id)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      WeirGraphNode *node = g_ptr_array_index (graph->nodes, i);
      if (strcmp (node->id, id) == 0)
        return node;
    }
  return NULL;
}

guint
weir_graph_node_count_readers (const WeirGraphNode *node, const char *port)
{
  guint n = 0;

  for (guint i = 0; i < node->outputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->outputs, i);
      n += strcmp (edge->port, port) == 0;
    }
  return n;
}

static WeirGraph *
build (const char *file, WeirDocument *document, GHashTable *variables, WeirMistakes *mistakes)
{
  g_autoptr (WeirGraph) graph = weir_graph_alloc (file);
  g_autoptr (GArray) drafts = g_array_new (FALSE, TRUE, sizeof (WeirDraft));
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  WeirGraphBuilder builder = { document, mistakes, graph, drafts, ids, FALSE };

  weir_document_substitute (document, variables, mistakes);
  weir_graph_build_keys (&builder);
  weir_graph_build_stages (&builder);
  weir_graph_build_edges (&builder);
  weir_graph_check_flow (&builder);
  weir_graph_build_tests (&builder);
  return g_steal_pointer (&graph);
}

typedef gboolean (*ParseFunc) (WeirDocument *document, WeirMistakes *mistakes);

static WeirGraph *
load (const char *file, const char *text, gsize length, ParseFunc parse, GHashTable *variables,
      GError **error)
{
  g_autoptr (WeirDocument) document = weir_document_new (text, length);
  g_autoptr (WeirMistakes) mistakes = weir_document_new_mistakes (document, file);
  g_autoptr (WeirGraph) graph = NULL;

  if (parse (document, mistakes))
    graph = build (file, document, variables, mistakes);
  if (weir_mistakes_get_count (mistakes) == 0)
    return g_steal_pointer (&graph);

  g_autofree char *lines = weir_mistakes_to_text (mistakes);
  g_set_error_literal (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES, lines);
  return NULL;
}

WeirGraph *
weir_graph_new_from_text (const char *file, const char *text, gssize length, GHashTable *variables,
                          GError **error)
{
  return load (file != NULL ? file : "pipeline", text, length < 0 ? strlen (text) : (gsize)length,
               weir_document_parse, variables, error);
}

WeirGraph *
weir_graph_new_from_launch (const char *line, GHashTable *variables, GError **error)
{
  return load ("-e", line, strlen (line), weir_document_parse_launch, variables, error);
}

static gboolean
fail_read (const char *path, const char *reason, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_READ, "%s: %s", shown, reason);
  return FALSE;
}

/* A pipe is as good as a file, so the size is known only when it was read. */
static gboolean
read_all (const char *path, int fd, GByteArray *bytes, GError **error)
{
  guint8 chunk[8192];
  gssize n;

  while ((n = read (fd, chunk, sizeof chunk)) != 0)
    {
      if (n < 0 && errno != EINTR)
        return fail_read (path, g_strerror (errno), error);
      g_byte_array_append (bytes, chunk, n > 0 ? (guint)n : 0);
      if (bytes->len > WEIR_DOCUMENT_MAX_SIZE)
        return fail_read (path, "too large for a pipeline file (more than 16 MiB)", error);
    }
  return TRUE;
}

static gboolean
read_file (const char *path, GByteArray *bytes, GError **error)
{
  struct stat status;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean good;

  if (fd < 0)
    return fail_read (path, g_strerror (errno), error);
  if (fstat (fd, &status) == 0 && S_ISDIR (status.st_mode))
    good = fail_read (path, "is a directory (expected a pipeline file)", error);
  else
    good = read_all (path, fd, bytes, error);
  close (fd);
  return good;
}

WeirGraph *
weir_graph_new_from_file (const char *path, GHashTable *variables, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *shown = g_filename_display_name (path);

  if (!read_file (path, bytes, error))
    return NULL;
  return weir_graph_new_from_text (shown, bytes->len > 0 ? (const char *)bytes->data : "",
                                   bytes->len, variables, error);
}
