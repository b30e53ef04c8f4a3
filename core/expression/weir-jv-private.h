/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jv.h>
#include <weir/weir-record.h>

G_BEGIN_DECLS

/* The record as a value of libjq, made by the walk over its tokens and never by libjq's own parser,
 * so that there is one grammar. FALSE when the record is not JSON; it has failed then. The value of
 * the last text is kept on each thread: the expressions of a stage share it. */
gboolean weir_jv_from_record (WeirRecord *record, jv *value);

G_END_DECLS
