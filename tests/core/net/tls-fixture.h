/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Certificates for tests, made by openssl in a folder of their own: an authority (ca.pem), a server
 * and a client that it has signed (server.pem, client.pem, each with its key), and a client that
 * nobody has (other.pem). */

#include <gio/gio.h>
#include <glib/gstdio.h>

/* LeakSanitizer of gcc 12 and clang 14 dies when it looks at the thread-local memory of a module
 * like that of GIO's TLS, which is loaded while threads run. */
int __lsan_is_turned_off (void);

__attribute__ ((visibility ("default"))) int
__lsan_is_turned_off (void)
{
  return 1;
}

typedef struct
{
  char *folder;
} TlsFixture;

static inline char *
tls_fixture_path (const TlsFixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static inline gboolean
tls_fixture_run (const TlsFixture *fixture, const char *line)
{
  g_auto (GStrv) words = NULL;
  int status = -1;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  return g_spawn_sync (fixture->folder, words, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                           | G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, NULL, NULL, &status, NULL)
         && status == 0;
}

static inline void
tls_fixture_sign (const TlsFixture *fixture, const char *name)
{
  g_autofree char *key_line = g_strdup_printf (
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%s -addext "
      "subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s.key -out %s.csr",
      name, name, name);
  g_autofree char *line = g_strdup_printf (
      "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
      "-copy_extensions copy -out %s.crt",
      name, name);
  g_autofree char *join = g_strdup_printf ("sh -c 'cat %s.crt %s.key > %s.pem'", name, name, name);

  g_assert_true (tls_fixture_run (fixture, key_line));
  g_assert_true (tls_fixture_run (fixture, line));
  g_assert_true (tls_fixture_run (fixture, join));
}

#define TLS_SELF_SIGNED                                                                            \
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "

/* NULL: there is no openssl, or no TLS; the test is skipped. */
static inline TlsFixture *
tls_fixture_new (void)
{
  g_autofree char *program = g_find_program_in_path ("openssl");
  TlsFixture *fixture;

  if (program == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("no openssl, or no TLS in GIO");
      return NULL;
    }
  fixture = g_new0 (TlsFixture, 1);
  fixture->folder = g_dir_make_tmp ("weir-tls-XXXXXX", NULL);
  g_assert_true (
      tls_fixture_run (fixture, TLS_SELF_SIGNED "-subj /CN=authority -keyout ca.key -out ca.pem"));
  tls_fixture_sign (fixture, "server");
  tls_fixture_sign (fixture, "client");
  g_assert_true (tls_fixture_run (fixture, TLS_SELF_SIGNED
                                  "-subj /CN=other -keyout other.key -out other.crt"));
  g_assert_true (tls_fixture_run (fixture, "sh -c 'cat other.crt other.key > other.pem'"));
  return fixture;
}

static inline void
tls_fixture_free (TlsFixture *fixture)
{
  g_autofree char *line = g_strdup_printf ("rm -r %s", fixture->folder);

  g_spawn_command_line_sync (line, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsFixture, tls_fixture_free)

static inline gboolean
tls_fixture_accept (GTlsConnection *connection, GTlsCertificate *certificate,
                    GTlsCertificateFlags flags, gpointer data)
{
  return TRUE;
}

/* A client's end of TLS on a socket: any server will do; @certificate: a name, or NULL. */
static inline GIOStream *
tls_fixture_connect (const TlsFixture *fixture, GSocket *socket, const char *certificate)
{
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  GIOStream *stream = g_tls_client_connection_new (G_IO_STREAM (base), NULL, NULL);

  g_signal_connect (stream, "accept-certificate", G_CALLBACK (tls_fixture_accept), NULL);
  if (certificate != NULL)
    {
      g_autofree char *path = tls_fixture_path (fixture, certificate);
      g_autoptr (GTlsCertificate) own = g_tls_certificate_new_from_file (path, NULL);

      g_assert_nonnull (own);
      g_tls_connection_set_certificate (G_TLS_CONNECTION (stream), own);
    }
  return stream;
}
