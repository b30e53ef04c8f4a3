/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guard-fixture.h"
#include "process/weir-process-private.h"

G_BEGIN_DECLS

/* A host on a clock that stands still, and what it told of its processes. */
typedef struct
{
  WeirTestClock *clock;
  WeirProcessHost *host;
  WeirBufferPool *buffers;
  guint n_ready, n_readable, n_ended;
  char *description; /* of the end of the last one that ended */
  WeirProcess last;  /* as it was when it ended */
} ProcessFixture;

ProcessFixture *process_fixture_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* For a test that opens the host itself. */
ProcessFixture *process_fixture_new_without_host (void) G_GNUC_WARN_UNUSED_RESULT;
void process_fixture_free (ProcessFixture *fixture);

/* Dispatches until @counter has reached @count. */
void process_fixture_wait (ProcessFixture *fixture, const guint *counter, guint count);
/* Dispatches as long as something is there to be done. */
void process_fixture_settle (ProcessFixture *fixture);

WeirProcess *process_fixture_try (ProcessFixture *fixture, WeirCommand *command,
                                  WeirChannel *channel, const int *fds, GError **error);
WeirProcess *process_fixture_start_script (ProcessFixture *fixture, const char *script);
/* With lines to and from it. */
WeirProcess *process_fixture_start_worker (ProcessFixture *fixture, const char *script,
                                           gboolean waits_ready);
/* Starts a script and waits for its first line. */
WeirProcess *process_fixture_start_speaker (ProcessFixture *fixture, const char *script,
                                            char **line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProcessFixture, process_fixture_free)

G_END_DECLS
