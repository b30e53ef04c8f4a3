/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen.h"

static void
test_clients (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "in.sock", NULL);
  g_autoptr (Listening) listening
      = listening_new ("\"type\": \"source.unix\"", path, g_unix_socket_address_new (path));
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "1\n2\nha");
  g_assert_cmpstr (listening_wait (listening, 4), ==, "1\n2\n");
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  rest = listening_stop (listening);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (count (listening->pipeline, ".records.failed"), ==, 1);
  remove_folder (folder);
}

static void
test_abstract (void)
{
  g_autofree char *name = g_strdup_printf ("weir-test-%d", (int)getpid ());
  g_autofree char *where = g_strconcat ("@", name, NULL);
  g_autoptr (Listening) listening = listening_new (
      "\"type\": \"source.unix\"", where,
      g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT));
  g_autoptr (GSocket) a = listening_connect (listening, G_SOCKET_TYPE_STREAM);
  g_autofree char *rest = NULL;

  send_text (a, "1\n");
  g_assert_cmpstr (listening_wait (listening, 2), ==, "1\n");
  rest = listening_stop (listening);
}

static void
test_path (void)
{
  g_autofree char *path = g_strnfill (200, 'x');
  g_autofree char *text
      = g_strdup_printf ("{\"stages\": [{\"type\": \"source.unix\", \"listen\": \"%s\"}, "
                         "{\"type\": \"sink.null\"}]}",
                         path);
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_pipeline_new_from_json (text, &error));
  g_assert_nonnull (strstr (error->message, "/stages/0/listen: longer than the 107 bytes"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source/unix/takes records, and removes its file at the end", test_clients);
  g_test_add_func ("/source/unix/listens at a name without a file", test_abstract);
  g_test_add_func ("/source/unix/says that a path is too long", test_path);
  return g_test_run ();
}
