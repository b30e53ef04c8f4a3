/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include "engine/weir-pipeline-private.h"

/* Random graphs of stages that do everything a stage may do to a record, sinks that break off
 * included: whatever the graph, each record has one end, and each edge gives what it took. */

#define N_GRAPHS   300
#define MAX_STAGES 12

/* Stage types -----------------------------------------------------------------------------------
 */

typedef struct
{
  WeirSource parent;
  guint64 count;
  guint64 next;
} TestCount;
typedef WeirSourceClass TestCountClass;
GType test_count_get_type (void);
G_DEFINE_TYPE (TestCount, test_count, WEIR_TYPE_SOURCE)

static const WeirOption count_options[]
    = { WEIR_OPTION_UINT64 ("count", TestCount, count, 0, 1e6, "100", "Records") };

static WeirSourceStatus
test_count_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  TestCount *self = (TestCount *)source;

  while (self->next < self->count && !weir_emitter_is_full (out)
         && !weir_source_is_halting (source))
    {
      char text[32];

      g_snprintf (text, sizeof text, "{\"i\":%" G_GUINT64_FORMAT "}", self->next++);
      if (self->next % 17 == 0)
        weir_emitter_emit_failed (out, text, -1, "bad");
      else
        weir_emitter_emit_text (out, text, -1);
      if (self->next % 97 == 0)
        return WEIR_SOURCE_MORE;
    }
  return self->next < self->count && !weir_source_is_halting (source) ? WEIR_SOURCE_MORE
                                                                      : WEIR_SOURCE_END;
}

static void
test_count_class_init (TestCountClass *klass)
{
  klass->fill = test_count_fill;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), count_options, 1);
}

static void
test_count_init (TestCount *self)
{
}

/* Decides by the bytes of the record. */
static guint
hash_record (WeirRecord *record)
{
  gsize length;
  const char *text = weir_record_peek (record, &length);
  guint hash = 5381;

  for (gsize i = 0; i < length; i++)
    hash = hash * 33 + (guchar)text[i];
  return hash >> 3;
}

#define SIMPLE_STAGE(Type, prefix, Parent, PARENT, member, function)                               \
  typedef struct                                                                                   \
  {                                                                                                \
    Parent parent;                                                                                 \
    guint64 state;                                                                                 \
  } Type;                                                                                          \
  typedef Parent##Class Type##Class;                                                               \
  GType prefix##_get_type (void);                                                                  \
  G_DEFINE_TYPE (Type, prefix, PARENT)                                                             \
  static void prefix##_class_init (Type##Class *klass) { klass->member = function; }               \
  static void prefix##_init (Type *self) {}

static gboolean
accept_some (WeirFilter *filter, WeirRecord *record)
{
  if (hash_record (record) % 13 == 0)
    weir_record_fail (record, "unlucky");
  return hash_record (record) % 3 != 0;
}

SIMPLE_STAGE (TestSome, test_some, WeirFilter, WEIR_TYPE_FILTER, accept, accept_some)

static gboolean
validate_some (WeirValidate *validate, WeirRecord *record)
{
  return hash_record (record) % 4 != 0;
}

SIMPLE_STAGE (TestValid, test_valid, WeirValidate, WEIR_TYPE_VALIDATE, validate, validate_some)

/* None, one (the record itself) or many, some of which are taken back by a failure. */
static void
transform_many (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  guint n = hash_record (record) % 4;

  if (n == 1)
    weir_emitter_emit (out, record);
  for (guint i = 0; n > 1 && i < n; i++)
    weir_emitter_emit_text (out, i % 2 ? "{\"many\":1}" : "{\"many\":\"two\"}", -1);
  if (hash_record (record) % 11 == 0)
    weir_record_fail (record, "failed after it had emitted");
}

SIMPLE_STAGE (TestMany, test_many, WeirTransform, WEIR_TYPE_TRANSFORM, transform, transform_many)

typedef struct
{
  WeirAggregate parent;
  guint64 n;
} TestTally;
typedef WeirAggregateClass TestTallyClass;
GType test_tally_get_type (void);
G_DEFINE_TYPE (TestTally, test_tally, WEIR_TYPE_AGGREGATE)

static void
test_tally_add (WeirAggregate *aggregate, WeirRecord *record, WeirEmitter *out)
{
  if (++((TestTally *)aggregate)->n % 10 == 0)
    weir_emitter_emit_text (out, "{\"tally\":10}", -1);
}

