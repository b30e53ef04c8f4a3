/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

/* A closed pipe is to be an error and not a signal, also in an application that leaves SIGPIPE at
 * its default: it is held back on this thread during a write, and taken away when the write raised
 * it. */
typedef struct
{
  sigset_t before;
  gboolean was_pending;
} WeirPipeSignal;

void weir_pipe_signal_hold (WeirPipeSignal *held);
/* @raised: the write failed with EPIPE. Leaves errno as it is. */
void weir_pipe_signal_release (const WeirPipeSignal *held, gboolean raised);

G_END_DECLS
