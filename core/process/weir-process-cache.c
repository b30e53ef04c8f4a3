/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-process-cache-private.h"

#include "base/weir-batch-private.h"

typedef struct
{
  char *key;
  GQueue items; /* Entry.by_key */
} Shelf;

typedef struct
{
  gpointer item;
  Shelf *shelf;
  gint64 expires;
  GList by_age; /* its data is the entry */
  GList by_key;
} Entry;

struct _WeirProcessCache
{
  guint bound;
  GHashTable *shelves; /* key -> Shelf; none is empty */
  GHashTable *entries; /* item -> Entry */
  GQueue by_age;
};

static void
shelf_free (gpointer data)
{
  Shelf *shelf = data;

  g_free (shelf->key);
  g_free (shelf);
}

WeirProcessCache *
weir_process_cache_new (guint bound)
{
  WeirProcessCache *cache = g_new0 (WeirProcessCache, 1);

  g_assert (bound > 0);
  cache->bound = bound;
  cache->shelves = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, shelf_free);
  cache->entries = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return cache;
}

void
weir_process_cache_free (WeirProcessCache *cache)
{
  g_hash_table_unref (cache->entries);
  g_hash_table_unref (cache->shelves);
  g_free (cache);
}

static Shelf *
ensure_shelf (WeirProcessCache *cache, const char *key)
{
  Shelf *shelf = g_hash_table_lookup (cache->shelves, key);

  if (shelf != NULL)
    return shelf;
  shelf = g_new0 (Shelf, 1);
  shelf->key = g_strdup (key);
  g_hash_table_insert (cache->shelves, shelf->key, shelf);
  return shelf;
}

void
weir_process_cache_put (WeirProcessCache *cache, const char *key, gpointer item, gint64 expires)
{
  Entry *entry = g_new0 (Entry, 1);

  g_assert (!g_hash_table_contains (cache->entries, item));
  entry->item = item;
  entry->shelf = ensure_shelf (cache, key);
  entry->expires = expires;
  entry->by_age.data = entry;
  entry->by_key.data = entry;
  g_queue_push_tail_link (&cache->by_age, &entry->by_age);
  g_queue_push_tail_link (&entry->shelf->items, &entry->by_key);
  g_hash_table_insert (cache->entries, item, entry);
}

static gpointer
take_out (WeirProcessCache *cache, Entry *entry)
{
  gpointer item = entry->item;

  g_queue_unlink (&cache->by_age, &entry->by_age);
  g_queue_unlink (&entry->shelf->items, &entry->by_key);
  if (g_queue_is_empty (&entry->shelf->items))
    g_hash_table_remove (cache->shelves, entry->shelf->key);
  g_hash_table_remove (cache->entries, item);
  return item;
}

gpointer
weir_process_cache_take (WeirProcessCache *cache, const char *key)
{
  Shelf *shelf = g_hash_table_lookup (cache->shelves, key);

  return shelf != NULL ? take_out (cache, g_queue_peek_tail (&shelf->items)) : NULL;
}

gboolean
weir_process_cache_remove (WeirProcessCache *cache, gpointer item)
{
  Entry *entry = g_hash_table_lookup (cache->entries, item);

  return entry != NULL && take_out (cache, entry) != NULL;
}

gpointer
weir_process_cache_evict (WeirProcessCache *cache, const char *spared_key, guint n_spared)
{
  Shelf *spared = spared_key != NULL ? g_hash_table_lookup (cache->shelves, spared_key) : NULL;

  for (GList *link = cache->by_age.head; link != NULL; link = link->next)
    {
      Entry *entry = link->data;

      if (entry->shelf != spared || spared->items.length > n_spared)
        return take_out (cache, entry);
    }
  return NULL;
}

gpointer
weir_process_cache_evict_key (WeirProcessCache *cache, const char *key)
{
  Shelf *shelf = g_hash_table_lookup (cache->shelves, key);

  return shelf != NULL ? take_out (cache, g_queue_peek_head (&shelf->items)) : NULL;
}

gpointer
weir_process_cache_expire (WeirProcessCache *cache, gint64 now)
{
  for (GList *link = cache->by_age.head; link != NULL; link = link->next)
    {
      Entry *entry = link->data;

      if (entry->expires <= now)
        return take_out (cache, entry);
    }
  return NULL;
}

gint64
weir_process_cache_get_next_time (const WeirProcessCache *cache)
{
  gint64 next = WEIR_TIME_NEVER;

  for (const GList *link = cache->by_age.head; link != NULL; link = link->next)
    next = MIN (next, ((const Entry *)link->data)->expires);
  return next;
}

guint
weir_process_cache_get_length (const WeirProcessCache *cache)
{
  return cache->by_age.length;
}

guint
weir_process_cache_count_key (const WeirProcessCache *cache, const char *key)
{
  const Shelf *shelf = g_hash_table_lookup (cache->shelves, key);

  return shelf != NULL ? shelf->items.length : 0;
}

gboolean
weir_process_cache_is_over (const WeirProcessCache *cache)
{
  return cache->by_age.length > cache->bound;
}
