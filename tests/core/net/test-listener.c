/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-listener-private.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <weir/weir-error.h>

#include "net/weir-address-private.h"

static WeirListener *
listen_inet (const char *where, GError **error)
{
  g_autoptr (GSocketConnectable) address
      = weir_address_parse_inet (where, WEIR_ADDRESS_LISTEN, NULL);

  return weir_listener_new (address, G_SOCKET_TYPE_STREAM, error);
}

static WeirListener *
listen_unix (const char *where, GError **error)
{
  g_autoptr (GSocketConnectable) address = weir_address_parse_unix (where, NULL);

  return weir_listener_new (address, G_SOCKET_TYPE_STREAM, error);
}

/* A client of it. */
static GSocketConnection *
connect_to (WeirListener *listener)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  const char *name = weir_listener_get_name (listener);
  g_autoptr (GSocketConnectable) address
      = g_ascii_isdigit (name[0]) || name[0] == '['
            ? weir_address_parse_inet (name, WEIR_ADDRESS_CONNECT, NULL)
            : weir_address_parse_unix (name, NULL);

  g_socket_client_set_enable_proxy (client, FALSE);
  return g_socket_client_connect (client, address, NULL, NULL);
}

static void
assert_accepts (WeirListener *listener, const char *prefix)
{
  g_autoptr (GSocketConnection) client = connect_to (listener);
  g_autofree char *peer = NULL;
  int fd = weir_listener_accept (listener, &peer);

  g_assert_nonnull (client);
  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_str_has_prefix (peer, prefix));
  close (fd);
}

static char *
make_path (void)
{
  g_autofree char *folder = g_dir_make_tmp ("weir-listener-XXXXXX", NULL);

  return g_build_filename (folder, "x.sock", NULL);
}

static void
remove_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
the_system_chooses_port_0_and_peers_are_named (void)
{
  g_autoptr (WeirListener) listener = listen_inet ("127.0.0.1:0", NULL);

  g_assert_true (g_str_has_prefix (weir_listener_get_name (listener), "127.0.0.1:"));
  g_assert_false (g_str_has_suffix (weir_listener_get_name (listener), ":0"));
  assert_accepts (listener, "127.0.0.1:");
}

static void
nobody_waiting_is_no_error_of_a_connection (void)
{
  g_autoptr (WeirListener) listener = listen_inet ("127.0.0.1:0", NULL);
  char *peer = NULL;

  g_assert_cmpint (weir_listener_accept (listener, &peer), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_null (peer);
}

static void
an_address_that_is_taken_is_an_error_that_names_it (void)
{
  g_autoptr (WeirListener) listener = listen_inet ("127.0.0.1:0", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *expected
      = g_strdup_printf ("%s: somebody else listens there", weir_listener_get_name (listener));

  g_assert_null (listen_inet (weir_listener_get_name (listener), &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
no_host_takes_clients_of_ipv4 (void)
{
  g_autoptr (WeirListener) listener = listen_inet (":0", NULL);
  const char *port = strrchr (weir_listener_get_name (listener), ':');
  g_autofree char *where = g_strconcat ("127.0.0.1", port, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) stream
      = g_socket_client_connect_to_host (client, where, 0, NULL, NULL);
  g_autofree char *peer = NULL;
  int fd = weir_listener_accept (listener, &peer);

  g_assert_nonnull (stream);
  g_assert_true (g_str_has_prefix (peer, "127.0.0.1:"));
  close (fd);
}

static void
a_local_peer_is_named_by_its_process_and_the_file_goes_with_the_listener (void)
{
  g_autofree char *path = make_path ();
  g_autofree char *name = g_strdup_printf ("%s (process %d)", path, (int)getpid ());
  WeirListener *listener = listen_unix (path, NULL);

  assert_accepts (listener, name);
  weir_listener_free (listener);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_path (path);
}

static void
a_socket_that_nobody_listens_at_is_replaced (void)
{
  g_autofree char *path = make_path ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) stale = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_assert_true (g_socket_bind (stale, address, FALSE, NULL));
  g_socket_close (stale, NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  WeirListener *listener = listen_unix (path, NULL);
  assert_accepts (listener, path);
  weir_listener_free (listener);
  remove_path (path);
}

static void
a_socket_that_somebody_listens_at_and_a_file_are_left_alone (void)
{
  g_autofree char *path = make_path ();
  g_autoptr (GError) error = NULL;
  WeirListener *listener = listen_unix (path, NULL);

  g_assert_null (listen_unix (path, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
  assert_accepts (listener, path);
  weir_listener_free (listener);
  g_assert_true (g_file_set_contents (path, "text", -1, NULL));
  g_assert_null (listen_unix (path, NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  remove_path (path);
}

static void
a_socket_of_another_kind_is_left_alone (void)
{
  g_autofree char *path = make_path ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) other = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, 0, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_socket_bind (other, address, FALSE, NULL));
  g_assert_null (listen_unix (path, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_path (path);
}

static void
a_file_that_took_the_place_of_the_socket_is_not_removed (void)
{
  g_autofree char *path = make_path ();
  WeirListener *listener = listen_unix (path, NULL);

  g_unlink (path);
  g_assert_true (g_file_set_contents (path, "text", -1, NULL));
  weir_listener_free (listener);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_path (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/listener/" #test, test)
  ADD (the_system_chooses_port_0_and_peers_are_named);
  ADD (nobody_waiting_is_no_error_of_a_connection);
  ADD (an_address_that_is_taken_is_an_error_that_names_it);
  ADD (no_host_takes_clients_of_ipv4);
  ADD (a_local_peer_is_named_by_its_process_and_the_file_goes_with_the_listener);
  ADD (a_socket_that_nobody_listens_at_is_replaced);
  ADD (a_socket_that_somebody_listens_at_and_a_file_are_left_alone);
  ADD (a_socket_of_another_kind_is_left_alone);
  ADD (a_file_that_took_the_place_of_the_socket_is_not_removed);

  return g_test_run ();
}
