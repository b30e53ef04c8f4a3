/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All interleavings of a few short threads, one after the other. Code under test is compiled with
 * a step before each atomic operation; of the threads only one runs at a time, and at each step
 * another may go on instead. The choices are counted through like the digits of a number:
 *
 *   thread 0  load --- CAS ---------------- store
 *   thread 1       load    CAS --- store            choices: 0 1 0 1 1 0
 *
 * Memory is seen as sequentially consistent: what weaker orders allow is for ThreadSanitizer. */
#define INTERLEAVING_MAX_THREADS 3
#define INTERLEAVING_MAX_STEPS   64

typedef struct
{
  guint n_threads;
  guint max_preemptions; /* switches from a thread that could go on; bounds the number of runs */
  void (*begin) (gpointer data);
  void (*thread) (gpointer data, guint number);
  void (*check) (gpointer data); /* after the threads have ended */
} Interleaving;

/* Returns how many there were. */
guint interleaving_run_all (const Interleaving *interleaving, gpointer data);

/* By the threads; nothing happens elsewhere. The time grows with each step of any thread. */
void interleaving_step (void);
guint interleaving_get_time (void);
/* Lets another thread go on, if there is one that can. */
void interleaving_yield (void);

/* A lock for code whose locks are replaced. */
void interleaving_lock (gint *lock);
gboolean interleaving_try_lock (gint *lock);
void interleaving_unlock (gint *lock);

G_END_DECLS
