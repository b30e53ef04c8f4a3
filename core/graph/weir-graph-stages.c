/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

#include "stage/weir-plugin-loader-private.h"

static const char *const stage_keys[] = { "type", "id", "from" };

WeirDraft *
weir_graph_get_draft (const WeirGraphBuilder *builder, guint index)
{
  return &g_array_index (builder->drafts, WeirDraft, index);
}

guint
weir_graph_get_position (const WeirGraphNode *node)
{
  g_assert (g_str_has_prefix (node->pointer, "/stages/"));
  return (guint)g_ascii_strtoull (node->pointer + strlen ("/stages/"), NULL, 10);
}

gboolean
weir_draft_is (const WeirDraft *draft, const char *kind)
{
  return draft->kind != NULL && strcmp (draft->kind, kind) == 0;
}

const char **
weir_graph_list_ids (const WeirGraphBuilder *builder, const char *kind)
{
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < builder->drafts->len; i++)
    {
      const WeirDraft *draft = weir_graph_get_draft (builder, i);
      if (kind == NULL || weir_draft_is (draft, kind))
        g_ptr_array_add (ids, draft->node->id);
    }
  g_ptr_array_add (ids, NULL);
  return (const char **)g_ptr_array_free (ids, FALSE);
}

const char *
weir_graph_read_string (WeirGraphBuilder *builder, JsonNode *node, const char *pointer,
                        const char *what)
{
  if (weir_document_is_broken (builder->document, pointer))
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);

  g_autofree char *value = weir_node_describe (node);
  weir_mistakes_addf (builder->mistakes, pointer, "%s is not %s (expected a string)", value, what);
  return NULL;
}

void
weir_graph_add_unknown (WeirGraphBuilder *builder, const char *pointer, const char *what,
                        const char *name, const char *const *known)
{
  const char *nearest = weir_nearest_name (name, known);
  g_autofree char *message
      = nearest != NULL
            ? g_strdup_printf ("unknown %s \"%s\" (did you mean \"%s\"?)", what, name, nearest)
            : g_strdup_printf ("unknown %s \"%s\"", what, name);

  weir_document_add_at_key (builder->document, builder->mistakes, pointer, message);
}

static void
read_type (WeirGraphBuilder *builder, WeirDraft *draft)
{
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, "type");
  g_autoptr (GError) error = NULL;
  const char *name;

  if (!json_object_has_member (draft->object, "type"))
    {
      weir_mistakes_add (builder->mistakes, pointer,
                         "a stage needs a \"type\" (such as \"filter.match\")");
      return;
    }
  name = weir_graph_read_string (builder, json_object_get_member (draft->object, "type"), pointer,
                                 "a stage type");
  if (name == NULL)
    return;
  draft->kind = weir_stage_name_get_kind (name);
  if (weir_registry_lookup (name, &error) == G_TYPE_INVALID)
    weir_mistakes_add (builder->mistakes, pointer, error->message);
  else
    draft->node->info = weir_registry_get_info (name);
}

static void
add_unknown_option (WeirGraphBuilder *builder, const WeirDraft *draft, const char *name)
{
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, name);
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (draft->node->stage), &n_options);

  for (guint i = 0; i < n_options; i++)
    g_ptr_array_add (known, (gpointer)options[i].name);
  for (guint i = 0; i < G_N_ELEMENTS (stage_keys); i++)
    g_ptr_array_add (known, (gpointer)stage_keys[i]);
  g_ptr_array_add (known, NULL);
  weir_graph_add_unknown (builder, pointer, "option", name, (const char *const *)known->pdata);
}

static gboolean
is_stage_key (const char *name)
{
  return strcmp (name, "type") == 0 || strcmp (name, "id") == 0 || strcmp (name, "from") == 0;
}

