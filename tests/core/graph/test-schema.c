/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>

#include "graph/weir-graph-private.h"
#include "test-stages.h"

static JsonNode *
find (JsonNode *root, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) matches = json_path_query (path, root, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (matches)), ==, 1);
  return json_node_ref (json_array_get_element (json_node_get_array (matches), 0));
}

static JsonNode *
generate (void)
{
  g_autofree char *text = weir_schema_generate ();
  g_autoptr (GError) error = NULL;
  JsonNode *root = json_from_string (text, &error);

  g_assert_no_error (error);
  return root;
}

static JsonObject *
find_stage (JsonNode *root, const char *type)
{
  g_autoptr (JsonNode) list = find (root, "$.properties.stages.items.oneOf");
  JsonArray *stages = json_node_get_array (list);

  for (guint i = 0; i < json_array_get_length (stages); i++)
    {
      JsonObject *stage = json_array_get_object_element (stages, i);
      JsonObject *properties = json_object_get_object_member (stage, "properties");
      JsonObject *key = json_object_get_object_member (properties, "type");
      if (g_str_equal (json_object_get_string_member (key, "const"), type))
        return stage;
    }
  g_assert_not_reached ();
}

static void
the_schema_knows_the_pipeline_keys (void)
{
  g_autoptr (JsonNode) root = generate ();
  g_autoptr (JsonNode) schema = find (root, "$['$schema']");
  g_autoptr (JsonNode) deadline = find (root, "$.properties.deadline['$ref']");
  static const char *const keys[]
      = { "name",  "deadline", "late",     "priority",    "dead-letter", "stages",
          "tests", "threads",  "overload", "description", "affinity",    "results" };
  JsonObject *properties
      = json_object_get_object_member (json_node_get_object (root), "properties");

  g_assert_cmpstr (json_node_get_string (schema), ==,
                   "https://json-schema.org/draft/2020-12/schema");
  g_assert_cmpstr (json_node_get_string (deadline), ==, "#/$defs/duration");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_true (json_object_has_member (json_object_get_object_member (properties, keys[i]),
                                           "description"));
}

static void
each_stage_type_has_its_options_and_no_others (void)
{
  g_autoptr (JsonNode) root = generate ();
  JsonObject *stage = find_stage (root, "transform.kinds");
  JsonObject *properties = json_object_get_object_member (stage, "properties");

  g_assert_false (json_object_get_boolean_member (stage, "additionalProperties"));
  g_assert_cmpuint (json_object_get_size (properties), ==, 3 + 17);
  g_assert_cmpstr (json_object_get_string_member (
                       json_object_get_object_member (properties, "size"), "description"),
                   ==, "A size");
}

static void
required_options_are_required (void)
{
  g_autoptr (JsonNode) root = generate ();
  JsonArray *required
      = json_object_get_array_member (find_stage (root, "filter.test-need"), "required");

  g_assert_cmpuint (json_array_get_length (required), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (required, 0), ==, "type");
  g_assert_cmpstr (json_array_get_string_element (required, 1), ==, "need");
}

static void
a_source_has_no_from (void)
{
  g_autoptr (JsonNode) root = generate ();
  JsonObject *properties
      = json_object_get_object_member (find_stage (root, "source.test"), "properties");

  g_assert_true (json_object_has_member (properties, "id"));
  g_assert_false (json_object_has_member (properties, "from"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_stages_add ();
#define ADD(name) g_test_add_func ("/schema/" #name, name)
  ADD (the_schema_knows_the_pipeline_keys);
  ADD (each_stage_type_has_its_options_and_no_others);
  ADD (required_options_are_required);
  ADD (a_source_has_no_from);
  return g_test_run ();
}
