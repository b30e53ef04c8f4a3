/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-error.h>
#include <weir/weir-expression.h>

G_BEGIN_DECLS

/* What runs expressions. A program is used by one thread at a time. Every evaluation starts anew,
 * whatever became of the one before.
 *
 * compile: NULL with WEIR_EXPRESSION_ERROR_SYNTAX
 * plan: the fields that the program will read, or NULL when it reads whole records
 * start: FALSE when the record is not JSON; the record has failed then
 * next: FALSE behind the last output, or when the program failed, and so the record
 * stop: lets go of the record before the last output
 * matches: whether the first output is neither null nor false */
typedef struct
{
  const char *name;
  gpointer (*compile) (const char *source, GError **error);
  void (*free) (gpointer program);
  void (*plan) (gpointer program, WeirFieldSet *fields);
  gboolean (*start) (gpointer program, WeirRecord *record);
  gboolean (*next) (gpointer program, WeirValue *value);
  void (*stop) (gpointer program);
  gboolean (*matches) (gpointer program, WeirRecord *record);
} WeirExpressionEngine;

extern const WeirExpressionEngine weir_libjq_engine;

/* FALSE with WEIR_EXPRESSION_ERROR_REFUSED when @source names a function that has no place in a
 * stream, and with WEIR_EXPRESSION_ERROR_SYNTAX when a string in it has no end. */
gboolean weir_expression_guard (const char *source, GError **error);

G_END_DECLS
