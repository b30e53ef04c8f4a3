/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "stage/weir-mistakes-private.h"

G_BEGIN_DECLS

/* A pipeline description as a tree, with the place in the text of every value and key. */
typedef struct _WeirDocument WeirDocument;

/* Longest text that is read as a pipeline description. */
#define WEIR_DOCUMENT_MAX_SIZE (16u << 20)

/* Copies the text; the tree comes from one of the two parsers. */
WeirDocument *weir_document_new (const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;
WeirDocument *weir_document_ref (WeirDocument *document);
void weir_document_unref (WeirDocument *document);

/* Mistakes whose places are found in the document, which they keep. */
WeirMistakes *weir_document_new_mistakes (WeirDocument *document,
                                          const char *file) G_GNUC_WARN_UNUSED_RESULT;

/* Strict JSON, RFC 8259 (weir-document-parser.c). FALSE when there is no object to go on with; a
 * duplicate key is a mistake that others can follow. */
gboolean weir_document_parse (WeirDocument *document, WeirMistakes *mistakes);
/* A launch line (weir-launch.c); its values are verbatim. */
gboolean weir_document_parse_launch (WeirDocument *document, WeirMistakes *mistakes);
/* Replaces ${NAME}, ${NAME:-default} and $${ in values (weir-substitution.c). */
void weir_document_substitute (WeirDocument *document, GHashTable *variables,
                               WeirMistakes *mistakes);

JsonObject *weir_document_get_root (const WeirDocument *document);
const char *weir_document_get_text (const WeirDocument *document, gsize *length);

/* Takes the tree over. */
void weir_document_set_root (WeirDocument *document, JsonNode *root);

/* For the parsers: where the value of @pointer stands, and its key. */
void weir_document_mark_value (WeirDocument *document, const char *pointer, gsize start, gsize end);
void weir_document_mark_key (WeirDocument *document, const char *pointer, gsize start, gsize end);
void weir_document_mark_verbatim (WeirDocument *document, const char *pointer);

/* A value that could not be made out, and so the values that it is in: to be passed over, as the
 * mistake was told. */
void weir_document_mark_broken (WeirDocument *document, const char *pointer);
gboolean weir_document_is_broken (const WeirDocument *document, const char *pointer);

/* A WeirPlaceFunc. */
gboolean weir_document_find (gpointer document, const char *pointer, WeirPlace *place);
/* A WeirInsideFunc (weir-document-inside.c). */
gboolean weir_document_find_inside (gpointer document, const char *pointer, const char *text,
                                    gsize offset, WeirPlace *place);
gboolean weir_document_find_key (const WeirDocument *document, const char *pointer,
                                 WeirPlace *place);
WeirPlace weir_document_get_place (const WeirDocument *document, gsize start, gsize end);

/* Whether the value is a string whose reading is up to its option. */
gboolean weir_document_is_verbatim (const WeirDocument *document, const char *pointer);
/* The text of a value on one line: a newline can only be white space. */
char *weir_document_cut (const WeirDocument *document,
                         const char *pointer) G_GNUC_WARN_UNUSED_RESULT;

/* A mistake at the key of @pointer instead of at its value. */
void weir_document_add_at_key (const WeirDocument *document, WeirMistakes *mistakes,
                               const char *pointer, const char *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirDocument, weir_document_unref)

G_END_DECLS
