/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What TLS needs, from files in PEM. A path may be relative. Each error is a WEIR_STAGE_ERROR_VALUE
 * of one sentence that begins with the file, as it was given. */

/* FALSE: GIO has no TLS. */
gboolean weir_tls_is_there (GError **error);
/* Whose certificates are to be accepted. */
GTlsDatabase *weir_tls_load_authorities (const char *file,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A certificate that is shown, and its key; @key: NULL: it is in @file, too. */
GTlsCertificate *weir_tls_load_certificate (const char *file, const char *key,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
