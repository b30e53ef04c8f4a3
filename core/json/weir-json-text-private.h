/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json/weir-json-private.h"

/* Single tokens: their grammar, and their values. */

G_BEGIN_DECLS

/* What is wrong with a text, and where. */
typedef struct
{
  gsize offset;       /* bytes from the start of the text */
  const char *reason; /* NULL: nothing is wrong */
  WeirJsonError code;
} WeirJsonFault;

gboolean weir_json_fault_set (WeirJsonFault *fault, WeirJsonError code, gsize offset,
                              const char *reason);
/* "offset 17: expected ':'" */
char *weir_json_fault_to_text (const WeirJsonFault *fault) G_GNUC_WARN_UNUSED_RESULT;

WeirFieldType weir_json_type_of (char first);
const char *weir_json_type_name (WeirFieldType type);

/* The whole grammar of a string, number or literal; anything else is right already. On a breach the
 * offset in @fault counts from @text. */
gboolean weir_json_check_scalar (const char *text, gsize length, WeirJsonFault *fault);

/* @text is the inside of a checked string; writes at most @length bytes to @out, which may be
 * @text. Returns how many. A surrogate without its partner becomes U+FFFD. */
gsize weir_json_unescape (const char *text, gsize length, char *out);

/* A copy of the JSON text without line breaks, which can stand only between its tokens. */
char *weir_json_dup_line (const char *json, gsize length) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
