/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-source.h>

G_BEGIN_DECLS

/**
 * WeirCheck: (skip)
 * @WEIR_CHECK_FIELDS: a record is checked when a stage reads a field of it
 * @WEIR_CHECK_FULL: each record is checked against the whole grammar of RFC 8259 and UTF-8
 *
 * How much of a record a source checks; the choices of the option `check`.
 */
typedef enum
{
  WEIR_CHECK_FIELDS,
  WEIR_CHECK_FULL,
} WeirCheck;

/**
 * WeirReadFunc: (skip)
 *
 * Reads up to @size bytes into @buffer, without blocking. Returns the number of bytes, 0 at the
 * end, -1 when nothing can be read now, -2 with @error set when the input broke off.
 */
typedef gssize (*WeirReadFunc) (gpointer input, char *buffer, gsize size, GError **error);

/**
 * WeirLineReader: (skip)
 *
 * Cuts a stream of bytes into records, one a line, straight in pooled buffers.
 */
typedef struct _WeirLineReader WeirLineReader;

WEIR_API WeirLineReader *weir_line_reader_new (gsize max_record,
                                               WeirCheck check) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_line_reader_free (WeirLineReader *reader);

WEIR_API WeirSourceStatus weir_line_reader_fill (WeirLineReader *reader, WeirEmitter *out,
                                                 WeirReadFunc read, gpointer input, GError **error);
WEIR_API WeirSourceStatus weir_line_reader_halt (WeirLineReader *reader, WeirEmitter *out);
WEIR_API void weir_line_reader_restart (WeirLineReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLineReader, weir_line_reader_free)

G_END_DECLS
