/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-address-private.h"

#include <string.h>
#include <weir/weir-error.h>

static char *
round_trip (GSocketConnectable *connectable)
{
  g_autoptr (GSocketConnectable) parsed = connectable;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  address = weir_address_resolve (parsed, &error);
  g_assert_no_error (error);
  return weir_address_format (address);
}

static void
assert_round_trip (const char *text)
{
  g_autoptr (GError) error = NULL;
  GSocketConnectable *parsed = weir_address_parse_inet (text, WEIR_ADDRESS_LISTEN, &error);

  g_assert_no_error (error);
  g_autofree char *formatted = round_trip (parsed);
  g_assert_cmpstr (formatted, ==, text);
}

static void
assert_wrong (const char *text, WeirAddressUse use, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_address_parse_inet (text, use, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE);
  if (strstr (error->message, why) == NULL)
    g_error ("%s: \"%s\" does not say \"%s\"", text, error->message, why);
}

static void
an_address_is_written_as_it_was_read (void)
{
  assert_round_trip ("127.0.0.1:4000");
  assert_round_trip ("0.0.0.0:1");
  assert_round_trip ("[::1]:65535");
  assert_round_trip ("[fe80::1:2]:0");
}

static void
no_host_is_every_address_to_listen_and_a_mistake_to_connect (void)
{
  g_autofree char *any = round_trip (weir_address_parse_inet (":4000", WEIR_ADDRESS_LISTEN, NULL));

  g_assert_cmpstr (any, ==, "[::]:4000");
  assert_wrong (":4000", WEIR_ADDRESS_CONNECT, "no host");
  assert_wrong ("[]:4000", WEIR_ADDRESS_LISTEN, "no host");
}

static void
a_name_is_kept_until_it_is_resolved_and_ipv4_is_taken_first (void)
{
  g_autoptr (GSocketConnectable) name
      = weir_address_parse_inet ("no-such-host.invalid:80", WEIR_ADDRESS_CONNECT, NULL);
  g_autofree char *local
      = round_trip (weir_address_parse_inet ("localhost:80", WEIR_ADDRESS_CONNECT, NULL));

  g_assert_true (G_IS_NETWORK_ADDRESS (name));
  g_assert_cmpstr (local, ==, "127.0.0.1:80");
}

static void
a_mistake_is_told_by_what_is_wrong (void)
{
  assert_wrong ("", WEIR_ADDRESS_LISTEN, "no port");
  assert_wrong ("4000", WEIR_ADDRESS_LISTEN, "no port");
  assert_wrong ("[::1]", WEIR_ADDRESS_LISTEN, "no port");
  assert_wrong ("::1:4000", WEIR_ADDRESS_LISTEN, "brackets");
  assert_wrong ("a:", WEIR_ADDRESS_LISTEN, "\"\" is no port");
  assert_wrong ("a:65536", WEIR_ADDRESS_LISTEN, "0 to 65535");
  assert_wrong ("a:0", WEIR_ADDRESS_CONNECT, "1 to 65535");
  assert_wrong ("a: 1", WEIR_ADDRESS_LISTEN, "\" 1\" is no port");
  assert_wrong ("a b:1", WEIR_ADDRESS_LISTEN, "\"a b\" is no host");
  assert_wrong ("[a]:1", WEIR_ADDRESS_LISTEN, "\"a\" is no host");
  assert_wrong ("tcp://a:1", WEIR_ADDRESS_LISTEN, "brackets");
}

static void
a_path_or_an_abstract_name_is_a_unix_address (void)
{
  g_autofree char *path = round_trip (weir_address_parse_unix ("/tmp/x.sock", NULL));
  g_autofree char *name = round_trip (weir_address_parse_unix ("@weir", NULL));

  g_assert_cmpstr (path, ==, "/tmp/x.sock");
  g_assert_cmpstr (name, ==, "@weir");
}

static void
a_path_that_no_socket_can_have_is_a_mistake (void)
{
  g_autofree char *most = g_strnfill (107, 'x');
  g_autofree char *more = g_strnfill (108, 'x');
  g_autofree char *path = round_trip (weir_address_parse_unix (most, NULL));

  g_assert_cmpstr (path, ==, most);
  g_assert_null (weir_address_parse_unix (more, NULL));
  g_assert_null (weir_address_parse_unix ("", NULL));
  g_assert_null (weir_address_parse_unix ("@", NULL));
}

static void
an_ipv4_peer_of_a_socket_of_both_kinds_is_written_as_ipv4 (void)
{
  g_autoptr (GInetAddress) mapped = g_inet_address_new_from_string ("::ffff:10.0.0.1");
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (mapped, 80);
  g_autofree char *text = weir_address_format (address);

  g_assert_cmpstr (text, ==, "10.0.0.1:80");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(test) g_test_add_func ("/address/" #test, test)
  ADD (an_address_is_written_as_it_was_read);
  ADD (no_host_is_every_address_to_listen_and_a_mistake_to_connect);
  ADD (a_name_is_kept_until_it_is_resolved_and_ipv4_is_taken_first);
  ADD (a_mistake_is_told_by_what_is_wrong);
  ADD (a_path_or_an_abstract_name_is_a_unix_address);
  ADD (a_path_that_no_socket_can_have_is_a_mistake);
  ADD (an_ipv4_peer_of_a_socket_of_both_kinds_is_written_as_ipv4);

  return g_test_run ();
}
