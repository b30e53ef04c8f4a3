/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-sink.h>

G_BEGIN_DECLS

/**
 * WeirFdWriter: (skip)
 *
 * Writes records as lines to a file descriptor without blocking, whole lines only: a record is
 * accepted when all its bytes have reached the kernel, and a line that was torn by an error is cut
 * off again where the file allows it.
 */
typedef struct _WeirFdWriter WeirFdWriter;

WEIR_API WeirFdWriter *weir_fd_writer_new (int fd, const char *name) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_fd_writer_free (WeirFdWriter *writer);

WEIR_API WeirStageStatus weir_fd_writer_write (WeirFdWriter *writer, WeirSink *sink,
                                               WeirBatch *batch, GError **error);
WEIR_API WeirStageStatus weir_fd_writer_write_lines (WeirFdWriter *writer, WeirSink *sink,
                                                     WeirBatch *batch, guint end, guint *position,
                                                     guint64 *n_bytes, GError **error);
WEIR_API WeirStageStatus weir_fd_writer_write_bytes (WeirFdWriter *writer, WeirSink *sink,
                                                     const char *bytes, gsize length, gsize *done,
                                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirFdWriter, weir_fd_writer_free)

G_END_DECLS
