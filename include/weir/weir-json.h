/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

/* JSON text, for plugins that write records or compare values. */

WEIR_API void weir_json_append_string (GString *json, const char *text, gssize length);
WEIR_API void weir_json_append_double (GString *json, double value);
WEIR_API void weir_json_append_canonical (GString *json, const char *text, gsize length);

G_END_DECLS
