/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-graph-builder-private.h"

/* The schema of pipeline files, built top down with one builder. An option may be given as text
 * with a ${NAME} in it whatever its kind is, so each that is no text has that as an alternative. */

static void
add_string (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
add_boolean (JsonBuilder *b, const char *name, gboolean value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_boolean_value (b, value);
}

static void
begin (JsonBuilder *b, const char *name)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
}

static void
add_reference (JsonBuilder *b, const char *name)
{
  g_autofree char *reference = g_strconcat ("#/$defs/", name, NULL);

  add_string (b, "$ref", reference);
}

static void
begin_alternative (JsonBuilder *b)
{
  json_builder_set_member_name (b, "anyOf");
  json_builder_begin_array (b);
  json_builder_begin_object (b);
  add_reference (b, "substitution");
  json_builder_end_object (b);
  json_builder_begin_object (b);
}

static void
end_alternative (JsonBuilder *b)
{
  json_builder_end_object (b);
  json_builder_end_array (b);
}

static void
add_bound (JsonBuilder *b, const char *name, double value)
{
  if (ABS (value) >= (double)G_MAXINT64)
    return;
  json_builder_set_member_name (b, name);
  if (value == (double)(gint64)value)
    json_builder_add_int_value (b, (gint64)value);
  else
    json_builder_add_double_value (b, value);
}

/* A natural number past 2^63 stands in quotes. */
static void
add_natural (JsonBuilder *b)
{
  json_builder_set_member_name (b, "type");
  json_builder_add_value (b, json_from_string ("[\"integer\",\"string\"]", NULL));
  add_string (b, "pattern", "^[0-9]{19,20}$");
}

static void
add_number (JsonBuilder *b, const WeirOption *option)
{
  begin_alternative (b);
  if (option->kind == WEIR_OPTION_UINT64)
    add_natural (b);
  else
    add_string (b, "type", option->kind == WEIR_OPTION_DOUBLE ? "number" : "integer");
  if (weir_option_has_range (option))
    {
      add_bound (b, "minimum", option->minimum);
      add_bound (b, "maximum", option->maximum);
    }
  end_alternative (b);
}

static void
add_choices (JsonBuilder *b, const WeirOption *option)
{
  json_builder_set_member_name (b, "enum");
  json_builder_begin_array (b);
  for (guint i = 0; option->choices[i] != NULL; i++)
    json_builder_add_string_value (b, option->choices[i]);
  json_builder_end_array (b);
}

static void
add_list (JsonBuilder *b, const WeirOption *option)
{
  json_builder_set_member_name (b, "type");
  json_builder_begin_array (b);
  json_builder_add_string_value (b, "string");
  json_builder_add_string_value (b, "array");
  json_builder_end_array (b);
  begin (b, "items");
  add_string (b, "type", "string");
  if (option->choices != NULL)
    add_choices (b, option);
  json_builder_end_object (b);
}

static void
add_map (JsonBuilder *b, const WeirOption *option)
{
  const gboolean ranges = (option->map & ~WEIR_MAP_PATH_KEYS) == WEIR_MAP_RANGES;

  begin_alternative (b);
  add_string (b, "type", "object");
  if (option->map & WEIR_MAP_PATH_KEYS)
    {
      begin (b, "propertyNames");
      add_string (b, "pattern", "^\\.");
      json_builder_end_object (b);
    }
  begin (b, "additionalProperties");
  if (ranges)
    add_reference (b, "range");
  else
    add_string (b, "type", "string");
  if (!ranges && option->choices != NULL)
    add_choices (b, option);
  json_builder_end_object (b);
  end_alternative (b);
}

