/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers for people, in three digits: "950", "12.3k", "1.25M". */
char *weir_format_count (double count) G_GNUC_WARN_UNUSED_RESULT;

/* "850ns", "12.3us", "1.25ms", "42.0s" */
char *weir_format_microseconds (double microseconds) G_GNUC_WARN_UNUSED_RESULT;

/* "0:07", "1:02:03" */
char *weir_format_elapsed (double seconds) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
