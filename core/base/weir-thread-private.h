/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tables with an entry for each thread, for state that is used without a lock.
 *
 * A thread has a small number from the first time it asks for one until it ends; then another
 * thread gets it. Numbers are dense: the highest is at most the number of threads that ran at once.
 *
 *   numbers   0 1 2 3 …            taken bits, lowest free first
 *   segments  [0 … 15] [16 … 47] [48 … 111] …   of a table, made when first used, never moved
 *
 * An entry has one writer: the thread of that number. What a thread left in its entry is seen by
 * the next one of that number. */

#define WEIR_THREAD_TABLE_SEGMENTS 12

typedef struct
{
  gpointer segments[WEIR_THREAD_TABLE_SEGMENTS]; /* atomic */
} WeirThreadTable;

guint weir_thread_get_index (void);

/* The entry of the calling thread. */
gpointer *weir_thread_table_get (WeirThreadTable *table);
/* Frees all entries; no thread uses the table any more. */
void weir_thread_table_clear (WeirThreadTable *table, GDestroyNotify destroy);

G_END_DECLS
