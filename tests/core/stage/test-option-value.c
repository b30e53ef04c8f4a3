/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "stage/weir-mistakes-private.h"
#include "stage/weir-option-private.h"
#include "test-stages.h"

typedef struct
{
  TestKinds *stage;
  WeirMistakes *mistakes;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->stage = g_object_new (test_kinds_get_type (), NULL);
  fixture->mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weir_mistakes_unref (fixture->mistakes);
  g_assert_finalize_object (fixture->stage);
}

static gboolean
read_node (Fixture *fixture, const char *name, JsonNode *node, gboolean verbatim)
{
  WeirStage *stage = (WeirStage *)fixture->stage;
  g_autofree char *pointer = weir_pointer_join ("", name);
  const WeirOption *option = weir_stage_class_find_option (WEIR_STAGE_GET_CLASS (stage), name);

  g_assert_nonnull (option);
  return weir_option_read (option, stage, node, verbatim, pointer, fixture->mistakes);
}

static gboolean
read_json (Fixture *fixture, const char *name, const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  return read_node (fixture, name, node, FALSE);
}

static gboolean
read_verbatim (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return read_node (fixture, name, node, TRUE);
}

static void
options_begin_with_their_defaults (Fixture *fixture, gconstpointer data)
{
  const TestKinds *stage = fixture->stage;

  g_assert_true (stage->flag);
  g_assert_cmpint (stage->whole, ==, -1);
  g_assert_cmpuint (stage->natural, ==, 7);
  g_assert_cmpfloat (stage->real, ==, 0.5);
  g_assert_cmpstr (stage->text, ==, "hello");
  g_assert_cmpuint (stage->choice, ==, 1);
  g_assert_cmpuint (stage->duration, ==, 50000000);
  g_assert_cmpuint (stage->size, ==, 65536);
  g_assert_cmpuint (stage->period.count + stage->period.duration, ==, 0);
  g_assert_null (stage->expression);
}

static void
each_simple_kind_is_read_from_json (Fixture *fixture, gconstpointer data)
{
  const TestKinds *stage = fixture->stage;

  g_assert_true (read_json (fixture, "flag", "false") && !stage->flag);
  g_assert_true (read_json (fixture, "whole", "5") && stage->whole == 5);
  g_assert_true (read_json (fixture, "whole", "-2e0") && stage->whole == -2);
  g_assert_true (read_json (fixture, "natural", "9007199254740993"));
  g_assert_cmpuint (stage->natural, ==, G_GUINT64_CONSTANT (9007199254740993));
  g_assert_true (read_json (fixture, "natural", "\"18446744073709551615\""));
  g_assert_cmpuint (stage->natural, ==, G_MAXUINT64);
  g_assert_true (read_json (fixture, "real", "1") && stage->real == 1.0);
  g_assert_true (read_json (fixture, "text", "\"a\\nb\"") && g_str_equal (stage->text, "a\nb"));
  g_assert_true (read_json (fixture, "choice", "\"zstd\"") && stage->choice == 2);
  g_assert_true (read_json (fixture, "duration", "\"2s\"") && stage->duration == 2000000000);
  g_assert_true (read_json (fixture, "size", "\"1KiB\"") && stage->size == 1024);
  g_assert_true (read_json (fixture, "size", "200") && stage->size == 200);
  g_assert_true (read_json (fixture, "period", "1000") && stage->period.count == 1000);
  g_assert_true (read_json (fixture, "period", "\"10s\"") && stage->period.count == 0);
  g_assert_cmpuint (stage->period.duration, ==, G_GUINT64_CONSTANT (10000000000));
}

