/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-cli-explanation-private.h"

#include <string.h>
#include <weir/weir-source.h>

#include "engine/weir-field-plan-private.h"
#include "engine/weir-run-builder-private.h"
#include "graph/weir-plan-private.h"
#include "stage/weir-option-private.h"
#include "stage/weir-stage-private.h"

/* Looked up when the program is linked: a build without the native engine lacks it. */
static gboolean is_native (WeirExpression *expression, const char **reason)
    __attribute__ ((weakref ("weir_expression_is_native")));

static void
build_string (JsonBuilder *builder, const char *name, const char *string)
{
  json_builder_set_member_name (builder, name);
  if (string)
    json_builder_add_string_value (builder, string);
  else
    json_builder_add_null_value (builder);
}

static void
build_count (JsonBuilder *builder, const char *name, guint64 count)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64)count);
}

static void
begin_array (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
}

static void
begin_object (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
build_fields (JsonBuilder *builder, const WeirFieldSet *set)
{
  begin_array (builder, "fields");
  for (guint i = 0; i < weir_field_set_get_size (set); i++)
    json_builder_add_string_value (builder, weir_field_set_get_path (set, i));
  json_builder_end_array (builder);
}

/* Expressions ---------------------------------------------------------------------------------- */

/* Of a copy: an expression keeps the slots of the fields that it planned last. */
static void
build_expression_fields (JsonBuilder *builder, const char *source)
{
  g_autoptr (WeirExpression) copy = weir_expression_new (source, NULL);
  g_autoptr (WeirFieldSet) set = weir_field_set_new ();

  if (copy)
    weir_expression_plan (copy, set);
  build_fields (builder, set);
}

/* In the object that @builder has open. */
static void
build_engine (JsonBuilder *builder, WeirExpression *expression)
{
  const char *reason = is_native ? NULL : "this build has no other engine";
  gboolean native = is_native && is_native (expression, &reason);

  build_string (builder, "source", weir_expression_get_source (expression));
  build_string (builder, "engine", native ? "native" : "libjq");
  build_string (builder, "reason", native ? NULL : reason);
  build_expression_fields (builder, weir_expression_get_source (expression));
}

static void
build_expression (JsonBuilder *builder, const char *option, const char *key,
                  WeirExpression *expression)
{
  g_autofree char *name = key ? g_strconcat (option, "/", key, NULL) : g_strdup (option);

  json_builder_begin_object (builder);
  build_string (builder, "option", name);
  build_engine (builder, expression);
  json_builder_end_object (builder);
}

/* The expression in NAME(EXPR), or NULL. */
static WeirExpression *
parse_compute (const char *text)
{
  const char *open = strchr (text, '(');
  const char *close = strrchr (text, ')');

  if (!open || !close || close < open)
    return NULL;

  g_autofree char *source = g_strstrip (g_strndup (open + 1, close - open - 1));
  return *source ? weir_expression_new (source, NULL) : NULL;
}

static void
build_map (JsonBuilder *builder, const WeirOption *option, const GPtrArray *map)
{
  gboolean computes = strcmp (option->name, "compute") == 0;

  for (guint i = 0; map && i < map->len; i++)
    {
      const WeirOptionEntry *entry = g_ptr_array_index (map, i);
      g_autoptr (WeirExpression) expression = NULL;

      if (entry->expression)
        expression = weir_expression_ref (entry->expression);
      else if (computes && entry->text)
        expression = parse_compute (entry->text);
      if (expression)
        build_expression (builder, option->name, entry->key, expression);
    }
}

static void
build_expressions (JsonBuilder *builder, WeirStage *stage)
{
  guint n_options;
  const WeirOption *options
      = weir_stage_class_get_options (WEIR_STAGE_GET_CLASS (stage), &n_options);

  begin_array (builder, "expressions");
  for (guint i = 0; i < n_options; i++)
    {
      if (options[i].offset == G_MAXSIZE)
        continue;
      gpointer member = G_STRUCT_MEMBER (gpointer, stage, options[i].offset);
      if (options[i].kind == WEIR_OPTION_MAP)
        build_map (builder, &options[i], member);
      else if (options[i].kind == WEIR_OPTION_EXPRESSION && member)
        build_expression (builder, options[i].name, NULL, member);
    }
  json_builder_end_array (builder);
}

/* Stages --------------------------------------------------------------------------------------- */

static void
build_ports (JsonBuilder *builder, const WeirGraphNode *node)
{
  begin_array (builder, "ports");
  for (guint i = 0; i < node->outputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (node->outputs, i);

      json_builder_begin_object (builder);
      build_string (builder, "port", edge->port);
      build_string (builder, "to", edge->to->id);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* What decides on how many threads a stage may run. */
static const char *
get_rule (WeirStage *stage)
{
  if (WEIR_IS_SOURCE (stage))
    return "source";
  return weir_stage_is_stateless (stage) ? "stateless" : "serial";
}

static void
build_stage (JsonBuilder *builder, const WeirGraphNode *node)
{
  json_builder_begin_object (builder);
  build_string (builder, "id", node->id);
  build_string (builder, "type", node->info->name);
  build_string (builder, "rule", get_rule (node->stage));
  build_expressions (builder, node->stage);
  build_ports (builder, node);
  json_builder_end_object (builder);
}

static void
build_stages (JsonBuilder *builder, const GPtrArray *segment)
{
  begin_array (builder, "stages");
  for (guint i = 0; i < segment->len; i++)
    build_stage (builder, g_ptr_array_index (segment, i));
  json_builder_end_array (builder);
}

/* Segments ------------------------------------------------------------------------------------- */

static void
build_scans (JsonBuilder *builder, const GPtrArray *segment)
{
  g_autoptr (GPtrArray) sets = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_field_set_free);
  g_autofree WeirStage **stages = g_new (WeirStage *, segment->len);
  g_autofree WeirFieldSet **fields = g_new (WeirFieldSet *, segment->len);
  const WeirFieldSet *told = NULL;

  for (guint i = 0; i < segment->len; i++)
    stages[i] = ((WeirGraphNode *)g_ptr_array_index (segment, i))->stage;
  weir_field_plan_segment (stages, segment->len, fields, sets);

  begin_array (builder, "scans");
  for (guint i = 0; i < segment->len; i++)
    {
      if (!fields[i] || fields[i] == told)
        continue;
      told = fields[i];
      json_builder_begin_object (builder);
      build_string (builder, "before", ((WeirGraphNode *)g_ptr_array_index (segment, i))->id);
      build_fields (builder, told);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* The bounds are those that weir_run_build() gives it. */
static void
build_queue (JsonBuilder *builder, const WeirGraph *graph, const WeirGraphNode *head)
{
  guint n_workers = MAX (1, weir_plan_count_workers (graph));

  begin_object (builder, "queue");
  build_count (builder, "batches", MAX (WEIR_RUN_QUEUE_BATCHES, 2 * n_workers));
  build_count (builder, "bytes", WEIR_RUN_QUEUE_BYTES);
  begin_array (builder, "from");
  if (head == graph->dead_letter)
    json_builder_add_string_value (builder, "dead letters of all stages");
  if (head == graph->results)
    json_builder_add_string_value (builder, "results of all stages");
  for (guint i = 0; i < head->inputs->len; i++)
    {
      const WeirGraphEdge *edge = g_ptr_array_index (head->inputs, i);
      g_autofree char *from = g_strconcat (edge->from->id, ".", edge->port, NULL);

      json_builder_add_string_value (builder, from);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
build_segment (JsonBuilder *builder, const WeirGraph *graph, const WeirPlanSegment *planned)
{
  const GPtrArray *segment = planned->stages;
  const WeirGraphNode *head = g_ptr_array_index (segment, 0);

  json_builder_begin_object (builder);
  begin_object (builder, "input");
  if (WEIR_IS_SOURCE (head->stage))
    build_string (builder, "source", head->id);
  else
    build_queue (builder, graph, head);
  json_builder_end_object (builder);
  build_count (builder, "threads", planned->parallel ? weir_plan_count_workers (graph) : 1);
  build_stages (builder, segment);
  build_scans (builder, segment);
  json_builder_end_object (builder);
}

/* The pipeline --------------------------------------------------------------------------------- */

static void
build_priority (JsonBuilder *builder, const WeirGraph *graph)
{
  if (!graph->priority_expression)
    {
      build_count (builder, "priority", graph->priority);
      return;
    }
  begin_object (builder, "priority");
  build_engine (builder, graph->priority_expression);
  json_builder_end_object (builder);
}

static void
build_affinity (JsonBuilder *builder, const GArray *cpus)
{
  if (!cpus)
    {
      build_string (builder, "affinity", NULL);
      return;
    }
  begin_array (builder, "affinity");
  for (guint i = 0; i < cpus->len; i++)
    json_builder_add_int_value (builder, g_array_index (cpus, guint, i));
  json_builder_end_array (builder);
}

static void
build_settings (JsonBuilder *builder, const WeirGraph *graph)
{
  static const char *const policies[] = { "deliver", "drop", "dead-letter" };
  g_autofree char *deadline
      = graph->deadline == WEIR_TIME_NEVER ? NULL : weir_duration_format ((guint64)graph->deadline);

  build_string (builder, "pipeline", graph->name);
  build_string (builder, "file", graph->file);
  build_count (builder, "threads", weir_plan_count_workers (graph));
  build_affinity (builder, graph->affinity);
  build_string (builder, "deadline", deadline);
  build_string (builder, "late", policies[graph->late]);
  build_priority (builder, graph);
  build_string (builder, "dead_letters",
                graph->dead_letter ? graph->dead_letter->info->name : NULL);
  build_string (builder, "results", graph->results ? graph->results->info->name : NULL);
}

JsonNode *
weir_explanation_new (const WeirGraph *graph)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (WeirPlan) plan = weir_plan_new (graph, weir_plan_count_workers (graph));

  json_builder_begin_object (builder);
  build_settings (builder, graph);
  begin_array (builder, "segments");
  for (guint i = 0; i < plan->segments->len; i++)
    build_segment (builder, graph, g_ptr_array_index (plan->segments, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
