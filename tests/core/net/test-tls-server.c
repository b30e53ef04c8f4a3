/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inlet-fixture.h"

#include <weir/weir-error.h>

#include "tls-fixture.h"

/* An inlet that speaks TLS, and perhaps asks its clients for certificates. */
static InletFixture *
make_inlet (const TlsFixture *certificates, gboolean asks)
{
  g_autofree char *certificate = tls_fixture_path (certificates, "server.crt");
  g_autofree char *key = tls_fixture_path (certificates, "server.key");
  g_autofree char *authority = tls_fixture_path (certificates, "ca.pem");
  InletFixture *fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 9 });

  fixture->inlet->tls = weir_tls_server_new (certificate, key, asks ? authority : NULL,
                                             inlet_fixture_wake, fixture, NULL);
  g_assert_nonnull (fixture->inlet->tls);
  return fixture;
}

typedef struct
{
  GIOStream *stream;
  const char *text;
} Client;

/* Writes and closes; whoever is refused may find out at either. */
static gpointer
run_client (gpointer data)
{
  Client *client = data;
  GOutputStream *out = g_io_stream_get_output_stream (client->stream);

  if (g_output_stream_write_all (out, client->text, strlen (client->text), NULL, NULL, NULL))
    g_io_stream_close (client->stream, NULL, NULL);
  return NULL;
}

/* Serves until all have gone; waits for the threads, not for a time. */
static void
serve_until_closed (InletFixture *fixture)
{
  do
    {
      struct pollfd ask[] = { { .fd = fixture->woken, .events = POLLIN },
                              { .fd = weir_inlet_get_fd (fixture->inlet), .events = POLLIN } };
      eventfd_t n;

      g_assert_cmpint (poll (ask, 2, 20000), >, 0);
      eventfd_read (fixture->woken, &n);
      while (inlet_fixture_step (fixture, weir_inlet_fill) == WEIR_SOURCE_MORE)
        ;
    }
  while (fixture->inlet->n_peers > 0);
}

/* A client with a certificate, or NULL, that sends @text. */
static void
try_client (const TlsFixture *certificates, InletFixture *fixture, const char *certificate,
            const char *text)
{
  g_autoptr (GSocket) socket = inlet_fixture_connect (fixture);
  g_autoptr (GIOStream) stream = tls_fixture_connect (certificates, socket, certificate);
  Client client = { stream, text };
  GThread *thread = g_thread_new ("client", run_client, &client);

  serve_until_closed (fixture);
  g_thread_join (thread);
}

static void
a_client_needs_no_certificate_unless_it_is_asked_for_one (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  try_client (certificates, fixture, NULL, "{\"a\":1}\nha");
  g_assert_cmpstr (fixture->seen->str, ==, "[{\"a\":1}]{ha}");
}

static void
a_client_with_a_signed_certificate_is_taken (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, TRUE);
  try_client (certificates, fixture, "client.pem", "1\n");
  g_autofree char *warnings = take_warnings ();
  g_assert_cmpstr (warnings, ==, "");
  g_assert_cmpstr (fixture->seen->str, ==, "[1]");
}

static void
assert_refused (const TlsFixture *certificates, const char *certificate, const char *why)
{
  g_autoptr (InletFixture) fixture = make_inlet (certificates, TRUE);

  try_client (certificates, fixture, certificate, "1\n");
  g_autofree char *warnings = take_warnings ();
  g_autofree char *expected = g_strdup_printf ("%s (process %d): refused: %s\n",
                                               fixture->inlet->name, (int)getpid (), why);
  g_assert_cmpstr (warnings, ==, expected);
  g_assert_cmpstr (fixture->seen->str, ==, "");
}

static void
a_client_with_another_certificate_or_none_is_refused_with_one_warning (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();

  if (certificates == NULL)
    return;
  assert_refused (certificates, "other.pem", "Unacceptable TLS certificate");
  assert_refused (certificates, NULL, "TLS connection peer did not send a certificate");
}

