/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.dedupe: keeps the first record of each key.
 *
 * A record whose key was seen before leaves by `else`; the deadline stays. A key is known for `ttl`
 * from the record that passed, on the pipeline clock, and for ever without it; when `max-keys` are
 * known, a new one takes the place of the oldest.
 *
 *   source.stdin ! filter.dedupe key=.request_id ttl=10m ! sink.stdout
 */
#include <weir/weir-plugin.h>

#include "weir-key-memory.h"

typedef struct
{
  WeirFilter parent;

  WeirExpression *key; /* options */
  guint64 ttl;
  guint64 max_keys;

  WeirKeyMemory seen;
  GString *text; /* of the key at hand */
} WeirFilterDedupe;

static const WeirOption options[] = {
  WEIR_OPTION_EXPRESSION ("key", WeirFilterDedupe, key, TRUE,
                          "Records with the same value of it are the same"),
  WEIR_OPTION_ROW ("ttl", WEIR_OPTION_DURATION, WeirFilterDedupe, ttl, .minimum = 1,
                   .maximum = G_MAXINT64,
                   .doc = "How long a key is known from its first record on; none: for ever"),
  WEIR_OPTION_UINT64 ("max-keys", WeirFilterDedupe, max_keys, 1, 1 << 30, "1000000",
                      "Keys that are known at a time; beyond, the oldest is forgotten"),
};

static gboolean
is_first (WeirFilterDedupe *self, WeirRecord *record, gint64 expiry)
{
  WeirValue value;

  if (weir_expression_first (self->key, record, &value))
    {
      g_string_truncate (self->text, 0);
      weir_json_append_canonical (self->text, value.field.text, value.field.length);
      return weir_key_memory_add (&self->seen, self->text->str, self->text->len, expiry);
    }
  if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS)
    weir_record_fail (record, "the key has no value");
  return FALSE;
}

/* The fast way, so that the clock is read once a batch. */
static void
weir_filter_dedupe_accept_batch (WeirFilter *filter, WeirBatch *batch)
{
  WeirFilterDedupe *self = (WeirFilterDedupe *)filter;
  guint n_records = weir_batch_get_length (batch);
  gint64 expiry = G_MAXINT64;

  if (self->ttl > 0)
    {
      gint64 now = weir_clock_get_time (weir_stage_get_clock (WEIR_STAGE (self)));

      weir_key_memory_forget (&self->seen, now);
      expiry = now + (gint64)MIN (self->ttl, (guint64)(G_MAXINT64 - now));
    }
  for (guint i = 0; i < n_records; i++)
    {
      WeirRecord *record = weir_batch_get_record (batch, i);

      if (weir_record_get_verdict (record) == WEIR_VERDICT_PASS && !is_first (self, record, expiry))
        weir_batch_set_verdict (batch, i, WEIR_VERDICT_ELSE);
    }
}

static void
weir_filter_dedupe_plan (WeirStage *stage, WeirFieldSet *fields)
{
  WeirFilterDedupe *self = (WeirFilterDedupe *)stage;

  weir_expression_plan (self->key, fields);
}

static gboolean
weir_filter_dedupe_start (WeirStage *stage, GError **error)
{
  WeirFilterDedupe *self = (WeirFilterDedupe *)stage;

  weir_key_memory_init (&self->seen, (guint32)self->max_keys);
  self->text = g_string_new (NULL);
  return TRUE;
}

static void
weir_filter_dedupe_stop (WeirStage *stage)
{
  WeirFilterDedupe *self = (WeirFilterDedupe *)stage;

  weir_key_memory_clear (&self->seen);
  g_string_free (g_steal_pointer (&self->text), TRUE);
}

static void
weir_filter_dedupe_class_init (WeirFilterClass *klass)
{
  WEIR_STAGE_CLASS (klass)->plan = weir_filter_dedupe_plan;
  WEIR_STAGE_CLASS (klass)->start = weir_filter_dedupe_start;
  WEIR_STAGE_CLASS (klass)->stop = weir_filter_dedupe_stop;
  klass->accept_batch = weir_filter_dedupe_accept_batch;
}

WEIR_DEFINE_FILTER (WeirFilterDedupe, weir_filter_dedupe, "filter.dedupe",
                    "Keeps the first record of each key",
                    "source.stdin ! filter.dedupe key=.request_id ttl=10m ! sink.stdout")
