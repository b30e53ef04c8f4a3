/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether jq 1.6 has a function of that name and number of arguments. */
gboolean weir_jq_has_builtin (const char *name, guint arity);

/* Whether a function has no place in a stream, however many arguments it has. */
gboolean weir_jq_is_refused (const char *name);

G_END_DECLS
