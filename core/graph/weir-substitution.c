/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

/* ${NAME}, ${NAME:-default} and $${ in the values of a pipeline description. A value that had one
 * is verbatim from then on: its option decides how the text is read. What a variable holds is not
 * looked into again. */
typedef struct
{
  WeirDocument *document;
  GHashTable *variables; /* of --set, or NULL */
  WeirMistakes *mistakes;
} Substitution;

static const char *
look_up (const Substitution *substitution, const char *name)
{
  const char *value = substitution->variables != NULL
                          ? g_hash_table_lookup (substitution->variables, name)
                          : NULL;

  return value != NULL ? value : g_getenv (name);
}

static gsize
measure_name (const char *text)
{
  gsize length = 0;

  if (!g_ascii_isalpha (*text) && *text != '_')
    return 0;
  while (g_ascii_isalnum (text[length]) || text[length] == '_')
    length++;
  return length;
}

static void
append_variable (const Substitution *substitution, const char *pointer, const char *name,
                 const char *fallback, GString *result)
{
  const char *value = look_up (substitution, name);

  if (fallback != NULL && (value == NULL || *value == '\0'))
    value = fallback;
  if (value == NULL)
    weir_mistakes_addf (substitution->mistakes, pointer,
                        "${%s} is not set (set it in the environment or with --set %s=…, or give a "
                        "default: ${%s:-…})",
                        name, name, name);
  else if (!g_utf8_validate (value, -1, NULL))
    weir_mistakes_addf (substitution->mistakes, pointer, "${%s} holds text that is not UTF-8",
                        name);
  else
    g_string_append (result, value);
}

/* @text is after "${"; gives what is after the "}", or NULL when there is none. */
static const char *
expand (const Substitution *substitution, const char *pointer, const char *text, GString *result)
{
  const gsize length = measure_name (text);
  const char *end = strchr (text, '}');
  g_autofree char *name = g_strndup (text, length);
  g_autofree char *fallback = NULL;

  if (length > 0 && end != NULL && g_str_has_prefix (text + length, ":-"))
    fallback = g_strndup (text + length + 2, end - text - length - 2);
  else if (length == 0 || text[length] != '}')
    {
      weir_mistakes_add (
          substitution->mistakes, pointer,
          "malformed ${…} (expected ${NAME} or ${NAME:-default}; $${ is a plain ${)");
      return NULL;
    }
  append_variable (substitution, pointer, name, fallback, result);
  return end + 1;
}

/* The text with its variables replaced, or NULL when there was nothing to replace. */
static char *
replace (const Substitution *substitution, const char *pointer, const char *text)
{
  g_autoptr (GString) result = g_string_new (NULL);
  const char *at = text;
  const char *dollar;

  if (strstr (text, "${") == NULL)
    return NULL;
  while ((dollar = strstr (at, "${")) != NULL)
    {
      const gboolean escaped = dollar > at && dollar[-1] == '$';
      g_string_append_len (result, at, dollar - at - (escaped ? 1 : 0));
      if (escaped)
        g_string_append (result, "${");
      at = escaped ? dollar + 2 : expand (substitution, pointer, dollar + 2, result);
      if (at == NULL)
        return NULL;
    }
  g_string_append (result, at);
  return g_strdup (result->str);
}

static void walk (const Substitution *substitution, const char *pointer, JsonNode *node);

static void
walk_array (const Substitution *substitution, const char *pointer, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *below = weir_pointer_join_index (pointer, i);
      walk (substitution, below, json_array_get_element (array, i));
    }
}

/* Names of the pipeline and what is written for people stay as they are, and so do records. */
static gboolean
is_plain (const char *pointer)
{
  return strcmp (pointer, "/tests") == 0 || strcmp (pointer, "/name") == 0
         || strcmp (pointer, "/description") == 0;
}

static void
walk_object (const Substitution *substitution, const char *pointer, JsonObject *object)
{
  g_autoptr (GList) keys = json_object_get_members (object);

  for (GList *l = keys; l != NULL; l = l->next)
    {
      g_autofree char *below = weir_pointer_join (pointer, l->data);
      if (!is_plain (below))
        walk (substitution, below, json_object_get_member (object, l->data));
    }
}

static void
walk (const Substitution *substitution, const char *pointer, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    walk_object (substitution, pointer, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    walk_array (substitution, pointer, json_node_get_array (node));
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const guint n_mistakes = weir_mistakes_get_count (substitution->mistakes);
      g_autofree char *text = replace (substitution, pointer, json_node_get_string (node));
      if (weir_mistakes_get_count (substitution->mistakes) > n_mistakes)
        weir_document_mark_broken (substitution->document, pointer);
      if (text == NULL)
        return;
      json_node_set_string (node, text);
      weir_document_mark_verbatim (substitution->document, pointer);
    }
}

void
weir_document_substitute (WeirDocument *document, GHashTable *variables, WeirMistakes *mistakes)
{
  const Substitution substitution = { document, variables, mistakes };

  walk_object (&substitution, "", weir_document_get_root (document));
}
