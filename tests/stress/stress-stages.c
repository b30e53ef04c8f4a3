/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stress-stages.h"

#include <stdio.h>

#include "base/weir-batch-private.h"

#define BURST 3000

typedef struct
{
  guint source;
  guint64 number;
  guint64 output;
} Parts;

static Parts
parse (const WeirRecord *record)
{
  Parts parts;
  char text[64];

  g_assert_cmpuint (record->length, <, sizeof text);
  memcpy (text, record->text, record->length);
  text[record->length] = '\0';
  g_assert_cmpint (sscanf (text, "[%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]", &parts.source,
                           &parts.number, &parts.output),
                   ==, 3);
  return parts;
}

static void
emit (WeirEmitter *out, guint source, guint64 number, guint64 output)
{
  char text[64];

  g_snprintf (text, sizeof text, "[%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]", source, number,
              output);
  weir_emitter_emit_text (out, text, -1);
}

static void
enter (gint *running)
{
  g_assert_false (__atomic_exchange_n (running, TRUE, __ATOMIC_ACQ_REL));
}

static void
leave (gint *running)
{
  __atomic_store_n (running, FALSE, __ATOMIC_RELEASE);
}

/* Source -------------------------------------------------------------------------------------- */

typedef WeirSourceClass StressSourceClass;
G_DEFINE_TYPE (StressSource, stress_source, WEIR_TYPE_SOURCE)

static const WeirOption source_options[] = {
  WEIR_OPTION_UINT64 ("number", StressSource, number, 0, 6, "0", "Of the source"),
  WEIR_OPTION_UINT64 ("count", StressSource, count, 0, G_MAXUINT32, "0", "Records"),
  WEIR_OPTION_UINT64 ("per-fill", StressSource, per_fill, 1, 1024, "100", "Records at a time"),
};

static WeirSourceStatus
give (StressSource *self, WeirEmitter *out)
{
  guint64 end = self->next + self->per_fill;

  if (self->count > 0)
    end = MIN (end, self->count);
  while (self->next < end)
    emit (out, self->number, self->next++, 0);
  return self->next == self->count ? WEIR_SOURCE_END : WEIR_SOURCE_MORE;
}

static WeirSourceStatus
stress_source_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  StressSource *self = (StressSource *)source;
  WeirSourceStatus status = WEIR_SOURCE_END;

  __atomic_store_n (&self->begun, TRUE, __ATOMIC_RELEASE);
  enter (&self->running);
  if (!weir_source_is_halting (source))
    status = give (self, out);
  leave (&self->running);
  return status;
}

static void
stress_source_class_init (StressSourceClass *klass)
{
  klass->fill = stress_source_fill;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), source_options,
                                G_N_ELEMENTS (source_options));
}

static void
stress_source_init (StressSource *self)
{
}

/* Sink ---------------------------------------------------------------------------------------- */

typedef WeirSinkClass StressSinkClass;
G_DEFINE_TYPE (StressSink, stress_sink, WEIR_TYPE_SINK)

static WeirStageStatus
stress_sink_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  StressSink *self = (StressSink *)sink;
  guint n = weir_batch_get_length (batch);

  __atomic_store_n (&self->pool, batch->pool, __ATOMIC_RELEASE);
  if (__atomic_load_n (&self->stalled, __ATOMIC_ACQUIRE))
    return WEIR_STAGE_WAIT;
  enter (&self->running);
  for (guint i = 0; i < n; i++)
    {
      Parts parts = parse (weir_batch_get_record (batch, i));
      guint64 key = STRESS_KEY (parts.number, parts.output);

      g_assert_cmpuint (parts.source, <, G_N_ELEMENTS (self->keys));
      g_array_append_val (self->keys[parts.source], key);
    }
  __atomic_fetch_add (&self->n_seen, n, __ATOMIC_RELAXED);
  weir_sink_accept (sink, n, n);
  leave (&self->running);
  return WEIR_STAGE_DONE;
}

static void
stress_sink_finalize (GObject *object)
{
  StressSink *self = (StressSink *)object;

  for (guint i = 0; i < G_N_ELEMENTS (self->keys); i++)
    g_array_unref (self->keys[i]);
  G_OBJECT_CLASS (stress_sink_parent_class)->finalize (object);
}

static void
stress_sink_class_init (StressSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = stress_sink_finalize;
  klass->write_batch = stress_sink_write_batch;
}

