/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-stage.h>

#include "json/weir-json-private.h"

G_BEGIN_DECLS

/* Lets the stages of a segment, in the order of flow, declare the fields that they read. The stages
 * up to one that makes new records share a set, so that one pass over a record fills it for all:
 *
 *   match ── map ── match ── stdout
 *   set 1    set 1  set 2    -
 *
 * @fields gets the set of each stage, NULL for one that needs none filled; @sets takes the sets.
 * A set is complete when all stages have declared. */
void weir_field_plan_segment (WeirStage *const *stages, guint n_stages, WeirFieldSet **fields,
                              GPtrArray *sets);

G_END_DECLS
