/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

/**
 * WeirMistakes:
 *
 * Collects the mistakes of a pipeline description, so that all of them are told in one run.
 */
typedef struct _WeirMistakes WeirMistakes;

#define WEIR_TYPE_MISTAKES (weir_mistakes_get_type ())
WEIR_API GType weir_mistakes_get_type (void);

WEIR_API WeirMistakes *weir_mistakes_ref (WeirMistakes *mistakes);
WEIR_API void weir_mistakes_unref (WeirMistakes *mistakes);

WEIR_API void weir_mistakes_add (WeirMistakes *mistakes, const char *pointer, const char *message);
WEIR_API void weir_mistakes_add_key (WeirMistakes *mistakes, const char *pointer, const char *key,
                                     const char *message);
WEIR_API guint weir_mistakes_get_count (const WeirMistakes *mistakes);

WEIR_API const char *weir_nearest_name (const char *name, const char *const *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirMistakes, weir_mistakes_unref)

G_END_DECLS
