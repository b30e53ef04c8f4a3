/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-key-memory.h"

#include <string.h>

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (64 - (n))))

static void
sip_rounds (guint64 v[4], guint n)
{
  for (; n > 0; n--)
    {
      v[0] += v[1], v[1] = ROTATE (v[1], 13) ^ v[0], v[0] = ROTATE (v[0], 32);
      v[2] += v[3], v[3] = ROTATE (v[3], 16) ^ v[2];
      v[0] += v[3], v[3] = ROTATE (v[3], 21) ^ v[0];
      v[2] += v[1], v[1] = ROTATE (v[1], 17) ^ v[2], v[2] = ROTATE (v[2], 32);
    }
}

static void
sip_add (guint64 v[4], guint64 word)
{
  v[3] ^= word;
  sip_rounds (v, 2);
  v[0] ^= word;
}

/* SipHash-2-4 with 128 bits of output (Aumasson, Bernstein: SipHash, INDOCRYPT 2012). */
static WeirKey
hash_key (const guint64 secret[2], const char *text, gsize length)
{
  guint64 v[4] = {
    secret[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
    secret[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d) ^ 0xee,
    secret[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
    secret[1] ^ G_GUINT64_CONSTANT (0x7465646279746573),
  };
  guint64 word;
  WeirKey key = { 0 };
  gsize i;

  for (i = 0; i + 8 <= length; i += 8)
    {
      memcpy (&word, text + i, 8);
      sip_add (v, GUINT64_FROM_LE (word));
    }
  word = 0;
  memcpy (&word, text + i, length - i);
  sip_add (v, GUINT64_FROM_LE (word) | ((guint64)length << 56));
  v[2] ^= 0xee;
  sip_rounds (v, 4);
  key.low = v[0] ^ v[1] ^ v[2] ^ v[3];
  v[1] ^= 0xdd;
  sip_rounds (v, 4);
  key.high = v[0] ^ v[1] ^ v[2] ^ v[3];
  return key;
}

/* The slot of the key, or the empty slot where it belongs. */
static guint32
find_slot (const WeirKeyMemory *memory, const WeirKey *key)
{
  guint32 slot = (guint32)key->low & memory->slot_mask;

  while (memory->slots[slot] != 0)
    {
      const WeirKey *other = &memory->ring[memory->slots[slot] - 1];

      if (other->low == key->low && other->high == key->high)
        break;
      slot = (slot + 1) & memory->slot_mask;
    }
  return slot;
}

/* Empties a slot and closes the gap (Knuth, The Art of Computer Programming, vol. 3, 6.4, R). */
static void
clear_slot (WeirKeyMemory *memory, guint32 gap)
{
  guint32 mask = memory->slot_mask;

  for (guint32 slot = (gap + 1) & mask; memory->slots[slot] != 0; slot = (slot + 1) & mask)
    {
      guint32 home = (guint32)memory->ring[memory->slots[slot] - 1].low & mask;

      if (((slot - home) & mask) < ((slot - gap) & mask))
        continue;
      memory->slots[gap] = memory->slots[slot];
      gap = slot;
    }
  memory->slots[gap] = 0;
}

static void
forget_oldest (WeirKeyMemory *memory)
{
  clear_slot (memory, find_slot (memory, &memory->ring[memory->oldest]));
  memory->oldest = memory->oldest + 1 == memory->ring_size ? 0 : memory->oldest + 1;
  memory->n_keys--;
}

void
weir_key_memory_forget (WeirKeyMemory *memory, gint64 now)
{
  while (memory->n_keys > 0 && memory->ring[memory->oldest].expiry <= now)
    forget_oldest (memory);
}

static void
grow (WeirKeyMemory *memory)
{
  guint32 size = MIN (MAX (64, memory->ring_size * 2), memory->max_keys);
  WeirKey *ring = g_new (WeirKey, size);
  guint32 n_slots = 1;

  for (guint32 i = 0; i < memory->n_keys; i++)
    ring[i] = memory->ring[(memory->oldest + i) % memory->ring_size];
  g_free (memory->ring);
  memory->ring = ring;
  memory->ring_size = size;
  memory->oldest = 0;

  while (n_slots < 2 * (guint64)size)
    n_slots *= 2;
  g_free (memory->slots);
  memory->slots = g_new0 (guint32, n_slots);
  memory->slot_mask = n_slots - 1;
  for (guint32 i = 0; i < memory->n_keys; i++)
    memory->slots[find_slot (memory, &ring[i])] = i + 1;
}

static void
learn (WeirKeyMemory *memory, const WeirKey *key)
{
  guint32 place;

  if (memory->n_keys == memory->max_keys)
    forget_oldest (memory);
  else if (memory->n_keys == memory->ring_size)
    grow (memory);
  place = (guint32)(((guint64)memory->oldest + memory->n_keys) % memory->ring_size);
  memory->slots[find_slot (memory, key)] = place + 1;
  memory->ring[place] = *key;
  memory->n_keys++;
}

gboolean
weir_key_memory_add (WeirKeyMemory *memory, const char *key, gsize length, gint64 expiry)
{
  WeirKey hashed = hash_key (memory->secret, key, length);

  if (memory->slots[find_slot (memory, &hashed)] != 0)
    return FALSE;
  hashed.expiry = expiry;
  learn (memory, &hashed);
  return TRUE;
}

void
weir_key_memory_init (WeirKeyMemory *memory, guint32 max_keys)
{
  g_assert (max_keys > 0 && max_keys <= 1u << 30);

  *memory = (WeirKeyMemory){ .max_keys = max_keys };
  for (guint i = 0; i < G_N_ELEMENTS (memory->secret); i++)
    memory->secret[i] = ((guint64)g_random_int () << 32) | g_random_int ();
  grow (memory);
}

void
weir_key_memory_clear (WeirKeyMemory *memory)
{
  g_clear_pointer (&memory->ring, g_free);
  g_clear_pointer (&memory->slots, g_free);
}
