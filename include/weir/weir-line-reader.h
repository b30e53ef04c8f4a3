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
 * WeirStreamFraming: (skip)
 * @WEIR_STREAM_LINES: a record is a line
 * @WEIR_STREAM_OCTET_COUNTED: the length of a record in decimal digits, a space, the record (RFC
 *   6587, 3.4.1); newlines in it become spaces
 *
 * How records follow each other in a stream of bytes; the choices of the option `framing`.
 */
typedef enum
{
  WEIR_STREAM_LINES,
  WEIR_STREAM_OCTET_COUNTED,
} WeirStreamFraming;

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
 * Cuts a stream of bytes into records, one a line, straight in pooled buffers. One reader serves
 * one input after the other, or many at the same time.
 */
typedef struct _WeirLineReader WeirLineReader;

/**
 * WeirLineInput: (skip)
 *
 * What a reader of many inputs keeps of one while it reads another: the record at hand. Between
 * records it holds nothing.
 */
typedef struct _WeirLineInput WeirLineInput;

WEIR_API WeirLineReader *weir_line_reader_new (gsize max_record,
                                               WeirCheck check) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_line_reader_free (WeirLineReader *reader);
WEIR_API void weir_line_reader_set_framing (WeirLineReader *reader, WeirStreamFraming framing);

WEIR_API WeirSourceStatus weir_line_reader_fill (WeirLineReader *reader, WeirEmitter *out,
                                                 WeirReadFunc read, gpointer input, GError **error);
WEIR_API WeirSourceStatus weir_line_reader_halt (WeirLineReader *reader, WeirEmitter *out);
WEIR_API void weir_line_reader_restart (WeirLineReader *reader);

WEIR_API WeirLineInput *weir_line_input_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_line_input_free (WeirLineInput *input);
WEIR_API void weir_line_reader_set_input (WeirLineReader *reader, WeirLineInput *input);
WEIR_API void weir_line_reader_end_input (WeirLineReader *reader, WeirEmitter *out,
                                          const char *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLineReader, weir_line_reader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLineInput, weir_line_input_free)

G_END_DECLS
