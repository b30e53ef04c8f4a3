/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEIR_LOAD_RECORD_BYTES 300 /* its newline included */

/* An access record that begins with the time at which it was meant to be sent, in as many digits
 * as there can be: who receives it, or what a map made of it that kept `t` first, finds the time by
 * its place. @text: room for WEIR_LOAD_RECORD_BYTES; no NUL is written. */
void weir_load_record_write (char *text, gint64 intended, guint64 number);

/* The intended time; -1: this is no such record. */
gint64 weir_load_record_read (const char *text, gsize length);

G_END_DECLS
