/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir.h>

G_BEGIN_DECLS

/* Stage types for tests of what lies below the plugins. test_stages_add() makes them known:
 * source.test, transform.test, validate.test, aggregate.test, filter.test and sink.test without
 * options, filter.test-need and sink.test-need with the required expression "need", and
 * transform.kinds with an option of each kind. None does anything with records. */
void test_stages_add (void);

typedef struct
{
  WeirTransform parent;

  gboolean flag;
  gint64 whole;
  guint64 natural;
  double real;
  char *text;
  guint choice;
  guint64 duration;
  guint64 size;
  WeirPeriod period;
  WeirExpression *expression;
  GStrv strings;
  GStrv paths;
  GPtrArray *expressions;
  GPtrArray *types;
  GPtrArray *ranges;
  GPtrArray *moves;
  JsonNode *json;
} TestKinds;

GType test_kinds_get_type (void);

G_END_DECLS
