/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter.match: keeps the records for which an expression is true.
 *
 * A record whose `where` gives true, or anything but false and null, goes on untouched by `out`;
 * any other, also one for which it gives nothing, leaves by `else`. A record on which the
 * expression fails is failed. The deadline stays.
 *
 *   source.stdin ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirFilter parent;

  WeirExpression *where;
} WeirFilterMatch;

static const WeirOption options[] = {
  WEIR_OPTION_EXPRESSION ("where", WeirFilterMatch, where, TRUE,
                          "Passes a record when the first output is neither false nor null"),
};

static void
weir_filter_match_accept_batch (WeirFilter *filter, WeirBatch *batch)
{
  WeirFilterMatch *self = (WeirFilterMatch *)filter;

  weir_expression_match_batch (self->where, batch);
}

static void
weir_filter_match_class_init (WeirFilterClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->accept_batch = weir_filter_match_accept_batch;
}

WEIR_DEFINE_FILTER (WeirFilterMatch, weir_filter_match, "filter.match",
                    "Keeps the records for which an expression is true",
                    "source.stdin ! filter.match where='.status >= 500' ! sink.stdout")
