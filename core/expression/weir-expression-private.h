/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-error.h>
#include <weir/weir-expression.h>

G_BEGIN_DECLS

/* The same as weir_expression_new(), and where in the source the mistake is, in bytes. */
WeirExpression *weir_expression_new_at (const char *source, gsize *offset,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One engine only, so that they can be compared. NULL also when the program is not native. */
WeirExpression *weir_expression_new_native (const char *source,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
WeirExpression *weir_expression_new_libjq (const char *source,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many evaluations the native engine has left to libjq. */
guint64 weir_expression_get_n_deferred (void);

G_END_DECLS
