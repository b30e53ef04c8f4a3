/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* One file, decompressed while it is read. */
typedef struct _WeirFileInput WeirFileInput;

WeirFileInput *weir_file_input_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_file_input_close (WeirFileInput *input);
int weir_file_input_get_fd (const WeirFileInput *input);

/* FALSE: what was read from it cannot be read again. */
gboolean weir_file_input_is_regular (const WeirFileInput *input);

/* A WeirReadFunc. */
gssize weir_file_input_read (gpointer input, char *buffer, gsize size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirFileInput, weir_file_input_close)

G_END_DECLS