/* FALSE when the stage is left without a value that it needs. */
static gboolean
read_option (WeirGraphBuilder *builder, const WeirDraft *draft, const char *name, JsonNode *node)
{
  WeirStage *stage = draft->node->stage;
  const WeirOption *option = weir_stage_class_find_option (WEIR_STAGE_GET_CLASS (stage), name);
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, name);

  if (option == NULL)
    {
      add_unknown_option (builder, draft, name);
      return TRUE;
    }
  if (weir_document_is_broken (builder->document, pointer))
    return !option->required;
  return weir_option_read (option, stage, node,
                           weir_document_is_verbatim (builder->document, pointer), pointer,
                           builder->mistakes)
         || !option->required;
}

static gboolean
check_required (WeirGraphBuilder *builder, const WeirDraft *draft)
{
  gboolean complete = TRUE;
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (draft->node->stage), &n_options);

  for (guint i = 0; i < n_options; i++)
    if (options[i].required && !json_object_has_member (draft->object, options[i].name))
      {
        g_autofree char *pointer = weir_pointer_join (draft->node->pointer, options[i].name);
        weir_mistakes_addf (builder->mistakes, pointer, "%s needs the option \"%s\" (%s)",
                            draft->node->info->name, options[i].name,
                            weir_option_get_kind_name (&options[i]));
        complete = FALSE;
      }
  return complete;
}

static void
check_whole (WeirGraphBuilder *builder, WeirStage *stage, const char *pointer)
{
  if (WEIR_STAGE_GET_CLASS (stage)->check == NULL)
    return;
  weir_mistakes_set_prefix (builder->mistakes, pointer);
  WEIR_STAGE_GET_CLASS (stage)->check (stage, builder->mistakes);
  weir_mistakes_set_prefix (builder->mistakes, NULL);
}

/* A stage looks at its options together when it has all that it needs; where another one is
 * wrong, it sees the default. */
static void
read_options (WeirGraphBuilder *builder, WeirDraft *draft)
{
  gboolean complete = TRUE;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (draft->node->info == NULL)
    return;
  draft->node->stage = g_object_new (draft->node->info->type, NULL);
  json_object_iter_init_ordered (&iter, draft->object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (!is_stage_key (name))
      complete &= read_option (builder, draft, name, node);
  complete &= check_required (builder, draft);
  if (complete)
    check_whole (builder, draft->node->stage, draft->node->pointer);
}

static gboolean
id_is_good (const char *id)
{
  return *id != '\0' && id[strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] == '\0';
}

static void
take_given_id (WeirGraphBuilder *builder, WeirDraft *draft)
{
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, "id");
  JsonNode *node = draft->object != NULL ? json_object_get_member (draft->object, "id") : NULL;
  const char *id = node != NULL ? weir_graph_read_string (builder, node, pointer, "an id") : NULL;

  if (id == NULL)
    return;
  if (!id_is_good (id))
    weir_mistakes_addf (builder->mistakes, pointer,
                        "\"%s\" is not an id (expected letters, digits, '_' and '-')", id);
  else if (g_hash_table_contains (builder->ids, id))
    weir_mistakes_addf (builder->mistakes, pointer, "there is a stage \"%s\" already", id);
  else
    {
      draft->node->id = g_strdup (id);
      g_hash_table_insert (builder->ids, draft->node->id, draft->node);
    }
}

/* The name part of the type, whether there is such a type or not. */
static const char *
get_base_id (const WeirDraft *draft)
{
  JsonNode *node = draft->object != NULL ? json_object_get_member (draft->object, "type") : NULL;
  const char *type
      = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  const char *dot = type != NULL ? strchr (type, '.') : NULL;

  return dot != NULL && id_is_good (dot + 1) ? dot + 1 : "stage";
}

/* @numbers: base → the number that was given last, so that many of a type cost no search each. */
static void
make_id (WeirGraphBuilder *builder, WeirDraft *draft, GHashTable *numbers)
{
  const char *base = get_base_id (draft);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, base));

  if (draft->node->id != NULL)
    return;
  do
    {
      g_free (draft->node->id);
      number++;
      draft->node->id = number == 1 ? g_strdup (base) : g_strdup_printf ("%s-%u", base, number);
    }
  while (g_hash_table_contains (builder->ids, draft->node->id));
  g_hash_table_insert (numbers, (gpointer)base, GUINT_TO_POINTER (number));
  g_hash_table_insert (builder->ids, draft->node->id, draft->node);
}

