/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "expression/weir-jq-node-private.h"

G_BEGIN_DECLS

/* A program for the native engine: a tree of nodes, and the constant paths that they read.
 *
 * The paths of a program are declared in a set of its own, by which single records are scanned, and
 * in the set of the run of stages when that is planned. Apart from planning it is constant: all
 * threads share it. */
typedef struct
{
  const WeirJqNode *root;
  guint n_variables;
  GPtrArray *memory; /* nodes, constants */
  GPtrArray *regexes;
  GPtrArray *paths;  /* texts; each path with all paths above it */
  GPtrArray *leaves; /* texts: what is read */

  WeirFieldSet *own_set;
  guint *own_slots;
  const WeirFieldSet *planned_set; /* borrowed; NULL: none */
  guint *planned_slots;
} WeirJqProgram;

/* NULL when a part of the program is not native; @reason: what, for people. */
WeirJqProgram *weir_jq_program_new (const WeirJqTree *tree,
                                    char **reason) G_GNUC_WARN_UNUSED_RESULT;
void weir_jq_program_free (WeirJqProgram *program);
void weir_jq_program_plan (WeirJqProgram *program, WeirFieldSet *fields);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirJqProgram, weir_jq_program_free)

G_END_DECLS
