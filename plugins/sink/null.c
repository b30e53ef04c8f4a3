/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sink.null: accepts records and forgets them.
 *
 * A record counts as `out`, and its deadline as met or missed, as with any other sink. For
 * measuring, and for ports that are to be read without a use for what they give.
 *
 *   source.generate count=1000000 ! filter.sample rate=0.5 ! sink.null
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirSink parent;
} WeirSinkNull;

static const WeirOption options[] = {};

static WeirStageStatus
weir_sink_null_write_batch (WeirSink *sink, WeirBatch *batch, GError **error)
{
  guint accepted = weir_sink_get_accepted (sink);
  guint end = weir_batch_get_length (batch);
  guint64 n_bytes = 0;

  for (guint i = accepted; i < end; i++)
    {
      gsize length;

      weir_record_peek (weir_batch_get_record (batch, i), &length);
      n_bytes += length + 1;
    }

  weir_sink_accept (sink, end - accepted, n_bytes);
  return WEIR_STAGE_DONE;
}

static void
weir_sink_null_class_init (WeirSinkClass *klass)
{
  klass->write_batch = weir_sink_null_write_batch;
}

WEIR_DEFINE_SINK (WeirSinkNull, weir_sink_null, "sink.null", "Accepts records and forgets them",
                  "source.generate count=1000000 ! sink.null")
