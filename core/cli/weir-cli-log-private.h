/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the library tells while it runs goes to standard error, a line each, as complaints do:
 *
 *   weir: out: connected to 127.0.0.1:9000
 *   weir: warning: in: 5 connections are open, as many as max-connections allows
 *
 * Everything else, and all when G_MESSAGES_DEBUG asks for more, is written as GLib does. */
void weir_cli_log_install (void);

/* Messages are not told any more; warnings are. */
void weir_cli_log_be_quiet (void);

G_END_DECLS