static void
add_kind (JsonBuilder *b, const WeirOption *option)
{
  switch (option->kind)
    {
    case WEIR_OPTION_BOOLEAN:
      begin_alternative (b);
      add_string (b, "type", "boolean");
      end_alternative (b);
      break;
    case WEIR_OPTION_INT64:
    case WEIR_OPTION_UINT64:
    case WEIR_OPTION_DOUBLE:
      add_number (b, option);
      break;
    case WEIR_OPTION_STRING:
    case WEIR_OPTION_EXPRESSION:
      add_string (b, "type", "string");
      break;
    case WEIR_OPTION_ENUM:
      begin_alternative (b);
      add_choices (b, option);
      end_alternative (b);
      break;
    case WEIR_OPTION_DURATION:
      add_reference (b, "duration");
      break;
    case WEIR_OPTION_SIZE:
      add_reference (b, "size");
      break;
    case WEIR_OPTION_PERIOD:
      add_reference (b, "period");
      break;
    case WEIR_OPTION_STRINGS:
    case WEIR_OPTION_PATHS:
      add_list (b, option);
      break;
    case WEIR_OPTION_MAP:
      add_map (b, option);
      break;
    case WEIR_OPTION_JSON:
      break;
    }
}

static void
add_option (JsonBuilder *b, const WeirOption *option)
{
  begin (b, option->name);
  if (option->doc != NULL)
    add_string (b, "description", option->doc);
  add_kind (b, option);
  json_builder_end_object (b);
}

static void
add_properties (JsonBuilder *b, const WeirOption *options, guint n_options)
{
  for (guint i = 0; i < n_options; i++)
    add_option (b, &options[i]);
}

static void
add_required (JsonBuilder *b, const WeirOption *options, guint n_options, const char *first)
{
  json_builder_set_member_name (b, "required");
  json_builder_begin_array (b);
  json_builder_add_string_value (b, first);
  for (guint i = 0; i < n_options; i++)
    if (options[i].required)
      json_builder_add_string_value (b, options[i].name);
  json_builder_end_array (b);
}

static void
add_described_reference (JsonBuilder *b, const char *name, const char *reference,
                         const char *description)
{
  begin (b, name);
  add_string (b, "description", description);
  add_reference (b, reference);
  json_builder_end_object (b);
}

static void
add_stage_keys (JsonBuilder *b, const WeirStageInfo *info, gboolean in_list)
{
  begin (b, "type");
  add_string (b, "const", info->name);
  json_builder_end_object (b);
  if (!in_list)
    return;
  add_described_reference (b, "id", "id", "Name of the stage; the type's by default");
  if (strcmp (info->kind, "source") != 0)
    add_described_reference (b, "from", "from", "What it reads; the stage before it by default");
}

static void
add_stage (JsonBuilder *b, const WeirStageInfo *info, gboolean in_list)
{
  GTypeClass *klass = g_type_class_ref (info->type);
  guint n_options;
  const WeirOption *options = weir_stage_class_get_options ((WeirStageClass *)klass, &n_options);

  json_builder_begin_object (b);
  add_string (b, "type", "object");
  add_string (b, "description", info->summary);
  begin (b, "properties");
  add_stage_keys (b, info, in_list);
  add_properties (b, options, n_options);
  json_builder_end_object (b);
  add_required (b, options, n_options, "type");
  add_boolean (b, "additionalProperties", FALSE);
  json_builder_end_object (b);
  g_type_class_unref (klass);
}

static void
add_stage_types (JsonBuilder *b, const char *kind)
{
  g_auto (GStrv) names = weir_registry_list (kind);

  json_builder_set_member_name (b, "oneOf");
  json_builder_begin_array (b);
  for (guint i = 0; names[i] != NULL; i++)
    add_stage (b, weir_registry_get_info (names[i]), kind == NULL);
  json_builder_end_array (b);
}

