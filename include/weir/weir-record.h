/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

/**
 * WeirVerdict:
 * @WEIR_VERDICT_PASS: goes on by the port `out`
 * @WEIR_VERDICT_ELSE: a filter did not match, or a map gave nothing
 * @WEIR_VERDICT_ABSORBED: taken in by an aggregate
 * @WEIR_VERDICT_INVALID: a validate stage rejected it
 * @WEIR_VERDICT_LATE: found after its deadline
 * @WEIR_VERDICT_SHED: turned away because it could not have been in time
 * @WEIR_VERDICT_FAILED: could not be read or processed
 *
 * What a stage decided about a record.
 */
typedef enum
{
  WEIR_VERDICT_PASS,
  WEIR_VERDICT_ELSE,
  WEIR_VERDICT_ABSORBED,
  WEIR_VERDICT_INVALID,
  WEIR_VERDICT_LATE,
  WEIR_VERDICT_SHED,
  WEIR_VERDICT_FAILED,
} WeirVerdict;

/**
 * WeirRecord:
 *
 * One record: a slice of text with its times, its deadline and its place in the source.
 *
 * A record that a stage is handed belongs to its batch and is valid during the call; it may be
 * used by the thread that runs the stage only. A copy (weir_record_copy(), or a reference kept by
 * a language binding) is deep and lives on its own.
 *
 * A *path* names a field as jq does: `.status`, `.geo.country`, `."user agent"`, `.tags[0]`.
 * Reading a field of a record that is not well-formed JSON fails the record.
 */
typedef struct _WeirRecord WeirRecord;

#define WEIR_TYPE_RECORD (weir_record_get_type ())
WEIR_API GType weir_record_get_type (void);

WEIR_API WeirRecord *weir_record_new (const char *text, gssize length) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirRecord *weir_record_copy (const WeirRecord *record) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_record_free (WeirRecord *record);

WEIR_API const char *weir_record_peek (const WeirRecord *record, gsize *length);
WEIR_API char *weir_record_get_text (const WeirRecord *record);
WEIR_API void weir_record_set_text (WeirRecord *record, const char *text, gssize length);

WEIR_API gboolean weir_record_has (WeirRecord *record, const char *path);
WEIR_API char *weir_record_get_string (WeirRecord *record, const char *path);
WEIR_API gboolean weir_record_get_int64 (WeirRecord *record, const char *path, gint64 *value);
WEIR_API gboolean weir_record_get_double (WeirRecord *record, const char *path, double *value);
WEIR_API gboolean weir_record_get_boolean (WeirRecord *record, const char *path, gboolean *value);
WEIR_API char *weir_record_get_json (WeirRecord *record, const char *path);

WEIR_API void weir_record_set_string (WeirRecord *record, const char *path, const char *value);
WEIR_API void weir_record_set_int64 (WeirRecord *record, const char *path, gint64 value);
WEIR_API void weir_record_set_double (WeirRecord *record, const char *path, double value);
WEIR_API void weir_record_set_boolean (WeirRecord *record, const char *path, gboolean value);
WEIR_API void weir_record_set_json (WeirRecord *record, const char *path, const char *json);
WEIR_API void weir_record_remove (WeirRecord *record, const char *path);

WEIR_API gint64 weir_record_get_ingest_time (const WeirRecord *record);
WEIR_API gint64 weir_record_get_deadline (const WeirRecord *record);
WEIR_API gint64 weir_record_get_remaining (const WeirRecord *record);
WEIR_API guint64 weir_record_get_offset (const WeirRecord *record);
WEIR_API guint weir_record_get_priority (const WeirRecord *record);
WEIR_API WeirVerdict weir_record_get_verdict (const WeirRecord *record);

WEIR_API void weir_record_fail (WeirRecord *record, const char *message);
WEIR_API void weir_record_reject (WeirRecord *record, const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirRecord, weir_record_free)

G_END_DECLS
