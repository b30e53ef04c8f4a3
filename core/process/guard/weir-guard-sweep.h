/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ends every descendant: kills the children and their groups, adopts what these leave behind, and
 * so on until there is none. Only what the guard has no right to kill is left alone. */
void guard_sweep (void);
