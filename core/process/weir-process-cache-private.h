/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Idle processes of several commands, found by the key of their command. Only the idle are in it:
 * who takes one takes it out, so a busy one is never ended for want of room.
 *
 *   by age   [a1]──[b1]──[a2]──[c1]──[b2]     least recently used first: the first to go
 *   by key   a: a1 a2    b: b1 b2    c: c1     most recently used last: the first to be taken
 *
 * Taking the most recently used one keeps its memory warm, and lets the others grow old. The items
 * are the caller's: what an evict or expire gives back is for the caller to end. */
typedef struct _WeirProcessCache WeirProcessCache;

/* @bound: items at most. */
WeirProcessCache *weir_process_cache_new (guint bound) G_GNUC_WARN_UNUSED_RESULT;
void weir_process_cache_free (WeirProcessCache *cache);

/* @item: not in it yet. @expires: when it is too old; WEIR_TIME_NEVER: never. An item more than the
 * bound is to be evicted. */
void weir_process_cache_put (WeirProcessCache *cache, const char *key, gpointer item,
                             gint64 expires);
/* The most recently used one of @key, or NULL. */
gpointer weir_process_cache_take (WeirProcessCache *cache, const char *key);
/* Takes out a certain one, if it is in. */
gboolean weir_process_cache_remove (WeirProcessCache *cache, gpointer item);

/* Takes out the least recently used one, or NULL; none of @spared_key (or NULL) while at most
 * @n_spared of these are left. */
gpointer weir_process_cache_evict (WeirProcessCache *cache, const char *spared_key, guint n_spared);
/* Takes out the least recently used one of @key, or NULL. */
gpointer weir_process_cache_evict_key (WeirProcessCache *cache, const char *key);
/* Takes out one that is too old, or NULL. */
gpointer weir_process_cache_expire (WeirProcessCache *cache, gint64 now);
gint64 weir_process_cache_get_next_time (const WeirProcessCache *cache);

guint weir_process_cache_get_length (const WeirProcessCache *cache);
guint weir_process_cache_count_key (const WeirProcessCache *cache, const char *key);
gboolean weir_process_cache_is_over (const WeirProcessCache *cache);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirProcessCache, weir_process_cache_free)

G_END_DECLS
