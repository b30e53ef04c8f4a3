/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-ast-private.h"

G_BEGIN_DECLS

/* Parses a program of the whole language of jq 1.6. NULL with WEIR_EXPRESSION_ERROR_SYNTAX, or
 * REFUSED for modules; @offset: where the mistake is, in bytes. */
WeirJqTree *weir_jq_parse (const char *source, gsize *offset,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
