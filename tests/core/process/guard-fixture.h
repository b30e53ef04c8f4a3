/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-guard-private.h"

G_BEGIN_DECLS

/* A guard, and children of it whose words are read through a pipe. */
typedef struct
{
  WeirGuard *guard;
  guint64 last_id;
} GuardFixture;

GuardFixture *guard_fixture_new (void) G_GNUC_WARN_UNUSED_RESULT;
void guard_fixture_free (GuardFixture *fixture);

/* The next event, flushing meanwhile; a test that waits for 20 seconds fails. */
WeirGuardEvent guard_fixture_wait (GuardFixture *fixture);
/* Waits for the exit of a child and tells it; its start comes first and is passed over. */
WeirGuardEvent guard_fixture_wait_exit (GuardFixture *fixture, guint64 id);

/* Its number. @out: becomes the child's 1. */
guint64 guard_fixture_spawn (GuardFixture *fixture, const WeirCommand *command, int in, int out);
guint64 guard_fixture_spawn_words (GuardFixture *fixture, const char *word,
                                   ...) G_GNUC_NULL_TERMINATED;
/* Runs a command to its end and gives what it wrote. */
char *guard_fixture_run (GuardFixture *fixture,
                         const WeirCommand *command) G_GNUC_WARN_UNUSED_RESULT;
/* Starts a shell script and gives the first line that it writes. */
char *guard_fixture_start_script (GuardFixture *fixture, const char *script,
                                  guint64 *id) G_GNUC_WARN_UNUSED_RESULT;

WeirCommand *command_new (const char *word, ...) G_GNUC_NULL_TERMINATED;
/* A line, without its end, byte by byte. */
char *read_line (int fd) G_GNUC_WARN_UNUSED_RESULT;
void make_pipe (int ends[2]);
guint count_descriptors (void);
/* Of another process. */
guint count_descriptors_of (pid_t pid);
/* Processes whose parent is @parent, zombies too. */
guint count_children (pid_t parent);
/* Whether the process ends before long. */
gboolean ends_soon (pid_t pid);
gboolean is_there (pid_t pid);
/* This program with an argument, to be a child that does what its main() knows. */
WeirCommand *self_new (const char *what) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuardFixture, guard_fixture_free)

G_END_DECLS
