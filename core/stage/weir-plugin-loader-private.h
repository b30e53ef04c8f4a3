/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

#include <gmodule.h>

G_BEGIN_DECLS

/* Whether a stage type may have that name: "kind.name" of a kind that there is. */
gboolean weir_stage_name_is_good (const char *name);
/* The kind in a good name; a string that lives as long as the process, or NULL. */
const char *weir_stage_name_get_kind (const char *name);
/* The six kinds in the order of flow, ended by NULL, and the base class of one. */
extern const char *const weir_stage_kinds[];
GType weir_stage_kind_get_type (const char *kind);

/* Opens a file and checks what it says of itself; nothing of the plugin's own runs. The module is
 * the caller's: to be closed, or made resident and kept. */
const WeirPluginDescriptor *weir_plugin_open (const char *file, GModule **module, GError **error);

/* Runs the type function of a checked plugin; G_TYPE_INVALID when its type is not what its kind
 * asks for. */
GType weir_plugin_get_stage_type (const WeirPluginDescriptor *descriptor, GError **error);

/* "weir-filter-sample.so" → "filter.sample"; NULL when it is not named so. */
char *weir_plugin_guess_name (const char *file) G_GNUC_WARN_UNUSED_RESULT;

/* The folder of the plugins that belong to this library: those of its own build, else the installed
 * ones; NULL when there is none. */
char *weir_plugin_find_own_folder (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
