/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

G_BEGIN_DECLS

WEIR_API void weir_registry_add_plugin_path (const char *path);
WEIR_API void weir_registry_load (void);
WEIR_API gboolean weir_registry_add (const char *name, GType type, GError **error);
WEIR_API GType weir_registry_lookup (const char *name, GError **error);
WEIR_API char **weir_registry_list (const char *kind) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API char **weir_registry_get_warnings (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
