/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-stages.h"

typedef struct
{
  WeirTransformClass parent_class;
} TestKindsClass;

G_DEFINE_TYPE (TestKinds, test_kinds, WEIR_TYPE_TRANSFORM)

static const char *const choices[] = { "none", "gzip", "zstd", NULL };
static const char *const json_types[] = { "string", "number", NULL };

static const WeirOption kinds_options[] = {
  WEIR_OPTION_BOOLEAN ("flag", TestKinds, flag, "true", "A flag"),
  WEIR_OPTION_INT64 ("whole", TestKinds, whole, -5, 5, "-1", "A whole number"),
  WEIR_OPTION_UINT64 ("natural", TestKinds, natural, 0, G_MAXUINT64, "7", "A natural number"),
  WEIR_OPTION_DOUBLE ("real", TestKinds, real, 0.0, 1.0, "0.5", "A number"),
  WEIR_OPTION_STRING ("text", TestKinds, text, "hello", "A string"),
  WEIR_OPTION_ENUM ("choice", TestKinds, choice, choices, "gzip", "A choice"),
  WEIR_OPTION_DURATION ("duration", TestKinds, duration, "50ms", "A duration"),
  WEIR_OPTION_SIZE ("size", TestKinds, size, 1, 1 << 30, "64KiB", "A size"),
  WEIR_OPTION_PERIOD ("period", TestKinds, period, "A count or a duration"),
  WEIR_OPTION_EXPRESSION ("expression", TestKinds, expression, FALSE, "An expression"),
  WEIR_OPTION_STRINGS ("strings", TestKinds, strings, FALSE, "A list of strings"),
  WEIR_OPTION_PATHS ("paths", TestKinds, paths, FALSE, "A list of paths"),
  WEIR_OPTION_MAP ("expressions", TestKinds, expressions, WEIR_MAP_EXPRESSIONS, NULL, FALSE,
                   "Names to expressions"),
  WEIR_OPTION_MAP ("types", TestKinds, types, WEIR_MAP_STRINGS | WEIR_MAP_PATH_KEYS, json_types,
                   FALSE, "Paths to types"),
  WEIR_OPTION_MAP ("ranges", TestKinds, ranges, WEIR_MAP_RANGES | WEIR_MAP_PATH_KEYS, NULL, FALSE,
                   "Paths to ranges"),
  WEIR_OPTION_MAP ("moves", TestKinds, moves, WEIR_MAP_PATHS | WEIR_MAP_PATH_KEYS, NULL, FALSE,
                   "Paths to paths"),
  WEIR_OPTION_JSON ("json", TestKinds, json, "Any JSON"),
};

/* Has something to say of its options together. */
static void
check_kinds (WeirStage *stage, WeirMistakes *mistakes)
{
  TestKinds *self = (TestKinds *)stage;

  if (self->size < 100)
    weir_mistakes_add (mistakes, "/size", "too small for anything");
}

static void
test_kinds_class_init (TestKindsClass *klass)
{
  WeirStageClass *stage_class = WEIR_STAGE_CLASS (klass);

  stage_class->check = check_kinds;
  weir_stage_class_set_options (stage_class, kinds_options, G_N_ELEMENTS (kinds_options));
}

static void
test_kinds_init (TestKinds *self)
{
}

/* A stage type of a kind, with the required option "need". */
#define DEFINE_NEED(Type, prefix, Parent, PARENT)                                                  \
  typedef struct                                                                                   \
  {                                                                                                \
    Parent parent;                                                                                 \
    WeirExpression *need;                                                                          \
  } Type;                                                                                          \
  typedef struct                                                                                   \
  {                                                                                                \
    Parent##Class parent_class;                                                                    \
  } Type##Class;                                                                                   \
  static GType prefix##_get_type (void);                                                           \
  G_DEFINE_TYPE (Type, prefix, PARENT)                                                             \
  static const WeirOption prefix##_options[]                                                       \
      = { WEIR_OPTION_EXPRESSION ("need", Type, need, TRUE, "Something needed") };                 \
  static void prefix##_class_init (Type##Class *klass)                                             \
  {                                                                                                \
    weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), prefix##_options, 1);                  \
  }                                                                                                \
  static void prefix##_init (Type *self) {}

DEFINE_NEED (TestFilterNeed, test_filter_need, WeirFilter, WEIR_TYPE_FILTER)
DEFINE_NEED (TestSinkNeed, test_sink_need, WeirSink, WEIR_TYPE_SINK)

static void
add (const char *name, GType type)
{
  g_autoptr (GError) error = NULL;

  weir_registry_add (name, type, &error);
  g_assert_no_error (error);
}

static void
add_plain (const char *name, const char *type_name, GType parent)
{
  GTypeQuery query;

  g_type_query (parent, &query);
  add (name, g_type_register_static_simple (parent, type_name, query.class_size, NULL,
                                            query.instance_size, NULL, 0));
}

void
test_stages_add (void)
{
  static gsize added;

  if (!g_once_init_enter (&added))
    return;
  add_plain ("source.test", "TestSource", WEIR_TYPE_SOURCE);
  add_plain ("transform.test", "TestTransform", WEIR_TYPE_TRANSFORM);
  add_plain ("validate.test", "TestValidate", WEIR_TYPE_VALIDATE);
  add_plain ("aggregate.test", "TestAggregate", WEIR_TYPE_AGGREGATE);
  add_plain ("filter.test", "TestFilter", WEIR_TYPE_FILTER);
  add_plain ("sink.test", "TestSink", WEIR_TYPE_SINK);
  add ("filter.test-need", test_filter_need_get_type ());
  add ("sink.test-need", test_sink_need_get_type ());
  add ("transform.kinds", test_kinds_get_type ());
  g_once_init_leave (&added, 1);
}
