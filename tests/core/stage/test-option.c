/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-mistakes-private.h"
#include "stage/weir-option-private.h"
#include "test-stages.h"

/* A stage type as another language makes it: GObject properties and no table. */
typedef struct
{
  WeirTransform parent;
  char *suffix;
  int count;
  char **names;
} Foreign;
typedef struct
{
  WeirTransformClass parent_class;
} ForeignClass;
static GType foreign_get_type (void);
G_DEFINE_TYPE (Foreign, foreign, WEIR_TYPE_TRANSFORM)

static void
foreign_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  Foreign *self = (Foreign *)object;

  if (id == 1)
    {
      g_free (self->suffix);
      self->suffix = g_value_dup_string (value);
    }
  else if (id == 2)
    self->count = g_value_get_int (value);
  else if (id == 3)
    {
      g_strfreev (self->names);
      self->names = g_value_dup_boxed (value);
    }
}

static void
foreign_finalize (GObject *object)
{
  g_free (((Foreign *)object)->suffix);
  g_strfreev (((Foreign *)object)->names);
  G_OBJECT_CLASS (foreign_parent_class)->finalize (object);
}

static void
foreign_class_init (ForeignClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_WRITABLE;

  object_class->set_property = foreign_set_property;
  object_class->finalize = foreign_finalize;
  g_object_class_install_property (
      object_class, 1, g_param_spec_string ("suffix", NULL, "What to append", "!", flags));
  g_object_class_install_property (object_class, 2,
                                   g_param_spec_int ("count", NULL, NULL, 1, 9, 3, flags));
  g_object_class_install_property (object_class, 3,
                                   g_param_spec_boxed ("names", NULL, NULL, G_TYPE_STRV, flags));
  g_object_class_install_property (object_class, 4,
                                   g_param_spec_object ("other", NULL, NULL, G_TYPE_OBJECT, flags));
}

static void
foreign_init (Foreign *self)
{
}

/* A type with a table below one with a table. */
typedef struct
{
  TestKinds parent;
  guint64 more;
} Child;
typedef struct
{
  WeirTransformClass parent_class;
} ChildClass;
static GType child_get_type (void);
G_DEFINE_TYPE (Child, child, test_kinds_get_type ())

static const WeirOption child_options[] = {
  WEIR_OPTION_UINT64 ("more", Child, more, 0, 10, "4", "More"),
};

static void
child_class_init (ChildClass *klass)
{
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), child_options, 1);
}

static void
child_init (Child *self)
{
}

static void
a_table_joins_those_above_it (void)
{
  g_autoptr (GObject) object = g_object_new (child_get_type (), "whole", (gint64)2, NULL);
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (object);
  guint n_options;

  weir_stage_class_get_options (klass, &n_options);
  g_assert_cmpuint (n_options, ==, 18);
  g_assert_nonnull (weir_stage_class_find_option (klass, "more"));
  g_assert_nonnull (weir_stage_class_find_option (klass, "whole"));
  g_assert_null (weir_stage_class_find_option (klass, "less"));
  g_assert_cmpuint (((Child *)object)->more, ==, 4);
  g_assert_cmpint (((TestKinds *)object)->whole, ==, 2);
}

static void
properties_of_another_language_are_options (void)
{
  g_autoptr (GObject) object = g_object_new (foreign_get_type (), NULL);
  WeirStageClass *klass = WEIR_STAGE_GET_CLASS (object);
  const WeirOption *count = weir_stage_class_find_option (klass, "count");
  const WeirOption *suffix = weir_stage_class_find_option (klass, "suffix");
  guint n_options;

  weir_stage_class_get_options (klass, &n_options);
  g_assert_cmpuint (n_options, ==, 3);
  g_assert_true (count->kind == WEIR_OPTION_INT64 && count->offset == G_MAXSIZE);
  g_assert_true (count->minimum == 1 && count->maximum == 9);
  g_assert_cmpstr (count->fallback, ==, "3");
  g_assert_cmpstr (suffix->doc, ==, "What to append");
  g_assert_null (weir_stage_class_find_option (klass, "other"));
}

static gboolean
read_option (GObject *object, const char *name, const char *json, WeirMistakes *mistakes)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  g_autofree char *pointer = weir_pointer_join ("", name);

  return weir_option_read (weir_stage_class_find_option (WEIR_STAGE_GET_CLASS (object), name),
                           (WeirStage *)object, node, FALSE, pointer, mistakes);
}

static void
properties_of_another_language_are_set_and_checked (void)
{
  g_autoptr (GObject) object = g_object_new (foreign_get_type (), NULL);
  g_autoptr (WeirMistakes) mistakes = weir_mistakes_new ("f", NULL, NULL, NULL);
  Foreign *self = (Foreign *)object;

  g_assert_true (read_option (object, "suffix", "\"?\"", mistakes));
  g_assert_true (read_option (object, "count", "7", mistakes));
  g_assert_true (read_option (object, "names", "[\"a\",\"b\"]", mistakes));
  g_assert_cmpstr (self->suffix, ==, "?");
  g_assert_cmpint (self->count, ==, 7);
  g_assert_cmpstr (self->names[1], ==, "b");
  g_assert_false (read_option (object, "count", "10", mistakes));
  g_autofree char *text = weir_mistakes_to_text (mistakes);
  g_assert_cmpstr (text, ==, "f: /count: 10 is out of range (expected 1 to 9)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/option/" #name, name)
  ADD (a_table_joins_those_above_it);
  ADD (properties_of_another_language_are_options);
  ADD (properties_of_another_language_are_set_and_checked);
  return g_test_run ();
}
