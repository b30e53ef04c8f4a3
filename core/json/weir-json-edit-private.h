/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json/weir-json-index-private.h"
#include "json/weir-json-private.h"

/* Finds and changes single values in a text. Every function reads the whole text first: one that is
 * not JSON is an error, WEIR_JSON_ERROR_*, whatever the path is. Where a key occurs more than once
 * the last one counts. */

G_BEGIN_DECLS

/* @value: absent when nothing is there; a scalar is checked to its end. */
gboolean weir_json_find (WeirJsonIndex *index, const char *text, gsize length, const WeirPath *path,
                         WeirField *value, GError **error);

/* Writes the changed text to @out; all bytes around the value stay as they are. What is missing on
 * the way, or null, is made. WEIR_JSON_ERROR_PATH: the way leads through another scalar, or past
 * the end of an array. */
gboolean weir_json_edit_set (WeirJsonIndex *index, const char *text, gsize length,
                             const WeirPath *path, const char *json, GString *out, GError **error);

/* The same without the value; @changed: there was one. All occurrences of the last key go. */
gboolean weir_json_edit_remove (WeirJsonIndex *index, const char *text, gsize length,
                                const WeirPath *path, GString *out, gboolean *changed,
                                GError **error);

G_END_DECLS
