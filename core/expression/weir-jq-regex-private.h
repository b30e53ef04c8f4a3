/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-node-private.h"

G_BEGIN_DECLS

/* A regular expression whose syntax means the same to PCRE2 and to Oniguruma, which jq uses.
 *
 * The pattern is read and written anew for PCRE2, so that only what is known gets there; classes
 * such as \w are spelled out as the sets of Oniguruma. Compiled once, used by all threads; match
 * data and limits are each thread's own. */

typedef enum
{
  WEIR_JQ_REGEX_GLOBAL = 1 << 0,
  WEIR_JQ_REGEX_CASELESS = 1 << 1,
  WEIR_JQ_REGEX_DOT_ALL = 1 << 2,
  WEIR_JQ_REGEX_NOT_EMPTY = 1 << 3,
} WeirJqRegexFlags;

/* The letters that jq takes as flags; FALSE for others, and for those that are not native. */
gboolean weir_jq_regex_read_flags (const char *letters, gsize length, WeirJqRegexFlags *flags);

/* The pattern for PCRE2; NULL when it may mean something else there. @ascii_only: it means the same
 * on subjects of ASCII only. */
char *weir_jq_regex_translate (const char *pattern, gsize length, gboolean *ascii_only,
                               gboolean caseless) G_GNUC_WARN_UNUSED_RESULT;

WeirJqRegex *weir_jq_regex_new (const char *pattern, gsize length,
                                WeirJqRegexFlags flags) G_GNUC_WARN_UNUSED_RESULT;
void weir_jq_regex_free (WeirJqRegex *regex);
/* FALSE: each match has a character at least. */
gboolean weir_jq_regex_may_be_empty (const WeirJqRegex *regex);

/* What `test` gives. DEFER when libjq shall decide. */
WeirJqStatus weir_jq_regex_test (WeirJqRun *run, const WeirJqRegex *regex, const char *text,
                                 gsize length, gboolean *found);
/* What `match` gives, as an array of its outputs. @global: all of them. */
WeirJqStatus weir_jq_regex_match (WeirJqRun *run, const WeirJqRegex *regex, const char *text,
                                  gsize length, gboolean global, WeirJqValue *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirJqRegex, weir_jq_regex_free)

G_END_DECLS