static gboolean
test_tally_flush (WeirAggregate *aggregate, WeirEmitter *out)
{
  weir_emitter_emit_text (out, "{\"tally\":\"rest\"}", -1);
  return FALSE;
}

static void
test_tally_class_init (TestTallyClass *klass)
{
  klass->add = test_tally_add;
  klass->flush = test_tally_flush;
}

static void
test_tally_init (TestTally *self)
{
}

typedef struct
{
  WeirSink parent;
  gint64 breaks_after; /* -1: never */
  guint64 n;
} TestKeep;
typedef WeirSinkClass TestKeepClass;
GType test_keep_get_type (void);
G_DEFINE_TYPE (TestKeep, test_keep, WEIR_TYPE_SINK)

static const WeirOption keep_options[] = { WEIR_OPTION_INT64 (
    "breaks-after", TestKeep, breaks_after, -1, 1e6, "-1", "Records until it breaks") };

static gboolean
test_keep_write (WeirSink *sink, WeirRecord *record, GError **error)
{
  TestKeep *self = (TestKeep *)sink;

  if (self->breaks_after >= 0 && self->n++ >= (guint64)self->breaks_after)
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_CLOSED, "no more");
      return FALSE;
    }
  return TRUE;
}

static void
test_keep_class_init (TestKeepClass *klass)
{
  klass->write = test_keep_write;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), keep_options, 1);
}

static void
test_keep_init (TestKeep *self)
{
}

/* Graphs ----------------------------------------------------------------------------------------
 */

static const char *const between[]
    = { "filter.test-some", "validate.test-valid", "transform.test-many", "aggregate.test-tally" };

typedef struct
{
  GRand *rand;
  GString *json;
  guint n_stages;
  GPtrArray *unread; /* char *, "id" of what has an out that nobody reads */
  GPtrArray *ids;    /* char *, as "id kind" */
} Maker;

static void
open_stage (Maker *maker, const char *type)
{
  g_string_append_printf (maker->json, "%s{\"id\":\"s%u\",\"type\":\"%s\"",
                          maker->n_stages > 0 ? "," : "", maker->n_stages, type);
}

/* Any port of an earlier stage. */
static char *
pick_port (Maker *maker)
{
  const char *id
      = g_ptr_array_index (maker->ids, g_rand_int_range (maker->rand, 0, maker->ids->len));
  const char *kind = strchr (id, ' ') + 1;
  int length = (int)(kind - id - 1);

  if (g_str_has_prefix (kind, "sink"))
    return g_strdup_printf ("\"%.*s.%s\"", length, id,
                            g_rand_boolean (maker->rand) ? "failed" : "late");
  switch (g_rand_int_range (maker->rand, 0, 5))
    {
    case 0:
      if (*kind == 'f')
        return g_strdup_printf ("\"%.*s.else\"", length, id);
      if (*kind == 'v')
        return g_strdup_printf ("\"%.*s.invalid\"", length, id);
      return g_strdup_printf ("\"%.*s.failed\"", length, id);
    case 1:
      return g_strdup_printf ("\"%.*s.failed\"", length, id);
    default:
      return g_strdup_printf ("\"%.*s\"", length, id);
    }
}

/* What an earlier stage gives, and sometimes a merge with a second port. */
static void
append_from (Maker *maker)
{
  const char *first = maker->unread->len > 0 ? g_ptr_array_index (maker->unread, 0) : NULL;
  g_autofree char *from = first != NULL ? g_strdup_printf ("\"%s\"", first) : pick_port (maker);
  g_autofree char *also = pick_port (maker);

  if (g_rand_int_range (maker->rand, 0, 3) == 0 && !g_str_equal (from, also))
    g_string_append_printf (maker->json, ",\"from\":[%s,%s]", from, also);
  else
    g_string_append_printf (maker->json, ",\"from\":%s", from);
  if (first != NULL)
    g_ptr_array_remove_index (maker->unread, 0);
}

static void
close_stage (Maker *maker, const char *kind)
{
  g_string_append_c (maker->json, '}');
  if (!g_str_has_prefix (kind, "sink"))
    g_ptr_array_add (maker->unread, g_strdup_printf ("s%u", maker->n_stages));
  g_ptr_array_add (maker->ids, g_strdup_printf ("s%u %s", maker->n_stages, kind));
  maker->n_stages++;
}

static void
add_source (Maker *maker)
{
  open_stage (maker, "source.test-count");
  g_string_append_printf (maker->json, ",\"count\":%d", g_rand_int_range (maker->rand, 0, 3000));
  close_stage (maker, "source");
}

