/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 low;
  guint64 high;
  gint64 expiry; /* pipeline nanoseconds */
} WeirKey;

/* Keys that were seen, at most so many. They are known by a hash of 128 bits with a secret of the
 * run, so that nobody can make two that collide. They lie in a ring in the order in which they
 * came, which is also that of their expiry:
 *
 *   ring    [ . . k3 k4 k5 k6 . . ]    from `oldest`, n_keys of them
 *   slots   [ k5 . k3 . . k6 k4 . ]    place in the ring + 1; open addressing, linear probing
 *
 * Both grow by doubling, up to max_keys: 24 bytes and at most 16 bytes a key. */
typedef struct
{
  guint64 secret[2];
  WeirKey *ring;
  guint32 ring_size;
  guint32 oldest;
  guint32 n_keys;
  guint32 max_keys;
  guint32 *slots;
  guint32 slot_mask;
} WeirKeyMemory;

/* @max_keys: 1 to 2^30 */
void weir_key_memory_init (WeirKeyMemory *memory, guint32 max_keys);
void weir_key_memory_clear (WeirKeyMemory *memory);

/* FALSE when the key is known; else it is from now on, and when there are too many the oldest is
 * forgotten. */
gboolean weir_key_memory_add (WeirKeyMemory *memory, const char *key, gsize length, gint64 expiry);
void weir_key_memory_forget (WeirKeyMemory *memory, gint64 now);

G_END_DECLS
