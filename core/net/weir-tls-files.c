/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-tls-files-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <weir/weir-error.h>

gboolean
weir_tls_is_there (GError **error)
{
  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return TRUE;
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
               "this system has no TLS (install glib-networking)");
  return FALSE;
}

static gpointer
refuse (const char *file, const char *why, GError **error)
{
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE, "%s: %s", file, why);
  return NULL;
}

/* GIO does not tell why a file cannot be read. */
static gboolean
check_readable (const char *file, GError **error)
{
  char byte;
  int fd = open (file, O_RDONLY | O_CLOEXEC);
  gboolean good = fd >= 0 && read (fd, &byte, 1) >= 0;

  if (!good)
    refuse (file, g_strerror (errno), error);
  if (fd >= 0)
    close (fd);
  return good;
}

static gboolean
has_certificate (const char *file)
{
  GList *list = g_tls_certificate_list_new_from_file (file, NULL);
  gboolean has = list != NULL;

  g_list_free_full (list, g_object_unref);
  return has;
}

GTlsDatabase *
weir_tls_load_authorities (const char *file, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL); /* GIO takes no other */
  g_autoptr (GError) failure = NULL;
  GTlsDatabase *database;

  if (!check_readable (file, error))
    return NULL;
  if (!has_certificate (file))
    return refuse (file, "there is no certificate in it", error);
  database = g_tls_file_database_new (path, &failure);
  return database != NULL ? database : refuse (file, failure->message, error);
}

GTlsCertificate *
weir_tls_load_certificate (const char *file, const char *key, GError **error)
{
  const char *key_file = key != NULL ? key : file;
  g_autoptr (GError) failure = NULL;
  GTlsCertificate *certificate;

  if (!check_readable (file, error) || !check_readable (key_file, error))
    return NULL;
  if (!has_certificate (file))
    return refuse (file, "there is no certificate in it", error);
  certificate = g_tls_certificate_new_from_files (file, key_file, &failure);
  return certificate != NULL ? certificate : refuse (key_file, failure->message, error);
}
