/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transform.map: makes records from each record by an expression.
 *
 * Each output of `to` becomes a record that inherits the times and the deadline of the one it was
 * made of. A record that gives no output is filtered; one on which the expression fails gives none
 * of its outputs and is failed.
 *
 *   source.stdin ! transform.map to='{ip: .remote_addr, path}' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirTransform parent;

  WeirExpression *to;
} WeirTransformMap;

static const WeirOption options[] = {
  WEIR_OPTION_EXPRESSION ("to", WeirTransformMap, to, TRUE,
                          "Each output becomes a record; none filters the record"),
};

static void
weir_transform_map_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  WeirTransformMap *self = (WeirTransformMap *)transform;

  weir_expression_emit (self->to, record, out);
}

static void
weir_transform_map_class_init (WeirTransformClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stateless = TRUE;
  klass->transform = weir_transform_map_transform;
}

WEIR_DEFINE_TRANSFORM (WeirTransformMap, weir_transform_map, "transform.map",
                       "Makes records from each record by an expression",
                       "source.stdin ! transform.map to='{ip: .remote_addr, path}' ! sink.stdout")
