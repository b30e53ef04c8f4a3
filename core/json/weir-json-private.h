/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-error.h>
#include <weir/weir-field.h>
#include <weir/weir-json.h>

#include "base/weir-batch-private.h"

/* What the rooms below use of json/. */

G_BEGIN_DECLS

/* Deepest nesting of arrays and objects. */
#define WEIR_JSON_MAX_DEPTH 256

/* Field paths ------------------------------------------------------------------------------ */

typedef struct
{
  char *key;    /* unescaped UTF-8; NULL: an index */
  gint64 index; /* negative: from the end */
} WeirPathStep;

typedef struct
{
  WeirPathStep *steps;
  guint n_steps; /* 0: the record itself, "." */
} WeirPath;

/* Parses `.a.b`, `."a b"`, `.["a"]`, `.a[0]`, `.`; WEIR_JSON_ERROR_PATH. */
WeirPath *weir_path_new (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_path_free (WeirPath *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPath, weir_path_free)

/* Field sets and the scanner ---------------------------------------------------------------- */

WeirFieldSet *weir_field_set_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_field_set_free (WeirFieldSet *set);
guint weir_field_set_get_size (const WeirFieldSet *set);
const char *weir_field_set_get_path (const WeirFieldSet *set, guint slot);
/* The fields added so far are those that a filter at the head of the run reads: when it keeps few
 * records, the others need not be found in all (weir_scanner_fill_early()). The first call counts. */
void weir_field_set_end_early (WeirFieldSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirFieldSet, weir_field_set_free)

/* Fills the slots of all selected records of @batch from its cursor on, in one pass over each, and
 * checks that each is one whole, nested right, UTF-8 JSON value; a record that is not gets
 * WEIR_VERDICT_FAILED with the offset and the reason. Nothing is done when batch->field_set is
 * @set already. One scanner a thread. */
typedef struct _WeirScanner WeirScanner;
WeirScanner *weir_scanner_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_scanner_free (WeirScanner *scanner);
void weir_scanner_fill (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set);
/* The same for the early fields alone; the others are absent until the whole set is filled. */
void weir_scanner_fill_early (WeirScanner *scanner, WeirBatch *batch, const WeirFieldSet *set);
/* One record into @fields, as many as the set has; FALSE when it has failed. */
gboolean weir_scanner_scan (WeirScanner *scanner, WeirRecord *record, const WeirFieldSet *set,
                            WeirField *fields);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirScanner, weir_scanner_free)

/* Whole texts ------------------------------------------------------------------------------- */

/* The whole grammar of RFC 8259, UTF-8 and depth. The text needs no padding. */
gboolean weir_json_check (const char *text, gsize length, GError **error);

/* A JSON string in quotes, escaped as RFC 8259 asks and no more; invalid UTF-8 becomes U+FFFD. */
void weir_json_append_string (GString *json, const char *text, gssize length);

/* The shortest text that reads back as the same double, as jq prints it; NaN gives null, infinity
 * the largest double. */
void weir_json_append_double (GString *json, double value);

G_END_DECLS