static void
many_records_pass_a_tls_connection_whole (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "0123456789\n");
  try_client (certificates, fixture, NULL, text->str);
  g_assert_cmpuint (fixture->seen->len, ==, 100000 * 12);
}

static void
who_sends_nothing_or_no_handshake_is_refused_and_who_goes_is_not_told_of (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GSocket) silent = inlet_fixture_connect (fixture);
  g_autoptr (GSocket) gone = inlet_fixture_connect (fixture);
  g_socket_close (gone, NULL);
  inlet_fixture_fill (fixture);
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 1);
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, 10 * SECOND);
  fixture->now = 10 * SECOND;
  inlet_fixture_fill (fixture);
  g_assert_true (is_closed (silent));
  g_autofree char *warnings = take_warnings ();
  g_assert_nonnull (strstr (warnings, "sent nothing for 10 s"));
  g_autoptr (GSocket) plain = inlet_fixture_connect (fixture);
  say (plain, "{\"plain\":1}\n{\"plain\":2}\n");
  inlet_fixture_fill (fixture);
  serve_until_closed (fixture);
  g_autofree char *refused = take_warnings ();
  g_assert_nonnull (strstr (refused, ": refused: "));
}

static void
clients_refused_beyond_the_tenth_are_counted (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  InletFixture *fixture;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  for (guint i = 0; i < 13; i++)
    {
      g_autoptr (GSocket) plain = inlet_fixture_connect (fixture);

      say (plain, "{\"plain\":1}\n{\"plain\":2}\n");
      serve_until_closed (fixture);
    }
  inlet_fixture_free (fixture);
  g_autofree char *warnings = take_warnings ();
  g_auto (GStrv) lines = g_strsplit (warnings, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 10 + 1 + 1);
  g_assert_true (g_str_has_suffix (lines[10], ": 3 more connections were refused"));
}

static void
a_handshake_that_is_not_finished_in_time_is_ended (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GSocket) slow = inlet_fixture_connect (fixture);
  say (slow, "\x16\x03\x01");
  inlet_fixture_fill (fixture);
  fixture->now = 10 * SECOND;
  inlet_fixture_fill (fixture);
  serve_until_closed (fixture);
  g_autofree char *warnings = take_warnings ();
  g_assert_nonnull (strstr (warnings, "it took longer than 10 s over the TLS handshake"));
}

static void
a_stop_does_not_wait_for_a_handshake (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GSocket) slow = inlet_fixture_connect (fixture);
  say (slow, "\x16\x03\x01");
  inlet_fixture_fill (fixture);
  g_assert_cmpstr (inlet_fixture_halt (fixture), ==, "");
}

static void
files_that_cannot_be_used_are_named (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (GError) error = NULL;

  if (certificates == NULL)
    return;
  g_autofree char *certificate = tls_fixture_path (certificates, "server.pem");
  g_assert_null (weir_tls_server_new ("/none.pem", NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE);
  g_assert_true (g_str_has_prefix (error->message, "/none.pem: "));
  g_clear_error (&error);
  g_assert_null (weir_tls_server_new (certificate, NULL, "/no-ca.pem", NULL, NULL, &error));
  g_assert_true (g_str_has_prefix (error->message, "/no-ca.pem: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  told = g_string_new (NULL);
  g_log_set_writer_func (keep_warning, NULL, NULL);

#define ADD(test) g_test_add_func ("/tls-server/" #test, test)
  ADD (a_client_needs_no_certificate_unless_it_is_asked_for_one);
  ADD (a_client_with_a_signed_certificate_is_taken);
  ADD (a_client_with_another_certificate_or_none_is_refused_with_one_warning);
  ADD (many_records_pass_a_tls_connection_whole);
  ADD (who_sends_nothing_or_no_handshake_is_refused_and_who_goes_is_not_told_of);
  ADD (clients_refused_beyond_the_tenth_are_counted);
  ADD (a_handshake_that_is_not_finished_in_time_is_ended);
  ADD (a_stop_does_not_wait_for_a_handshake);
  ADD (files_that_cannot_be_used_are_named);

  return g_test_run ();
}
