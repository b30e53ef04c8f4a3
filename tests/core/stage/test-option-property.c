/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-option-private.h"
#include "test-stages.h"

static void
a_row_is_a_property_of_its_type_and_range (void)
{
  g_autoptr (GObject) stage = g_object_new (test_kinds_get_type (), NULL);
  GObjectClass *klass = G_OBJECT_GET_CLASS (stage);
  GParamSpec *real = g_object_class_find_property (klass, "real");
  GParamSpec *duration = g_object_class_find_property (klass, "duration");

  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (real)->maximum, ==, 1.0);
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (real)->default_value, ==, 0.5);
  g_assert_cmpuint (G_PARAM_SPEC_UINT64 (duration)->default_value, ==, 50000000);
  g_assert_cmpstr (g_param_spec_get_blurb (duration), ==, "A duration");
  g_assert_true (g_object_class_find_property (klass, "paths")->value_type == G_TYPE_STRV);
  g_assert_true (g_object_class_find_property (klass, "choice")->value_type == G_TYPE_STRING);
}

static void
properties_read_and_write_the_members (void)
{
  g_autoptr (GObject) object
      = g_object_new (test_kinds_get_type (), "flag", FALSE, "whole", (gint64)3, "natural",
                      G_MAXUINT64, "real", 0.25, "text", "x", "choice", "zstd", "duration",
                      (guint64)5, "period", "10s", "expression", ".a", NULL);
  TestKinds *stage = (TestKinds *)object;
  g_autofree char *period = NULL, *expression = NULL, *choice = NULL;

  g_assert_true (!stage->flag && stage->whole == 3 && stage->natural == G_MAXUINT64);
  g_assert_true (stage->real == 0.25 && stage->choice == 2 && stage->duration == 5);
  g_assert_cmpuint (stage->period.duration, ==, G_GUINT64_CONSTANT (10000000000));
  g_object_get (object, "period", &period, "expression", &expression, "choice", &choice, NULL);
  g_assert_cmpstr (period, ==, "10s");
  g_assert_cmpstr (expression, ==, ".a");
  g_assert_cmpstr (choice, ==, "zstd");
}

static void
lists_and_maps_keep_their_text (void)
{
  static const char *const paths[] = { ".a", ".b", NULL };
  g_autoptr (GObject) object
      = g_object_new (test_kinds_get_type (), "paths", paths, "expressions", "{\"n\": \".a\"}",
                      "ranges", "{\".a\": [1, null]}", "json", "{\"a\":[1]}", NULL);
  g_auto (GStrv) strings = NULL;
  g_autofree char *expressions = NULL, *ranges = NULL, *json = NULL;

  g_object_get (object, "paths", &strings, "expressions", &expressions, "ranges", &ranges, "json",
                &json, NULL);
  g_assert_cmpstrv (strings, paths);
  g_assert_cmpstr (expressions, ==, "{\"n\": \".a\"}");
  g_assert_cmpstr (ranges, ==, "{\".a\": [1, null]}");
  g_assert_cmpstr (json, ==, "{\"a\":[1]}");
}

static void
a_property_can_be_unset (void)
{
  g_autoptr (GObject) object = g_object_new (test_kinds_get_type (), "expression", ".a", NULL);

  g_object_set (object, "expression", NULL, "text", NULL, NULL);
  g_assert_null (((TestKinds *)object)->expression);
  g_assert_null (((TestKinds *)object)->text);
}

static GLogWriterOutput
keep_message (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer message)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_string_assign (message, fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static void
a_value_that_cannot_be_is_warned_of_and_left (void)
{
  g_autoptr (GObject) object = g_object_new (test_kinds_get_type (), "choice", "zstd", NULL);

  g_autoptr (GString) message = g_string_new (NULL);

  g_log_set_writer_func (keep_message, message, NULL);
  g_object_set (object, "choice", "lzma", NULL);
  g_assert_true (g_str_has_prefix (message->str, "TestKinds: /choice: unknown value \"lzma\""));
  g_assert_cmpuint (((TestKinds *)object)->choice, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/option-property/" #name, name)
  ADD (a_row_is_a_property_of_its_type_and_range);
  ADD (properties_read_and_write_the_members);
  ADD (lists_and_maps_keep_their_text);
  ADD (a_property_can_be_unset);
  ADD (a_value_that_cannot_be_is_warned_of_and_left);
  return g_test_run ();
}
