/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Random programs of what the native engine runs, and random records; the same seed gives the same.
 * Programs end, and do not make libjq end the process. */
void jq_generate_program (GRand *rand, GString *program);
void jq_generate_record (GRand *rand, GString *record);
