/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-testing.h>

#include <string.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 60
#define CAPACITY         "1048576"

/* The pipeline runs between an application's source and its sinks, on the test's own thread:
 *
 *   source.app → the stage → out       sink.app
 *                          → else      sink.app, for a filter
 *                          ⇢ letters   sink.app, the dead letters
 *
 * `letters` holds dead letters that were taken from their sink while one with another reason was
 * looked for. */
struct _WeirHarness
{
  GMainContext *context;
  WeirClock *clock;
  WeirPipeline *pipeline;
  WeirAppSource *source;
  WeirAppSink *out;
  WeirAppSink *other;
  WeirAppSink *dead;
  GQueue letters; /* WeirRecord */

  gboolean ended;
  gboolean good;
  GError *error;
};

/* The members of a JSON object, to stand beside others: "" or ",…". */
static char *
get_members (const char *object)
{
  g_autofree char *text = g_strstrip (g_strdup (object != NULL ? object : "{}"));
  gsize length = strlen (text);

  if (length < 2 || text[0] != '{' || text[length - 1] != '}')
    return g_strdup_printf (", %s", text); /* the check of the pipeline says what is wrong */
  text[length - 1] = '\0';
  g_strstrip (text + 1);
  return text[1] == '\0' ? g_strdup ("") : g_strdup_printf (", %s", text + 1);
}

static char *
describe_pipeline (const char *type, const char *options, const char *keys)
{
  g_autofree char *stage_members = get_members (options);
  g_autofree char *pipeline_members = get_members (keys);
  const char *other
      = g_str_has_prefix (type, "filter.")
            ? ", {\"type\": \"sink.app\", \"id\": \"else\", \"from\": \"stage.else\", "
              "\"capacity\": " CAPACITY "}"
            : "";

  return g_strdup_printf (
      "{\"name\": \"harness\", \"threads\": 0,"
      " \"dead-letter\": {\"type\": \"sink.app\", \"capacity\": " CAPACITY "}%s, \"stages\": ["
      "{\"type\": \"source.app\", \"id\": \"in\", \"capacity\": " CAPACITY "},"
      " {\"type\": \"%s\", \"id\": \"stage\"%s},"
      " {\"type\": \"sink.app\", \"id\": \"out\", \"from\": \"stage\", \"capacity\": " CAPACITY
      "}%s]}",
      pipeline_members, type, stage_members, other);
}

static void
on_end (GObject *object, GAsyncResult *result, gpointer data)
{
  WeirHarness *harness = data;

  harness->good = weir_pipeline_run_finish (WEIR_PIPELINE (object), result, &harness->error);
  harness->ended = TRUE;
}

static void
settle (WeirHarness *harness)
{
  while (g_main_context_iteration (harness->context, FALSE))
    ;
}

static gpointer
find_stage (WeirHarness *harness, const char *id)
{
  return weir_pipeline_get_stage (harness->pipeline, id);
}

static void
begin (WeirHarness *harness)
{
  harness->source = find_stage (harness, "in");
  harness->out = find_stage (harness, "out");
  harness->other = find_stage (harness, "else");
  harness->dead = find_stage (harness, "dead-letter");
  weir_pipeline_set_clock (harness->pipeline, harness->clock);
  weir_pipeline_run_async (harness->pipeline, NULL, on_end, harness);
  settle (harness);
}

/**
 * weir_harness_new_full: (skip)
 * @type: a stage type, `kind.name`
 * @options: (nullable): its options, a JSON object
 * @keys: (nullable): keys of the pipeline, a JSON object: `{"deadline": "50ms"}`
 * @error: return location for an error of #WeirGraphError
 *
 * Like weir_harness_new(), with keys of the pipeline.
 *
 * Returns: (transfer full): a new harness, or %NULL
 */
WeirHarness *
weir_harness_new_full (const char *type, const char *options, const char *keys, GError **error)
{
  g_autofree char *text = NULL;
  WeirPipeline *pipeline;
  WeirHarness *harness;

  g_return_val_if_fail (type != NULL, NULL);

  text = describe_pipeline (type, options, keys);
  pipeline = weir_pipeline_new_from_json (text, error);
  if (pipeline == NULL)
    return NULL;
  alarm (WATCHDOG_SECONDS);
  harness = g_new0 (WeirHarness, 1);
  harness->pipeline = pipeline;
  harness->clock = weir_test_clock_new ();
  harness->context = g_main_context_new ();
  g_main_context_push_thread_default (harness->context);
  begin (harness);
  return harness;
}

/**
 * weir_harness_new: (skip)
 * @type: a stage type, `kind.name`
 * @options: (nullable): its options, a JSON object: `{"rate": 0.5}`
 * @error: return location for an error of #WeirGraphError; its message has a line for each mistake
 *
 * Makes the stage and starts the pipeline around it. The type is found as by the command: a plugin
 * that is not installed needs weir_registry_add_plugin_path() or `WEIR_PLUGIN_PATH`.
 *
 * Returns: (transfer full): a new harness, or %NULL
 */
