/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "stage/weir-registry-private.h"

G_BEGIN_DECLS

/* The kinds of stages in the order of flow, NULL-terminated. */
extern const char *const weir_kinds[];

/* Stage types of @kind (NULL: all) in the order of flow, then by name. */
GPtrArray *weir_kinds_list_types (const char *kind) G_GNUC_WARN_UNUSED_RESULT;

/* Members that say what @info is, in the object that @builder has open. */
void weir_kinds_build_type (JsonBuilder *builder, const WeirStageInfo *info);

/* Prints what was built, indented, with a newline. */
void weir_kinds_print_json (JsonBuilder *builder);

G_END_DECLS
