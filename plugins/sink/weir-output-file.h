/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* The file that a sink appends to, always at the same path; finished ones are renamed. What is not
 * a regular file (a FIFO, a device) can be written to and not renamed. */
typedef struct
{
  char *path;
  int fd;           /* or -1 */
  gboolean durable; /* the folder is synced when the file is made */
  gboolean regular;
  gboolean torn; /* what was there ends without a newline */
  guint64 size;
  guint n_renamed;
  WeirFdWriter *writer;
} WeirOutputFile;

WeirOutputFile *weir_output_file_new (const char *path, gboolean durable) G_GNUC_WARN_UNUSED_RESULT;
void weir_output_file_free (WeirOutputFile *file);

/* WEIR_STAGE_WAIT: a FIFO that nobody reads; try again later. */
WeirStageStatus weir_output_file_open (WeirOutputFile *file, GError **error);
void weir_output_file_close (WeirOutputFile *file);
gboolean weir_output_file_sync (WeirOutputFile *file, GError **error);

/* Closes the file and renames it after @real_time, in nanoseconds since 1970, never over another.
 */
gboolean weir_output_file_set_aside (WeirOutputFile *file, gint64 real_time, GError **error);

/* Takes back the last @n_bytes, when nobody else has appended since. */
void weir_output_file_cut (WeirOutputFile *file, guint64 n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirOutputFile, weir_output_file_free)

G_END_DECLS
