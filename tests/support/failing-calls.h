/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Calls of the system that a start of a process makes, each of which can be made to fail: in the
 * program that this is linked into by failing_calls_arm(), in a weir-guard that it is preloaded
 * into by the environment. */

/* "NTH:ERRNO" for weir-guard, from its start. */
#define FAILING_CALLS_VARIABLE "WEIR_FAIL_CALL"
/* A file for the name of the call that failed. */
#define FAILING_CALLS_FILE "WEIR_FAILED_CALL"

/* The call numbered @nth from now on fails with @error, and each that is @again calls after one
 * that failed; 0: none is. */
void failing_calls_arm (unsigned nth, int error, unsigned again);
/* The name of the first call that failed; NULL: there were fewer. */
const char *failing_calls_disarm (void);
