/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-affinity-private.h"

#include <sched.h>
#include <unistd.h>

#include "graph/weir-graph-private.h"
#include "stage/weir-option-private.h"

#define EXPECTED "(expected CPU numbers, as in [0, 1], or a list such as \"0-1,3\")"

static gboolean
add_range (GArray *cpus, guint64 from, guint64 to, GError **error)
{
  guint64 n_cpus = CLAMP (sysconf (_SC_NPROCESSORS_CONF), 1, CPU_SETSIZE);

  if (to >= n_cpus)
    {
      g_set_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES,
                   "there is no CPU %" G_GUINT64_FORMAT " (this machine has 0 to %" G_GUINT64_FORMAT
                   ")",
                   to, n_cpus - 1);
      return FALSE;
    }
  for (guint cpu = (guint)from; cpu <= to; cpu++)
    g_array_append_val (cpus, cpu);
  return TRUE;
}

static gboolean
add_part (GArray *cpus, const char *part, GError **error)
{
  g_auto (GStrv) ends = g_strsplit (part, "-", 2);
  guint64 from, to;

  if (ends[0] == NULL
      || !g_ascii_string_to_unsigned (g_strstrip (ends[0]), 10, 0, G_MAXUINT32, &from, NULL)
      || !g_ascii_string_to_unsigned (ends[1] != NULL ? g_strstrip (ends[1]) : ends[0], 10, 0,
                                      G_MAXUINT32, &to, NULL)
      || to < from)
    {
      g_set_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES,
                   "\"%s\" is not a CPU or a range of CPUs " EXPECTED, part);
      return FALSE;
    }
  return add_range (cpus, from, to, error);
}

GArray *
weir_affinity_parse (const char *text, GError **error)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  if (parts[0] == NULL)
    {
      g_set_error_literal (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES,
                           "there is no CPU in it " EXPECTED);
      return NULL;
    }
  for (guint i = 0; parts[i] != NULL; i++)
    if (!add_part (cpus, parts[i], error))
      return NULL;
  return g_steal_pointer (&cpus);
}

static GArray *
read_string (const char *text, gboolean verbatim, GError **error)
{
  g_autofree char *list = g_strdup (text);
  gsize length = strlen (list);

  if (!verbatim || length < 2 || list[0] != '[' || list[length - 1] != ']')
    return weir_affinity_parse (list, error);
  list[length - 1] = '\0';
  return weir_affinity_parse (list + 1, error);
}

static gboolean
add_element (GArray *cpus, JsonNode *element, GError **error)
{
  g_autofree char *value = NULL;

  if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_INT64
      && json_node_get_int (element) >= 0)
    return add_range (cpus, (guint64)json_node_get_int (element),
                      (guint64)json_node_get_int (element), error);
  value = weir_node_describe (element);
  g_set_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES, "%s is not a CPU " EXPECTED,
               value);
  return FALSE;
}

GArray *
weir_affinity_read (JsonNode *node, gboolean verbatim, GError **error)
{
  g_autoptr (GArray) cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree char *value = NULL;
  JsonArray *list;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return read_string (json_node_get_string (node), verbatim, error);
  list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (list == NULL || json_array_get_length (list) == 0)
    {
      value = weir_node_describe (node);
      g_set_error (error, WEIR_GRAPH_ERROR, WEIR_GRAPH_ERROR_MISTAKES,
                   "%s is not a list of CPUs " EXPECTED, value);
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (list); i++)
    if (!add_element (cpus, json_array_get_element (list, i), error))
      return NULL;
  return g_steal_pointer (&cpus);
}

char *
weir_affinity_format (const GArray *cpus)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < cpus->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "," : "", g_array_index (cpus, guint, i));
  return g_string_free (text, FALSE);
}
