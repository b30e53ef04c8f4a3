/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-tls-files-private.h"

#include <unistd.h>

#include <weir/weir-error.h>

#include "tls-fixture.h"

/* In a folder with certificates; NULL: the test is skipped. */
static TlsFixture *
enter (void)
{
  TlsFixture *fixture = tls_fixture_new ();

  if (fixture != NULL)
    g_assert_cmpint (chdir (fixture->folder), ==, 0);
  return fixture;
}

static void
test_a_path_may_be_relative (void)
{
  g_autoptr (TlsFixture) fixture = enter ();
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GTlsCertificate) joined = NULL;
  g_autoptr (GTlsCertificate) apart = NULL;
  g_autoptr (GError) error = NULL;

  if (fixture == NULL)
    return;
  authorities = weir_tls_load_authorities ("ca.pem", &error);
  g_assert_no_error (error);
  joined = weir_tls_load_certificate ("server.pem", NULL, &error);
  g_assert_no_error (error);
  apart = weir_tls_load_certificate ("server.crt", "./server.key", &error);
  g_assert_no_error (error);
  g_assert_true (g_tls_certificate_is_same (joined, apart));
}

static void
assert_fault (const char *file, const char *key, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_tls_load_certificate (file, key, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_what_is_wrong_with_a_certificate_is_told_of_the_file_at_fault (void)
{
  g_autoptr (TlsFixture) fixture = enter ();

  if (fixture == NULL)
    return;
  assert_fault ("none.pem", NULL, "none.pem: No such file or directory");
  assert_fault ("server.crt", "none.key", "none.key: No such file or directory");
  assert_fault (".", NULL, ".: Is a directory");
  assert_fault ("server.key", NULL, "server.key: there is no certificate in it");
  assert_fault ("server.crt", NULL, "server.crt: No PEM-encoded private key found");
  assert_fault ("server.crt", "client.crt", "client.crt: No PEM-encoded private key found");
}

static void
test_authorities_that_are_none_are_refused (void)
{
  g_autoptr (TlsFixture) fixture = enter ();
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) empty = NULL;

  if (fixture == NULL)
    return;
  g_assert_null (weir_tls_load_authorities ("none.pem", &missing));
  g_assert_cmpstr (missing->message, ==, "none.pem: No such file or directory");
  g_assert_null (weir_tls_load_authorities ("ca.key", &empty));
  g_assert_cmpstr (empty->message, ==, "ca.key: there is no certificate in it");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls-files/a path may be relative", test_a_path_may_be_relative);
  g_test_add_func ("/tls-files/what is wrong with a certificate is told of the file at fault",
                   test_what_is_wrong_with_a_certificate_is_told_of_the_file_at_fault);
  g_test_add_func ("/tls-files/authorities that are none are refused",
                   test_authorities_that_are_none_are_refused);
  return g_test_run ();
}