static void
make_ids (WeirGraphBuilder *builder)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < builder->drafts->len; i++)
    take_given_id (builder, weir_graph_get_draft (builder, i));
  for (guint i = 0; i < builder->drafts->len; i++)
    make_id (builder, weir_graph_get_draft (builder, i), numbers);
}

static WeirDraft
read_draft (WeirGraphBuilder *builder, JsonNode *node, const char *pointer)
{
  WeirDraft draft = { .node = weir_graph_node_new (pointer) };

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      draft.object = json_node_get_object (node);
      read_type (builder, &draft);
      read_options (builder, &draft);
      return draft;
    }
  g_autofree char *value = weir_node_describe (node);
  weir_mistakes_addf (builder->mistakes, pointer,
                      "%s is not a stage (expected an object with a \"type\")", value);
  return draft;
}

static void
refuse_key (WeirGraphBuilder *builder, const WeirDraft *draft, const char *what, const char *key)
{
  g_autofree char *pointer = weir_pointer_join (draft->node->pointer, key);
  g_autofree char *message
      = g_strdup_printf ("the %s' sink is read by no stage and reads none", what);

  if (draft->object != NULL && json_object_has_member (draft->object, key))
    weir_document_add_at_key (builder->document, builder->mistakes, pointer, message);
}

/* A sink beside the stages, under a key of its own, which is its id; NULL: there is none. */
static WeirGraphNode *
read_aside (WeirGraphBuilder *builder, const char *key, const char *what)
{
  JsonObject *root = weir_document_get_root (builder->document);
  g_autofree char *pointer = weir_pointer_join ("", key);
  g_autofree char *below = weir_pointer_join (pointer, "type");

  if (!json_object_has_member (root, key))
    return NULL;

  WeirDraft draft = read_draft (builder, json_object_get_member (root, key), pointer);
  refuse_key (builder, &draft, what, "id");
  refuse_key (builder, &draft, what, "from");
  if (draft.kind != NULL && !weir_draft_is (&draft, "sink"))
    weir_mistakes_addf (builder->mistakes, below, "%s go to a sink, and this is a %s", what,
                        draft.kind);
  draft.node->id = g_strdup (key);
  g_hash_table_insert (builder->ids, draft.node->id, draft.node);
  return draft.node;
}

static JsonArray *
get_stages (WeirGraphBuilder *builder)
{
  JsonNode *node = json_object_get_member (weir_document_get_root (builder->document), "stages");

  if (node == NULL)
    weir_mistakes_add (builder->mistakes, "/stages",
                       "there are no \"stages\" (expected a list from a source to a sink)");
  else if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      g_autofree char *value = weir_node_describe (node);
      weir_mistakes_addf (builder->mistakes, "/stages",
                          "%s is not a list of stages (expected [{\"type\": …}, …])", value);
    }
  else if (json_array_get_length (json_node_get_array (node)) == 0)
    weir_mistakes_add (builder->mistakes, "/stages",
                       "the pipeline has no stage (expected a list from a source to a sink)");
  else
    return json_node_get_array (node);
  return NULL;
}

void
weir_graph_build_stages (WeirGraphBuilder *builder)
{
  JsonArray *stages = get_stages (builder);

  builder->graph->dead_letter = read_aside (builder, "dead-letter", "dead letters");
  builder->graph->results = read_aside (builder, "results", "results");
  for (guint i = 0; stages != NULL && i < json_array_get_length (stages); i++)
    {
      g_autofree char *pointer = weir_pointer_join_index ("/stages", i);
      WeirDraft draft = read_draft (builder, json_array_get_element (stages, i), pointer);
      g_array_append_val (builder->drafts, draft);
      g_ptr_array_add (builder->graph->nodes, draft.node);
    }
  make_ids (builder);
}
