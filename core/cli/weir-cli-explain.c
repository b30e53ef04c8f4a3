/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/weir-cli-arguments-private.h"
#include "cli/weir-cli-explanation-private.h"
#include "stage/weir-option-private.h"

#define LABEL_WIDTH 14

static JsonObject *
get_object (JsonArray *array, guint i)
{
  return json_array_get_object_element (array, i);
}

/* NULL for null, and for what is not there. */
static const char *
get_string (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

static void
print_strings (JsonArray *strings)
{
  for (guint i = 0; i < json_array_get_length (strings); i++)
    printf ("%s%s", i > 0 ? " " : "", json_array_get_string_element (strings, i));
  putchar ('\n');
}

/* The pipeline --------------------------------------------------------------------------------- */

static void
print_row (const char *label, const char *text)
{
  printf ("  %-*s%s\n", LABEL_WIDTH, label, text);
}

static void
print_threads (gint64 n_threads)
{
  g_autofree char *text = n_threads == 0 ? g_strdup ("0: all on the main loop")
                                         : g_strdup_printf ("%" G_GINT64_FORMAT, n_threads);

  print_row ("threads", text);
}

static void
print_affinity (JsonNode *affinity)
{
  JsonArray *cpus = JSON_NODE_HOLDS_ARRAY (affinity) ? json_node_get_array (affinity) : NULL;

  if (!cpus)
    return;
  printf ("  %-*sthreads pinned in turn to CPU", LABEL_WIDTH, "affinity");
  for (guint i = 0; i < json_array_get_length (cpus); i++)
    printf (" %" G_GINT64_FORMAT, json_array_get_int_element (cpus, i));
  putchar ('\n');
}

static void
print_engine (JsonObject *expression)
{
  const char *reason = get_string (expression, "reason");

  printf ("%s%s%s\n", get_string (expression, "engine"), reason ? ": " : "", reason ? reason : "");
}

static void
print_priority (JsonNode *priority)
{
  g_autofree char *number = NULL;

  if (JSON_NODE_HOLDS_OBJECT (priority))
    {
      print_row ("priority", get_string (json_node_get_object (priority), "source"));
      printf ("  %-*s", LABEL_WIDTH, "");
      print_engine (json_node_get_object (priority));
      return;
    }
  number = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (priority));
  print_row ("priority", number);
}

static void
print_settings (JsonObject *explanation)
{
  const char *deadline = get_string (explanation, "deadline");
  const char *dead_letters = get_string (explanation, "dead_letters");
  const char *results = get_string (explanation, "results");
  guint n = json_array_get_length (json_object_get_array_member (explanation, "segments"));

  printf ("%s: %u segment%s\n", get_string (explanation, "pipeline"), n, n == 1 ? "" : "s");
  print_threads (json_object_get_int_member (explanation, "threads"));
  print_affinity (json_object_get_member (explanation, "affinity"));
  print_row ("deadline", deadline ? deadline : "none");
  if (deadline)
    print_row ("late records", get_string (explanation, "late"));
  print_priority (json_object_get_member (explanation, "priority"));
  print_row ("dead letters",
             dead_letters ? dead_letters : "none: what fails is dropped and counted");
  if (results)
    print_row ("results", results);
}

/* Stages --------------------------------------------------------------------------------------- */

static void
print_expression (JsonObject *expression)
{
  JsonArray *fields = json_object_get_array_member (expression, "fields");
  g_autofree char *source = g_strdup (get_string (expression, "source"));

  printf ("    %s: %s\n", get_string (expression, "option"), g_strdelimit (source, "\n\r\t", ' '));
  printf ("      ");
  print_engine (expression);
  if (json_array_get_length (fields) > 0)
    {
      printf ("      reads ");
      print_strings (fields);
    }
}

/* A reader of `out` in the same segment stands on the next line anyway. */
static void
print_ports (JsonObject *stage, const char *next)
{
  JsonArray *ports = json_object_get_array_member (stage, "ports");

  for (guint i = 0; i < json_array_get_length (ports); i++)
    {
      const char *port = get_string (get_object (ports, i), "port");
      const char *to = get_string (get_object (ports, i), "to");

      if (g_strcmp0 (to, next) != 0 || strcmp (port, "out") != 0)
        printf ("    %s to %s\n", port, to);
    }
}

