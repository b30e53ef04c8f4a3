/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-sink.h>

G_BEGIN_DECLS

#define WEIR_TYPE_APP_SINK (weir_app_sink_get_type ())
WEIR_API G_DECLARE_FINAL_TYPE (WeirAppSink, weir_app_sink, WEIR, APP_SINK, WeirSink)

WEIR_API WeirRecord *weir_app_sink_pull (WeirAppSink *sink) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirRecord *weir_app_sink_try_pull (WeirAppSink *sink) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
