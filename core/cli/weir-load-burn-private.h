/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes the stage type `filter.burn` known to this process: it passes every record after `cost` of
 * work, a duration. One thread at a time runs it, so that the pipeline's capacity is known. */
gboolean weir_load_burn_register (GError **error);

G_END_DECLS
