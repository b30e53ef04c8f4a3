/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>

#include <gio/gio.h>

#include "test-ends.h"

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = make_folder ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static void
put (Fixture *fixture, const char *name, const char *bytes, gssize length)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
}

static GBytes *
gzip (const char *text)
{
  g_autoptr (GZlibCompressor) compressor
      = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr (GOutputStream) bytes = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream
      = g_converter_output_stream_new (bytes, G_CONVERTER (compressor));

  g_assert_true (g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (bytes));
}

static void
put_gzip (Fixture *fixture, const char *name, const char *text, gsize cut)
{
  g_autoptr (GBytes) bytes = gzip (text);

  put (fixture, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes) - cut);
}

static void
put_zstd (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *sink
      = g_strdup_printf ("{\"type\": \"sink.file\", \"compress\": \"zstd\", \"path\": \"%s/%s\"}",
                         fixture->folder, name);

  run_sink (sink, text, NULL);
}

/* Reads a path in the folder, with more options. */
static char *
read_path (Fixture *fixture, const char *name, const char *options, gint64 *n_failed,
           GError **error)
{
  g_autofree char *source = g_strdup_printf ("{\"type\": \"source.file\", \"path\": \"%s/%s\"%s}",
                                             fixture->folder, name, options);

  return run_source (source, n_failed, error);
}

static void
assert_reads (Fixture *fixture, const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = read_path (fixture, name, "", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, expected);
}

static void
assert_fails (Fixture *fixture, const char *name, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = read_path (fixture, name, "", NULL, &error);

  g_assert_nonnull (error);
  if (strstr (error->message, words) == NULL || strstr (error->message, name) == NULL)
    g_error ("\"%s\" or \"%s\" is not in \"%s\"", words, name, error->message);
}

static void
test_plain (Fixture *fixture, gconstpointer data)
{
  put (fixture, "a", "1\n2\r\n\n3", -1);
  assert_reads (fixture, "a", "1\n2\n3\n");
  put (fixture, "b", "", -1);
  assert_reads (fixture, "b", "");
}

static void
test_pattern (Fixture *fixture, gconstpointer data)
{
  put (fixture, "b.log", "2\n", -1);
  put (fixture, "a.log", "1", -1);
  put (fixture, "c.log",
       "\xef\xbb\xbf"
       "3",
       -1);
  put (fixture, "d.txt", "4\n", -1);
  assert_reads (fixture, "*.log", "1\n2\n3\n");
  put (fixture, "[ab].log", "literal", -1);
  assert_reads (fixture, "[ab].log", "literal\n");
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *source
      = g_strdup_printf ("{\"type\": \"source.file\", \"path\": [\"%s/b\", \"%s/a*\"]}",
                         fixture->folder, fixture->folder);
  g_autofree char *lines = NULL;

  put (fixture, "a1", "1\n", -1);
  put (fixture, "a2", "2\n", -1);
  put (fixture, "b", "3\n", -1);
  lines = run_source (source, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "3\n1\n2\n");
}

static void
test_compressed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) large = g_string_new (NULL);

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (large, "{\"n\":%u}\n", i);
  put_gzip (fixture, "1", large->str, 0);
  put_zstd (fixture, "2", large->str);
  put (fixture, "3", large->str, -1);
  assert_reads (fixture, "1", large->str);
  assert_reads (fixture, "2", large->str);
  assert_reads (fixture, "3", large->str);
  put_gzip (fixture, "4", "", 0);
  assert_reads (fixture, "4", "");
}

