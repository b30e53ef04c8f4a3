/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.generate: makes records.
 *
 * `record` is any JSON. An object in it whose only key is a directive becomes a value that is made
 * anew for each record:
 *
 *   {"$seq": 1}               1, 2, 3, …
 *   {"$time": "iso"}          2026-01-01T00:00:00Z plus the number of the record over the rate (a
 *                             millisecond each without one); "ms" and "s": as a number, since 1970
 *   {"$uniform": [1, 6]}      an integer from 1 to 6; [0.5, 1]: any number between
 *   {"$choice": ["a", "b"]}   one of the values; they may hold directives too
 *
 * The same seed makes the same bytes. Without `record` it is a line of an access log. With `rate` a
 * record is made when it is due, and its deadline runs from then; after a pause the records that
 * were due are made at once, and no more than those.
 *
 *   source.generate rate=1000 record='{"n": {"$seq": 1}, "v": {"$uniform": [0, 1.5]}}' !
 * sink.stdout
 */
#include <math.h>

#include "weir-template.h"

#define EPOCH       G_GINT64_CONSTANT (1767225600) /* 2026-01-01T00:00:00Z */
#define SECOND      G_GINT64_CONSTANT (1000000000)
#define MILLISECOND G_GINT64_CONSTANT (1000000)

typedef struct
{
  WeirSource parent;

  guint64 count; /* options */
  double rate;
  guint64 seed;
  JsonNode *record;
  gboolean live;

  WeirTemplate *template;
  WeirTemplateState state;
  gint64 start_time;
  GString *text; /* the record at hand */
} WeirSourceGenerate;

static const WeirOption options[] = {
  WEIR_OPTION_UINT64 ("count", WeirSourceGenerate, count, 0, G_MAXINT64, "0",
                      "Records to make; 0: without end"),
  WEIR_OPTION_DOUBLE ("rate", WeirSourceGenerate, rate, 0, 1e9, "0",
                      "Records per second; 0: as fast as they are taken"),
  WEIR_OPTION_UINT64 ("seed", WeirSourceGenerate, seed, 0, G_MAXUINT64, "0",
                      "The same seed makes the same records"),
  WEIR_OPTION_JSON ("record", WeirSourceGenerate, record,
                    "What a record is: JSON with $seq, $time, $uniform and $choice"),
  WEIR_OPTION_BOOLEAN ("live", WeirSourceGenerate, live, "false",
                       "The source stands for one that cannot wait for its readers"),
};

static const char access_log[]
    = "{\"seq\":{\"$seq\":1},\"time\":{\"$time\":\"iso\"},\"remote_addr\":{\"$choice\":[]},"
      "\"method\":{\"$choice\":[\"GET\",\"GET\",\"GET\",\"GET\",\"GET\",\"GET\",\"GET\",\"HEAD\","
      "\"POST\",\"PUT\"]},\"path\":{\"$choice\":[]},"
      "\"status\":{\"$choice\":[200,200,200,200,200,200,200,200,200,200,200,200,204,301,304,304,"
      "400,403,404,500,503]},"
      "\"bytes\":{\"$uniform\":[120,65536]},\"request_time\":{\"$uniform\":[0.001,1.5]}}";

static void
fill_choice (JsonObject *record, const char *field, guint n, const char *format)
{
  JsonObject *directive = json_object_get_object_member (record, field);
  JsonArray *choices = json_object_get_array_member (directive, "$choice");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i + 1);
      g_auto (GStrv) parts = g_strsplit (format, "#", 2);
      g_autofree char *value = g_strconcat (parts[0], number, parts[1], NULL);

      json_array_add_string_element (choices, value);
    }
}

static JsonNode *
make_access_log (void)
{
  g_autoptr (JsonNode) node = json_from_string (access_log, NULL);
  JsonObject *record = json_node_get_object (node);

  fill_choice (record, "remote_addr", 250, "10.0.0.#");
  fill_choice (record, "path", 50, "/items/#");
  fill_choice (record, "path", 30, "/users/#/orders");
  fill_choice (record, "path", 20, "/static/page-#.html");
  return g_steal_pointer (&node);
}

