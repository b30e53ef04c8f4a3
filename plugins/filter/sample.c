/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.sample: keeps a share of the records.
 *
 * A record that is not chosen leaves by `else`; the deadline stays. The choice is made by a
 * generator that starts from `seed`, so a second run over the same input keeps the same records.
 * With `key` the value of the key decides: the records of a key are all kept, or none of them.
 *
 *   source.stdin ! filter.sample rate=0.01 key=.user ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirFilter parent;

  double rate; /* options */
  guint64 seed;
  WeirExpression *key;

  guint64 state; /* of the generator */
  GString *text; /* of the key at hand */
} WeirFilterSample;

static const WeirOption options[] = {
  WEIR_OPTION_DOUBLE ("rate", WeirFilterSample, rate, 0.0, 1.0, "0.1",
                      "Share of the records that pass"),
  WEIR_OPTION_UINT64 ("seed", WeirFilterSample, seed, 0, G_MAXUINT64, "0",
                      "The same seed keeps the same records"),
  WEIR_OPTION_EXPRESSION ("key", WeirFilterSample, key, FALSE,
                          "Records with the same value of it pass together, or not at all"),
};

/* The output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, OOPSLA 2014). */
static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static guint64
next_random (WeirFilterSample *self)
{
  self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return mix (self->state);
}

/* FNV-1a (Fowler, Noll, Vo), whose weak high bits mix() repairs. */
static guint64
hash_text (guint64 seed, const char *text, gsize length)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325) ^ mix (seed);

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guchar)text[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return mix (hash);
}

static gboolean
is_chosen (const WeirFilterSample *self, guint64 random)
{
  return (double)(random >> 11) * 0x1p-53 < self->rate;
}

static gboolean
accept_by_key (WeirFilterSample *self, WeirRecord *record)
{
  WeirValue value;

  if (!weir_expression_first (self->key, record, &value))
    {
      if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
        weir_record_fail (record, "the key has no value");
      return FALSE;
    }
  g_string_truncate (self->text, 0);
  weir_json_append_canonical (self->text, value.field.text, value.field.length);
  return is_chosen (self, hash_text (self->seed, self->text->str, self->text->len));
}

static gboolean
weir_filter_sample_accept (WeirFilter *filter, WeirRecord *record)
{
  WeirFilterSample *self = (WeirFilterSample *)filter;

  if (self->key != NULL)
    return accept_by_key (self, record);
  return is_chosen (self, next_random (self));
}

static void
weir_filter_sample_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirFilterSample *self = (WeirFilterSample *)stage;

  if (self->key != NULL)
    weir_expression_plan (self->key, fields);
}

static gboolean
weir_filter_sample_start (WeirStage *stage, GError **error)
{
  WeirFilterSample *self = (WeirFilterSample *)stage;

  self->state = self->seed;
  self->text = g_string_new (NULL);
  return TRUE;
}

static void
weir_filter_sample_stop (WeirStage *stage)
{
  WeirFilterSample *self = (WeirFilterSample *)stage;

  g_string_free (g_steal_pointer (&self->text), TRUE);
}

static void
weir_filter_sample_class_init (WeirFilterClass *klass)
{
  WEIR_STAGE_CLASS (klass)->plan = weir_filter_sample_plan;
  WEIR_STAGE_CLASS (klass)->start = weir_filter_sample_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_filter_sample_stop;
  klass->accept = weir_filter_sample_accept;
}

WEIR_DEFINE_FILTER (WeirFilterSample, weir_filter_sample, "filter.sample",
                    "Keeps a share of the records",
                    "source.stdin ! filter.sample rate=0.01 seed=7 ! sink.stdout")
