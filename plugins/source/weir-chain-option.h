/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* Makes the commands of `chain`, a list of lists of words; a string is a list of one. Returns NULL
 * when something is wrong, which is added to @mistakes unless it is NULL. */
GPtrArray *weir_chain_option_read (const WeirExecOptions *options, JsonNode *chain,
                                   WeirMistakes *mistakes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
