/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-source.h>

G_BEGIN_DECLS

#define WEIR_TYPE_APP_SOURCE (weir_app_source_get_type ())
WEIR_API G_DECLARE_FINAL_TYPE (WeirAppSource, weir_app_source, WEIR, APP_SOURCE, WeirSource)

WEIR_API gboolean weir_app_source_push (WeirAppSource *source, const char *text, gssize length);
WEIR_API void weir_app_source_end (WeirAppSource *source);

G_END_DECLS
