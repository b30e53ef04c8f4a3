/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdatomic.h>

#include "interleaving.h"

/* Puts a step before each atomic operation on 64 bits of a source that is included after this. */

static inline guint64
step_load (_Atomic guint64 *place)
{
  interleaving_step ();
  return atomic_load (place);
}

static inline void
step_store (_Atomic guint64 *place, guint64 value)
{
  interleaving_step ();
  atomic_store (place, value);
}

static inline gboolean
step_exchange (_Atomic guint64 *place, guint64 *expected, guint64 value)
{
  interleaving_step ();
  return atomic_compare_exchange_strong (place, expected, value);
}

#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_compare_exchange_weak_explicit
#define atomic_load(place)                         step_load (place)
#define atomic_load_explicit(place, order)         step_load (place)
#define atomic_store(place, value)                 step_store (place, value)
#define atomic_store_explicit(place, value, order) step_store (place, value)
#define atomic_compare_exchange_weak_explicit(place, expected, value, success, failure)            \
  step_exchange (place, expected, value)
