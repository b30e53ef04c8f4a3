/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-run.h"

/* One expression is evaluated by many threads at the same time, by either engine. */

#define N_RECORDS (guint) STRESS_TIMES (5000)

typedef struct
{
  WeirFilter parent;
  WeirExpression *where;
} StressWhere;
typedef WeirFilterClass StressWhereClass;
GType stress_where_get_type (void);
G_DEFINE_TYPE (StressWhere, stress_where, WEIR_TYPE_FILTER)

static const WeirOption where_options[]
    = { WEIR_OPTION_EXPRESSION ("where", StressWhere, where, TRUE, "What passes") };

static gboolean
stress_where_accept (WeirFilter *filter, WeirRecord *record)
{
  return weir_expression_matches (((StressWhere *)filter)->where, record);
}

static void
stress_where_class_init (StressWhereClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->accept = stress_where_accept;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), where_options, 1);
}

static void
stress_where_init (StressWhere *self)
{
}

typedef struct
{
  WeirTransform parent;
  WeirExpression *to;
} StressTo;
typedef WeirTransformClass StressToClass;
GType stress_to_get_type (void);
G_DEFINE_TYPE (StressTo, stress_to, WEIR_TYPE_TRANSFORM)

static const WeirOption to_options[]
    = { WEIR_OPTION_EXPRESSION ("to", StressTo, to, TRUE, "What a record becomes") };

static void
stress_to_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  weir_expression_emit (((StressTo *)transform)->to, record, out);
}

static void
stress_to_class_init (StressToClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->transform = stress_to_transform;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), to_options, 1);
}

static void
stress_to_init (StressTo *self)
{
}

/* What filter.stress-some keeps, and transform.stress-three makes. */
#define SOME  "(.[1] + .[2]) % 3 != 0"
#define THREE "(0, 1, 2) as $k | [.[0], .[1], .[2] * 3 + $k]"

static const char *const programs[][2] = {
  { SOME, THREE },
  { "walk(.) | " SOME, "walk(.) | " THREE },
  { "(tostring | test(\"^.[0-9],[0-9]+,\")) and " SOME, ". as [$s, $n, $o] | " THREE },
};

static GArray *
expect (void)
{
  GArray *keys = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint64 i = 0; i < N_RECORDS; i++)
    {
      guint64 key = STRESS_KEY (i, 0);

      g_array_append_val (keys, key);
    }
  return stress_model (stress_model (keys, "filter.stress-some"), "transform.stress-three");
}

static void
run_programs (guint threads, const char *where, const char *to)
{
  g_autofree char *quoted_where = g_strescape (where, NULL);
  g_autofree char *quoted_to = g_strescape (to, NULL);
  g_autofree char *stages = g_strdup_printf (
      "{\"type\":\"source.stress\",\"count\":%u,\"per-fill\":50},"
      "{\"type\":\"filter.stress-where\",\"where\":\"%s\"},"
      "{\"type\":\"transform.stress-to\",\"to\":\"%s\"},{\"id\":\"out\",\"type\":\"sink.stress\"}",
      N_RECORDS, quoted_where, quoted_to);
  g_autoptr (WeirPipeline) pipeline = stress_pipeline_new (threads, stages);
  g_autoptr (GArray) expected = expect ();
  const StressSink *sink = stress_get (pipeline, "out");

  g_assert_cmpuint (stress_run (pipeline), ==, 0);
  g_assert_cmpmem (sink->keys[0]->data, (gsize)sink->keys[0]->len * sizeof (guint64),
                   expected->data, (gsize)expected->len * sizeof (guint64));
}

static void
test_threads_share_an_expression (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    for (guint t = 0; t < G_N_ELEMENTS (stress_threads); t++)
      run_programs (stress_threads[t], programs[i][0], programs[i][1]);
}

int
main (int argc, char **argv)
{
  stress_init (&argc, &argv);
  weir_registry_add ("filter.stress-where", stress_where_get_type (), NULL);
  weir_registry_add ("transform.stress-to", stress_to_get_type (), NULL);
  g_test_add_func ("/stress/expressions/threads share an expression",
                   test_threads_share_an_expression);
  return g_test_run ();
}
