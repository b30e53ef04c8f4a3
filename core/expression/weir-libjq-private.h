/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-error.h>
#include <weir/weir-expression.h>

#include "expression/weir-jq-ast-private.h"

G_BEGIN_DECLS

/* A program that libjq runs, for one thread. Every evaluation starts anew, whatever became of the
 * one before. */
typedef struct _WeirLibjq WeirLibjq;

/* weir-libjq-fence.c: the program anew, kept from what makes libjq 1.6 end the process or go on for
 * ever; empty when it has nothing of that. */
char *weir_libjq_make_fence (const WeirJqTree *tree) G_GNUC_WARN_UNUSED_RESULT;

/* @fence: what runs instead of @source, or empty. Costs some 20 ms. NULL with WEIR_EXPRESSION_ERROR_SYNTAX. */
WeirLibjq *weir_libjq_new (const char *source, const char *fence,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_libjq_free (WeirLibjq *libjq);

/* FALSE when the record is not JSON; it has failed then. */
gboolean weir_libjq_start (WeirLibjq *libjq, WeirRecord *record);
/* FALSE behind the last output, or when the program failed, and so the record. */
gboolean weir_libjq_next (WeirLibjq *libjq, WeirValue *value);
/* Lets go of the record before the last output. */
void weir_libjq_stop (WeirLibjq *libjq);
/* Whether the first output is neither null nor false. */
gboolean weir_libjq_matches (WeirLibjq *libjq, WeirRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLibjq, weir_libjq_free)

G_END_DECLS
