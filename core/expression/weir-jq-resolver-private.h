/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-ast-private.h"

G_BEGIN_DECLS

/* Finds what each call, variable and break names, and sets its target. FALSE with
 * WEIR_EXPRESSION_ERROR_SYNTAX for what jq 1.6 would not compile, with REFUSED for functions that
 * have no place in a stream or that call themselves before anything else. @unsure: only libjq can
 * tell whether it compiles. A definition that nothing calls is not looked into, as in jq. */
gboolean weir_jq_resolve (WeirJqTree *tree, gboolean *unsure, gsize *offset, GError **error);

/* The value of numbers and arithmetic on them; FALSE for everything else. */
gboolean weir_jq_fold_number (const WeirJqAst *ast, double *number);

G_END_DECLS
