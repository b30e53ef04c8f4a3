/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

#define WEIR_TYPE_RESPONDER (weir_responder_get_type ())
WEIR_API
G_DECLARE_FINAL_TYPE (WeirResponder, weir_responder, WEIR, RESPONDER, GObject)

WEIR_API WeirResponder *
weir_responder_new_from_environment (GError **error) G_GNUC_WARN_UNUSED_RESULT;

WEIR_API const char *weir_responder_read (WeirResponder *responder, GError **error);
WEIR_API GBytes *weir_responder_read_bytes (WeirResponder *responder, GError **error);
WEIR_API gsize weir_responder_get_length (WeirResponder *responder);
WEIR_API gint64 weir_responder_get_remaining (WeirResponder *responder);

WEIR_API void weir_responder_reply (WeirResponder *responder, const char *text, gssize length);
WEIR_API void weir_responder_reply_bytes (WeirResponder *responder, GBytes *bytes);
WEIR_API void weir_responder_emit (WeirResponder *responder, const char *text, gssize length);
WEIR_API void weir_responder_finish (WeirResponder *responder);
WEIR_API void weir_responder_fail (WeirResponder *responder, const char *message);

G_END_DECLS