static void
lists_maps_and_expressions_are_read_from_json (Fixture *fixture, gconstpointer data)
{
  const TestKinds *stage = fixture->stage;
  const WeirOptionEntry *entry;

  g_assert_true (read_json (fixture, "expression", "\".a > 1\""));
  g_assert_cmpstr (weir_expression_get_source (stage->expression), ==, ".a > 1");
  g_assert_true (read_json (fixture, "strings", "[\"a\", \"b\"]"));
  g_assert_cmpuint (g_strv_length (stage->strings), ==, 2);
  g_assert_true (read_json (fixture, "paths", "\".a.b\""));
  g_assert_cmpstr (stage->paths[0], ==, ".a.b");
  g_assert_true (read_json (fixture, "expressions", "{\"z\": \".a\", \"b\": \".c\"}"));
  entry = g_ptr_array_index (stage->expressions, 0);
  g_assert_cmpstr (entry->key, ==, "z");
  g_assert_cmpstr (weir_expression_get_source (entry->expression), ==, ".a");
  g_assert_true (read_json (fixture, "ranges", "{\".a\": [1.5, null]}"));
  entry = g_ptr_array_index (stage->ranges, 0);
  g_assert_true (entry->low == 1.5 && entry->high == INFINITY);
  g_assert_true (read_json (fixture, "json", "{\"$seq\": 1}"));
  g_assert_true (JSON_NODE_HOLDS_OBJECT (stage->json));
}

static void
verbatim_text_is_read_as_the_kind_asks (Fixture *fixture, gconstpointer data)
{
  const TestKinds *stage = fixture->stage;

  g_assert_true (read_verbatim (fixture, "flag", "false") && !stage->flag);
  g_assert_true (read_verbatim (fixture, "whole", "-3") && stage->whole == -3);
  g_assert_true (read_verbatim (fixture, "natural", "18446744073709551615"));
  g_assert_cmpuint (stage->natural, ==, G_MAXUINT64);
  g_assert_true (read_verbatim (fixture, "text", "12") && g_str_equal (stage->text, "12"));
  g_assert_true (read_verbatim (fixture, "size", "12KiB") && stage->size == 12288);
  g_assert_true (read_verbatim (fixture, "period", "12") && stage->period.count == 12);
  g_assert_true (read_verbatim (fixture, "paths", ".a") && g_strv_length (stage->paths) == 1);
  g_assert_true (read_verbatim (fixture, "paths", "[\".a\", \".b\"]"));
  g_assert_cmpuint (g_strv_length (stage->paths), ==, 2);
  g_assert_true (read_verbatim (fixture, "expressions", "{\"n\": \".a\"}"));
  g_assert_cmpuint (stage->expressions->len, ==, 1);
  g_assert_true (read_verbatim (fixture, "json", "[1]") && JSON_NODE_HOLDS_ARRAY (stage->json));
}

typedef struct
{
  const char *name;
  const char *json; /* or verbatim text after a '=' */
  const char *mistake;
} Bad;

static const Bad bad_rows[] = {
  { "flag", "1", "/flag: 1 is not a boolean (expected true or false)" },
  { "flag", "=yes", "/flag: \"yes\" is not a boolean (expected true or false)" },
  { "whole", "1.5", "/whole: 1.5 is not a whole number (expected a number such as 10)" },
  { "whole", "6", "/whole: 6 is out of range (expected -5 to 5)" },
  { "natural", "-1",
    "/natural: -1 is not a whole number from 0 on (expected a number such as 10)" },
  { "real", "\"0.5\"", "/real: \"0.5\" is not a number (expected a number such as 0.5)" },
  { "real", "=2", "/real: 2 is out of range (expected 0 to 1)" },
  { "text", "5", "/text: 5 is not a string (expected text in quotes)" },
  { "choice", "\"gzp\"",
    "/choice: unknown value \"gzp\" (did you mean \"gzip\"? one of: none, gzip, zstd)" },
  { "choice", "2", "/choice: 2 is not one of the choices (expected one of: none, gzip, zstd)" },
  { "duration", "50", "/duration: 50 is not a duration (expected a duration such as \"50ms\")" },
  { "size", "\"1KB\"",
    "/size: \"1KB\" is not a size (expected a size such as \"64KiB\", or a number of bytes)" },
  { "size", "0", "/size: 0 is out of range (expected 1B to 1GiB)" },
  { "period", "0",
    "/period: 0 is not a count or a duration (expected a count such as 1000, or a duration such as "
    "\"10s\")" },
  { "expression", "[]",
    "/expression: [] is not an expression (expected jq in a string, such as \".status >= 500\")" },
  { "strings", "[\"a\", 1]", "/strings/1: 1 is not a string (expected text in quotes)" },
  { "types", "{\".a\": \"nmber\"}",
    "/types/.a: unknown value \"nmber\" (did you mean \"number\"? one of: string, number)" },
  { "ranges", "{\".a\": [2, 1]}",
    "/ranges/.a: [2,1] is not a range (expected the low bound first)" },
  { "ranges", "{\".a\": [1]}",
    "/ranges/.a: [1] is not a range (expected [low, high]; null leaves a side open)" },
  { "moves", "[]", "/moves: [] is not an object (expected map of paths to paths)" },
};