/* The definitions that need no table. */
static void
add_definitions (JsonBuilder *b)
{
  static const char text[]
      = "{\"substitution\":{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"},"
        "\"id\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]+$\"},"
        "\"port\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]+(\\\\.[a-z]+)?$\"},"
        "\"from\":{\"anyOf\":[{\"$ref\":\"#/$defs/substitution\"},{\"$ref\":\"#/$defs/port\"},"
        "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/port\"},\"minItems\":1}]},"
        "\"duration\":{\"type\":\"string\",\"pattern\":\"^([0-9]+(ns|us|ms|s|m|h)|0)$|\\\\$\\\\{\"}"
        ","
        "\"size\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":0},"
        "{\"type\":\"string\",\"pattern\":\"^[0-9]+(B|KiB|MiB|GiB)?$|\\\\$\\\\{\"}]},"
        "\"period\":{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1},"
        "{\"$ref\":\"#/$defs/duration\"}]},"
        "\"range\":{\"type\":\"array\",\"items\":{\"type\":[\"number\",\"null\",\"string\"]},"
        "\"minItems\":2,\"maxItems\":2},"
        "\"records\":{\"anyOf\":[{\"type\":\"array\"},"
        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\"}}]},"
        "\"test\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
        "\"input\":{\"$ref\":\"#/$defs/records\"},\"output\":{\"$ref\":\"#/$defs/records\"}},"
        "\"required\":[\"name\",\"input\",\"output\"],\"additionalProperties\":false}}";

  json_builder_set_member_name (b, "$defs");
  json_builder_add_value (b, json_from_string (text, NULL));
}

static void
add_priority (JsonBuilder *b)
{
  begin (b, "priority");
  add_string (b, "description", "0 (lowest) to 9, or an expression that gives it for each record");
  json_builder_set_member_name (b, "anyOf");
  json_builder_add_value (b,
                          json_from_string ("[{\"type\":\"integer\",\"minimum\":0,\"maximum\":9},"
                                            "{\"type\":\"string\"}]",
                                            NULL));
  json_builder_end_object (b);
}

static void
add_affinity (JsonBuilder *b)
{
  static const char text[]
      = "[{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":0},\"minItems\":1},"
        "{\"type\":\"string\",\"pattern\":\"^ *[0-9]+ *(- *[0-9]+ *)?(, *[0-9]+ *(- *[0-9]+ *)?)*$"
        "|\\\\$\\\\{\"}]";

  begin (b, "affinity");
  add_string (b, "description", "CPUs that the worker threads are pinned to, in turn");
  json_builder_set_member_name (b, "anyOf");
  json_builder_add_value (b, json_from_string (text, NULL));
  json_builder_end_object (b);
}

static void
add_aside (JsonBuilder *b, const char *key, const char *description)
{
  begin (b, key);
  add_string (b, "description", description);
  add_stage_types (b, "sink");
  json_builder_end_object (b);
}

static void
add_lists (JsonBuilder *b)
{
  add_aside (b, "dead-letter", "The sink of records that end as invalid, late, shed or failed");
  add_aside (b, "results", "The sink of a line for each end of a record: where, how, how long");
  begin (b, "stages");
  add_string (b, "description", "The stages in the order of flow");
  add_string (b, "type", "array");
  add_bound (b, "minItems", 1);
  begin (b, "items");
  add_stage_types (b, NULL);
  json_builder_end_object (b);
  json_builder_end_object (b);
  begin (b, "tests");
  add_string (b, "description", "What `weir test` runs: records in, and the records expected out");
  add_string (b, "type", "array");
  begin (b, "items");
  add_reference (b, "test");
  json_builder_end_object (b);
  json_builder_end_object (b);
}

static JsonNode *
build (void)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  guint n_keys;
  const WeirOption *keys = weir_graph_get_keys (&n_keys);

  json_builder_begin_object (b);
  add_string (b, "$schema", "https://json-schema.org/draft/2020-12/schema");
  add_string (b, "title", "Weir pipeline");
  add_string (b, "type", "object");
  begin (b, "properties");
  add_properties (b, keys, n_keys);
  add_priority (b);
  add_affinity (b);
  add_lists (b);
  json_builder_end_object (b);
  add_required (b, NULL, 0, "stages");
  add_boolean (b, "additionalProperties", FALSE);
  add_definitions (b);
  json_builder_end_object (b);
  return json_builder_get_root (b);
}

char *
weir_schema_generate (void)
{
  g_autoptr (JsonNode) root = build ();
  g_autofree char *text = json_to_string (root, TRUE);

  return g_strconcat (text, "\n", NULL);
}
