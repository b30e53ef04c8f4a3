/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "process/weir-shm-link-private.h"

G_BEGIN_DECLS

/* The worker's end of what joins it to weir: bytes in and bytes out, through rings or pipes.
 * Blocks. What is written is seen by weir at once in a ring, and at the next flush in a pipe; weir
 * is woken by a flush. There is one before each read that has to wait, and after a time of writing.
 * After an error of the other end nothing is written any more, and the next read says so. One
 * thread at a time. */
typedef struct _WeirWorkerWire WeirWorkerWire;

/* Rings when the environment names them, else standard input and output: then descriptor 1
 * becomes a copy of 2, so that what the program prints is not taken for replies. */
WeirWorkerWire *weir_worker_wire_new_from_environment (GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @link: taken over */
WeirWorkerWire *weir_worker_wire_new_for_link (WeirShmLink *link) G_GNUC_WARN_UNUSED_RESULT;
/* The descriptors are closed with it. */
WeirWorkerWire *weir_worker_wire_new_for_pipes (int input_fd,
                                                int output_fd) G_GNUC_WARN_UNUSED_RESULT;
/* Flushes, and tells weir that nothing more will come. */
void weir_worker_wire_free (WeirWorkerWire *wire);

/* Waits for bytes. 0: the end; -1: an error. */
gssize weir_worker_wire_read (WeirWorkerWire *wire, char *bytes, gsize room, GError **error);
void weir_worker_wire_write (WeirWorkerWire *wire, const char *bytes, gsize length);
/* A message was written whole: weir may be woken. @now: nanoseconds */
void weir_worker_wire_mark (WeirWorkerWire *wire, gint64 now);
void weir_worker_wire_flush (WeirWorkerWire *wire);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirWorkerWire, weir_worker_wire_free)

G_END_DECLS