static void
add_between (Maker *maker)
{
  const char *type = between[g_rand_int_range (maker->rand, 0, G_N_ELEMENTS (between))];

  open_stage (maker, type);
  append_from (maker);
  close_stage (maker, type);
}

static void
add_sink (Maker *maker, guint broken_share)
{
  open_stage (maker, "sink.test-keep");
  append_from (maker);
  if ((guint)g_rand_int_range (maker->rand, 0, 100) < broken_share)
    g_string_append_printf (maker->json, ",\"breaks-after\":%d",
                            g_rand_int_range (maker->rand, 0, 1500));
  close_stage (maker, "sink");
}

static char *
make_graph (guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GPtrArray) unread = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Maker maker = { rand, g_string_new ("{\"name\":\"random\","), 0, unread, ids };
  guint n_sources = g_rand_int_range (rand, 1, 3);
  guint n_between = g_rand_int_range (rand, 0, MAX_STAGES);

  g_string_append_printf (maker.json, "\"threads\":%d,", g_rand_int_range (rand, 0, 5));
  if (g_rand_boolean (rand))
    g_string_append (maker.json, "\"dead-letter\":{\"type\":\"sink.test-keep\"},");
  if (seed % 2 == 0)
    g_string_append (maker.json, "\"results\":{\"type\":\"sink.test-keep\"},");
  if (seed % 5 == 0)
    g_string_append (maker.json, "\"deadline\":\"1ns\",\"late\":\"drop\",");
  g_string_append (maker.json, "\"stages\":[");
  for (guint i = 0; i < n_sources; i++)
    add_source (&maker);
  for (guint i = 0; i < n_between; i++)
    add_between (&maker);
  while (unread->len > 0 || g_rand_int_range (rand, 0, 4) == 0)
    add_sink (&maker, seed % 3 == 0 ? 30 : 0);
  g_string_append (maker.json, "]}");
  return g_string_free (maker.json, FALSE);
}

/* Checking --------------------------------------------------------------------------------------
 */

static guint64
get_outcomes (const WeirLedger *ledger)
{
  return ledger->out + ledger->filtered + ledger->absorbed + ledger->invalid + ledger->late
         + ledger->shed + ledger->failed;
}

static void
check_report (const WeirReport *report, gboolean has_results)
{
  g_assert_true (report->balanced);
  g_assert_cmpuint (report->records.in_flight, ==, 0);
  g_assert_cmpuint (report->records.in + report->records.created, ==,
                    get_outcomes (&report->records));
  g_assert_cmpuint (report->dead_letters_lost, ==, 0);
  g_assert_cmpuint (report->results_written, ==, has_results ? get_outcomes (&report->records) : 0);
  for (guint i = 0; i < report->stages->len; i++)
    {
      const WeirStageReport *stage = g_ptr_array_index (report->stages, i);

      g_assert_cmpuint (stage->records.in_flight, ==, 0);
      g_assert_cmpuint (stage->records.in + stage->records.created, ==,
                        get_outcomes (&stage->records));
    }
}

static void
test_each_record_has_one_end (void)
{
  for (guint seed = 1; seed <= N_GRAPHS; seed++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *json = make_graph (seed);
      g_autoptr (WeirGraph) graph = weir_graph_new_from_text ("random", json, -1, NULL, &error);
      g_autoptr (WeirPipeline) pipeline = NULL;
      g_autoptr (WeirReport) report = NULL;

      g_test_message ("seed %u: %s", seed, json);
      g_assert_no_error (error);
      pipeline = weir_pipeline_new_from_graph (graph);
      weir_pipeline_run (pipeline, NULL, &error);
      g_assert_no_error (error);
      report = weir_pipeline_snapshot (pipeline);
      check_report (report, graph->results != NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weir_registry_add ("source.test-count", test_count_get_type (), NULL);
  weir_registry_add ("filter.test-some", test_some_get_type (), NULL);
  weir_registry_add ("validate.test-valid", test_valid_get_type (), NULL);
  weir_registry_add ("transform.test-many", test_many_get_type (), NULL);
  weir_registry_add ("aggregate.test-tally", test_tally_get_type (), NULL);
  weir_registry_add ("sink.test-keep", test_keep_get_type (), NULL);
  g_test_add_func ("/engine/random-graphs/each-record-has-one-end", test_each_record_has_one_end);
  return g_test_run ();
}
