/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inlet-fixture.h"

#include <weir/weir-error.h>

#include "tls-fixture.h"

/* The first message of a client, as far as it goes: a whole record with the beginning of it. */
#define STALL        "\x16\x03\x01\0\4\1\0\2\0"
#define STALL_LENGTH (sizeof STALL - 1)

/* An inlet that speaks TLS, and perhaps asks its clients for certificates. */
static InletFixture *
make_inlet (const TlsFixture *certificates, gboolean asks)
{
  g_autofree char *certificate = tls_fixture_path (certificates, "server.crt");
  g_autofree char *key = tls_fixture_path (certificates, "server.key");
  g_autofree char *authority = tls_fixture_path (certificates, "ca.pem");
  InletFixture *fixture = inlet_fixture_new ((WeirInletOptions){ .max_connections = 300 });

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

/* Serves what comes next; waits for the threads, not for a time. */
static void
serve (InletFixture *fixture)
{
  struct pollfd ask[] = { { .fd = fixture->woken, .events = POLLIN },
                          { .fd = weir_inlet_get_fd (fixture->inlet), .events = POLLIN } };
  eventfd_t n;

  g_assert_cmpint (poll (ask, 2, 20000), >, 0);
  eventfd_read (fixture->woken, &n);
  while (inlet_fixture_step (fixture, weir_inlet_fill) == WEIR_SOURCE_MORE)
    ;
}

/* Serves until no more than so many are left. */
static void
serve_until_left (InletFixture *fixture, guint n_left)
{
  do
    serve (fixture);
  while (fixture->inlet->n_peers > n_left);
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

  serve_until_left (fixture, fixture->inlet->n_peers);
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
  g_assert_nonnull (strstr (warnings, "it began no TLS handshake within 10 s"));
  g_autoptr (GSocket) plain = inlet_fixture_connect (fixture);
  say (plain, "{\"plain\":1}\n{\"plain\":2}\n");
  inlet_fixture_fill (fixture);
  g_assert_true (is_closed (plain));
  g_autofree char *refused = take_warnings ();
  g_assert_nonnull (strstr (refused, ": refused: it does not speak TLS"));
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
      serve_until_left (fixture, 0);
    }
  inlet_fixture_free (fixture);
  g_autofree char *warnings = take_warnings ();
  g_auto (GStrv) lines = g_strsplit (warnings, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 10 + 1 + 1);
  g_assert_true (g_str_has_suffix (lines[10], ": 3 more connections were refused"));
}

static void
silent_clients_keep_nobody_waiting (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GPtrArray) silent = inlet_fixture_connect_many (fixture, 100, "\x16\x03", 2);
  try_client (certificates, fixture, NULL, "1\n");
  g_assert_cmpstr (fixture->seen->str, ==, "[1]");
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 100);
  g_socket_close (silent->pdata[0], NULL);
  inlet_fixture_fill (fixture);
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 99);
  g_autofree char *warnings = take_warnings ();
  g_assert_cmpstr (warnings, ==, "");
}

static void
a_first_message_may_come_in_pieces (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GSocket) slow = inlet_fixture_connect (fixture);
  for (gsize i = 0; i < STALL_LENGTH; i++)
    {
      g_assert_cmpuint (fixture->inlet->shaking.length, ==, 0);
      g_assert_cmpint (g_socket_send (slow, STALL + i, 1, NULL, NULL), ==, 1);
      inlet_fixture_fill (fixture);
    }
  g_assert_cmpuint (fixture->inlet->shaking.length, ==, 1);
}

static void
clients_that_stop_in_mid_handshake_hold_up_others_for_half_a_second (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GPtrArray) slow = inlet_fixture_connect_many (fixture, 100, STALL, STALL_LENGTH);
  g_autoptr (GSocket) socket = inlet_fixture_connect (fixture);
  g_autoptr (GIOStream) stream = tls_fixture_connect (certificates, socket, NULL);
  Client client = { stream, "1\n" };
  GThread *thread = g_thread_new ("client", run_client, &client);
  while (fixture->inlet->waiting.length + fixture->inlet->shaking.length < 101)
    serve (fixture);
  g_assert_cmpint (weir_inlet_get_next_time (fixture->inlet), ==, SECOND / 2);
  fixture->now = SECOND / 2;
  inlet_fixture_fill (fixture);
  while (fixture->seen->len == 0)
    serve (fixture);
  g_thread_join (thread);
  g_autofree char *warnings = take_warnings ();
  g_assert_nonnull (strstr (warnings, "longer than 0.5 s over the TLS handshake while others"));
}

static void
each_handshake_has_its_time_and_so_has_each_who_waits_for_one (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GPtrArray) slow = inlet_fixture_connect_many (fixture, 9, STALL, STALL_LENGTH);
  fixture->now = 10 * SECOND;
  inlet_fixture_fill (fixture);
  serve_until_left (fixture, 0);
  g_autofree char *warnings = take_warnings ();
  g_auto (GStrv) lines = g_strsplit (warnings, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 9 + 1);
  g_assert_true (g_str_has_suffix (lines[0], "kept their TLS handshakes unfinished for 10 s"));
  g_assert_true (g_str_has_suffix (lines[8], "it took longer than 10 s over the TLS handshake"));
}

static void
what_came_while_nothing_was_read_is_no_silence (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GPtrArray) clients = inlet_fixture_connect_many (fixture, 200, "\x16", 1);
  for (guint i = 0; i < 200; i++)
    g_socket_send (clients->pdata[i], STALL + 1, STALL_LENGTH - 1, NULL, NULL);
  fixture->now = 10 * SECOND;
  inlet_fixture_fill (fixture);
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 200);
}

static void
a_stop_does_not_wait_for_a_handshake (void)
{
  g_autoptr (TlsFixture) certificates = tls_fixture_new ();
  g_autoptr (InletFixture) fixture = NULL;

  if (certificates == NULL)
    return;
  fixture = make_inlet (certificates, FALSE);
  g_autoptr (GPtrArray) slow = inlet_fixture_connect_many (fixture, 20, STALL, STALL_LENGTH);
  g_assert_cmpstr (inlet_fixture_halt (fixture), ==, "");
  g_assert_cmpuint (fixture->inlet->n_peers, ==, 0);
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
  ADD (silent_clients_keep_nobody_waiting);
  ADD (a_first_message_may_come_in_pieces);
  ADD (clients_that_stop_in_mid_handshake_hold_up_others_for_half_a_second);
  ADD (each_handshake_has_its_time_and_so_has_each_who_waits_for_one);
  ADD (what_came_while_nothing_was_read_is_no_silence);
  ADD (a_stop_does_not_wait_for_a_handshake);
  ADD (files_that_cannot_be_used_are_named);

  return g_test_run ();
}