static void
print_stage (JsonObject *stage, const char *next)
{
  JsonArray *expressions = json_object_get_array_member (stage, "expressions");
  const char *rule = get_string (stage, "rule");

  printf ("  %-*s%s%s%s\n", LABEL_WIDTH, get_string (stage, "id"), get_string (stage, "type"),
          rule ? ", " : "", rule ? rule : "");
  for (guint i = 0; i < json_array_get_length (expressions); i++)
    print_expression (get_object (expressions, i));
  print_ports (stage, next);
}

static void
print_stages (JsonArray *stages)
{
  guint n_stages = json_array_get_length (stages);

  for (guint i = 0; i < n_stages; i++)
    print_stage (get_object (stages, i),
                 i + 1 < n_stages ? get_string (get_object (stages, i + 1), "id") : NULL);
}

/* Segments ------------------------------------------------------------------------------------- */

static void
print_input (JsonObject *input)
{
  if (json_object_has_member (input, "source"))
    {
      printf ("reads the source %s\n", get_string (input, "source"));
      return;
    }

  JsonObject *queue = json_object_get_object_member (input, "queue");
  g_autofree char *bytes = weir_size_format ((guint64)json_object_get_int_member (queue, "bytes"));
  printf ("reads a queue of up to %" G_GINT64_FORMAT " batches or %s: ",
          json_object_get_int_member (queue, "batches"), bytes);
  print_strings (json_object_get_array_member (queue, "from"));
}

static void
print_scans (JsonArray *scans)
{
  if (json_array_get_length (scans) == 0)
    puts ("  no fields are taken out beforehand");
  for (guint i = 0; i < json_array_get_length (scans); i++)
    {
      JsonObject *scan = get_object (scans, i);

      printf ("  one scan before %s takes out ", get_string (scan, "before"));
      print_strings (json_object_get_array_member (scan, "fields"));
    }
}

static void
print_parallel (gint64 n_threads)
{
  if (n_threads > 1)
    printf ("  up to %" G_GINT64_FORMAT " threads at a time, its records in order\n", n_threads);
  else
    puts ("  one thread at a time");
}

static void
print_segment (guint number, JsonObject *segment)
{
  printf ("\nsegment %u ", number);
  print_input (json_object_get_object_member (segment, "input"));
  print_parallel (json_object_get_int_member (segment, "threads"));
  print_stages (json_object_get_array_member (segment, "stages"));
  print_scans (json_object_get_array_member (segment, "scans"));
}

static void
print_text (JsonObject *explanation)
{
  JsonArray *segments = json_object_get_array_member (explanation, "segments");

  print_settings (explanation);
  for (guint i = 0; i < json_array_get_length (segments); i++)
    print_segment (i + 1, get_object (segments, i));
}

static int
explain (const WeirArguments *arguments, gboolean json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirGraph) graph = weir_arguments_load (arguments, &error);

  if (!graph)
    return weir_complain_error (error);

  g_autoptr (JsonNode) explanation = weir_explanation_new (graph);
  if (json)
    {
      g_autofree char *text = json_to_string (explanation, TRUE);
      puts (text);
    }
  else
    print_text (json_node_get_object (explanation));
  return WEIR_EXIT_DONE;
}

int
weir_command_explain (const WeirCliCommand *command, char **argv)
{
  int status;
  gboolean json = FALSE;
  const GOptionEntry entries[]
      = { { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As JSON", NULL }, { NULL } };
  g_autoptr (WeirArguments) arguments = weir_arguments_parse (
      command, argv, WEIR_ARGUMENTS_LAUNCH | WEIR_ARGUMENTS_SET, entries, &status);

  if (!arguments)
    return status;
  if (!weir_arguments_expect (arguments, 1, 1))
    return WEIR_EXIT_USAGE;

  return explain (arguments, json);
}
