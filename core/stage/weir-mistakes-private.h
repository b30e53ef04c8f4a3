/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-mistakes.h>

G_BEGIN_DECLS

/* A place in a pipeline description; line and column count from 1, 0 when unknown. */
typedef struct
{
  guint line;
  guint column; /* in characters */
  gsize start;  /* bytes from the start of the text */
  gsize end;
} WeirPlace;

/* Finds the place of a JSON pointer; FALSE when it is not in the text. */
typedef gboolean (*WeirPlaceFunc) (gpointer data, const char *pointer, WeirPlace *place);

/* Finds the place of a character of a string value: @offset bytes into what the string says, which is
 * @text. FALSE when the string does not say just that in the description. */
typedef gboolean (*WeirInsideFunc) (gpointer data, const char *pointer, const char *text,
                                    gsize offset, WeirPlace *place);

/* @file: shown in front of each line. A pointer that is not in the text is shown at the place of
 * the nearest pointer above it that is. */
WeirMistakes *weir_mistakes_new (const char *file, WeirPlaceFunc find, gpointer data,
                                 GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

/* Without it, mistakes within a string are shown at its start. */
void weir_mistakes_set_inside (WeirMistakes *mistakes, WeirInsideFunc inside);
void weir_mistakes_add_inside (WeirMistakes *mistakes, const char *pointer, const char *text,
                               gsize offset, const char *message);

/* Prepends @prefix to the pointers added from now on ("/stages/2"); NULL: none. */
void weir_mistakes_set_prefix (WeirMistakes *mistakes, const char *prefix);
void weir_mistakes_add_at (WeirMistakes *mistakes, guint line, guint column, const char *pointer,
                           const char *message);

void weir_mistakes_addf (WeirMistakes *mistakes, const char *pointer, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The pointer of the member @key (or the element of that index) of what @pointer names, escaped as
 * RFC 6901 asks. */
char *weir_pointer_join (const char *pointer, const char *key) G_GNUC_WARN_UNUSED_RESULT;
char *weir_pointer_join_index (const char *pointer, guint index) G_GNUC_WARN_UNUSED_RESULT;

/* One line a mistake, in the order of the text: "FILE:LINE:COL: /pointer: message". */
char *weir_mistakes_to_text (const WeirMistakes *mistakes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