static void
stress_sink_init (StressSink *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->keys); i++)
    self->keys[i] = g_array_new (FALSE, FALSE, sizeof (guint64));
}

/* Between ------------------------------------------------------------------------------------- */

static gboolean
keeps_some (guint64 number, guint64 output)
{
  return (number + output) % 3 != 0;
}

static gboolean
keeps_blocks (guint64 number, guint64 output)
{
  return number / 100 % 2 == 0;
}

static guint
counts_none (guint64 number)
{
  return 0;
}

static guint
counts_same (guint64 number)
{
  return 1;
}

static guint
counts_three (guint64 number)
{
  return 3;
}

static guint
counts_burst (guint64 number)
{
  return number % 250 == 0 ? BURST : 1;
}

/* A filter keeps, a transform counts; the outputs of output k are those from k * count on. */
typedef struct
{
  const char *name;
  gboolean (*keeps) (guint64 number, guint64 output);
  guint (*counts) (guint64 number);
  guint next_source;
  gboolean serial;
  GType type;
} Kind;

static Kind kinds[] = {
  { "filter.stress-some", .keeps = keeps_some },
  { "filter.stress-blocks", .keeps = keeps_blocks },
  { "transform.stress-none", .counts = counts_none },
  { "transform.stress-same", .counts = counts_same },
  { "transform.stress-three", .counts = counts_three },
  { "transform.stress-burst", .counts = counts_burst },
  { "transform.stress-other", .counts = counts_same, .next_source = 1 },
  { "transform.stress-serial", .counts = counts_same, .serial = TRUE },
};

static const Kind *
kind_of (gpointer stage)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == G_OBJECT_TYPE (stage))
      return &kinds[i];
  g_assert_not_reached ();
}

static gboolean
accept_record (WeirFilter *filter, WeirRecord *record)
{
  Parts parts = parse (record);

  return kind_of (filter)->keeps (parts.number, parts.output);
}

static void
transform_record (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  const Kind *kind = kind_of (transform);
  Parts parts = parse (record);
  guint n = kind->counts (parts.number);

  if (n == 1 && kind->next_source == 0)
    {
      weir_emitter_emit (out, record);
      return;
    }
  for (guint i = 0; i < n; i++)
    emit (out, parts.source + kind->next_source, parts.number, parts.output * n + i);
}

static void
init_class (gpointer klass, gpointer data)
{
  const Kind *kind = data;

  WEIR_STAGE_CLASS (klass)->stateless = !kind->serial;
  if (kind->keeps != NULL)
    WEIR_FILTER_CLASS (klass)->accept = accept_record;
  else
    WEIR_TRANSFORM_CLASS (klass)->transform = transform_record;
}

static void
register_kind (Kind *kind)
{
  g_autofree char *name = g_strcanon (g_strdup (kind->name), G_CSET_a_2_z "-", '-');
  GTypeInfo info
      = { .class_size
          = kind->keeps != NULL ? sizeof (WeirFilterClass) : sizeof (WeirTransformClass),
          .class_init = init_class,
          .class_data = kind,
          .instance_size = kind->keeps != NULL ? sizeof (WeirFilter) : sizeof (WeirTransform) };

  kind->type = g_type_register_static (kind->keeps != NULL ? WEIR_TYPE_FILTER : WEIR_TYPE_TRANSFORM,
                                       name, &info, 0);
  weir_registry_add (kind->name, kind->type, NULL);
}

void
stress_stages_register (void)
{
  weir_registry_add ("source.stress", stress_source_get_type (), NULL);
  weir_registry_add ("sink.stress", stress_sink_get_type (), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    register_kind (&kinds[i]);
}

static void
append_outputs (GArray *made, const Kind *kind, guint64 key)
{
  guint64 number = key >> 24;
  guint64 output = key & 0xffffff;
  guint n = kind->keeps != NULL ? (guint)kind->keeps (number, output) : kind->counts (number);

  for (guint i = 0; i < n; i++)
    {
      guint64 value = STRESS_KEY (number, output * n + i);

      g_array_append_val (made, value);
    }
}

GArray *
stress_model (GArray *keys, const char *type)
{
  GArray *made = g_array_new (FALSE, FALSE, sizeof (guint64));
  const Kind *kind = kinds;

  while (!g_str_equal (kind->name, type))
    kind++;
  for (guint i = 0; i < keys->len; i++)
    append_outputs (made, kind, g_array_index (keys, guint64, i));
  g_array_unref (keys);
  return made;
}
