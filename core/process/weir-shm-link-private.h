/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/guard/weir-guard-protocol.h"
#include "process/weir-shm-ring-private.h"
#include "process/weir-spin-private.h"

G_BEGIN_DECLS

/* Of a worker: the memory, what it waits on, what weir waits on. */
#define WEIR_SHM_LINK_FDS         3
#define WEIR_SHM_LINK_ENVIRONMENT WEIR_RING_VARIABLE

/* One side of two rings in a sealed memfd, and the two eventfds that wake the sides. One thread at
 * a time. */
typedef struct
{
  WeirShmRing out;
  WeirShmRing in;

  /*< private: weir-shm-link.c >*/
  gpointer memory;
  gsize memory_size;
  int wait_fd; /* wakes this side */
  int wake_fd; /* wakes the other */

  WeirSpin spin; /* before this side sleeps */
  gboolean woke; /* the other side slept when it was last written to */
} WeirShmLink;

/* Opens weir's side. @size: bytes of each ring, rounded up to a power of two; 0: 1 MiB. @fds: for
 * the worker; the caller closes them. */
WeirShmLink *weir_shm_link_new (gsize size, int fds[WEIR_SHM_LINK_FDS],
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Opens the worker's side. @fds: closed with it, also on failure. */
WeirShmLink *weir_shm_link_new_for_fds (const int fds[WEIR_SHM_LINK_FDS],
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_shm_link_free (WeirShmLink *link);

gsize weir_shm_link_take (WeirShmLink *link, char *bytes, gsize length);
/* Shows what was put, and wakes the other side when it sleeps. */
void weir_shm_link_publish (WeirShmLink *link);
void weir_shm_link_close_output (WeirShmLink *link);

/* Sleeps until woken; may return early. */
void weir_shm_link_wait (WeirShmLink *link);
/* Forgets wakes; never sleeps. */
void weir_shm_link_drain (WeirShmLink *link);

/* Whether a look may be worth it. To be asked once on each occasion. */
gboolean weir_shm_link_may_spin (WeirShmLink *link);
/* Looks for bytes, or the end, for the time of a look, and longer when the other side had to be
 * woken. */
gboolean weir_shm_link_spin (WeirShmLink *link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirShmLink, weir_shm_link_free)

G_END_DECLS