WeirHarness *
weir_harness_new (const char *type, const char *options, GError **error)
{
  return weir_harness_new_full (type, options, NULL, error);
}

/**
 * weir_harness_free: (skip)
 * @harness: (transfer full): a harness
 *
 * Breaks the run off if it has not ended, and frees the harness.
 */
void
weir_harness_free (WeirHarness *harness)
{
  g_return_if_fail (harness != NULL);

  if (!harness->ended)
    weir_pipeline_abort (harness->pipeline);
  while (!harness->ended)
    g_main_context_iteration (harness->context, TRUE);
  settle (harness);
  g_queue_clear_full (&harness->letters, (GDestroyNotify)weir_record_free);
  g_clear_error (&harness->error);
  g_object_unref (harness->pipeline);
  g_object_unref (harness->clock);
  g_main_context_pop_thread_default (harness->context);
  g_main_context_unref (harness->context);
  g_free (harness);
  alarm (0);
}

/**
 * weir_harness_get_stage: (skip)
 * @harness: a harness
 *
 * Returns: (transfer none): the stage
 */
WeirStage *
weir_harness_get_stage (WeirHarness *harness)
{
  g_return_val_if_fail (harness != NULL, NULL);

  return find_stage (harness, "stage");
}

/**
 * weir_harness_push: (skip)
 * @harness: a harness
 * @text: a record
 *
 * Sends a record through the stage, as far as it goes without the clock being turned.
 */
void
weir_harness_push (WeirHarness *harness, const char *text)
{
  gboolean taken;

  g_return_if_fail (harness != NULL && text != NULL);

  taken = weir_app_source_push (harness->source, text, -1);
  g_assert_true (taken);
  settle (harness);
}

static char *
take_text (WeirRecord *record)
{
  char *text = record != NULL ? weir_record_get_text (record) : NULL;

  g_clear_pointer (&record, weir_record_free);
  return text;
}

static gboolean
has_reason (WeirRecord *letter, const char *reason)
{
  g_autofree char *found = weir_record_get_string (letter, ".reason");

  return g_strcmp0 (found, reason) == 0;
}

static WeirRecord *
pull_letter (WeirHarness *harness, const char *reason)
{
  WeirRecord *letter;

  while ((letter = weir_app_sink_try_pull (harness->dead)) != NULL)
    g_queue_push_tail (&harness->letters, letter);
  for (GList *link = harness->letters.head; link != NULL; link = link->next)
    if (has_reason (link->data, reason))
      {
        letter = link->data;
        g_queue_delete_link (&harness->letters, link);
        return letter;
      }
  return NULL;
}

/**
 * weir_harness_pull: (skip)
 * @harness: a harness
 * @port: "out", "else" for a filter, or "invalid", "late", "shed" or "failed"
 *
 * Takes the next record that left the stage by a port. For the last four it is a dead letter: a
 * JSON object with the `reason`, the `message` and the `record`.
 *
 * Returns: (transfer full) (nullable): the text of the record, or %NULL when there is none
 */
char *
weir_harness_pull (WeirHarness *harness, const char *port)
{
  g_return_val_if_fail (harness != NULL && port != NULL, NULL);

  settle (harness);
  if (g_str_equal (port, "out"))
    return take_text (weir_app_sink_try_pull (harness->out));
  if (g_str_equal (port, "else"))
    {
      g_return_val_if_fail (harness->other != NULL, NULL);
      return take_text (weir_app_sink_try_pull (harness->other));
    }
  return take_text (pull_letter (harness, port));
}

/**
 * weir_harness_advance: (skip)
 * @harness: a harness
 * @nanoseconds: by how much, 0 or more
 *
 * Turns the pipeline's clock, and lets happen what is due.
 */
void
weir_harness_advance (WeirHarness *harness, gint64 nanoseconds)
{
  g_return_if_fail (harness != NULL && nanoseconds >= 0);

  weir_test_clock_advance (WEIR_TEST_CLOCK (harness->clock), nanoseconds);
  settle (harness);
}

/**
 * weir_harness_end: (skip)
 * @harness: a harness
 * @error: return location for an error of #WeirEngineError
 *
 * Ends the input and waits for the end of the run; what came out can still be pulled.
 *
 * Returns: %TRUE when the run was good, which means also that the ledger balances
 */
gboolean
weir_harness_end (WeirHarness *harness, GError **error)
{
  g_return_val_if_fail (harness != NULL, FALSE);

  weir_app_source_end (harness->source);
  while (!harness->ended)
    g_main_context_iteration (harness->context, TRUE);
  if (!harness->good && error != NULL && harness->error != NULL)
    *error = g_error_copy (harness->error);
  return harness->good;
}

/**
 * weir_harness_get_report: (skip)
 * @harness: a harness
 *
 * Returns: (transfer full): the report of the run so far, as `weir run --report` writes it; in it
 * the stage has the id "stage"
 */
char *
weir_harness_get_report (WeirHarness *harness)
{
  g_return_val_if_fail (harness != NULL, NULL);

  return weir_pipeline_get_report (harness->pipeline);
}
