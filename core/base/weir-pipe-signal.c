/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/weir-pipe-signal-private.h"

#include <errno.h>
#include <time.h>

static sigset_t
get_set (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGPIPE);
  return set;
}

void
weir_pipe_signal_hold (WeirPipeSignal *held)
{
  sigset_t set = get_set ();
  sigset_t pending;

  sigpending (&pending);
  held->was_pending = sigismember (&pending, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &set, &held->before);
}

void
weir_pipe_signal_release (const WeirPipeSignal *held, gboolean raised)
{
  const struct timespec at_once = { 0 };
  sigset_t set = get_set ();
  int code = errno;

  if (raised && !held->was_pending)
    while (sigtimedwait (&set, NULL, &at_once) < 0 && errno == EINTR)
      continue;
  pthread_sigmask (SIG_SETMASK, &held->before, NULL);
  errno = code;
}