static void
test_members (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) one = gzip ("1\n2");
  g_autoptr (GBytes) two = gzip ("3\n4\n");
  g_autoptr (GByteArray) both = g_byte_array_new ();

  g_byte_array_append (both, g_bytes_get_data (one, NULL), g_bytes_get_size (one));
  g_byte_array_append (both, g_bytes_get_data (two, NULL), g_bytes_get_size (two));
  g_byte_array_append (both, (guint8 *)"\0\0\0\0", 4);
  put (fixture, "gz", (char *)both->data, both->len);
  assert_reads (fixture, "gz", "1\n23\n4\n");
  put_zstd (fixture, "zst", "1\n2\n");
  put_zstd (fixture, "zst", "3\n4\n");
  assert_reads (fixture, "zst", "1\n2\n3\n4\n");
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;
  gint64 n_failed;

  put_gzip (fixture, "cut", "1\n2\nthree", 9);
  assert_fails (fixture, "cut", "cut off");
  put (fixture, "bad", "\x1f\x8b\x08 this is no gzip", -1);
  assert_fails (fixture, "bad", "damaged");
  put (fixture, "worse", "\x28\xb5\x2f\xfd this is no zstd", -1);
  assert_fails (fixture, "worse", "damaged");
  put_gzip (fixture, "tail", "1\n2\nthree", 1);
  lines = read_path (fixture, "tail", "", &n_failed, &error);
  g_assert_cmpstr (lines, ==, "1\n2\n");
  g_assert_cmpint (n_failed, ==, 1);
}

static void
test_damage_behind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) bytes = gzip ("1\n2\n3\n");
  g_autofree char *broken = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;

  broken[g_bytes_get_size (bytes) - 6] ^= 1; /* of the checksum */
  put (fixture, "sum", broken, g_bytes_get_size (bytes));
  lines = read_path (fixture, "sum", "", NULL, &error);
  g_assert_nonnull (error);
  g_assert_cmpstr (lines, ==, "1\n2\n3\n");
}

static void
test_skipped_frame (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "zst", NULL);
  g_autofree char *frame = NULL;
  g_autoptr (GString) whole = g_string_new_len ("\x50\x2a\x4d\x18\x01\0\0\0x", 9);
  gsize length;

  put_zstd (fixture, "zst", "1\n2\n");
  g_assert_true (g_file_get_contents (path, &frame, &length, NULL));
  g_string_append_len (whole, frame, length);
  put (fixture, "zst", whole->str, whole->len);
  assert_reads (fixture, "zst", "1\n2\n");
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  assert_fails (fixture, "none", "No such file");
  assert_fails (fixture, "none*", "no file matches");
  assert_fails (fixture, "", "directory");
}

static void
test_long_record (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lines = NULL;
  gint64 n_failed;

  put (fixture, "a", "1234567890\n12345678901\n2\n", -1);
  lines = read_path (fixture, "a", ", \"max-record\": 10", &n_failed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "1234567890\n2\n");
  g_assert_cmpint (n_failed, ==, 1);
}

static void
test_full_check (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lines = NULL;
  gint64 n_failed;

  put (fixture, "a", "{}\n{]\n[1]\n", -1);
  lines = read_path (fixture, "a", ", \"check\": \"full\"", &n_failed, NULL);
  g_assert_cmpstr (lines, ==, "{}\n[1]\n");
  g_assert_cmpint (n_failed, ==, 1);
}

static gpointer
write_fifo (gpointer path)
{
  int fd = open (path, O_WRONLY);

  for (guint i = 0; i < 20000; i++)
    g_assert_cmpint (write (fd, "0123456789\n", 11), ==, 11);
  close (fd);
  return NULL;
}

static void
test_fifo (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "fifo", NULL);
  g_autofree char *lines = NULL;
  GThread *thread;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  thread = g_thread_new ("writer", write_fifo, path);
  lines = read_path (fixture, "fifo", "", NULL, NULL);
  g_thread_join (thread);
  g_assert_cmpuint (strlen (lines), ==, 20000 * 11);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, test) g_test_add ("/source/file/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("reads lines and a last one without newline", test_plain);
  ADD ("reads what a pattern matches sorted by name", test_pattern);
  ADD ("reads a list in its order", test_list);
  ADD ("tells compression by content", test_compressed);
  ADD ("reads on behind a member or frame", test_members);
  ADD ("breaks off at compressed data that is cut or damaged", test_damaged);
  ADD ("gives out what it decompressed before the damage", test_damage_behind);
  ADD ("reads zstd that begins with a frame to skip", test_skipped_frame);
  ADD ("names a file that it cannot read", test_missing);
  ADD ("fails a long record alone", test_long_record);
  ADD ("checks the grammar of each record when told to", test_full_check);
  ADD ("reads a named pipe", test_fifo);
  return g_test_run ();
}
