/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For tests in which libjq 1.6 itself loses memory; AddressSanitizer reads it where it is built in.
 *
 *   jq_parse: what it had read of a program that is wrong; constants that it folds
 *   jq_next: the error inside ltrimstr and rtrimstr of what is no string; the one that ?// drops
 *   weir-jv.c: values that it was given: what is no date, in mktime, strftime and todate; arrays,
 * in indices; the key where an error ends .[] of an object
 *
 * libjq has no frame pointers: the first two are found in a stack only when it is unwound the slow
 * way. */

const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

__attribute__ ((visibility ("default"))) const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:malloc_context_size=12";
}

__attribute__ ((visibility ("default"))) const char *
__lsan_default_suppressions (void)
{
  return "leak:jq_parse\n"
#ifdef WEIR_LIBJQ_LOSES_VALUES
         "leak:jq_next\n"
         "leak:weir-jv.c\n"
#endif
      ;
}
