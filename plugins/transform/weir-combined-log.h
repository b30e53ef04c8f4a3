/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* Where a line stops being one, and what should be there. */
typedef struct
{
  gsize offset; /* bytes from its start */
  const char *expected;
} WeirLogFault;

/* Writes a line of a web server's combined or common log as one JSON object, in place of what
 * @json holds. */
gboolean weir_combined_log_to_json (const char *text, gsize length, GString *json,
                                    WeirLogFault *fault);

G_END_DECLS