static void
weir_source_generate_check (WeirStage *stage, WeirMistakes *mistakes)
{
  WeirSourceGenerate *self = (WeirSourceGenerate *)stage;

  g_autoptr (WeirTemplate) template
      = self->record != NULL ? weir_template_new (self->record, "/record", mistakes) : NULL;

  (void)template;
}

static gboolean
weir_source_generate_start (WeirStage *stage, GError **error)
{
  WeirSourceGenerate *self = (WeirSourceGenerate *)stage;
  g_autoptr (JsonNode) record
      = self->record != NULL ? json_node_ref (self->record) : make_access_log ();

  self->template = weir_template_new (record, "/record", NULL);
  if (self->template == NULL)
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                   "the option \"record\" has a directive that is wrong");
      return FALSE;
    }

  self->state = (WeirTemplateState){ .random = self->seed };
  self->start_time = weir_clock_get_time (weir_stage_get_clock (stage));
  self->text = g_string_sized_new (512);
  weir_source_set_live (WEIR_SOURCE (stage), self->live);
  return TRUE;
}

/* When record @n is due after the first one, in nanoseconds; at the end of time when that is past
 * it. */
static gint64
due_after (const WeirSourceGenerate *self, guint64 n)
{
  double passed = rint ((double)n * SECOND / self->rate);

  return passed < 9e18 ? (gint64)passed : G_MAXINT64 / 2;
}

static void
emit_next (WeirSourceGenerate *self, WeirEmitter *out)
{
  gint64 passed = self->rate > 0 ? due_after (self, self->state.sequence)
                                 : (gint64)self->state.sequence * MILLISECOND;

  self->state.time = EPOCH * SECOND + passed;
  if (self->rate > 0)
    weir_emitter_set_ingest_time (out, self->start_time + passed);
  g_string_truncate (self->text, 0);
  weir_template_append (self->template, self->text, &self->state);
  weir_emitter_emit_text (out, self->text->str, self->text->len);
  self->state.sequence++;
}

/* How many records should be there by now. */
static guint64
count_due (WeirSourceGenerate *self)
{
  guint64 due = self->count > 0 ? self->count : G_MAXUINT64;
  gint64 passed;

  if (self->rate == 0)
    return due;

  passed = weir_clock_get_time (weir_stage_get_clock (WEIR_STAGE (self))) - self->start_time;
  if (due_after (self, self->state.sequence) > passed)
    return self->state.sequence;

  return MIN (due, MAX (self->state.sequence, (guint64)(passed * (self->rate / SECOND))) + 1);
}

static WeirSourceStatus
weir_source_generate_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  WeirSourceGenerate *self = (WeirSourceGenerate *)source;
  guint64 due = weir_source_is_halting (source) ? 0 : count_due (self);

  while (self->state.sequence < due && !weir_emitter_is_full (out))
    emit_next (self, out);

  if (weir_source_is_halting (source) || (self->count > 0 && self->state.sequence == self->count))
    return WEIR_SOURCE_END;

  if (self->state.sequence < due)
    return WEIR_SOURCE_MORE;

  weir_stage_wait_until (WEIR_STAGE (self),
                         self->start_time + due_after (self, self->state.sequence));
  return WEIR_SOURCE_WAIT;
}

static void
weir_source_generate_stop (WeirStage *stage)
{
  WeirSourceGenerate *self = (WeirSourceGenerate *)stage;

  g_clear_pointer (&self->template, weir_template_free);
  g_string_free (g_steal_pointer (&self->text), TRUE);
}

static void
weir_source_generate_class_init (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = weir_source_generate_check;
  WEIR_STAGE_CLASS (klass)->start = weir_source_generate_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_source_generate_stop;
  klass->fill = weir_source_generate_fill;
}

WEIR_DEFINE_SOURCE (WeirSourceGenerate, weir_source_generate, "source.generate", "Makes records",
                    "source.generate count=10 seed=7 ! sink.stdout")
