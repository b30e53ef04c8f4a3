/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json/weir-json-private.h"

G_BEGIN_DECLS

typedef struct _WeirFieldNode WeirFieldNode;

/* A field set is a tree of the steps of its paths, so that one pass over a record finds all of
 * them:
 *
 *   .status .geo.city .geo.zip     root ── status (0)
 *                                       └─ geo ── city (1)
 *                                              └─ zip (2)
 *
 * It is filled while the graph is planned, and constant from then on: any thread may read it. */
struct _WeirFieldNode
{
  char *key; /* NULL: an index, or the root */
  gsize length;
  gboolean plain; /* the key may stand in a record as it is: it has no backslash */
  gint64 index;
  gint slot; /* -1: only a step on the way */

  guint64 key_lengths;     /* bit n: a key of keys has n bytes, modulo 64 */
  guint64 escaped_lengths; /* the same, written with escapes */
  WeirFieldNode *keys;     /* the first child of each kind */
  WeirFieldNode *indexes;
  gboolean from_end; /* one of indexes is negative */
  WeirFieldNode *sibling;
};

struct _WeirFieldSet
{
  WeirFieldNode *root;
  WeirFieldNode *early; /* those before weir_field_set_end_early(), or NULL */
  guint n_early;
  GPtrArray *paths; /* slot → path as it was added first */
};

G_END_DECLS
