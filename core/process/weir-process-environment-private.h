/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/weir-channel-private.h"

G_BEGIN_DECLS

/* NAME=value that a worker gets beyond what the command says, so that it answers without being told
 * to: what it prints is not held back in a buffer. @channel: NULL: its output is
 * read as lines. @deadline: nanoseconds that a record has, which it is told as WEIR_DEADLINE_MS; 0:
 * any number. */
GStrv weir_process_make_environment (const WeirCommand *command, const WeirChannel *channel,
                                     gint64 deadline) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
