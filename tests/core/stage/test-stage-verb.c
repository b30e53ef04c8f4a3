/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-aggregate.h>
#include <weir/weir-filter.h>
#include <weir/weir-transform.h>
#include <weir/weir-validate.h>

#include "flow-stages.h"
#include "stage/weir-stage-private.h"

/* The missing verb of a type that adds nothing to its base class. */
static const char *
find_missing_of_bare (GType base, const char *name)
{
  GTypeQuery query;
  g_autoptr (WeirStage) stage = NULL;

  g_type_query (base, &query);
  stage = g_object_new (g_type_register_static_simple (base, name, query.class_size, NULL,
                                                       query.instance_size, NULL, 0),
                        NULL);
  return weir_stage_get_missing_verb (stage);
}

static void
a_bare_type_lacks_the_verb_of_its_kind (void)
{
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_SOURCE, "BareSource"), ==, "fill");
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_TRANSFORM, "BareTransform"), ==, "transform");
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_VALIDATE, "BareValidate"), ==, "validate");
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_AGGREGATE, "BareAggregate"), ==, "add");
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_FILTER, "BareFilter"), ==, "accept");
  g_assert_cmpstr (find_missing_of_bare (WEIR_TYPE_SINK, "BareSink"), ==, "write");
}

static void
a_whole_type_lacks_none (void)
{
  const GType types[] = { flow_source_get_type (), flow_map_get_type (),  flow_judge_get_type (),
                          flow_count_get_type (),  flow_even_get_type (), flow_sink_get_type () };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (WeirStage) stage = g_object_new (types[i], NULL);

      g_assert_null (weir_stage_get_missing_verb (stage));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(test) g_test_add_func ("/stage-verb/" #test, test)
  ADD (a_bare_type_lacks_the_verb_of_its_kind);
  ADD (a_whole_type_lacks_none);
  return g_test_run ();
}
