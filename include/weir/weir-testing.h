/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For tests of stages; link with weir-testing-1. */

#include <weir/weir.h>

G_BEGIN_DECLS

/**
 * WeirHarness: (skip)
 *
 * Runs one stage by itself: what the test pushes goes through the stage and is there to be pulled.
 *
 * The pipeline around the stage runs on the thread of the test, on a clock that the test turns and
 * a main context of its own. What leaves by `out`, and by `else` of a filter, is pulled by the name
 * of the port; what ends as `invalid`, `late`, `shed` or `failed` is pulled by that name, as a dead
 * letter that says why. A harness that takes longer than 60 s ends the process.
 *
 * One harness at a time; not for sources and sinks.
 */
typedef struct _WeirHarness WeirHarness;

WEIR_API WeirHarness *weir_harness_new (const char *type, const char *options,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API WeirHarness *weir_harness_new_full (const char *type, const char *options,
                                             const char *keys,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_harness_free (WeirHarness *harness);

WEIR_API WeirStage *weir_harness_get_stage (WeirHarness *harness);
WEIR_API void weir_harness_push (WeirHarness *harness, const char *text);
WEIR_API char *weir_harness_pull (WeirHarness *harness, const char *port);
WEIR_API void weir_harness_advance (WeirHarness *harness, gint64 nanoseconds);
WEIR_API gboolean weir_harness_end (WeirHarness *harness, GError **error);
WEIR_API char *weir_harness_get_report (WeirHarness *harness);

/**
 * weir_harness_assert_pull: (skip)
 * @harness: a harness
 * @port: as for weir_harness_pull()
 * @expected: the text of the next record there, or %NULL for none
 *
 * Pulls a record and asserts that it is the one that is expected.
 */
#define weir_harness_assert_pull(harness, port, expected)                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *weir_pulled = weir_harness_pull (harness, port);                              \
    g_assert_cmpstr (weir_pulled, ==, expected);                                                   \
  }                                                                                                \
  G_STMT_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirHarness, weir_harness_free)

G_END_DECLS