static void
what_is_wrong_is_told_with_a_hint (Fixture *fixture, gconstpointer data)
{
  const Bad *bad = data;
  g_autofree char *expected = g_strconcat ("f: ", bad->mistake, NULL);

  if (*bad->json == '=')
    g_assert_false (read_verbatim (fixture, bad->name, bad->json + 1));
  else
    g_assert_false (read_json (fixture, bad->name, bad->json));
  g_autofree char *text = weir_mistakes_to_text (fixture->mistakes);
  g_assert_cmpstr (text, ==, expected);
}

static void
mistakes_of_paths_and_expressions_point_at_their_entry (Fixture *fixture, gconstpointer data)
{
  g_assert_false (read_json (fixture, "paths", "[\".a\", \"b\"]"));
  g_assert_false (read_json (fixture, "expressions", "{\"n\": \".a ===\", \"m\": 1}"));
  g_assert_false (read_json (fixture, "types", "{\"a\": \"string\"}"));
  g_assert_cmpuint (weir_mistakes_get_count (fixture->mistakes), ==, 4);
  g_autofree char *text = weir_mistakes_to_text (fixture->mistakes);
  g_assert_nonnull (strstr (text, "f: /paths/1: "));
  g_assert_nonnull (strstr (text, "f: /expressions/n: "));
  g_assert_nonnull (strstr (text, "f: /expressions/m: "));
  g_assert_nonnull (strstr (text, "f: /types/a: "));
}

static void
a_bad_value_leaves_the_old_one (Fixture *fixture, gconstpointer data)
{
  g_assert_true (read_json (fixture, "paths", "\".a\""));
  g_assert_false (read_json (fixture, "paths", "[\".b\", 1]"));
  g_assert_false (read_json (fixture, "text", "1"));
  g_assert_cmpstr (fixture->stage->paths[0], ==, ".a");
  g_assert_cmpstr (fixture->stage->text, ==, "hello");
}

static void
a_long_value_is_cut_in_messages (Fixture *fixture, gconstpointer data)
{
  g_autofree char *number = g_strnfill (300, '1');
  g_autofree char *json = g_strdup_printf ("\"%s\"", number);

  g_assert_false (read_json (fixture, "duration", json));
  g_autofree char *text = weir_mistakes_to_text (fixture->mistakes);
  g_assert_cmpuint (strlen (text), <, 150);
}

#define ADD(name) g_test_add ("/option-value/" #name, Fixture, NULL, set_up, name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (options_begin_with_their_defaults);
  ADD (each_simple_kind_is_read_from_json);
  ADD (lists_maps_and_expressions_are_read_from_json);
  ADD (verbatim_text_is_read_as_the_kind_asks);
  for (guint i = 0; i < G_N_ELEMENTS (bad_rows); i++)
    {
      g_autofree char *path = g_strdup_printf (
          "/option-value/what_is_wrong_is_told_with_a_hint/%u-%s", i, bad_rows[i].name);
      g_test_add (path, Fixture, &bad_rows[i], set_up, what_is_wrong_is_told_with_a_hint,
                  tear_down);
    }
  ADD (mistakes_of_paths_and_expressions_point_at_their_entry);
  ADD (a_bad_value_leaves_the_old_one);
  ADD (a_long_value_is_cut_in_messages);
  return g_test_run ();
}
