/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The C side of the one C++ file. Nothing is thrown across it. */

G_BEGIN_DECLS

typedef enum
{
  WEIR_JSON_INDEX_GOOD,
  WEIR_JSON_INDEX_EMPTY,    /* white space only */
  WEIR_JSON_INDEX_UTF8,     /* not UTF-8 */
  WEIR_JSON_INDEX_UNCLOSED, /* a string without its closing quote */
  WEIR_JSON_INDEX_CONTROL,  /* a control character in a string */
  WEIR_JSON_INDEX_SIZE,     /* longer than 4 GiB, or no memory for it */
} WeirJsonIndexStatus;

/* Where the tokens of a text begin: each of {}[]:, and the first byte of each string, number and
 * literal, in order. Made by the first stage of simdjson (Langdale and Lemire, "Parsing gigabytes
 * of JSON per second", 2019). Used again for text after text; it grows to the longest. One thread.
 */
typedef struct
{
  const guint32 *positions; /* of the last text that was built */
  guint n_positions;

  gpointer parser;
} WeirJsonIndex;

WeirJsonIndex *weir_json_index_new (void) G_GNUC_WARN_UNUSED_RESULT;
void weir_json_index_free (WeirJsonIndex *index);

/* The text needs no padding. */
WeirJsonIndexStatus weir_json_index_build (WeirJsonIndex *index, const char *text, gsize length);

/* @text is a JSON number. Out of range gives HUGE_VAL with its sign, or 0, as strtod does. */
double weir_json_parse_double (const char *text, gsize length);

/* The shortest decimal digits that read back as @value, which is finite and not negative, as
 * 0.DIGITS times 10 to the power of the returned exponent. */
#define WEIR_JSON_MAX_DIGITS 20
int weir_json_shortest_digits (double value, char digits[WEIR_JSON_MAX_DIGITS], guint *n_digits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirJsonIndex, weir_json_index_free)

G_END_DECLS
